//! What is exported, and how it is written.

use serde_json::{Value, json};

use super::{all, page, urls};
use crate::support::{TestServer, article, category, object, product};

#[tokio::test]
async fn objects_are_returned_as_in_a_search_less_what_is_of_the_search() {
    let server = TestServer::start().await;
    let site = server.site();
    let nested =
        json!({"identity": "c1", "type": "category", "fields": {"title": "Socks", "_x": 1}});
    let sock = product("sku-1")
        .title("Wool socks")
        .field("color", "blue")
        .field("_margin", 0.2)
        .nested(nested);
    site.replace([sock]).await.ok();
    let page = page(&site, "?requested_types=product").await.status(200);
    let page = page.json();
    let mut object = page["objects"][0].clone();
    let attributes = object["attributes"].take();
    assert_eq!(attributes["color"], json!(["blue"]));
    assert_eq!(attributes.get("_margin"), None);
    let found = site.search("f[]=type:product").await;
    assert_eq!(attributes, found.hit("sku-1")["attributes"]);
    let nested = json!({
        "url": "c1",
        "attributes": {"title": "Socks", "boost": 0, "boosted_via": [], "original_url": "c1"},
        "nested": [],
        "type": "category",
        "exact": true,
    });
    assert_eq!(
        object,
        json!({"url": "sku-1", "attributes": null, "nested": [nested], "type": "product", "exact": true})
    );
    assert_eq!((&page["total"], &page["links"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn types_and_attributes_can_be_chosen() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([
        product("p1")
            .field("color", "blue")
            .field("size", "L")
            .nested(json!({"identity": "c2", "type": "category", "fields": {"title": "C", "color": "x"}})),
        article("a1"),
        category("c1"),
        object("query", "q1"),
    ])
    .await
    .ok();
    assert_eq!(urls(&all(&site, "").await), ["p1", "c2", "a1", "c1"]);
    assert_eq!(
        urls(&all(&site, "?requested_types=article,query").await),
        ["a1", "q1"]
    );
    assert_eq!(urls(&all(&site, "?requested_types=nothing").await), [""; 0]);
    let trimmed = all(&site, "?requested_types=product&hit_fields=color").await;
    assert_eq!(
        trimmed[0]["attributes"],
        json!({"title": "p1", "color": ["blue"]})
    );
    assert_eq!(trimmed[0]["nested"], json!([]));
    let trimmed = all(
        &site,
        "?requested_types=product&hit_fields=size,nested&size=1",
    )
    .await;
    assert_eq!(
        trimmed[0]["attributes"],
        json!({"title": "p1", "size": ["L"]})
    );
    assert_eq!(trimmed[0]["nested"][0]["attributes"], json!({"title": "C"}));
}

#[tokio::test]
async fn values_have_the_form_of_the_site() {
    let server = TestServer::builder()
        .set_for_site("attributes_form", "\"as_sent\"")
        .start()
        .await;
    let site = server.site();
    site.replace([product("p1").field("color", "blue")])
        .await
        .ok();
    let objects = all(&site, "?hit_fields=color").await;
    assert_eq!(objects[0]["attributes"]["color"], "blue");
}

#[tokio::test]
async fn inactive_objects_are_left_out() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([
        product("past").key("active_to", "2001-01-01"),
        product("now").key("active_from", "2001-01-01"),
        product("later").field("active_from", "2999-01-01"),
    ])
    .await
    .ok();
    let page = page(&site, "").await.json();
    assert_eq!(urls(page["objects"].as_array().expect("objects")), ["now"]);
    assert_eq!(page["total"], 1);
    assert_eq!(all(&site, "?form=import").await.len(), 3);
}

#[tokio::test]
async fn an_import_form_is_what_post_takes() {
    let server = TestServer::start().await;
    let site = server.site();
    let sent = json!({
        "identity": "p1", "type": "product", "generation": "g1",
        "active_from": "2001-01-01T00:00:00.250+00:00", "active_to": "2999-01-01T00:00:00+00:00",
        "url": "/p/1",
        "fields": {"title": "T", "_margin": 0.2, "price": 5.0, "empty": [], "deep": {"a": {"b": [1, "x"]}}},
        "nested": [{
            "identity": "v1", "type": "variant", "fields": {"title": "V"},
            "nested": [{"identity": "n", "type": "note", "url": "n", "fields": {"title": "N"}}],
        }],
    });
    site.replace([sent.clone()]).await.status(201);
    let objects = all(&site, "?form=import&size=1").await;
    let variant = json!({
        "identity": "v1", "type": "variant", "generation": "g1", "master": "p1", "fields": {"title": "V"},
        "nested": [{"identity": "n", "type": "note", "url": "n", "fields": {"title": "N"}}],
    });
    assert_eq!(objects, [sent, variant]);
    let refused = page(&site, "?form=csv").await.status(400).json();
    assert_eq!(refused["caused_by"], json!({"form": ["must be import"]}));
}

#[tokio::test]
async fn only_an_export_says_whose_variant_an_object_is() {
    let server = TestServer::start().await;
    let site = server.site();
    let claims = object("variant", "v1").key("master", "p1");
    site.replace([claims.clone()]).await.status(201);
    let found = site.search("").await.identities();
    assert_eq!(found, ["v1"], "a key nobody knows");
    // Recognised and read again.
    site.patch([json!({"identity": "v1", "fields": {"x": 1}})])
        .await
        .ok();
    site.replace([claims.clone()]).await.status(201);
    assert_eq!(site.search("").await.identities(), ["v1"]);
    let body = json!({"objects": [Value::from(claims)]}).to_string();
    let target = "/v1/content?extract=false&wait_for=visible";
    site.signed("POST", target, body).await.status(201);
    assert_eq!(site.search("").await.total(), 0);
    assert_eq!(site.search("f[]=type:variant").await.identities(), ["v1"]);
    for odd in [json!(5), json!(""), json!(null)] {
        let odd = object("variant", "v2").key("master", odd);
        site.replace([odd]).await.status(201);
    }
}
