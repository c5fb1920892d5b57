//! Who may read the figures.

use serde_json::json;

use crate::support::{PRIVATE_KEY, TestServer, product};
use crate::swiftype::KEY;

const TOKEN: &str = "a-token-of-some-length";

async fn with_token() -> TestServer {
    let builder = TestServer::builder().set("admin.token", format!("{TOKEN:?}"));
    builder.start().await
}

#[tokio::test]
async fn with_a_token_only_who_sends_it_reads() {
    let server = with_token().await;
    let good = format!("Bearer {TOKEN}");
    let read = server
        .ask("GET", "/metrics", &[("Authorization", &good)])
        .await;
    assert_eq!(
        read.status(200).header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let bad = [
        vec![],
        vec![("Authorization", "Bearer another")],
        vec![("Authorization", "Bearer ")],
        vec![("Authorization", TOKEN)],
        vec![("Authorization", "Basic YTph")],
    ];
    for headers in bad {
        let refused = server.ask("GET", "/metrics", &headers).await.status(401);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        let words = "Metrics need `Authorization: Bearer` with `[admin] token`";
        assert_eq!(refused.json(), json!({ "error": words }));
    }
}

#[tokio::test]
async fn without_a_token_only_who_is_on_this_machine_reads() {
    let server = TestServer::start().await;
    server.get("/metrics").await.status(200);
    let elsewhere = [
        ("X-Forwarded-For", "192.0.2.1"),
        ("Forwarded", "for=192.0.2.1"),
        ("X-Real-IP", "192.0.2.1"),
        ("Via", "1.1 proxy"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "shop.example"),
        ("X-Forwarded-Anything", ""),
        ("CF-Connecting-IP", "192.0.2.1"),
        ("CF-Visitor", "{}"),
        ("CDN-Loop", "cloudflare"),
        ("True-Client-IP", "192.0.2.1"),
        ("X-Client-IP", "192.0.2.1"),
        ("X-Cluster-Client-IP", "192.0.2.1"),
        ("Fly-Client-IP", "192.0.2.1"),
        ("X-Envoy-Expected-Rq-Timeout-Ms", "1000"),
        ("Fastly-SSL", "1"),
        ("X-Amz-Cf-Id", "a"),
        ("X-Azure-ClientIP", "192.0.2.1"),
        ("X-Scheme", "https"),
        ("X-Original-URI", "/metrics"),
        // A page of elsewhere, by a name that leads here.
        ("Host", "rebound.example"),
        ("Host", "127.0.0.1.rebound.example"),
    ];
    for header in elsewhere {
        let refused = server.ask("GET", "/metrics", &[header]).await.status(403);
        let words = "Without `[admin] token`, metrics are for clients on this machine only, at `localhost` or a loopback address";
        assert_eq!(refused.json(), json!({ "error": words }));
    }
}

#[tokio::test]
async fn a_token_nobody_can_send_is_a_wrong_configuration() {
    for token in ["", "two words"] {
        let text = format!(
            "[admin]\ntoken = {token:?}\n[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"x\"\n"
        );
        let error = vetrina::config::Config::from_toml(&text).expect_err("a bad token");
        assert!(error.to_string().contains("admin.token"), "{error}");
    }
}

#[tokio::test]
async fn no_secret_and_nothing_a_client_wrote_is_on_the_page() {
    const WRITTEN: &str = "zyxwritten";
    let server = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("admin.token", format!("{TOKEN:?}"))
        .start()
        .await;
    let site = server.site();
    site.replace([product(WRITTEN).title(WRITTEN)]).await.ok();
    site.search(WRITTEN).await;
    server.get(&format!("/{WRITTEN}")).await.status(404);
    server
        .ask(WRITTEN, "/search", &[("X-Request-Id", WRITTEN)])
        .await;
    let token = format!("Bearer {TOKEN}");
    let page = server
        .ask("GET", "/metrics", &[("Authorization", &token)])
        .await;
    let page = page.status(200).text();
    assert!(page.contains("vetrina_site_up"));
    for secret in [PRIVATE_KEY, KEY, TOKEN, WRITTEN] {
        assert!(!page.contains(secret), "`{secret}` is on the page");
    }
}
