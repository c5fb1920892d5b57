//! What all answers of the whole server have in common, whatever they say
//! (docs/reference/07-http-principles.md §1, §3, §4, §7): an id, no caching, a content type; and a body that
//! fits the status.

use rstest::rstest;
use serde_json::json;

use crate::support::{Answer, TestServer};

const JSON: &str = "application/json; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

fn assert_common(answer: &Answer, content_type: &str) {
    assert_eq!(answer.header("content-type"), Some(content_type));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-request-id"), Some("id-1"));
}

#[rstest]
#[case::alive("GET", "/health", 200, JSON)]
#[case::ready("GET", "/health/ready", 200, JSON)]
#[case::found("GET", "/search?tracker_id=1234-5678", 200, JSON)]
#[case::no_tracker("GET", "/search", 400, JSON)]
#[case::unknown_tracker("GET", "/search?tracker_id=0-0", 404, PLAIN)]
#[case::unsigned("POST", "/v1/content", 401, JSON)]
#[case::no_such_path("GET", "/v9/nothing", 404, JSON)]
#[case::no_such_path_to_write_to("DELETE", "/v9", 404, JSON)]
#[case::wrong_method_of_the_shortest_path("DELETE", "/", 405, JSON)]
#[case::wrong_method("PUT", "/search", 405, JSON)]
#[tokio::test]
async fn every_answer_has_an_id_and_is_not_cached(
    #[case] method: &str,
    #[case] path: &str,
    #[case] status: u16,
    #[case] content_type: &str,
) {
    let server = TestServer::start().await;
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    for target in [path.to_owned(), format!("{bare}/?{query}")] {
        let id = [("x-request-id", "id-1")];
        let answer = server.ask(method, &target, &id).await.status(status);
        assert_common(&answer, content_type);
    }
}

#[rstest]
#[case::content("/v1/content", &["GET", "PUT", "OPTIONS", "HEAD"], "POST, PATCH, DELETE")]
#[case::commit("/v1/content/commit", &["GET", "PATCH", "DELETE", "OPTIONS"], "POST")]
#[case::update("/v1/update_by_query", &["POST", "PUT", "DELETE", "OPTIONS"], "PATCH, GET, HEAD")]
#[case::export("/v1/content_export", &["POST", "DELETE", "OPTIONS"], "GET, HEAD")]
#[case::search("/search", &["PUT", "PATCH", "DELETE"], "GET, HEAD, POST, OPTIONS")]
#[case::health("/health", &["POST", "DELETE", "OPTIONS"], "GET, HEAD")]
#[case::ready("/health/ready", &["POST", "PUT"], "GET, HEAD")]
#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones(
    #[case] path: &str,
    #[case] wrong: &[&str],
    #[case] allowed: &str,
) {
    let server = TestServer::start().await;
    for method in wrong {
        for target in [path.to_owned(), format!("{path}/")] {
            let id = [("x-request-id", "id-1")];
            let refused = server.ask(method, &target, &id).await.status(405);
            assert_eq!(refused.header("allow"), Some(allowed), "{method} {target}");
            assert_common(&refused, JSON);
            if *method != "HEAD" {
                assert_eq!(refused.json(), json!({"error": "Method not allowed"}));
            }
        }
    }
}

/// They come from the HTTP library, before there is a request (see docs/differences.md).
#[tokio::test]
async fn what_cannot_be_read_is_refused_in_few_words() {
    let server = TestServer::start().await;
    let long_url = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000));
    let long_head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(400_000));
    for (request, status) in [
        ("no HTTP\r\n\r\n".to_owned(), 400),
        (long_url, 414),
        (long_head, 431),
    ] {
        let mut connection = server.raw().await;
        let refused = connection.exchange(request).await;
        assert_eq!(refused.status, status, "{}", refused.head);
        assert!(refused.body.is_empty());
        assert_eq!(refused.header("x-request-id"), None);
        assert!(connection.is_closed().await);
    }
}
