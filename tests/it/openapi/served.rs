//! How `/openapi.json` is answered.

use crate::support::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_description_is_not_sent_it_again() {
    let server = TestServer::start().await;
    let first = server.get("/openapi.json").await.status(200);
    assert_eq!(
        first.header("Content-Type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(first.header("Cache-Control"), Some("public, max-age=60"));
    let tag = first.header("ETag").expect("a tag").to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = server
            .ask("GET", "/openapi.json", &[("If-None-Match", &known)])
            .await;
        let again = again.status(304);
        assert!(again.body.is_empty());
        assert_eq!(again.header("ETag"), Some(tag.as_str()));
    }
    let other = server
        .ask("GET", "/openapi.json", &[("If-None-Match", "\"other\"")])
        .await;
    assert_eq!(other.status(200).body, first.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_may_read_the_description_and_head_tells_its_size() {
    let server = TestServer::start().await;
    let got = server
        .ask(
            "GET",
            "/openapi.json",
            &[("Origin", "https://shop.example")],
        )
        .await;
    let got = got.status(200);
    assert_eq!(got.header("Access-Control-Allow-Origin"), Some("*"));
    let head = server.ask("HEAD", "/openapi.json", &[]).await.status(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("ETag"), got.header("ETag"));
    let size = got.body.len().to_string();
    assert_eq!(head.header("Content-Length"), Some(size.as_str()));
    server.ask("POST", "/openapi.json", &[]).await.status(405);
    let packed = server
        .ask("GET", "/openapi.json", &[("Accept-Encoding", "gzip")])
        .await;
    assert_eq!(packed.header("Content-Encoding"), Some("gzip"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_says_where_the_server_is_reached() {
    let server = TestServer::builder()
        .set("public_url", "\"https://shop.example\"")
        .set("path_prefix", "\"/find\"")
        .start()
        .await;
    let description = server.get("/openapi.json").await.status(200).json();
    assert_eq!(
        description["servers"][0]["url"],
        "https://shop.example/find"
    );
    let plain = TestServer::start().await;
    let description = plain.get("/openapi.json").await.status(200).json();
    assert_eq!(description["servers"][0]["url"], "/");
}
