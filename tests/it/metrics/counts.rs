//! What happens moves the figures by as much as happened.

use serde_json::{Value, json};

use super::figures;
use crate::support::{Figures, TRACKER_ID, TestServer, eventually, product};
use crate::swiftype::{self, Client, document};

const SITE: (&str, &str) = ("site", TRACKER_ID);

const OBJECTS: &str = "vetrina_objects_total";
const REQUESTS: &str = "vetrina_http_requests_total";

/// Name and labels of a sample, and by how much it is to move.
type Move<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);

/// By how much the sample moved between two pages.
#[track_caller]
fn moved(before: &Figures, after: &Figures, name: &str, labels: &[(&str, &str)]) -> f64 {
    after.value(name, labels) - before.value(name, labels)
}

/// Each sample moved by so much.
#[track_caller]
fn assert_moved(before: &Figures, after: &Figures, by: &[Move<'_>]) {
    for (name, labels, expected) in by {
        let actual = moved(before, after, name, labels);
        assert!(
            (actual - expected).abs() < f64::EPSILON,
            "{name} {labels:?}: {actual}"
        );
    }
}

fn objects<'a>(api: &'a str, operation: &'a str, outcome: &'a str) -> [(&'a str, &'a str); 3] {
    [("api", api), ("operation", operation), ("outcome", outcome)]
}

#[tokio::test]
async fn objects_are_counted_one_by_one() {
    let server = TestServer::start().await;
    let site = server.site();
    let before = figures(&server).await;
    let named = |identity: &str| Value::from(product(identity).title("Shoe"));
    let bad = json!({"identity": "d", "type": "product", "fields": 5});
    site.replace([named("a"), named("b"), named("c")])
        .await
        .ok();
    site.replace([named("e"), bad]).await.status(400);
    site.patch([named("a"), named("missing")]).await.status(400);
    site.delete([("product", "a")]).await.ok();
    site.signed("POST", "/v1/content", "{").await.status(400);
    let after = figures(&server).await;
    let post = |status| [("api", "content"), ("method", "POST"), ("status", status)];
    assert_moved(
        &before,
        &after,
        &[
            (OBJECTS, &objects("content", "replace", "accepted"), 4.0),
            (OBJECTS, &objects("content", "replace", "refused"), 1.0),
            (OBJECTS, &objects("content", "patch", "accepted"), 1.0),
            (OBJECTS, &objects("content", "patch", "refused"), 1.0),
            (OBJECTS, &objects("content", "delete", "accepted"), 1.0),
            (OBJECTS, &objects("content", "delete", "refused"), 0.0),
            (OBJECTS, &objects("swiftype", "replace", "accepted"), 0.0),
            (REQUESTS, &post("2xx"), 1.0),
            (REQUESTS, &post("4xx"), 2.0),
            (
                "vetrina_http_request_duration_seconds_count",
                &[("api", "content")],
                5.0,
            ),
            ("vetrina_index_documents", &[SITE], 3.0),
        ],
    );
    let written = after.value("vetrina_sequence_written", &[SITE]);
    assert!(written >= 3.0, "{written}");
    assert_eq!(
        after.find("vetrina_sequence_visible", &[SITE]),
        Some(written)
    );
    assert!(moved(&before, &after, "vetrina_index_commits_total", &[SITE]) >= 3.0);
    assert!(after.value("vetrina_index_segments", &[SITE]) >= 1.0);
    assert_eq!(
        after.find("vetrina_write_queue_requests", &[SITE]),
        Some(0.0)
    );
}

#[tokio::test]
async fn documents_of_the_swiftype_api_are_counted_too() {
    let server = swiftype::server().await;
    let books = Client::of(&server).make_type("books").await;
    let bulk = async |method: &str, name: &str, documents: Value| {
        let body = json!({ "documents": documents });
        books.call(method, &format!("/{name}"), body).await.ok();
    };
    let before = figures(&server).await;
    let title = |id: &str| document(id, &[("title", "x".into(), "string")]);
    bulk("POST", "bulk_create", json!([title("1"), title("2")])).await;
    bulk("POST", "bulk_create", json!([title("2"), title("3")])).await;
    let fields = json!([{"external_id": "1", "fields": {"title": "y"}}]);
    bulk("PUT", "bulk_update", fields).await;
    bulk("POST", "bulk_destroy", json!(["1", "nine"])).await;
    let after = figures(&server).await;
    assert_moved(
        &before,
        &after,
        &[
            (OBJECTS, &objects("swiftype", "replace", "accepted"), 3.0),
            (OBJECTS, &objects("swiftype", "replace", "refused"), 1.0),
            (OBJECTS, &objects("swiftype", "patch", "accepted"), 1.0),
            (OBJECTS, &objects("swiftype", "delete", "accepted"), 1.0),
            (OBJECTS, &objects("swiftype", "delete", "refused"), 1.0),
        ],
    );
}

