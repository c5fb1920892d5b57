//! Rate limits as clients read them (docs/reference/10-swiftype.md §2): what is left on every answer that was
//! counted, and limits of engines and of keys.

use serde_json::json;

use super::{Client, ENGINE, KEY, document, error};
use crate::support::{Answer, HandClock, TestServer, ask};

/// A server that admits so many requests a minute.
async fn server(per_minute: u32, hand: &HandClock) -> TestServer {
    TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}, \"another\"]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"))
        .set("throttle.content_per_minute", per_minute)
        .set("throttle.search_per_minute", per_minute)
        .clock(hand.clock())
        .start()
        .await
}

/// Limit and what is left of it.
fn told(answer: &Answer) -> Option<(u64, u64)> {
    let number = |name| answer.header(name)?.parse().ok();
    Some((
        number("x-ratelimit-limit")?,
        number("x-ratelimit-remaining")?,
    ))
}

/// Refused, with the wait it tells in seconds.
#[track_caller]
fn refused(answer: Answer) -> i64 {
    let wait = answer.header("retry-after").and_then(|s| s.parse().ok());
    assert_eq!(error(answer, 429), "Rate limit exceeded.");
    wait.expect("whole seconds")
}

#[tokio::test]
async fn every_answer_says_what_is_left() {
    let hand = HandClock::new();
    let server = server(5, &hand).await;
    let client = Client::of(&server);
    let path = format!("/engines/{ENGINE}");
    assert_eq!(told(&client.get(&path).await.status(200)), Some((300, 240)));
    let unknown = client.get(&format!("{path}/document_types/none")).await;
    assert_eq!(told(&unknown.status(404)), Some((300, 180)));
    let empty = client
        .post(&format!("{path}/document_types"), json!({}))
        .await;
    assert_eq!(told(&empty.status(400)), Some((300, 120)));
    // One request, though it looks the engine up twice.
    let body = json!({"document_type": {"name": "books"}});
    let made = client.post(&format!("{path}/document_types"), body).await;
    assert_eq!(told(&made.status(200)), Some((300, 60)));
    let books = format!("{path}/document_types/books");
    let put = json!({"document": document("1", &[("title", "x".into(), "string")])});
    let put = client.post(&format!("{books}/documents"), put).await;
    assert_eq!(told(&put.status(200)), Some((300, 0)));
    let last = client.get(&path).await;
    assert_eq!(told(&last), Some((300, 0)));
    assert_eq!(refused(last), 12);
    hand.go_on(12);
    assert_eq!(told(&client.get(&path).await.status(200)), Some((300, 0)));
    hand.go_on(60);
    assert_eq!(told(&client.get(&path).await.status(200)), Some((300, 240)));
}

#[tokio::test]
async fn a_batch_that_makes_its_type_is_one_request() {
    let hand = HandClock::new();
    let server = server(2, &hand).await;
    let client = Client::of(&server);
    let path = format!("/engines/{ENGINE}/document_types/books/documents");
    let body = json!({"documents": [document("1", &[("title", "x".into(), "string")])]});
    for left in [60, 0] {
        let path = format!("{path}/async_bulk_create_or_update");
        let made = client.post(&path, body.clone()).await.status(202);
        assert_eq!(told(&made), Some((120, left)));
    }
    let films = format!("/engines/{ENGINE}/document_types/films");
    let path = format!("{films}/documents/bulk_create_or_update");
    refused(client.post(&path, body).await);
    hand.go_on(60);
    client.get(&films).await.status(404);
}

#[tokio::test]
async fn without_a_limit_nothing_is_told() {
    let server = server(0, &HandClock::new()).await;
    let client = Client::of(&server);
    for path in ["/engines", "/document_receipts?ids=1", "/engines/bookstore"] {
        let answer = client.get(path).await.status(200);
        assert_eq!(told(&answer), None, "{path}");
    }
}

#[tokio::test]
async fn requests_about_no_engine_count_for_their_key() {
    let hand = HandClock::new();
    let server = server(4, &hand).await;
    let client = Client::of(&server);
    let ids = json!({"ids": ["5527a0b8aa1c0f4c5a000001"]});
    let polled = client.post("/document_receipts", ids.clone()).await;
    assert_eq!(told(&polled.status(200)), Some((240, 180)));
    let listed = client.get("/engines").await;
    assert_eq!(told(&listed.status(200)), Some((240, 120)));
    let made = client
        .post("/engines", json!({"engine": {"name": "Films"}}))
        .await;
    assert_eq!(told(&made.status(200)), Some((240, 60)));
    let shown = client.get("/document_receipts/none").await;
    assert_eq!(told(&shown.status(200)), Some((240, 0)));
    for path in ["/engines", "/document_receipts/none"] {
        assert_eq!(refused(client.get(path).await), 15, "{path}");
    }
    assert_eq!(refused(client.post("/document_receipts", ids).await), 15);
    let more = client
        .post("/engines", json!({"engine": {"name": "More"}}))
        .await;
    assert_eq!(refused(more), 15);
    // Other keys and the engines have limits of their own, engines that were made among them.
    let other = Client::new(&server.base(), "another");
    assert_eq!(
        told(&other.get("/engines").await.status(200)),
        Some((240, 180))
    );
    for engine in [ENGINE, "films"] {
        let path = format!("/engines/{engine}");
        for left in [180, 120, 60, 0] {
            let answer = client.get(&path).await.status(200);
            assert_eq!(told(&answer), Some((240, left)), "{engine}");
        }
        assert_eq!(refused(client.get(&path).await), 15, "{engine}");
    }
}

#[tokio::test]
async fn nobody_uses_up_what_is_somebody_elses() {
    let server = server(2, &HandClock::new()).await;
    let nobody = Client::new(&server.base(), "guessed");
    for _ in 0..5 {
        let refused = nobody.get("/engines").await.status(401);
        assert_eq!(told(&refused), None);
    }
    Client::of(&server).get("/engines").await.status(200);
}

#[tokio::test]
async fn searches_of_browsers_are_told_too() {
    let server = server(2, &HandClock::new()).await;
    let client = Client::of(&server);
    let engine = client.get(&format!("/engines/{ENGINE}")).await.json();
    let key = engine["key"].as_str().expect("a key");
    let path = "/api/v1/public/engines/search.json";
    let url = format!("{}{path}?engine_key={key}&q=x", server.base());
    let search = async |more: &str| ask("GET", &format!("{url}{more}"), &[]).await;
    assert_eq!(told(&search("").await.status(200)), Some((120, 60)));
    let script = search("&callback=f").await.status(200);
    assert_eq!(told(&script), Some((120, 0)));
    let last = search("").await;
    assert_eq!(told(&last), Some((120, 0)));
    assert_eq!(refused(last), 30);
}
