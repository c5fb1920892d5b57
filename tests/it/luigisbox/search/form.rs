//! What a hit looks like (docs/reference/05-search.md §5, docs/reference/04-data-layout.md §4 to §6).

use serde_json::json;

use super::{Catalog, product};
use crate::support::{ObjectJson, TestServer};

/// The sample of the API's documentation, and more.
fn socks() -> ObjectJson {
    let fields = json!({
        "title": "Wool socks", "web_url": "/p/1", "price": "2.90 EUR", "color": ["blue", "grey"],
        "availability": 1, "labels": [], "rating": 4.0, "weight": 90, "_margin": 0.2,
        "special": {"material": "vlna", "wash": [30, 40.0]}
    });
    product("sku-1", fields).nested(json!({
        "identity": "cat-socks", "type": "category",
        "fields": {"title": "Socks", "web_url": "/c/socks", "ancestors": [
            {"identity": "cat-wear", "type": "category", "fields": {"title": "Wear", "web_url": "/c/wear"}}
        ]}
    }))
}

#[tokio::test]
async fn a_hit_brings_what_was_sent_and_what_follows_from_it() {
    let catalog = Catalog::of([socks()]).await;
    let mut hit = catalog.search("q=wool").await.hit("sku-1").clone();
    let updated_at = hit["updated_at"].take();
    let text = updated_at.as_str().expect("a text");
    assert!(text.ends_with("+00:00") && text.len() == 25, "{text}");
    assert_eq!(hit["nested"][0]["updated_at"].take(), updated_at);

    let attributes = hit["attributes"].take();
    for (name, value) in [
        ("title", json!("Wool socks")),
        ("web_url", json!(["/p/1"])),
        ("price", json!("2.90 EUR")),
        ("price_amount", json!(2.9)),
        ("color", json!(["blue", "grey"])),
        ("color_code", json!(["#0000ff", "#808080"])),
        ("availability", json!(1)),
        ("labels", json!([])),
        ("rating", json!([4.0])),
        ("weight", json!([90])),
        ("special", json!([{"material": "vlna", "wash": [30, 40.0]}])),
        ("category", json!(["Wear", "Socks"])),
        ("all_categories", json!(["Wear", "Socks"])),
        ("categories_lvl_2", json!(["Socks"])),
        ("boost", json!(0)),
        ("boosted_via", json!([])),
        ("original_url", json!("sku-1")),
    ] {
        assert_eq!(attributes[name], value, "{name}");
    }
    for hidden in [
        "_margin",
        "category_path",
        "all_categories_path",
        "nested_category_url",
    ] {
        assert_eq!(attributes.get(hidden), None, "{hidden}");
    }
    let nested = json!([{
        "url": "cat-socks", "identity_hash": null,
        "attributes": {
            "title": "Socks", "web_url": ["/c/socks"],
            "ancestors": [{"identity": "cat-wear", "type": "category", "fields": {"title": "Wear", "web_url": "/c/wear"}}],
            "boost": 0, "boosted_via": [], "original_url": "cat-socks"
        },
        "nested": [], "type": "category", "highlight": {}, "exact": true, "alternative": false,
        "updated_at": null
    }]);
    assert_eq!(
        hit,
        json!({
            "url": "sku-1", "identity_hash": null, "attributes": null, "nested": nested,
            "type": "product", "highlight": {}, "exact": true, "alternative": false, "updated_at": null
        })
    );
}

#[tokio::test]
async fn extracted_categories_are_hits_of_their_own() {
    let catalog = Catalog::of([socks()]).await;
    let answer = catalog.search("f[]=type:category").await;
    assert_eq!(answer.total(), 2);
    let leaf = &answer.hit("cat-socks")["attributes"];
    assert_eq!(leaf["title"], "Socks");
    assert_eq!(leaf["hierarchy"], json!(["Wear"]));
    assert_eq!(leaf["web_url"], json!(["/c/socks"]));
    assert_eq!(answer.hit("cat-wear")["attributes"]["title"], "Wear");
}

#[tokio::test]
async fn fields_can_be_listed() {
    let catalog = Catalog::of([socks()]).await;
    let answer = catalog
        .search("hit_fields=web_url,price_amount,_margin")
        .await;
    assert_eq!(
        *answer.hit("sku-1"),
        json!({
            "url": "sku-1", "identity_hash": null,
            "attributes": {"title": "Wool socks", "web_url": ["/p/1"], "price_amount": 2.9},
            "nested": [], "type": "product", "highlight": {}, "exact": true, "alternative": false
        })
    );
    let answer = catalog.search("hit_fields=web_url,nested").await;
    assert_eq!(
        answer.hit("sku-1")["nested"][0]["attributes"],
        json!({"title": "Socks", "web_url": ["/c/socks"]})
    );
}

#[tokio::test]
async fn fields_can_be_left_out() {
    let catalog = Catalog::of([socks()]).await;
    let answer = catalog
        .search("remove_fields=web_url,nested,boosted_via")
        .await;
    let hit = answer.hit("sku-1");
    assert_eq!(hit["attributes"].get("web_url"), None);
    assert_eq!(hit["attributes"].get("boosted_via"), None);
    assert_eq!(hit["attributes"]["weight"], json!([90]));
    assert_eq!(hit["nested"], json!([]));
    assert!(hit["updated_at"].is_string());
}

#[tokio::test]
async fn text_and_numbers_come_back_as_they_were_written() {
    let text = "Žluťoučký \"kůň\" <b>&amp;</b> 🐎\n";
    let catalog = Catalog::of([product("p", json!({"note": text, "a": 213.0, "b": 213}))]).await;
    let body = catalog.get("/search?tracker_id=1234-5678").await.text();
    let note = r#""note":["Žluťoučký \"kůň\" <b>&amp;</b> 🐎\n"]"#;
    assert!(body.contains(note), "{body}");
    assert!(body.contains(r#""a":[213.0],"b":[213]"#), "{body}");
}

#[tokio::test]
async fn a_site_may_have_values_returned_in_the_shape_they_were_sent_in() {
    let server = TestServer::builder()
        .set_for_site("attributes_form", "\"as_sent\"")
        .start()
        .await;
    let site = server.site();
    site.replace([socks()]).await.ok();
    let answer = site.search("q=wool").await;
    let attributes = &answer.hit("sku-1")["attributes"];
    for (name, value) in [
        ("web_url", json!("/p/1")),
        ("color", json!(["blue", "grey"])),
        ("rating", json!(4.0)),
        ("special", json!({"material": "vlna", "wash": [30, 40.0]})),
        ("price_amount", json!(2.9)),
    ] {
        assert_eq!(attributes[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_older_url_is_the_identity_and_stays_at_hand() {
    let server = TestServer::start().await;
    let site = server.site();
    let old = json!({"url": "/p/old", "type": "product", "fields": {"title": "Old"}});
    site.replace([old]).await.ok();
    let answer = site.search("").await;
    let hit = answer.hit("/p/old");
    assert_eq!(hit["attributes"]["original_url"], "/p/old");
}
