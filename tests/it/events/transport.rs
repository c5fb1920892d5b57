//! Paths, methods, preflights, sizes and encodings.

use std::io::Write;

use serde_json::json;

use super::{click, event, send, send_to};
use crate::support::{TRACKER_ID, TestServer, ask_with};

const PATHS: [&str; 3] = ["/", "/v1", "/v1/events"];

const ORIGIN: &str = "access-control-allow-origin";

#[tokio::test]
async fn a_web_page_may_ask_first_and_read_every_answer() {
    let server = TestServer::start().await;
    for path in PATHS.iter().chain(&[
        "/v1/top_items",
        "/v1/personalized_top_items",
        "/v2/trending_queries",
    ]) {
        let asked = [
            ("Origin", "https://shop.example"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        ];
        let answer = server.ask("OPTIONS", path, &asked).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header(ORIGIN), Some("*"), "{path}");
        let allowed = answer.header("access-control-allow-headers");
        assert_eq!(allowed, Some("content-type"), "{path}");
        let methods = answer.header("access-control-allow-methods");
        assert_eq!(methods, Some("GET, POST, OPTIONS"), "{path}");
        assert_eq!(answer.header("access-control-max-age"), Some("86400"));
    }
    let taken = send(&server, &event("1", "c1", click("p1"))).await;
    let refused = send(&server, &json!({})).await;
    for (answer, status) in [(taken, 204), (refused, 400)] {
        assert_eq!((answer.status, answer.header(ORIGIN)), (status, Some("*")));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let signed = server.ask("DELETE", "/v1/events/clients/c1", &[]).await;
    assert_eq!((signed.status, signed.header(ORIGIN)), (401, None));
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let server = TestServer::start().await;
    for path in PATHS {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.json(), json!({"error": "Method not allowed"}));
        assert!(
            answer
                .header("allow")
                .is_some_and(|allow| allow.contains("POST"))
        );
    }
    let answer = server.ask("POST", "/v1/top_items", &[]).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn bodies_are_bounded_and_may_be_compressed() {
    let server = TestServer::start().await;
    let many: Vec<_> = (0..101).map(|id| event(id, "c1", click("p1"))).collect();
    let refused = send(&server, &json!(many)).await.status(400);
    assert_eq!(refused.json(), json!({"error": "more than 100 events"}));
    send(&server, &json!(many[..100])).await.status(204);
    let long = event(
        "long",
        "c1",
        json!({"type": "pv", "url": "p", "title": "x".repeat(1 << 20)}),
    );
    send(&server, &long).await.status(413);
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let url = format!("{}/", server.base());
    ask_with("POST", &url, &[], deep).await.status(400);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let body = event("zipped", "c1", click("p1")).to_string();
    gzip.write_all(body.as_bytes()).expect("memory takes it");
    let gzip = gzip.finish().expect("memory takes it");
    let headers = [("Content-Encoding", "gzip")];
    ask_with("POST", &url, &headers, gzip).await.status(204);
}

#[tokio::test]
async fn events_of_several_sites_may_come_in_one_array() {
    let server = TestServer::builder().site("other", "key").start().await;
    let of = |tracker: &str, id: u64| {
        let mut event = event(id, "c1", json!({"type": "pv", "url": "x"}));
        event["tracker_id"] = json!(tracker);
        event
    };
    let body = json!([of(TRACKER_ID, 1), of("other", 1), of("other", 2)]);
    send_to(&server.base(), "/", &body).await.status(204);
    let page = server.get("/metrics").await.text();
    for (site, counted) in [(TRACKER_ID, 1), ("other", 2)] {
        let line =
            format!("vetrina_events_total{{site=\"{site}\",outcome=\"counted\"}} {counted}\n");
        assert!(page.contains(&line), "{line}{page}");
    }
    assert!(
        page.contains("api=\"events\",method=\"POST\",status=\"2xx\"} 1"),
        "{page}"
    );
}

#[tokio::test]
async fn without_events_their_paths_are_not_there() {
    let server = TestServer::builder()
        .set("events.enabled", "false")
        .start()
        .await;
    for path in PATHS {
        send_to(&server.base(), path, &json!({})).await.status(404);
    }
    for path in ["/v1/top_items", "/v2/trending_queries"] {
        server.get(path).await.status(404);
    }
}
