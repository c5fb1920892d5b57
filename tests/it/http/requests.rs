//! Requests as real clients send them; each must be understood, and the next one on the connection.

use serde_json::Value;

use super::{head, start, with_body};
use crate::support::{RawAnswer, RawConnection};

fn told(answer: &RawAnswer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).expect("the echo is JSON")
}

async fn echo(connection: &mut RawConnection, request: impl AsRef<[u8]>) -> Value {
    told(&connection.exchange(request).await)
}

#[tokio::test]
async fn every_method_may_have_a_body_or_none_on_one_connection() {
    let server = start().await;
    let mut connection = server.connect().await;
    for method in ["GET", "POST", "PATCH", "DELETE", "PUT"] {
        let with = echo(&mut connection, with_body(method, "/echo", "", b"{}")).await;
        assert_eq!(
            (&with["method"], &with["text"]),
            (&method.into(), &"{}".into())
        );
        let zero = echo(
            &mut connection,
            head(method, "/echo", "content-length: 0\r\n"),
        )
        .await;
        assert_eq!(zero["length"], 0);
        let none = echo(&mut connection, head(method, "/echo", "")).await;
        assert_eq!(none["length"], 0);
    }
}

#[tokio::test]
async fn chunked_bodies_are_read_with_any_method() {
    let server = start().await;
    let mut connection = server.connect().await;
    for method in ["POST", "DELETE"] {
        let chunks = "5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n";
        let request = head(method, "/echo", "transfer-encoding: chunked\r\n") + chunks;
        let told = echo(&mut connection, request).await;
        assert_eq!(told["text"], "{\"a\":1}");
    }
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_asked() {
    let server = start().await;
    let mut connection = server.connect().await;
    let headers = "expect: 100-continue\r\ncontent-length: 2\r\n";
    let invitation = connection.exchange(head("POST", "/echo", headers)).await;
    assert_eq!(invitation.status, 100);
    assert_eq!(echo(&mut connection, "{}").await["text"], "{}");
    assert_eq!(
        echo(&mut connection, head("GET", "/echo", "")).await["length"],
        0
    );
}

#[tokio::test]
async fn two_content_type_lines_with_one_value_are_passed_on() {
    let server = start().await;
    let mut connection = server.connect().await;
    let lines = "content-type: application/json\r\nContent-Type: application/json\r\n";
    let told = echo(&mut connection, with_body("POST", "/echo", lines, b"{}")).await;
    assert_eq!(told["content_type"], 2);
}

#[tokio::test]
async fn repeated_and_trailing_slashes_reach_the_route_and_the_path_is_kept_as_sent() {
    let server = start().await;
    let mut connection = server.connect().await;
    for path in ["/echo", "/echo/", "//echo", "//echo//"] {
        let told = echo(
            &mut connection,
            head("GET", &format!("{path}?q=%2F/a/"), ""),
        )
        .await;
        assert_eq!(told["original_path"], path);
        assert_eq!(told["query"], "q=%2F/a/");
    }
    let nested = connection.exchange(head("GET", "/a//b/", "")).await;
    assert_eq!(nested.text(), "b");
    let absolute = echo(&mut connection, head("GET", "http://test//echo/?a=1", "")).await;
    assert_eq!(absolute["original_path"], "//echo/");
}

#[tokio::test]
async fn a_url_of_32_kib_is_understood() {
    let server = start().await;
    let mut connection = server.connect().await;
    let query = "x".repeat(32 * 1024);
    let told = echo(&mut connection, head("GET", &format!("/echo?{query}"), "")).await;
    assert_eq!(told["query"].as_str().map(str::len), Some(query.len()));
}

#[tokio::test]
async fn requests_sent_without_waiting_are_answered_in_order() {
    let server = start().await;
    let mut connection = server.connect().await;
    let first = with_body("POST", "/echo", "", b"first");
    let second = with_body("POST", "/echo", "", b"second");
    connection.send([first, second].concat()).await;
    assert_eq!(told(&connection.answer().await)["text"], "first");
    assert_eq!(told(&connection.answer().await)["text"], "second");
}

#[tokio::test]
async fn an_http_1_0_request_is_answered_and_its_connection_closed() {
    let server = start().await;
    let mut connection = server.connect().await;
    let told = echo(&mut connection, "GET /echo HTTP/1.0\r\n\r\n").await;
    assert_eq!(told["length"], 0);
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_sane_request_id_comes_back_and_any_other_is_replaced() {
    let server = start().await;
    let mut connection = server.connect().await;
    let sent = connection
        .exchange(head("GET", "/echo", "x-request-id: abc-1\r\n"))
        .await;
    assert_eq!(sent.header("x-request-id"), Some("abc-1"));
    assert_eq!(told(&sent)["request_id"], "abc-1");
    for headers in ["", "x-request-id: a b\r\n"] {
        let fresh = connection.exchange(head("GET", "/echo", headers)).await;
        let id = fresh
            .header("x-request-id")
            .expect("every answer has an id");
        assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
        assert_eq!(told(&fresh)["request_id"], id);
    }
    let refused = connection.exchange(head("GET", "/no/such/path", "")).await;
    assert!(refused.header("x-request-id").is_some());
}

#[tokio::test]
async fn answers_carry_a_date_and_are_not_cached() {
    let server = start().await;
    let mut connection = server.connect().await;
    let answer = connection.exchange(head("GET", "/echo", "")).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let date = answer.header("date").expect("a date");
    assert!(httpdate::parse_http_date(date).is_ok(), "{date}");
}
