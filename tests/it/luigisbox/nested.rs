//! What becomes of objects inside objects (docs/reference/02-content.md §4): how they are named, and what a
//! bare mention leaves of the object it names.

use serde_json::{Value, json};

use super::of_type;
use crate::support::{ObjectJson, SiteClient, TestServer, category, product};

/// A variant without identity.
fn variant(title: &str, size: &str) -> Value {
    json!({"type": "variant", "fields": {"title": title, "size": size}})
}

async fn hit(site: &SiteClient, identity: &str) -> Value {
    let found = site.search(&format!("f[]=identity:{identity}")).await;
    found.hit(identity).clone()
}

/// Everything that is known of a category, as it was sent.
fn whole(identity: &str) -> ObjectJson {
    category(identity)
        .title("Socks")
        .field("web_url", "/own")
        .field(
            "ancestors",
            json!([{"identity": "wear", "type": "category", "fields": {"title": "Wear"}}]),
        )
        .field("teaser", "warm")
}

fn mention(identity: &str, title: &str) -> Value {
    json!({"identity": identity, "type": "category", "title": title})
}

#[tokio::test]
async fn variants_without_identity_are_each_parents_own() {
    let server = TestServer::start().await;
    let site = server.site();
    let two = [
        product("p1")
            .nested(variant("M", "one"))
            .nested(variant("m", "two")),
        product("p2").nested(variant("M", "three")),
    ];
    site.replace(two).await.status(201);
    let all = ["variant:p1/m", "variant:p1/m#2", "variant:p2/m"];
    assert_eq!(of_type(&site, "variant").await, all);
    for (identity, size) in [
        ("variant:p1/m", "one"),
        ("variant:p1/m%232", "two"),
        ("variant:p2/m", "three"),
    ] {
        let query = format!("f[]=type:variant&f[]=identity:{identity}");
        let found = site.search(&query).await;
        assert_eq!(found.total(), 1, "{identity}");
        let hit = found.hit(&identity.replace("%23", "#"));
        assert_eq!(hit["attributes"]["size"], json!([size]));
    }
    let by_nested = site
        .search("f[]=nested_variant_id:variant:p2/m&f[]=type:product")
        .await;
    assert_eq!(by_nested.identities(), ["p2"]);
    // The same words again are the same objects.
    site.replace([product("p1")
        .nested(variant("M", "one"))
        .nested(variant("m", "two"))])
        .await
        .ok();
    assert_eq!(of_type(&site, "variant").await, all);
}

#[tokio::test]
async fn a_patch_names_variants_as_a_post_does() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1"), product("p2")]).await.ok();
    let patch = |identity: &str| json!({"identity": identity, "nested": [variant("M", identity), variant("M", "x")]});
    site.patch([patch("p1"), patch("p2")]).await.ok();
    assert_eq!(
        of_type(&site, "variant").await,
        [
            "variant:p1/m",
            "variant:p1/m#2",
            "variant:p2/m",
            "variant:p2/m#2"
        ]
    );
}

#[tokio::test]
async fn variants_without_identity_stand_for_their_own_parent() {
    let server = TestServer::builder()
        .set_for_site("variants", "\"best\"")
        .start()
        .await;
    let site = server.site();
    let objects = [
        product("p1")
            .title("Shirt")
            .nested(variant("Shirt", "M"))
            .nested(variant("Shirt", "L")),
        product("p2").title("Shirt").nested(variant("Shirt", "S")),
    ];
    site.replace(objects).await.status(201);
    let found = site.search("f[]=size:L").await;
    assert_eq!(found.identities(), ["variant:p1/shirt#2"]);
    let mut all = site.search("shirt").await.identities();
    all.sort();
    assert_eq!(all, ["variant:p1/shirt", "variant:p2/shirt"]);
}

#[tokio::test]
async fn an_export_gives_back_the_names_of_variants() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1")
        .nested(variant("M", "a"))
        .nested(variant("M", "b"))])
        .await
        .ok();
    let page = site
        .signed("GET", "/v1/content_export?form=import", "")
        .await
        .json();
    let body = json!({"objects": page["objects"]}).to_string();
    let other = TestServer::start().await;
    let copy = other.site();
    copy.signed("POST", "/v1/content?extract=false&wait_for=visible", body)
        .await
        .ok();
    assert_eq!(
        of_type(&copy, "variant").await,
        of_type(&site, "variant").await
    );
    let again = copy
        .signed("GET", "/v1/content_export?form=import", "")
        .await
        .json();
    assert_eq!(again["objects"], page["objects"]);
}

#[tokio::test]
async fn a_bare_mention_takes_over_title_and_generation_and_leaves_the_rest() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([whole("c").generation("1")]).await.ok();
    let parent = product("p")
        .generation("2")
        .nested(mention("c", "Warm socks"));
    site.replace([parent]).await.status(201);
    let kept = hit(&site, "c").await["attributes"].clone();
    assert_eq!(kept["title"], "Warm socks");
    assert_eq!(kept["web_url"], json!(["/own"]));
    assert_eq!(kept["teaser"], json!(["warm"]));
    assert_eq!(kept["hierarchy"], json!(["Wear"]));
    // It is of the upload that mentions it.
    site.commit("category", "2").await.ok();
    assert_eq!(of_type(&site, "category").await, ["c"]);
    // The copy in the product stays as it was sent.
    let nested = hit(&site, "p").await["nested"][0]["attributes"].clone();
    assert_eq!(nested.get("web_url"), None);
}

