//! POST, PATCH and DELETE `/v1/content` (docs/reference/02-content.md). What is refused is in `bad_input`.

use std::io::Write as _;

use serde_json::{Value, json};

use super::of_type;
use crate::support::{SiteClient, TestServer, category, object, product};

fn ok(count: usize) -> Value {
    json!({"ok_count": count, "errors_count": 0, "errors": {}})
}

/// Attributes of an object as a search returns them.
async fn attributes(site: &SiteClient, identity: &str) -> Value {
    let found = site.search(&format!("f[]=identity:{identity}")).await;
    found.hit(identity)["attributes"].clone()
}

#[tokio::test]
async fn objects_come_change_and_go() {
    let server = TestServer::start().await;
    let site = server.site();

    let created = site
        .replace([product("p1").title("Wool socks"), product("p2")])
        .await;
    assert_eq!(created.status(201).json(), ok(2));
    assert_eq!(site.search("socks").await.identities(), ["p1"]);

    let patched = site
        .patch([json!({"identity": "p2", "fields": {"title": "Warm socks"}})])
        .await;
    assert_eq!(patched.status(200).json(), ok(1));
    assert_eq!(site.search("socks").await.total(), 2);

    let deleted = site.delete([("product", "p1")]).await;
    assert_eq!(deleted.status(200).json(), ok(1));
    assert_eq!(site.search("socks").await.identities(), ["p2"]);
}

