//! Refused requests: each gets its answer, and the connection goes on wherever it can.

use super::{LIMITS, PATIENT, SOON, head, start, start_with, with_body};
use crate::support::RawConnection;

async fn assert_goes_on(connection: &mut RawConnection) {
    let next = connection
        .exchange(with_body("POST", "/echo", "", b"next"))
        .await;
    assert_eq!(next.status, 200, "{}", next.text());
    assert!(next.text().contains("\"text\":\"next\""));
}

#[tokio::test]
async fn a_body_refused_unread_does_not_cost_the_connection() {
    let server = start().await;
    let mut connection = server.connect().await;
    for size in [0, 10, 5 << 20] {
        let request = with_body("POST", "/refused", "", &vec![b'x'; size]);
        let refused = connection.exchange(request).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("connection"), None);
        assert_goes_on(&mut connection).await;
    }
    let chunked =
        head("POST", "/refused", "transfer-encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(connection.exchange(chunked).await.status, 401);
    assert_goes_on(&mut connection).await;
}

#[tokio::test]
async fn a_refusal_comes_before_the_body_does() {
    let server = start().await;
    let mut connection = server.connect().await;
    let length = LIMITS.plain_bytes_max + 1;
    let promised = head("POST", "/echo", &format!("content-length: {length}\r\n"));
    assert_eq!(connection.exchange(promised).await.status, 413);
    connection.send(vec![b'x'; length]).await;
    assert_goes_on(&mut connection).await;
}

#[tokio::test]
async fn one_byte_over_the_limit_is_413_and_the_limit_itself_is_not() {
    let server = start().await;
    let mut connection = server.connect().await;
    let at_limit = vec![b'x'; LIMITS.plain_bytes_max];
    let taken = connection
        .exchange(with_body("POST", "/echo", "", &at_limit))
        .await;
    assert_eq!(taken.status, 200);
    let above = vec![b'x'; LIMITS.plain_bytes_max + 1];
    let refused = connection
        .exchange(with_body("POST", "/echo", "", &above))
        .await;
    assert_eq!(refused.status, 413);
    assert_goes_on(&mut connection).await;
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_413_and_drained() {
    let server = start().await;
    let mut connection = server.connect().await;
    let mut request = head("POST", "/echo", "transfer-encoding: chunked\r\n").into_bytes();
    for _ in 0..11 {
        request.extend_from_slice(b"2710\r\n");
        request.extend_from_slice(&[b'x'; 10_000]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(connection.exchange(request).await.status, 413);
    assert_goes_on(&mut connection).await;
}

#[tokio::test]
async fn a_body_too_large_to_drain_closes_the_connection_after_the_answer() {
    let server = start().await;
    let mut connection = server.connect().await;
    let gigabyte = "content-length: 1073741824\r\n";
    let refused = connection.exchange(head("POST", "/echo", gigabyte)).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(connection.is_closed().await);
}

/// Closing at once would reset the connection under a client that still sends, and lose the answer.
#[tokio::test]
async fn a_client_in_the_middle_of_a_huge_body_still_gets_its_answer() {
    let server = start().await;
    let mut connection = server.connect().await;
    connection
        .send(head("POST", "/echo", "content-length: 1073741824\r\n"))
        .await;
    connection.send(vec![b'x'; 8 << 20]).await;
    assert_eq!(connection.answer().await.status, 413);
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_refused_without_being_asked() {
    let server = start().await;
    let mut connection = server.connect().await;
    let headers = "expect: 100-continue\r\ncontent-length: 10\r\n";
    let refused = connection.exchange(head("POST", "/refused", headers)).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_408() {
    let server = start_with(PATIENT, SOON).await;
    let mut connection = server.connect().await;
    let half = head("POST", "/echo", "content-length: 10\r\n") + "12345";
    let refused = connection.exchange(half).await;
    assert_eq!(refused.status, 408);
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_panic_is_a_500_with_the_request_id_and_nothing_else_notices() {
    let server = start().await;
    let mut connection = server.connect().await;
    for path in ["/panic", "/failed"] {
        let failed = connection
            .exchange(head("GET", path, "x-request-id: find-me\r\n"))
            .await;
        assert_eq!(failed.status, 500);
        assert_eq!(
            failed.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert!(failed.text().contains("find-me"), "{}", failed.text());
        assert_goes_on(&mut connection).await;
    }
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_server_goes_on() {
    let server = start().await;
    // One read may bring as much again as may lie in the buffer.
    let huge_head = head("GET", "/echo", &format!("x: {}\r\n", "y".repeat(400_000)));
    let too_many = head("GET", "/echo", &"x: y\r\n".repeat(1000));
    let lengths = head(
        "POST",
        "/echo",
        "content-length: 1\r\ncontent-length: 2\r\n",
    );
    let requests = ["hello\r\n\r\n".to_owned(), huge_head, too_many, lengths];
    for request in requests {
        let mut connection = server.connect().await;
        connection.send(&request).await;
        if let Some(answer) = connection.try_answer().await {
            assert!((400..500).contains(&answer.status), "{}", answer.head);
        }
        assert!(connection.is_closed().await);
    }
    assert_goes_on(&mut server.connect().await).await;
}

#[tokio::test]
async fn odd_request_targets_are_answered() {
    let server = start().await;
    for target in [
        "OPTIONS *",
        "GET /%",
        "GET /%00",
        "GET /echo/../x",
        "CONNECT test:80",
    ] {
        let mut connection = server.connect().await;
        let answer = connection
            .exchange(format!("{target} HTTP/1.1\r\nhost: test\r\n\r\n"))
            .await;
        assert!(
            (400..500).contains(&answer.status),
            "{target}: {}",
            answer.head
        );
    }
}
