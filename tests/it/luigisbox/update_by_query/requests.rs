//! What is refused, and how (docs/reference/03-update-by-query-and-generations.md §3); what becomes of a job
//! afterwards (§2).

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{TestServer, product};

const PATH: &str = "/v1/update_by_query";

fn malformed(caused_by: &Value) -> Value {
    json!({"type": "malformed_input", "reason": "incorrect parameters provided", "caused_by": caused_by})
}

#[rstest]
#[case(json!({}), json!({"search": ["is missing"], "update": ["is missing"]}))]
#[case(
    json!({"search": {"types": ["a"], "partial": {"fields": {"a": 1}}}, "update": {}}),
    json!({"update": {"fields": ["is missing"]}})
)]
#[case(
    json!({"search": {"types": [], "partial": {"fields": {}}}, "update": {"fields": {}}}),
    json!({"search": {"types": ["must be filled"], "partial": {"fields": ["must be filled"]}},
           "update": {"fields": ["must be filled"]}})
)]
#[tokio::test]
async fn an_incomplete_request_is_told_what_it_lacks(#[case] body: Value, #[case] causes: Value) {
    let server = TestServer::start().await;
    let answer = server.site().submit_update(&body).await.status(400);
    assert_eq!(answer.json(), malformed(&causes));
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let server = TestServer::start().await;
    let answer = server.site().signed("PATCH", PATH, "{").await.status(400);
    let told = answer.json()["caused_by"]["body"][0].clone();
    assert!(
        told.as_str()
            .is_some_and(|text| text.starts_with("is not valid JSON")),
        "{told}"
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_limit_can_be_set() {
    let body = |bytes: usize| {
        let small = json!({"search": {"types": ["a"], "partial": {"fields": {"a": "x"}}},
                           "update": {"fields": {"a": 1}}})
        .to_string();
        small + &" ".repeat(bytes)
    };
    let server = TestServer::start().await;
    let site = server.site();
    let most = 524_288 - body(0).len();
    site.signed("PATCH", PATH, body(most)).await.status(200);
    let refused = site.signed("PATCH", PATH, body(most + 1)).await.status(413);
    assert_eq!(
        refused.json(),
        json!({"type": "payload_too_large", "reason": "body is larger than 524288 bytes"})
    );
    let server = TestServer::builder()
        .set("limits.update_by_query_bytes_max", 1_000_000)
        .start()
        .await;
    server
        .site()
        .signed("PATCH", PATH, body(most + 1))
        .await
        .status(200);
}

#[tokio::test]
async fn only_who_may_can_start_and_ask() {
    let server = TestServer::builder()
        .set_for_site("api_allowed", false)
        .start()
        .await;
    for method in ["PATCH", "GET"] {
        let refused = server.site().signed(method, PATH, "{}").await.status(403);
        assert_eq!(refused.json(), json!({"error": "API not allowed"}));
        let stranger = server.site_with("1234-5678", "wrong");
        let refused = stranger.signed(method, PATH, "{}").await.status(401);
        assert_eq!(refused.json()["reason"], "signature_mismatch");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let server = TestServer::start().await;
    for method in ["POST", "PUT", "DELETE"] {
        let answer = server.site().signed(method, PATH, "{}").await.status(405);
        assert_eq!(answer.json(), json!({"error": "Method not allowed"}));
        let allowed = answer.header("allow").expect("what is allowed");
        assert!(
            allowed.starts_with("PATCH") && allowed.contains("GET"),
            "{allowed}"
        );
    }
}

#[tokio::test]
async fn a_job_is_asked_for_by_its_number() {
    let server = TestServer::start().await;
    let site = server.site();
    for (query, status, error) in [
        ("", 400, "job_id is missing"),
        ("?job_id=", 400, "job_id is missing"),
        ("?job_id=one", 400, "job_id must be an integer"),
        ("?job_id=1.0", 400, "job_id must be an integer"),
        ("?job_id=1", 404, "Job not found"),
        ("?job_id=-1", 404, "Job not found"),
        ("?job_id=99999999999999999999", 404, "Job not found"),
    ] {
        let answer = site.signed("GET", &format!("{PATH}{query}"), "{}").await;
        assert_eq!(
            answer.status(status).json(),
            json!({ "error": error }),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_body_may_be_compressed_and_a_status_may_be_asked_without_one() {
    use std::io::Write as _;
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1").field("a", 1)]).await.ok();
    let body = json!({"search": {"types": ["product"], "partial": {"fields": {"a": 1}}},
                      "update": {"fields": {"a": 2}}});
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(body.to_string().as_bytes())
        .expect("memory takes it");
    let compressed = encoder.finish().expect("memory takes it");
    let headers = site.headers("PATCH", PATH);
    let lines = headers
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .concat();
    let head = format!(
        "PATCH {PATH} HTTP/1.1\r\nHost: shop\r\n{lines}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        compressed.len()
    );
    let request = [head.as_bytes(), &compressed].concat();
    let answer = server.raw().await.exchange(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(site.ended_job(1).await["updates_count"], 1);
    let status = site.signed("GET", &format!("{PATH}?job_id=1"), "").await;
    assert_eq!(status.status(200).json()["status"], "complete");
}

#[tokio::test]
async fn a_job_can_be_asked_about_after_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = || TestServer::builder().data_dir(folder.path()).start();
    let server = start().await;
    let site = server.site();
    site.replace([product("p1").field("a", 1).field("title", "T")])
        .await
        .ok();
    let ended = site.update(json!({"a": 1}), json!({"title": ""})).await;
    assert_eq!(ended["failures_count"], 1);
    server.stop().await;

    let server = start().await;
    let site = server.site();
    assert_eq!(site.job(1).await.status(200).json(), ended);
    let next = site.start_update(json!({"a": 1}), json!({"a": 2})).await;
    assert_eq!(next, 2);
}

#[tokio::test]
async fn more_jobs_than_may_wait_are_turned_away() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1").field("a", 1)]).await.ok();
    let body = |n: usize| {
        json!({"search": {"types": ["product"], "partial": {"fields": {"a": 1}}},
               "update": {"fields": {"n": n}}})
    };
    // Each waits until what it changed can be found, so they come faster than they go.
    let mut accepted = 0;
    let refused = loop {
        let answer = site.submit_update(&body(accepted)).await;
        if answer.status != 200 {
            break answer.status(429);
        }
        accepted += 1;
        assert!(accepted < 1_000, "nothing bounds the queue");
    };
    assert!(accepted >= 100, "{accepted}");
    assert_eq!(refused.json(), json!({"error": "Too many requests"}));
    let wait = refused.header("retry-after").expect("when to try again");
    assert!(wait.parse::<u32>().is_ok(), "{wait}");
    // Other writes do not wait for jobs.
    site.replace([product("p2")]).await.status(201);
}