#[tokio::test]
async fn answers_are_json_with_a_charset() {
    let server = TestServer::start().await;
    let answer = server.site().replace([product("p1")]).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn a_post_replaces_the_whole_object() {
    let server = TestServer::start().await;
    let site = server.site();
    let first = product("p1").field("color", "red").field("size", "L");
    site.replace([first]).await.ok();
    site.replace([product("p1").field("size", "M")]).await.ok();
    let attributes = attributes(&site, "p1").await;
    assert_eq!(attributes["size"], json!(["M"]));
    assert_eq!(attributes.get("color"), None);
}

#[tokio::test]
async fn an_identity_is_unique_across_types_and_the_last_writer_wins() {
    let server = TestServer::start().await;
    let site = server.site();
    let twice = [product("x").title("First"), category("x").title("Second")];
    assert_eq!(site.replace(twice).await.status(201).json(), ok(2));
    assert_eq!(of_type(&site, "category").await, ["x"]);
    assert!(of_type(&site, "product").await.is_empty());
}

#[tokio::test]
async fn older_spellings_name_the_same_objects() {
    let server = TestServer::start().await;
    let site = server.site();
    let objects = [
        json!({"url": "/p/1", "type": "item", "autocomplete_type": "item", "enabled": true,
               "fields": {"title": "One"}}),
        json!({"identity": 827_827, "type": "item", "fields": {"title": "Two"}}),
    ];
    site.replace(objects).await.status(201);
    assert_eq!(of_type(&site, "item").await, ["/p/1", "827827"]);
    let patch = json!({"url": "/p/1", "type": "item", "fields": {"title": "Uno"}});
    site.patch([patch]).await.status(200);
    assert_eq!(site.search("uno").await.identities(), ["/p/1"]);
    let key = json!({"objects": [{"url": "/p/1", "type": "item"}]});
    let deleted = site.signed("DELETE", "/v1/content?wait_for=visible", key.to_string());
    deleted.await.status(200);
    assert_eq!(of_type(&site, "item").await, ["827827"]);
}

#[tokio::test]
async fn a_patch_merges_attribute_by_attribute_and_null_removes() {
    let server = TestServer::start().await;
    let site = server.site();
    let object = product("p1")
        .field("color", json!(["red", "blue"]))
        .field("size", "L");
    site.replace([object]).await.ok();
    let patch = json!({"identity": "p1", "fields": {"color": ["green"], "size": null, "new": 1}});
    site.patch([patch]).await.status(200);
    let attributes = attributes(&site, "p1").await;
    assert_eq!(attributes["title"], "p1");
    assert_eq!(attributes["color"], json!(["green"]));
    assert_eq!(attributes.get("size"), None);
    assert_eq!(attributes["new"], json!([1]));
}

#[tokio::test]
async fn nested_objects_become_objects_of_their_own() {
    let server = TestServer::start().await;
    let site = server.site();
    let new_form = product("p1").nested(json!({
        "identity": "cat-socks", "type": "category",
        "fields": {"title": "Socks", "ancestors": [
            {"identity": "cat-wear", "type": "category", "fields": {"title": "Wear"}}]},
    }));
    let old_forms = product("p2")
        .nested(json!({"title": "Acme", "type": "brand", "url": "/b/acme"}))
        .nested(json!({"url": "/c/hats", "type": "category", "fields": {"title": "Hats"}}))
        .nested(json!({"title": "Gloves", "type": "category"}));
    assert_eq!(
        site.replace([new_form, old_forms]).await.status(201).json(),
        ok(2)
    );
    assert_eq!(
        of_type(&site, "category").await,
        ["/c/hats", "cat-socks", "cat-wear", "category:gloves"]
    );
    assert_eq!(of_type(&site, "brand").await, ["/b/acme"]);
    assert_eq!(
        site.search("f[]=category:Socks&f[]=type:product")
            .await
            .identities(),
        ["p1"]
    );

    site.delete([("product", "p1")]).await.status(200);
    assert_eq!(of_type(&site, "category").await.len(), 4, "they stay");
}

#[tokio::test]
async fn words_sent_before_count_again_after_anything_else_was_written() {
    let server = TestServer::start().await;
    let site = server.site();
    let title = async |identity: &str| {
        let attributes = attributes(&site, identity).await;
        attributes["title"].as_str().map(str::to_owned)
    };
    let sent = || {
        product("p1")
            .title("Socks")
            .nested(json!({"identity": "c", "type": "category", "title": "Wear"}))
    };
    site.replace([sent()]).await.ok();

    site.replace([product("p1").title("Gloves")]).await.ok();
    site.replace([sent()]).await.ok();
    assert_eq!(title("p1").await.as_deref(), Some("Socks"));

    site.replace([category("c").title("Things")]).await.ok();
    site.replace([sent()]).await.ok();
    assert_eq!(title("c").await.as_deref(), Some("Wear"));

    site.delete([("category", "c"), ("product", "p1")])
        .await
        .ok();
    site.replace([sent(), sent().title("Hats"), sent()])
        .await
        .ok();
    assert_eq!(title("p1").await.as_deref(), Some("Socks"));
    assert_eq!(title("c").await.as_deref(), Some("Wear"));

    let unextracted = json!({"objects": [Value::from(sent())]}).to_string();
    site.delete([("category", "c")]).await.ok();
    let target = "/v1/content?extract=false&wait_for=visible";
    site.signed("POST", target, unextracted).await.status(201);
    assert!(of_type(&site, "category").await.is_empty());
}

#[tokio::test]
async fn words_sent_before_move_to_the_generation_they_come_with() {
    let server = TestServer::start().await;
    let site = server.site();
    let of = |identity: &str, generation: &str| {
        product(identity)
            .generation(generation)
            .nested(json!({"identity": "c", "type": "category", "title": "Wear"}))
    };
    site.replace([of("p1", "1"), of("p2", "1")]).await.ok();
    site.replace([of("p1", "2")]).await.ok();
    for (object_type, deleted) in [("product", 1), ("category", 0)] {
        let committed = site.commit(object_type, "2").await;
        assert_eq!(committed.status(201).json()["deleted_count"], deleted);
    }
    assert_eq!(of_type(&site, "product").await, ["p1"]);
    site.replace([of("p2", "2")]).await.ok();
    assert_eq!(of_type(&site, "product").await, ["p1", "p2"]);
}

#[tokio::test]
async fn nothing_is_extracted_on_request() {
    let server = TestServer::start().await;
    let site = server.site();
    let object: Value = product("p1")
        .nested(json!({"identity": "c", "type": "category", "title": "C"}))
        .into();
    let body = json!({"objects": [object]}).to_string();
    let target = "/v1/content?extract=false&wait_for=visible";
    site.signed("POST", target, body).await.status(201);
    assert_eq!(of_type(&site, "product").await, ["p1"]);
    assert!(of_type(&site, "category").await.is_empty());
}

#[tokio::test]
async fn good_objects_are_found_though_others_failed() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("old").field("weight", 5)]).await.ok();
    let answer = site
        .replace([
            product("good"),
            product("bad").title(" "),
            product("odd").field("price_amount", "heavy"),
        ])
        .await
        .status(400);
    assert_eq!(
        answer.json(),
        json!({
            "ok_count": 1,
            "errors_count": 2,
            "errors": {
                "bad": {
                    "type": "malformed_input",
                    "reason": "incorrect object format",
                    "caused_by": {"title": ["must be filled"]},
                },
                "odd": {
                    "type": "data_schema_mismatch",
                    "reason": "failed to parse [attributes.price_amount]",
                    "caused_by": {
                        "type": "number_format_exception",
                        "reason": "For input string: \"heavy\"",
                    },
                },
            },
        })
    );
    assert_eq!(of_type(&site, "product").await, ["good", "old"]);
}

