//! `commit_keeps_refused` (docs/reference/03-update-by-query-and-generations.md §5): an object whose newest upload was
//! refused stays as it was instead of vanishing that night.

use serde_json::{Value, json};

use super::of_type;
use crate::support::{SiteClient, TestServer, TestServerBuilder, product};

fn keeping() -> TestServerBuilder {
    TestServer::builder()
        .set_for_site("commit_keeps_refused", "true")
        .set_for_site("type_conflicts", "\"refuse\"")
}

/// Of generation X, with a weight, so that another type of it is refused in the engine.
async fn lay_out(site: &SiteClient, identities: &[&str]) {
    let objects = identities
        .iter()
        .map(|identity| product(identity).field("weight", 5).generation("X"));
    site.replace(objects).await.ok();
}

fn bad(identity: &str, generation: &str) -> Value {
    json!({"identity": identity, "type": "product", "generation": generation, "fields": {"title": ""}})
}

fn misfit(identity: &str, generation: &str) -> Value {
    json!({"identity": identity, "type": "product", "generation": generation,
        "fields": {"title": identity, "weight": "heavy"}})
}

async fn tried(site: &SiteClient, object_type: &str, generation: &str) -> Value {
    let target =
        format!("/v1/content/commit?type={object_type}&generation={generation}&dry_run=true");
    site.signed("POST", &target, "").await.status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_whose_newest_upload_was_refused_stays_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = keeping().data_dir(folder.path()).start().await;
    let site = server.site();
    lay_out(
        &site,
        &["read", "engine", "patched", "gone", "again", "new"],
    )
    .await;
    // In several batches: refused on reading, in the engine, as a patch, all of a batch and part of one.
    site.replace([bad("read", "Y")]).await.status(400);
    site.replace([
        misfit("engine", "Y"),
        product("new").generation("Y").into(),
        bad("never there", "Y"),
        bad("again", "Y"),
    ])
    .await
    .status(400);
    let patch = json!({"identity": "patched", "generation": "Y", "fields": {"weight": "heavy"}});
    site.patch([patch]).await.status(400);
    // A patch that is no upload says nothing.
    site.patch([json!({"identity": "read", "fields": {"color": "red"}})])
        .await
        .ok();
    site.patch([json!({"identity": "gone", "fields": {"weight": "heavy"}})])
        .await
        .status(400);
    // A later one of the same upload that is taken is the newest.
    let again = product("again").field("weight", 6).generation("Y");
    site.replace([again]).await.ok();
    server.stop().await;

    let server = keeping().data_dir(folder.path()).start().await;
    let site = server.site();
    let kept = json!(["read", "engine", "patched"]);
    assert_eq!(
        tried(&site, "product", "Y").await,
        json!({"would_delete_count": 1, "sample": ["gone"], "kept_count": 3, "kept": kept})
    );
    let committed = site.commit("product", "Y").await.status(201).json();
    let told = json!({"deleted_count": 1, "kept_count": 3, "kept": kept});
    assert_eq!(committed, told);
    let mut left = of_type(&site, "product").await;
    left.sort();
    assert_eq!(left, ["again", "engine", "new", "patched", "read"]);
    let found = site.search("f[]=identity:engine").await;
    assert_eq!(found.hit("engine")["attributes"]["weight"], json!([5]));
    // A repeat is harmless.
    let repeated = site.commit("product", "Y").await.status(201).json();
    assert_eq!(
        repeated,
        json!({"deleted_count": 0, "kept_count": 3, "kept": kept})
    );

    // The night after they are in the upload, or not sent at all.
    site.replace([
        product("read").generation("Z"),
        product("new").generation("Z"),
    ])
    .await
    .ok();
    let committed = site.commit("product", "Z").await.status(201).json();
    assert_eq!(
        committed,
        json!({"deleted_count": 3, "kept_count": 0, "kept": []})
    );
    assert_eq!(of_type(&site, "product").await.len(), 2);
    server.stop().await;
}

