//! HTTP/2 without TLS, as a proxy speaks it: the same answers, many at a time, and bounds on what one
//! connection may cost.

use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use vetrina::http::ConnectionSettings;

use super::{LIMITS, NEVER, PATIENT, Running, SOON, start, start_with};
use crate::support::PATIENCE;

/// A connection of an HTTP/2 client, and how it ends.
struct Client {
    requests: SendRequest<Bytes>,
    ended: JoinHandle<Result<(), h2::Error>>,
}

struct Told {
    status: u16,
    headers: http::HeaderMap,
    body: Vec<u8>,
}

impl Client {
    async fn open(server: &Running) -> Self {
        Self::open_with(server, &Builder::new()).await
    }

    async fn open_with(server: &Running, builder: &Builder) -> Self {
        let stream = TcpStream::connect(server.address).await;
        let stream = stream.expect("the server accepts");
        let (requests, connection) = builder
            .handshake(stream)
            .await
            .expect("the server speaks HTTP/2");
        Self {
            requests,
            ended: tokio::spawn(connection),
        }
    }

    /// Sends a head; the body, if there is one, is the caller's to send.
    async fn send(&mut self, path: &str, has_body: bool) -> (ResponseFuture, SendStream<Bytes>) {
        let request = http::Request::post(format!("http://test{path}")).body(());
        let ready = self.requests.clone().ready().await;
        self.requests = ready.expect("the connection goes on");
        let request = request.expect("a valid request");
        let sent = self.requests.send_request(request, !has_body);
        sent.expect("the connection goes on")
    }

    async fn get(&mut self, path: &str) -> Told {
        let (answer, _) = self.send(path, false).await;
        told(answer).await
    }

    async fn post(&mut self, path: &str, body: Vec<u8>) -> Told {
        let (answer, mut sender) = self.send(path, true).await;
        sender.send_data(body.into(), true).expect("an open stream");
        told(answer).await
    }

    /// Waits for the end of the connection, which the server must bring about.
    async fn end(self) -> Result<(), h2::Error> {
        let ended = tokio::time::timeout(PATIENCE, self.ended).await;
        let ended = ended.expect("the server ends the connection");
        ended.expect("the connection's task ends well")
    }
}

async fn told(answer: ResponseFuture) -> Told {
    let whole = async {
        let (head, mut body) = answer.await.expect("an answer").into_parts();
        let mut bytes = Vec::new();
        while let Some(data) = body.data().await {
            let data = data.expect("a whole body");
            let released = body.flow_control().release_capacity(data.len());
            released.expect("no more than came");
            bytes.extend_from_slice(&data);
        }
        Told {
            status: head.status.as_u16(),
            headers: head.headers,
            body: bytes,
        }
    };
    let told = tokio::time::timeout(PATIENCE, whole).await;
    told.expect("an answer in time")
}

#[tokio::test]
async fn requests_are_answered_as_over_http_1() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    let body = vec![b'x'; LIMITS.plain_bytes_max];
    let answer = client.post("//echo/?a=b", body).await;
    assert_eq!(answer.status, 200);
    let said: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(said["method"], "POST");
    assert_eq!(said["original_path"], "//echo/");
    assert_eq!(said["query"], "a=b");
    assert_eq!(said["length"], LIMITS.plain_bytes_max);
    assert!(answer.headers.contains_key("x-request-id"));
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(client.get("/no/such/path").await.status, 404);
    assert_eq!(client.get("/panic").await.status, 405);
}

#[tokio::test]
async fn a_slow_request_does_not_hold_up_the_others() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    let (held, _) = client.send("/held-by-post", false).await;
    server.held.reached.notified().await;
    for _ in 0..3 {
        assert_eq!(client.get("/echo").await.status, 200);
    }
    server.held.released.notify_one();
    assert_eq!(told(held).await.body, b"released");
}

#[tokio::test]
async fn a_large_answer_arrives_whole() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    for _ in 0..2 {
        let large = client.get("/large").await;
        assert_eq!(large.headers["content-length"], "1000000");
        assert_eq!(large.body, vec![b'x'; 1_000_000]);
    }
}

/// Refused unread: the connection is not closed, and the unread part does not use it up.
#[tokio::test]
async fn a_refused_body_costs_the_connection_nothing() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    for _ in 0..20 {
        let (answer, mut sender) = client.send("/refused", true).await;
        // What the window does not take stays with the client.
        let body = Bytes::from(vec![b'x'; 1 << 20]);
        sender.send_data(body, true).expect("an open stream");
        let refused = told(answer).await;
        assert_eq!(refused.status, 401);
        assert!(!refused.headers.contains_key("connection"));
    }
    assert_eq!(client.get("/echo").await.status, 200);
    drop(client);
    server.at_rest().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    let too_long = vec![b'x'; LIMITS.plain_bytes_max + 1];
    assert_eq!(client.post("/echo", too_long).await.status, 413);
    assert_eq!(client.get("/echo").await.status, 200);
}

#[tokio::test]
async fn a_body_that_never_ends_is_refused() {
    let server = start_with(PATIENT, SOON).await;
    let mut client = Client::open(&server).await;
    let (answer, mut sender) = client.send("/echo", true).await;
    let part = Bytes::from_static(b"12345");
    sender.send_data(part, false).expect("an open stream");
    assert_eq!(told(answer).await.status, 408);
    assert_eq!(client.get("/echo").await.status, 200);
    drop((client, sender));
    server.at_rest().await;
}

