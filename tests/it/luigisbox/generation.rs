//! Full uploads: objects marked with a generation, then POST `/v1/content/commit`
//! (docs/reference/03-update-by-query-and-generations.md §4, §5).

use serde_json::json;

use super::of_type;
use crate::support::{Answer, TestServer, product};

#[track_caller]
fn deleted(answer: Answer) -> u64 {
    let body = answer.status(201).json();
    body["deleted_count"].as_u64().expect("a count")
}

#[tokio::test]
async fn a_commit_leaves_exactly_what_the_upload_marked() {
    let server = TestServer::start().await;
    let site = server.site();
    let old = ["1", "2"].map(|identity| product(identity).generation("X"));
    site.replace(old).await.ok();
    let new = ["2", "3"].map(|identity| product(identity).generation("Y"));
    site.replace(new).await.ok();
    assert_eq!(of_type(&site, "product").await, ["1", "2", "3"]);

    assert_eq!(deleted(site.commit("product", "Y").await), 1);
    assert_eq!(of_type(&site, "product").await, ["2", "3"]);
    assert_eq!(deleted(site.commit("product", "Y").await), 0);
}

#[tokio::test]
async fn a_marker_nobody_carries_deletes_nothing() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("1").generation("X")]).await.ok();
    let refused = site.commit("product", "Z").await.status(400);
    assert_eq!(
        refused.json(),
        json!({"type": "not_found", "reason": "Generation not in catalog"})
    );
    site.commit("category", "X").await.status(400);
    assert_eq!(of_type(&site, "product").await, ["1"]);
}

#[tokio::test]
async fn the_check_of_the_marker_can_be_skipped() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("1").generation("X")]).await.ok();
    let target = "/v1/content/commit?type=product&generation=Z&validate_generation=false";
    assert_eq!(deleted(site.signed("POST", target, "").await), 1);
    assert!(of_type(&site, "product").await.is_empty());
}

#[tokio::test]
async fn unmarked_objects_go_and_other_types_stay() {
    let server = TestServer::start().await;
    let site = server.site();
    let objects = [
        product("marked").generation("X"),
        product("unmarked"),
        product("article").key("type", "article").generation("W"),
    ];
    site.replace(objects).await.ok();
    assert_eq!(deleted(site.commit("product", "X").await), 1);
    assert_eq!(of_type(&site, "product").await, ["marked"]);
    assert_eq!(of_type(&site, "article").await, ["article"]);
}

#[tokio::test]
async fn extracted_objects_carry_their_parents_marker() {
    let server = TestServer::start().await;
    let site = server.site();
    let in_category = |identity: &str, category: &str, generation: &str| {
        product(identity).generation(generation).nested(json!({
            "identity": category, "type": "category",
            "fields": {"title": category, "ancestors": [
                {"identity": format!("above {category}"), "type": "category", "title": "A"}]},
        }))
    };
    let old = [in_category("1", "kept", "X"), in_category("2", "gone", "X")];
    site.replace(old).await.ok();
    site.replace([in_category("1", "kept", "Y")]).await.ok();

    assert_eq!(deleted(site.commit("product", "Y").await), 1);
    assert_eq!(
        of_type(&site, "category").await.len(),
        4,
        "a type of its own"
    );
    assert_eq!(deleted(site.commit("category", "Y").await), 2);
    assert_eq!(of_type(&site, "category").await, ["above kept", "kept"]);
}

#[tokio::test]
async fn a_marker_is_lost_by_post_kept_by_patch_and_may_be_a_number() {
    let server = TestServer::start().await;
    let site = server.site();
    let marked =
        ["posted", "patched", "moved"].map(|identity| product(identity).key("generation", 7));
    site.replace(marked).await.ok();
    site.replace([product("posted")]).await.ok();
    let patches = [
        json!({"identity": "patched", "fields": {"color": "red"}}),
        json!({"identity": "moved", "generation": "8"}),
    ];
    site.patch(patches).await.ok();
    assert_eq!(deleted(site.commit("product", "7").await), 2);
    assert_eq!(of_type(&site, "product").await, ["patched"]);
}

#[tokio::test]
async fn scheduled_objects_count_like_others() {
    let server = TestServer::start().await;
    let site = server.site();
    let future = |identity: &str| product(identity).key("active_from", "2999-01-01");
    site.replace([
        future("kept").generation("X"),
        future("gone").generation("W"),
    ])
    .await
    .ok();
    assert_eq!(deleted(site.commit("product", "X").await), 1);
}

