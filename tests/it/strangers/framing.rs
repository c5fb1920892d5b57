//! Requests that a proxy before us may read in another way are refused, and what strangers write makes no
//! long log lines.

use rstest::rstest;

use crate::support::{Launch, RawConnection, TestServer};

#[rstest]
#[case::no_host("GET /health HTTP/1.1\r\n\r\n")]
#[case::two_hosts("GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
#[case::no_such_host("GET /health HTTP/1.1\r\nHost: a b\r\n\r\n")]
#[case::another_coding(
    "POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
)]
#[case::chunked_twice(
    "POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"
)]
#[case::identity("POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n")]
#[case::two_codings(
    "POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
)]
#[case::length_and_coding(
    "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
)]
#[case::bare_lf_after_request_line("GET /health HTTP/1.1\nHost: a\r\n\r\n")]
#[case::bare_lf_after_header("GET /health HTTP/1.1\r\nHost: a\n\r\n")]
#[case::bare_lf_at_the_end("GET /health HTTP/1.1\r\nHost: a\r\n\n")]
#[case::bare_lf_everywhere("GET /health HTTP/1.1\nHost: a\n\n")]
#[case::bare_lf_before("\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")]
#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused(#[case] sent: &str) {
    let server = TestServer::start().await;
    let mut connection = server.raw().await;
    assert_eq!(connection.exchange(sent).await.status, 400);
    assert!(connection.is_closed().await, "nothing more is read on it");
    // The same behind a sound request, on one connection and in one piece.
    let mut connection = server.raw().await;
    let sound = "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\n\r\n";
    connection.send(format!("{sound}{sent}")).await;
    assert_eq!(connection.answer().await.status, 405);
    assert_eq!(connection.answer().await.status, 400);
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn what_is_sound_goes_on_working() {
    let server = TestServer::start().await;
    let mut connection = server.raw().await;
    for sent in [
        "GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost:\r\n\r\n",
        "\r\nGET /health HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n\n\n\n\r\n0\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\n\n",
        "GET /health HTTP/1.0\r\n\r\n",
    ] {
        assert_eq!(connection.exchange(sent).await.status, 200, "{sent}");
    }
}

#[tokio::test]
async fn a_long_path_makes_no_long_log_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Launch::new(folder.path()).start();
    server.ready().await;
    let mut connection = RawConnection::open(&server.base()["http://".len()..]).await;
    let path = "/x".repeat(30_000);
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(connection.exchange(head).await.status, 404);
    let method = "M".repeat(10_000);
    let head = format!("{method} /y HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(connection.exchange(head).await.status, 404);
    let (_, log) = server.stop();
    assert!(log.contains("(60000 bytes)"), "{log}");
    let longest = log.lines().map(str::len).max();
    assert!(longest.is_some_and(|bytes| bytes < 2_000), "{longest:?}");
}