#[tokio::test]
async fn a_flat_mention_fills_only_what_is_absent() {
    let server = TestServer::start().await;
    let site = server.site();
    let poor = category("/c/hats").title("Hats").field("teaser", "soft");
    site.replace([whole("/c/socks"), poor]).await.ok();
    let flat = |url: &str, title: &str| json!({"title": title, "type": "category", "url": url});
    let parent = product("p")
        .nested(flat("/c/socks", "Socks"))
        .nested(flat("/c/hats", "Hats"));
    site.replace([parent]).await.ok();
    let socks = hit(&site, "/c/socks").await["attributes"].clone();
    assert_eq!(socks["web_url"], json!(["/own"]));
    let hats = hit(&site, "/c/hats").await["attributes"].clone();
    assert_eq!(hats["web_url"], json!(["/c/hats"]));
    assert_eq!(hats["teaser"], json!(["soft"]));
}

#[tokio::test]
async fn an_ancestor_may_be_a_bare_mention_too() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([whole("c")]).await.ok();
    let leaf = json!({"identity": "leaf", "type": "category", "fields": {"title": "Wool",
        "ancestors": [{"identity": "top", "title": "Top"}, {"identity": "c", "title": "Socks"}]}});
    site.replace([product("p").nested(leaf)]).await.ok();
    let kept = hit(&site, "c").await["attributes"].clone();
    assert_eq!(kept["teaser"], json!(["warm"]));
    assert_eq!(
        kept["hierarchy"],
        json!(["Wear"]),
        "its own, not those derived"
    );
    assert_eq!(of_type(&site, "category").await, ["c", "leaf", "top"]);
}

#[tokio::test]
async fn with_fields_an_extraction_replaces_and_so_does_another_type() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([whole("c"), whole("d")]).await.ok();
    let fields = json!({"identity": "c", "type": "category", "fields": {"title": "Bare"}});
    let other = json!({"identity": "d", "type": "brand", "title": "Brand"});
    site.replace([product("p").nested(fields).nested(other)])
        .await
        .ok();
    let replaced = hit(&site, "c").await["attributes"].clone();
    assert_eq!(replaced.get("teaser"), None);
    assert_eq!(replaced.get("web_url"), None);
    assert_eq!(of_type(&site, "brand").await, ["d"]);
    assert_eq!(hit(&site, "d").await["attributes"].get("teaser"), None);
}

#[tokio::test]
async fn order_in_one_batch_decides_what_a_mention_names() {
    let server = TestServer::start().await;
    let site = server.site();
    let batch = vec![
        // Names nothing yet, so it makes the object.
        product("p1").nested(mention("c", "First")),
        whole("c"),
        product("p2").nested(mention("c", "Second")),
        product("p3").nested(mention("c", "Third")),
        // Both in one object, the mention last.
        product("p4")
            .nested(json!({"identity": "e", "type": "category", "fields": {"title": "E", "teaser": "e"}}))
            .nested(mention("e", "E again")),
    ];
    site.replace(batch).await.status(201);
    let kept = hit(&site, "c").await["attributes"].clone();
    assert_eq!(
        (&kept["title"], &kept["teaser"]),
        (&json!("Third"), &json!(["warm"]))
    );
    let kept = hit(&site, "e").await["attributes"].clone();
    assert_eq!(
        (&kept["title"], &kept["teaser"]),
        (&json!("E again"), &json!(["e"]))
    );
    // A patch of what was written just before reads it.
    let patch = json!({"identity": "p1", "nested": [mention("c", "Patched")]});
    site.patch([patch]).await.ok();
    let kept = hit(&site, "c").await["attributes"].clone();
    assert_eq!(
        (&kept["title"], &kept["teaser"]),
        (&json!("Patched"), &json!(["warm"]))
    );
}

#[tokio::test]
async fn a_mention_that_says_nothing_new_writes_nothing_however_often_it_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || TestServer::builder().data_dir(folder.path()).start();
    let server = start().await;
    let site = server.site();
    site.replace([whole("c")]).await.ok();
    let before = hit(&site, "c").await["updated_at"].clone();
    let upload = |generation: &'static str| {
        (0..300).map(move |n| {
            product(&format!("p{n}"))
                .generation(generation)
                .nested(mention("c", "Socks"))
        })
    };
    for generation in ["1", "1", "2"] {
        site.replace(upload(generation)).await.status(201);
        site.commit("category", generation).await.ok();
        let kept = hit(&site, "c").await;
        assert_eq!(
            kept["attributes"]["teaser"],
            json!(["warm"]),
            "{generation}"
        );
        assert_eq!(kept["updated_at"], before, "{generation}");
    }
    // What is stored now is what counts, also of words that were seen before.
    site.replace([whole("c").field("teaser", "cold").generation("2")])
        .await
        .ok();
    server.stop().await;
    let server = start().await;
    let site = server.site();
    site.replace(upload("3")).await.ok();
    site.replace(upload("3")).await.ok();
    site.commit("category", "3").await.ok();
    assert_eq!(
        hit(&site, "c").await["attributes"]["teaser"],
        json!(["cold"])
    );
}