#[tokio::test]
async fn a_commit_that_is_only_tried_deletes_nothing() {
    let server = TestServer::start().await;
    let site = server.site();
    let old = (0..25).map(|n| product(&format!("old-{n}")).generation("X"));
    site.replace(old).await.ok();
    let other = product("other").key("type", "article").generation("X");
    site.replace([product("new").generation("Y"), other])
        .await
        .ok();
    let commit = async |rest: &str| {
        let target = format!("/v1/content/commit?type=product&{rest}");
        site.signed("POST", &target, "").await
    };
    let sample: Vec<String> = (0..20).map(|n| format!("old-{n}")).collect();
    for _again in 0..2 {
        let tried = commit("generation=Y&dry_run=true").await.status(200).json();
        assert_eq!(tried, json!({"would_delete_count": 25, "sample": sample}));
    }
    let unchecked = commit("generation=Z&validate_generation=false&dry_run=true").await;
    assert_eq!(unchecked.status(200).json()["would_delete_count"], 26);
    let refused = commit("generation=Z&dry_run=true").await.status(400).json();
    assert_eq!(refused["reason"], "Generation not in catalog");
    for unclear in [
        "dry_run=yes",
        "dry_run=",
        "dry_run",
        "dry_run[]=true",
        "dry_run=true&dry_run=false",
        "dry_run=false&dry_run=true",
    ] {
        let refused = commit(&format!("generation=Y&{unclear}")).await;
        let refused = refused.status(400).json();
        let words = json!({"dry_run": ["must be true or false"]});
        assert_eq!(refused["caused_by"], words, "{unclear}");
    }
    assert_eq!(of_type(&site, "product").await.len(), 26);

    assert_eq!(deleted(commit("generation=Y&dry_run=false").await), 25);
    let tried = commit("generation=Y&dry_run=true").await.status(200).json();
    assert_eq!(tried, json!({"would_delete_count": 0, "sample": []}));
    assert_eq!(of_type(&site, "product").await, ["new"]);
}

/// A site whose commits delete at most half of a type: four products of the upload before, one of this.
async fn guarded() -> TestServer {
    let server = TestServer::builder()
        .set_for_site("commit_guard_percent", 50)
        .start()
        .await;
    let site = server.site();
    let old = ["1", "2", "3", "4"].map(|identity| product(identity).generation("X"));
    site.replace(old).await.ok();
    site.replace([product("4").generation("Y")]).await.ok();
    server
}

#[tokio::test]
async fn a_commit_that_would_delete_more_than_the_guard_lets_it_deletes_nothing() {
    let server = guarded().await;
    let site = server.site();
    let refused = site.commit("product", "Y").await.status(400).json();
    assert_eq!(
        refused,
        json!({"type": "guarded", "reason": "the commit would delete 3 of 4 objects of the type, more than 50 %: \
            nothing was deleted; see which with `dry_run=true`, or send `force=1`"})
    );
    assert_eq!(of_type(&site, "product").await.len(), 4);
    let preview = async |more: &str| {
        let target = format!("/v1/content/commit?type=product&generation=Y&dry_run=true{more}");
        site.signed("POST", &target, "").await.status(200).json()
    };
    let sample = ["1", "2", "3"];
    assert_eq!(
        preview("").await,
        json!({"would_delete_count": 3, "sample": sample, "guarded": true})
    );
    assert_eq!(
        preview("&force=1").await,
        json!({"would_delete_count": 3, "sample": sample})
    );
    for bad in ["", "yes", "2"] {
        let target = format!("/v1/content/commit?type=product&generation=Y&force={bad}");
        site.signed("POST", &target, "").await.status(400);
    }
    // Half of them is not more than half.
    site.replace([product("3").generation("Y")]).await.ok();
    assert_eq!(preview("").await["guarded"], json!(null));
    assert_eq!(deleted(site.commit("product", "Y").await), 2);
    assert_eq!(of_type(&site, "product").await, ["3", "4"]);
}

#[tokio::test]
async fn a_guarded_commit_goes_on_when_it_is_forced_and_only_then_without_an_upload() {
    let server = guarded().await;
    let site = server.site();
    // That there is no such upload is told first.
    site.commit("product", "Z").await.status(400);
    let target = "/v1/content/commit?type=product&generation=Z&validate_generation=false";
    let refused = site.signed("POST", target, "").await.status(400).json();
    assert_eq!(refused["type"], "guarded");
    let forced = "/v1/content/commit?type=product&generation=Y&force=1";
    assert_eq!(deleted(site.signed("POST", forced, "").await), 3);
    assert_eq!(of_type(&site, "product").await, ["4"]);
}
