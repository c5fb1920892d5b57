//! One address cannot have all connections, and those that do nothing make place for those that do.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use super::beside;
use crate::support::{Figures, PATIENCE, TRACKER_ID, TestServer, ask, eventually};

/// A connection that says nothing, from one of this machine's many addresses.
async fn idle(server: &TestServer, last: u8) -> TcpStream {
    let to: SocketAddr = server.base()["http://".len()..]
        .parse()
        .expect("an address");
    let socket = TcpSocket::new_v4().expect("a socket");
    let from = SocketAddr::from(([127, 0, 0, last], 0));
    socket.bind(from).expect("all of 127/8 is this machine");
    socket.connect(to).await.expect("the server accepts")
}

async fn limited() -> TestServer {
    let builder = TestServer::builder()
        .set("limits.connections_max", 20)
        .set("limits.connections_per_address_max", 8);
    builder.start().await
}

/// Whether the server has closed it.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let soon = std::time::Duration::from_millis(1);
    let read = tokio::time::timeout(soon, stream.read(&mut [0])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn one_address_with_many_idle_connections_keeps_nobody_out() {
    let server = limited().await;
    let mut held = Vec::new();
    for _ in 0..300 {
        held.push(idle(&server, 2).await);
    }
    beside(async {}, &server.site(), 5).await;
    let figures = Figures::read(&server.get("/metrics").await.text());
    assert!(figures.value("vetrina_http_connections", &[]) <= 20.0);
    drop(held);
    eventually("the connections to be gone", async || {
        let figures = Figures::read(&server.get("/metrics").await.text());
        // This one, and what the client of the tests may have left behind.
        (figures.value("vetrina_http_connections", &[]) <= 2.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn of_one_address_the_longest_idle_connection_goes() {
    let server = limited().await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(idle(&server, 2).await);
    }
    let mut other = idle(&server, 3).await;
    let (gone, left) = held.split_at_mut(2);
    for stream in gone {
        let ended = tokio::time::timeout(PATIENCE, stream.read(&mut [0])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "it is still open");
    }
    for stream in left {
        assert!(!is_closed(stream).await);
    }
    assert!(!is_closed(&mut other).await);
}

#[tokio::test]
async fn idle_connections_of_many_addresses_make_place() {
    let server = limited().await;
    let mut held = Vec::new();
    for last in 2..102 {
        held.push(idle(&server, last).await);
    }
    beside(async {}, &server.site(), 5).await;
}

#[tokio::test]
async fn a_proxy_has_as_many_as_it_likes_and_each_of_its_clients_a_share() {
    let server = TestServer::builder()
        .set("trusted_proxies", "[\"127.0.0.0/8\"]")
        .set("limits.connections_per_address_max", 2)
        .start()
        .await;
    let mut held = Vec::new();
    for _ in 0..10 {
        let mut connection = server.raw().await;
        let request = format!(
            "POST /search?tracker_id={TRACKER_ID} HTTP/1.1\r\nhost: test\r\n\
             x-forwarded-for: 192.0.2.1\r\ncontent-length: 10\r\n\r\n"
        );
        connection.send(request).await;
        held.push(connection);
    }
    let url = format!("{}/search?tracker_id={TRACKER_ID}", server.base());
    let from = async |client| ask("GET", &url, &[("X-Forwarded-For", client)]).await;
    eventually("its share to be taken", async || {
        (from("192.0.2.1").await.status == 429).then_some(())
    })
    .await;
    let refused = from("192.0.2.1").await.status(429);
    assert_eq!(refused.json(), json!({"error": "Too many requests"}));
    assert_eq!(refused.header("retry-after"), Some("1"));
    from("192.0.2.2").await.status(200);
    drop(held);
    eventually("its share to be free", async || {
        (from("192.0.2.1").await.status == 200).then_some(())
    })
    .await;
}