#[tokio::test]
async fn a_shutdown_lets_running_requests_finish_and_says_goodbye() {
    let server = start().await;
    let idle = Client::open(&server).await;
    let mut client = Client::open(&server).await;
    assert_eq!(client.get("/echo").await.status, 200);
    let (held, _) = client.send("/held-by-post", false).await;
    server.held.reached.notified().await;

    server.stop.send(()).expect("the server runs");
    let _ = idle.end().await;
    server.held.released.notify_one();
    assert_eq!(told(held).await.body, b"released");
    let goodbye = client.end().await;
    assert!(goodbye.is_ok(), "{goodbye:?}");
    let ended = tokio::time::timeout(PATIENCE, server.ended).await;
    ended
        .expect("the server ends in time")
        .expect("the server ends well");
}

#[tokio::test]
async fn an_idle_connection_is_closed_whatever_pings_it_sends() {
    let settings = ConnectionSettings {
        idle_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(settings, NEVER).await;
    let stream = TcpStream::connect(server.address).await;
    let stream = stream.expect("the server accepts");
    let (mut requests, mut connection) = h2::client::handshake(stream)
        .await
        .expect("the server speaks HTTP/2");
    let mut pings = connection.ping_pong().expect("the first to ask");
    let ended = tokio::spawn(connection);
    let request = http::Request::get("http://test/echo").body(());
    let request = request.expect("a valid request");
    let (answer, _) = requests
        .send_request(request, true)
        .expect("the connection goes on");
    assert_eq!(told(answer).await.status, 200);
    let pinging = async {
        while pings.ping(h2::Ping::opaque()).await.is_ok() {
            tokio::time::sleep(SOON / 5).await;
        }
    };
    let pinged = tokio::time::timeout(PATIENCE, pinging).await;
    assert!(pinged.is_ok(), "pings kept the connection open");
    assert!(ended.await.is_ok());
}

#[tokio::test]
async fn a_connection_without_a_first_request_is_closed() {
    let settings = ConnectionSettings {
        header_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(settings, NEVER).await;
    let client = Client::open(&server).await;
    let _ = client.end().await;
}

/// HTTP/2 lets a client stop taking one answer while the connection looks alive.
#[tokio::test]
async fn an_answer_that_is_never_taken_ends_the_connection() {
    let settings = ConnectionSettings {
        idle_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(settings, NEVER).await;
    let mut narrow = Builder::new();
    narrow.initial_window_size(1000);
    let mut client = Client::open_with(&server, &narrow).await;
    let (answer, _) = client.send("/large", false).await;
    let answer = answer.await.expect("a head");
    let ended = tokio::time::timeout(PATIENCE, client.ended).await;
    assert!(ended.is_ok(), "the server waits for ever");
    drop(answer);
}

#[tokio::test]
async fn a_client_is_told_how_many_requests_it_may_send_at_a_time() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    assert_eq!(client.get("/echo").await.status, 200);
    assert_eq!(client.requests.current_max_send_streams(), 16);
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused_and_the_connection_goes_on() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    let mut request = http::Request::get("http://test/echo");
    for n in 0..20 {
        request = request.header(format!("x-{n}"), "y".repeat(8 * 1024));
    }
    let request = request.body(()).expect("a valid request");
    let (answer, _) = client
        .requests
        .send_request(request, true)
        .expect("an open connection");
    let refused = tokio::time::timeout(PATIENCE, answer).await;
    match refused.expect("an answer in time") {
        Ok(answer) => assert_eq!(answer.status(), 431),
        Err(error) => assert!(error.is_remote() || error.is_reset(), "{error}"),
    }
    assert_eq!(Client::open(&server).await.get("/echo").await.status, 200);
}

/// A thousand small headers take many times their bytes, and would be kept while a body is waited for.
#[tokio::test]
async fn many_headers_are_refused_before_their_body_is_there() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    for (count, size) in [(150, 1), (20, 1_000)] {
        let mut request = http::Request::post("http://test/echo");
        for n in 0..count {
            request = request.header(format!("x-{n}"), "y".repeat(size));
        }
        let request = request.body(()).expect("a valid request");
        // The body never ends.
        let sent = client.requests.send_request(request, false);
        let (answer, _body) = sent.expect("an open connection");
        let refused = tokio::time::timeout(PATIENCE, answer).await;
        let refused = refused.expect("an answer in time").expect("an answer");
        assert_eq!(refused.status(), 431, "{count} headers of {size}");
    }
}

/// Requests that are called off as soon as they are sent cost the client nothing.
#[tokio::test]
async fn a_client_that_only_calls_requests_off_is_cut_off() {
    let server = start().await;
    let mut client = Client::open(&server).await;
    assert_eq!(client.get("/echo").await.status, 200);
    let mut called_off = 0;
    while called_off < 10_000 && !client.ended.is_finished() {
        let request = http::Request::get("http://test/held").body(());
        let request = request.expect("a valid request");
        let Ok(mut ready) = client.requests.clone().ready().await else {
            break;
        };
        let Ok((answer, mut sender)) = ready.send_request(request, true) else {
            break;
        };
        sender.send_reset(Reason::CANCEL);
        drop(answer);
        called_off += 1;
        if called_off % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(called_off < 10_000, "nothing stops it");
    let error = client.end().await.expect_err("cut off");
    assert!(error.is_go_away() || error.is_io(), "{error:?}");
    assert_eq!(Client::open(&server).await.get("/echo").await.status, 200);
    server.at_rest().await;
}
