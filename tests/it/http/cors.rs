//! What web pages may call and read (docs/reference/07-http-principles.md §6): the public endpoints, whatever
//! they answer, and nothing else.

use vetrina::config::Config;

use super::opening::Opening;
use crate::support::{Answer, TestServer, ask};

const ORIGIN: &str = "access-control-allow-origin";

/// What a browser asks before a page's request with a JSON body.
const PREFLIGHT: [(&str, &str); 3] = [
    ("Origin", "https://shop.example"),
    ("Access-Control-Request-Method", "POST"),
    ("Access-Control-Request-Headers", "content-type,x-widget"),
];

fn assert_allows_pages(preflight: &Answer) {
    assert_eq!(preflight.status, 204, "{}", preflight.text());
    assert!(preflight.body.is_empty());
    for (name, value) in [
        (ORIGIN, "*"),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        ("access-control-allow-headers", "content-type,x-widget"),
        ("access-control-max-age", "86400"),
    ] {
        assert_eq!(preflight.header(name), Some(value));
    }
    assert_eq!(preflight.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn a_browser_that_asks_first_is_told_what_a_page_may_send() {
    let server = TestServer::start().await;
    for path in [
        "/search",
        "/search/",
        "/search?tracker_id=nobody",
        "/autocomplete/v2",
        "/autocomplete",
        "/v1/facet_value",
        "/v1/recommend",
    ] {
        assert_allows_pages(&server.ask("OPTIONS", path, &PREFLIGHT).await);
    }
    let plain = server.ask("OPTIONS", "/search", &[]).await.status(204);
    let allowed = plain.header("access-control-allow-headers");
    assert_eq!(allowed, Some("Content-Type"));
}

#[tokio::test]
async fn pages_may_read_every_answer_of_a_public_endpoint() {
    let server = TestServer::start().await;
    let site = "tracker_id=1234-5678";
    for (method, target, status) in [
        ("GET", format!("/search?{site}"), 200),
        ("HEAD", format!("/search?{site}"), 200),
        ("GET", "/search".to_owned(), 400),
        ("GET", "/search?tracker_id=0-0".to_owned(), 404),
        ("DELETE", format!("/search?{site}"), 405),
        ("GET", format!("/search?{site}&sort=no_such:asc"), 400),
        ("GET", format!("/autocomplete/v2?{site}&q=a&type=x:1"), 200),
        ("GET", format!("/autocomplete/v2?{site}&q=a"), 400),
        (
            "GET",
            "/autocomplete/v2?type=x:1&tracker_id=0-0".to_owned(),
            404,
        ),
        ("POST", format!("/autocomplete/v2?{site}"), 405),
        ("GET", format!("/v1/facet_value?{site}&facets=a"), 200),
        ("GET", format!("/v1/facet_value?{site}"), 400),
        ("GET", format!("/v1/top_items?{site}&type=x:1"), 200),
        ("GET", format!("/v1/top_items?{site}"), 400),
        (
            "GET",
            format!("/v1/personalized_top_items?{site}&type=x:1"),
            400,
        ),
        ("GET", format!("/v2/trending_queries?{site}"), 200),
        ("GET", "/v2/trending_queries".to_owned(), 400),
        ("GET", "/v2/trending_queries?tracker_id=0-0".to_owned(), 404),
        ("PUT", format!("/v2/trending_queries?{site}"), 405),
        ("POST", format!("/v1/recommend?{site}"), 400),
        ("GET", format!("/v1/recommend?{site}"), 405),
    ] {
        let answer = server.ask(method, &target, &PREFLIGHT[..1]).await;
        let answer = answer.status(status);
        assert_eq!(answer.header(ORIGIN), Some("*"), "{method} {target}");
    }
}

#[tokio::test]
async fn signed_endpoints_and_those_for_operators_are_not_for_pages() {
    let server = TestServer::start().await;
    let site = server.site();
    let nothing = r#"{"objects":[]}"#;
    let signed = site.signed("POST", "/v1/content", nothing).await;
    let signed = signed.status(201);
    assert_eq!(signed.header(ORIGIN), None);
    for (method, path, status) in [
        ("POST", "/v1/content", 401),
        ("OPTIONS", "/v1/content", 405),
        ("OPTIONS", "/v1/content/commit", 405),
        ("GET", "/health", 200),
        ("OPTIONS", "/health", 405),
        ("GET", "/no/such/path", 404),
    ] {
        let answer = server.ask(method, path, &PREFLIGHT).await.status(status);
        for name in [ORIGIN, "access-control-allow-methods"] {
            assert_eq!(answer.header(name), None, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn pages_may_read_that_the_server_is_starting() {
    let site = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
    let config = Config::from_toml(site).expect("a good configuration");
    let server = Opening::start(config).await;
    let base = &server.base;

    let search = format!("{base}/search?tracker_id=1-1");
    assert_allows_pages(&ask("OPTIONS", &search, &PREFLIGHT).await);
    let starting = ask("GET", &search, &[]).await.status(503);
    assert_eq!(starting.header(ORIGIN), Some("*"));
    let signed = format!("{base}/v1/content");
    let starting = ask("POST", &signed, &[]).await.status(503);
    assert_eq!(starting.header(ORIGIN), None);

    server.end().await;
}