/// Whatever way it is taken, the newest upload counts.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_taken_later_ends_it_and_so_does_a_deletion() {
    let server = keeping().start().await;
    let site = server.site();
    let all = ["other", "none", "moved", "deleted", "whole"];
    lay_out(&site, &all).await;
    // Word for word, so that it is known and left unread.
    lay_out(&site, &all).await;
    site.replace(all.map(|identity| bad(identity, "Y")))
        .await
        .status(400);
    let whole = |identity: &str| product(identity).field("weight", 5);
    site.replace([whole("other").generation("W"), whole("none")])
        .await
        .ok();
    site.patch([json!({"identity": "moved", "generation": "W"})])
        .await
        .ok();
    site.delete([("product", "deleted")]).await.ok();
    lay_out(&site, &["deleted", "whole"]).await;
    site.replace([product("new").generation("Y")]).await.ok();
    let committed = site.commit("product", "Y").await.status(201).json();
    assert_eq!(
        committed,
        json!({"deleted_count": 5, "kept_count": 0, "kept": []})
    );
    assert_eq!(of_type(&site, "product").await, ["new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_out_of_a_refused_object_stays_with_it() {
    let server = keeping().start().await;
    let site = server.site();
    let with = |identity: &str, category: &str, generation: &str| {
        product(identity).generation(generation).nested(json!({
            "identity": category, "type": "category", "fields": {"title": category}}))
    };
    site.replace([
        with("p1", "c1", "X"),
        with("p2", "c2", "X"),
        with("p3", "c3", "X"),
    ])
    .await
    .ok();
    site.replace([with("p2", "c4", "Y").into(), bad("p1", "Y")])
        .await
        .status(400);
    for (object_type, deleted, kept) in [("product", 1, "p1"), ("category", 2, "c1")] {
        let committed = site.commit(object_type, "Y").await.status(201).json();
        let told = json!({"deleted_count": deleted, "kept_count": 1, "kept": [kept]});
        assert_eq!(committed, told, "{object_type}");
    }
    // The product is taken again, in another category: nothing keeps the old one.
    site.replace([bad("p1", "Z"), with("p2", "c4", "Z").into()])
        .await
        .status(400);
    site.replace([with("p1", "c4", "Z")]).await.ok();
    let committed = site.commit("category", "Z").await.status(201).json();
    assert_eq!(
        committed,
        json!({"deleted_count": 1, "kept_count": 0, "kept": []})
    );
    assert_eq!(of_type(&site, "category").await, ["c4"]);
}

#[tokio::test]
async fn without_the_setting_they_go_as_ever() {
    let server = TestServer::start().await;
    let site = server.site();
    lay_out(&site, &["1", "2"]).await;
    site.replace([bad("1", "Y"), product("2").generation("Y").into()])
        .await
        .status(400);
    let committed = site.commit("product", "Y").await.status(201).json();
    assert_eq!(committed, json!({"deleted_count": 1}));
    assert_eq!(of_type(&site, "product").await, ["2"]);
}

/// What is kept is not what a guard is afraid of.
#[tokio::test]
async fn the_guard_counts_what_is_kept_as_staying() {
    let server = keeping()
        .set_for_site("commit_guard_percent", 10)
        .start()
        .await;
    let site = server.site();
    lay_out(&site, &["1", "2", "3"]).await;
    site.replace([
        bad("1", "Y"),
        bad("2", "Y"),
        product("3").generation("Y").into(),
    ])
    .await
    .status(400);
    let committed = site.commit("product", "Y").await.status(201).json();
    assert_eq!(
        committed,
        json!({"deleted_count": 0, "kept_count": 2, "kept": ["1", "2"]})
    );
    assert_eq!(of_type(&site, "product").await, ["1", "2", "3"]);
}

/// The bug: what was nested in it stayed although it had gone itself.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_out_of_a_refused_object_that_a_commit_deletes_does_not_stay() {
    let server = keeping().start().await;
    let site = server.site();
    let nested = json!({"identity": "c1", "type": "category", "fields": {"title": "Tents"}});
    site.replace([
        json!({"identity": "p1", "type": "product", "generation": "X", "fields": {"title": "p1"},
            "nested": [nested]}),
        json!({"identity": "p2", "type": "product", "generation": "Z", "fields": {"title": "p2"}}),
        json!({"identity": "c2", "type": "category", "generation": "Y", "fields": {"title": "Poles"}}),
    ])
    .await
    .ok();
    site.replace([bad("p1", "Y")]).await.status(400);
    assert_eq!(
        tried(&site, "category", "Y").await["kept"],
        json!(["c1"]),
        "as long as it is there"
    );
    site.commit("product", "Z").await.status(201);
    assert_eq!(tried(&site, "category", "Y").await["kept"], json!([]));
}