#[tokio::test]
async fn searches_are_counted_by_their_end() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("a").title("Shoe")]).await.ok();
    let before = figures(&server).await;
    site.search("shoe").await;
    site.search("boot").await;
    site.search_answer("sort=nonexistent:asc").await.status(400);
    server.get("/search?tracker_id=9-9").await.status(404);
    let after = figures(&server).await;
    let ended = |outcome| [("api", "search"), ("outcome", outcome)];
    assert_moved(
        &before,
        &after,
        &[
            ("vetrina_searches_total", &ended("answered"), 2.0),
            ("vetrina_searches_total", &ended("refused"), 1.0),
            ("vetrina_searches_total", &ended("failed"), 0.0),
            (
                "vetrina_search_duration_seconds_count",
                &[("api", "search")],
                2.0,
            ),
            (
                REQUESTS,
                &[("api", "search"), ("method", "GET"), ("status", "4xx")],
                2.0,
            ),
        ],
    );
}

#[tokio::test]
async fn requests_are_counted_by_the_api_they_are_for() {
    let server = TestServer::start().await;
    let before = figures(&server).await;
    server.get("/health").await.ok();
    server.get("/nowhere").await.status(404);
    server.ask("BREW", "/health/ready", &[]).await.status(405);
    server.get("/api/v1/engines").await.status(404);
    let after = figures(&server).await;
    let request = |api, method, status| [("api", api), ("method", method), ("status", status)];
    assert_moved(
        &before,
        &after,
        &[
            // The page itself is one: it counts when it is answered.
            (REQUESTS, &request("ops", "GET", "2xx"), 2.0),
            (REQUESTS, &request("ops", "other", "4xx"), 1.0),
            (REQUESTS, &request("other", "GET", "4xx"), 1.0),
            (REQUESTS, &request("swiftype", "GET", "4xx"), 1.0),
        ],
    );
}

#[tokio::test]
async fn writes_that_find_a_full_queue_are_counted() {
    let builder = TestServer::builder().set("limits.write_queue_requests", 1);
    let server = builder.start().await;
    let site = server.site();
    let before = figures(&server).await;
    let refused = eventually("a full queue", async || {
        let write = async |number: usize| {
            let object = product(&format!("p{number}")).title("Shoe");
            site.replace([object]).await.status
        };
        let (three, more) = tokio::join!(
            async { tokio::join!(write(1), write(2), write(3)) },
            async { tokio::join!(write(4), write(5), write(6)) },
        );
        let statuses = [three.0, three.1, three.2, more.0, more.1, more.2];
        let refused = statuses.iter().filter(|status| **status == 429).count();
        (refused > 0).then_some(refused as f64)
    })
    .await;
    let after = figures(&server).await;
    let answers = [("api", "content"), ("status", "429")];
    assert_moved(
        &before,
        &after,
        &[
            ("vetrina_http_overload_answers_total", &answers, refused),
            ("vetrina_write_queue_refused_total", &[SITE], refused),
        ],
    );
}

#[tokio::test]
async fn jobs_are_counted_by_state() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("a").title("Shoe").field("color", "red")])
        .await
        .ok();
    let number = site
        .start_update(json!({"color": "red"}), json!({"color": "blue"}))
        .await;
    site.ended_job(number).await;
    let page = figures(&server).await;
    let jobs = |state| page.find("vetrina_jobs", &[SITE, ("state", state)]);
    assert_eq!(jobs("complete"), Some(1.0));
    for state in ["queued", "running", "failed"] {
        assert_eq!(jobs(state), Some(0.0), "{state}");
    }
}
