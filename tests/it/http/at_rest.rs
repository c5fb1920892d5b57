//! What a connection or a request takes is given back, whatever becomes of it.

use super::{LIMITS, start};
use crate::support::RawConnection;

/// Sends the start of something and goes.
async fn leave(mut connection: RawConnection, begun: &str) {
    connection.send(begun).await;
    drop(connection);
}

#[tokio::test]
async fn requests_that_end_badly_leave_nothing_behind() {
    let server = start().await;
    let too_long = LIMITS.plain_bytes_max + 1;
    for _ in 0..5 {
        for request in [
            "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET /failed HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
            format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {too_long}\r\n\r\n"),
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
                .to_owned(),
        ] {
            server.connect().await.exchange(request).await;
        }
        for begun in [
            "",
            "GET /echo HT",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            leave(server.connect().await, begun).await;
        }
    }
    // One that goes while its answer is being made.
    let mut held = server.connect().await;
    held.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n").await;
    server.held.reached.notified().await;
    assert_eq!(server.budgets.requests.now(), 1);
    drop(held);
    server.at_rest().await;
}
