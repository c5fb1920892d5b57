//! `vetrina export` as an operator runs it, and the way back: an export imported into an empty server
//! is the same catalog.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{PRIVATE_KEY, SiteClient, TRACKER_ID, TestServer, object, product, vetrina};

const DEMO: &str = include_str!("../../src/cli/demo.ndjson");

async fn run(command: &str, url: &str, key: &str, args: &[&str]) -> Output {
    let mut command = vetrina(&[command, "--url", url, "--tracker", TRACKER_ID]);
    command.args(args).env("VETRINA_KEY", key);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    output
        .expect("the process was waited for")
        .expect("the binary runs")
}

/// What a whole export writes.
async fn export(server: &TestServer, args: &[&str]) -> String {
    let output = run("export", &server.base(), PRIVATE_KEY, args).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

/// Imports the lines into another server, and exports that.
async fn import_and_export(lines: &str) -> (TestServer, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("export.ndjson");
    std::fs::write(&file, lines).expect("a writable folder");
    let server = TestServer::start().await;
    let file = file.to_string_lossy().into_owned();
    let output = run(
        "import",
        &server.base(),
        PRIVATE_KEY,
        &[&file, "--no-extract"],
    )
    .await;
    assert!(output.status.success(), "{output:?}");
    let exported = export(&server, &[]).await;
    // Refused, and answered once everything before it can be found.
    server
        .site()
        .delete([("product", "nobody")])
        .await
        .status(400);
    (server, exported)
}

async fn load_demo(site: &SiteClient) {
    let objects: Vec<Value> = DEMO
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    site.replace(objects).await.status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_imported_into_an_empty_server_is_the_same_catalog() {
    let server = TestServer::start().await;
    let site = server.site();
    load_demo(&site).await;
    site.replace([
        product("hidden").field("_margin", 0.25).generation("g-1"),
        product("scheduled")
            .key("active_from", "2999-01-01T10:00:00.001Z")
            .key("active_to", "2999-02-01"),
        product("by field").field("active_to", "2001-01-01"),
        product("numbers")
            .field("numbers", json!([5, 5.0, -0.0, 1e300, 18_446_744_073_709_551_615_u64, 0.1]))
            .field("empty", json!([]))
            .field("blank", "")
            .field("special", json!({"material": "wool", "deep": {"er": [{"x": null, "y": 1}]}})),
        product("č \"quoted\" / <&>\u{2028}").field("text", "line\nline\ttab\u{0}"),
        object("_file", "f1").key("url", "https://shop.example/a.pdf"),
        object("query", "a query"),
        product("old forms")
            .key("url", "/p/old")
            .nested(json!({"title": "Brand", "type": "brand", "url": "/b/1"}))
            .nested(json!({"identity": "nc", "url": "no link", "type": "category",
                           "fields": {"title": "C", "ancestors": [{"title": "Up", "type": "category", "url": "/up"}]}}))
            .nested(json!({"identity": "v1", "type": "variant", "fields": {"title": "V", "availability_rank": 15},
                           "nested": [{"identity": "x", "type": "note", "fields": {"title": "N"}}]})),
    ])
    .await
    .status(201);
    site.patch([json!({"identity": "numbers", "fields": {"added": true}})])
        .await
        .ok();

    let first = export(&server, &[]).await;
    let (other, second) = import_and_export(&first).await;
    assert_eq!(first, second);
    let count = first.lines().count();
    assert!(count > 133, "{count}");
    // What cannot be seen in an export: nothing was extracted twice, variants are still variants.
    let counts = |site: SiteClient| async move {
        let all = site.search("facets=type&size=0").await;
        let variants = site.search("f[]=type:variant&size=0").await;
        (all.facet("type"), variants.total())
    };
    assert_eq!(counts(server.site()).await, counts(other.site()).await);
    // The order of first appearance, by which equal hits are ranked.
    let order = |site: SiteClient| async move { site.search("size=200").await.identities() };
    assert_eq!(order(server.site()).await, order(other.site()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_several_pages_is_complete_and_can_be_of_some_types() {
    let server = TestServer::start().await;
    let site = server.site();
    for part in 0..3 {
        let objects = (0..400).map(|n| product(&format!("p{}", part * 400 + n)));
        site.replace(objects).await.ok();
    }
    site.replace([object("article", "a1")]).await.ok();
    let lines = export(&server, &[]).await;
    assert_eq!(lines.lines().count(), 1_201);
    let lines = export(&server, &["--types", "article,brand"]).await;
    let expected = json!({"identity": "a1", "type": "article", "fields": {"title": "a1"}});
    assert_eq!(lines, format!("{expected}\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_or_address_is_told_and_fails() {
    let server = TestServer::start().await;
    let output = run("export", &server.base(), "wrong", &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("401") && told.contains("signature_mismatch"),
        "{told}"
    );
    assert!(output.stdout.is_empty());
    let output = run("export", "http://127.0.0.1:1", "wrong", &["--tries", "1"]).await;
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("gave up after 1 tries"), "{told}");
}