#[tokio::test]
async fn a_file_goes_by_both_names_of_its_type() {
    let server = TestServer::start().await;
    let site = server.site();
    let file = |identity| object("_file", identity).field("url", "https://shop.example/a.pdf");
    site.replace([file("f1"), file("f2")]).await.status(201);
    assert_eq!(of_type(&site, "file").await, ["f1", "f2"]);
    let keys = [("_file", "f1"), ("file", "f2")];
    assert_eq!(site.delete(keys).await.status(200).json(), ok(2));
}

#[tokio::test]
async fn scheduled_objects_are_invisible_outside_their_time() {
    let server = TestServer::start().await;
    let site = server.site();
    let objects = [
        product("past").key("active_to", "2001-01-01"),
        product("now")
            .key("active_from", "2001-01-01 00:00:00")
            .key("active_to", ""),
        product("future").key("active_from", "2999-01-01T00:00:00Z"),
    ];
    site.replace(objects).await.status(201);
    assert_eq!(of_type(&site, "product").await, ["now"]);
    let patch = json!({"identity": "future", "active_from": null});
    site.patch([patch]).await.status(200);
    assert_eq!(of_type(&site, "product").await, ["future", "now"]);
}

/// Request line and headers of a signed write, for bodies no HTTP library sends like this.
fn signed_head(site: &SiteClient, method: &str, headers: &[&str]) -> String {
    let target = "/v1/content?wait_for=visible";
    let mut lines = vec![
        format!("{method} {target} HTTP/1.1"),
        "Host: shop".to_owned(),
    ];
    for (name, value) in site.headers(method, target) {
        lines.push(format!("{name}: {value}"));
    }
    lines.extend(headers.iter().map(|&header| header.to_owned()));
    lines.join("\r\n") + "\r\n\r\n"
}

#[tokio::test]
async fn compressed_bodies_are_read() {
    let server = TestServer::start().await;
    let site = server.site();
    let body = json!({"objects": [Value::from(product("p1"))]}).to_string();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body.as_bytes()).expect("memory takes it");
    let compressed = encoder.finish().expect("memory takes it");

    let length = format!("Content-Length: {}", compressed.len());
    let head = signed_head(&site, "POST", &["Content-Encoding: gzip", &length]);
    let request = [head.as_bytes(), &compressed].concat();
    let answer = server.raw().await.exchange(request).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(of_type(&site, "product").await, ["p1"]);
}

#[tokio::test]
async fn a_delete_may_send_its_body_in_chunks() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1")]).await.ok();

    let head = signed_head(&site, "DELETE", &["Transfer-Encoding: chunked"]);
    let body = r#"{"objects":[{"type":"product","identity":"p1"}]}"#;
    let (first, second) = body.split_at(20);
    let chunks = [first, second, ""].map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len()));
    let request = head + &chunks.concat();
    let answer = server.raw().await.exchange(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(of_type(&site, "product").await.is_empty());
}
