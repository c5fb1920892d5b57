//! What an update makes of the objects it found (docs/reference/03-update-by-query-and-generations.md §1,
//! second table; §2).

use serde_json::json;

use super::{attributes, complete};
use crate::support::{TestServer, eventually, object, product};

#[tokio::test]
async fn named_attributes_are_replaced_whole_and_the_others_stay() {
    let server = TestServer::start().await;
    let site = server.site();
    let olive = product("p1")
        .field("color", json!(["olive", "red"]))
        .field("size", "L")
        .field("old", 1)
        .generation("g1");
    site.replace([olive]).await.ok();
    let fields = json!({"color": "green", "old": null, "new": {"a": [1, 2.5]}});
    let ended = site.update(json!({"color": "olive"}), fields).await;
    assert_eq!(ended, complete(1));
    let attributes = attributes(&site, "p1").await;
    assert_eq!(attributes["color"], json!(["green"]));
    assert_eq!(attributes["size"], json!(["L"]));
    assert_eq!(attributes.get("old"), None);
    assert_eq!(attributes["new"], json!([{"a": [1, 2.5]}]));
    // The generation stays: a commit of it deletes nothing.
    let committed = site.commit("product", "g1").await.status(201).json();
    assert_eq!(committed, json!({"deleted_count": 0}));
}

#[tokio::test]
async fn a_complete_update_can_be_found_and_derived_attributes_follow() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1").field("price", "10 EUR").field("sale", true)])
        .await
        .ok();
    let ended = site
        .update(json!({"sale": true}), json!({"price": "8 EUR"}))
        .await;
    assert_eq!(ended, complete(1));
    let found = site.search("f[]=price_amount:8").await;
    assert_eq!(found.identities(), ["p1"]);
}

#[tokio::test]
async fn availability_and_its_rank_stay_in_step() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([
        product("p1")
            .field("sku", "a")
            .field("availability_rank", 3),
        product("p2").field("sku", "b").field("availability", 1),
    ])
    .await
    .ok();
    site.update(json!({"sku": "a"}), json!({"availability": 0}))
        .await;
    site.update(json!({"sku": "b"}), json!({"availability_rank": 15}))
        .await;
    let first = attributes(&site, "p1").await;
    assert_eq!(
        (&first["availability"], &first["availability_rank"]),
        (&json!(0), &json!(15))
    );
    let second = attributes(&site, "p2").await;
    assert_eq!(
        (&second["availability"], &second["availability_rank"]),
        (&json!(0), &json!(15))
    );
}

#[tokio::test]
async fn activity_is_scheduled_through_the_fields() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("p1").field("sku", "a")]).await.ok();
    let ended = site
        .update(json!({"sku": "a"}), json!({"active_to": "2001-01-01"}))
        .await;
    assert_eq!(ended, complete(1));
    assert_eq!(site.search("f[]=sku:a").await.total(), 0);
    // It is still there, and an update finds it.
    site.update(json!({"sku": "a"}), json!({"active_to": null}))
        .await;
    assert_eq!(site.search("f[]=sku:a").await.identities(), ["p1"]);
}

#[tokio::test]
async fn objects_that_cannot_be_changed_are_listed_with_their_reasons() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([
        product("/products/1").field("sku", "a").field("price", 5),
        product("/products/2").field("sku", "a"),
        product("/products/3").field("sku", "b"),
    ])
    .await
    .ok();
    let mismatch = json!({"type": "data_schema_mismatch", "reason": "failed to parse [attributes.price]",
        "caused_by": {"type": "number_format_exception", "reason": "For input string: \"wrong sale price\""}});
    let ended = site
        .update(json!({"sku": "a"}), json!({"price": "wrong sale price"}))
        .await;
    assert_eq!(
        ended,
        json!({"tracker_id": "1234-5678", "status": "complete", "updates_count": 0, "failures_count": 2,
               "failures": {"/products/1": mismatch, "/products/2": mismatch}})
    );
    let blank = site
        .update(json!({"sku": "b"}), json!({"title": " ", "price": "7"}))
        .await;
    assert_eq!(
        blank["failures"],
        json!({"/products/3": {"type": "malformed_input", "reason": "incorrect object format",
                               "caused_by": {"title": ["must be filled"]}}})
    );
    let untouched = attributes(&site, "/products/3").await;
    assert_eq!(
        untouched.get("price"),
        None,
        "an object is changed whole or not at all"
    );
}

#[tokio::test]
async fn more_failures_than_an_answer_holds_in_one_piece_are_all_listed() {
    let server = TestServer::start().await;
    let site = server.site();
    for part in 0..5 {
        let objects = (0..500).map(|n| product(&format!("p{}", part * 500 + n)).field("sku", "a"));
        site.replace(objects).await.ok();
    }
    let ended = site
        .update(json!({"sku": "a"}), json!({"title": null}))
        .await;
    assert_eq!(ended["updates_count"], 0);
    assert_eq!(ended["failures_count"], 2500);
    let failures = ended["failures"].as_object().expect("an object");
    assert_eq!(failures.len(), 2500);
    let blank = json!({"title": ["must be filled"]});
    assert!(failures.values().all(|entry| entry["caused_by"] == blank));
}

#[tokio::test]
async fn jobs_of_a_site_run_in_the_order_they_came() {
    let server = TestServer::start().await;
    let site = server.site();
    let objects = (0..900).map(|n| product(&format!("p{n}")).field("step", 0));
    site.replace(objects).await.ok();
    let mut numbers = Vec::new();
    for step in 0..5 {
        // Each finds only what the one before it has left behind.
        numbers.push(
            site.start_update(json!({"step": step}), json!({"step": step + 1}))
                .await,
        );
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    for number in numbers {
        assert_eq!(site.ended_job(number).await, complete(900), "job {number}");
    }
    assert_eq!(site.search("f[]=step:5&size=0").await.total(), 900);
}

#[tokio::test]
async fn numbers_are_counted_per_site() {
    let server = TestServer::builder().site("9-9", "other").start().await;
    let (site, other) = (server.site(), server.site_with("9-9", "other"));
    site.replace([product("p1").field("a", 1)]).await.ok();
    assert_eq!(site.start_update(json!({"a": 1}), json!({"b": 1})).await, 1);
    assert_eq!(
        other.start_update(json!({"a": 1}), json!({"b": 1})).await,
        1
    );
    assert_eq!(site.ended_job(1).await["updates_count"], 1);
    assert_eq!(other.ended_job(1).await["updates_count"], 0);
    assert_eq!(other.ended_job(1).await["tracker_id"], "9-9");
}

/// Two writers of the same objects, one attribute each, and the job a third.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_written_beside_a_job_is_lost() {
    const OBJECTS: usize = 1_200;
    let server = TestServer::start().await;
    let site = server.site();
    let all: Vec<_> = (0..OBJECTS)
        .map(|n| product(&format!("p{n}")).field("sku", "a"))
        .collect();
    for some in all.chunks(300) {
        site.replace(some.to_vec()).await.ok();
    }
    let job = site
        .start_update(json!({"sku": "a"}), json!({"by_job": 1}))
        .await;
    let patching = |name: &'static str| {
        let site = site.clone();
        tokio::spawn(async move {
            for first in (0..OBJECTS).step_by(100) {
                let patches = (first..first + 100)
                    .map(|n| json!({"identity": format!("p{n}"), "fields": {name: 1}}));
                let body = json!({"objects": patches.collect::<Vec<_>>()}).to_string();
                site.signed("PATCH", "/v1/content", body).await.status(200);
            }
        })
    };
    let (one, two) = (patching("by_one"), patching("by_two"));
    one.await.expect("a writer ends well");
    two.await.expect("a writer ends well");
    assert_eq!(site.ended_job(job).await, complete(OBJECTS));
    eventually("every write", async || {
        let found = site
            .search("f[]=by_job:1&f[]=by_one:1&f[]=by_two:1&size=0")
            .await;
        (found.total() == OBJECTS as u64).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_or_of_another_type_by_its_turn_is_left_alone() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace((0..3_000).map(|n| product(&format!("p{n}")).field("sku", "a")))
        .await
        .ok();
    let job = site
        .start_update(json!({"sku": "a"}), json!({"mark": "x"}))
        .await;
    // Whether they come before their turn or after it, this is what is left of them.
    site.delete([("product", "p2999")]).await.ok();
    site.replace([object("article", "p2998").field("sku", "b")])
        .await
        .ok();
    let ended = site.ended_job(job).await;
    assert_eq!(ended["failures"], json!({}));
    let updates = ended["updates_count"].as_u64().expect("a count");
    assert!((2_998..=3_000).contains(&updates), "{updates}");
    let article = attributes(&site, "p2998").await;
    assert_eq!(article.get("mark"), None);
    assert_eq!(site.search("f[]=identity:p2999").await.total(), 0);
}

#[tokio::test]
async fn what_variants_stand_for_is_updated_itself() {
    let server = TestServer::builder()
        .set_for_site("variants", "\"best\"")
        .start()
        .await;
    let site = server.site();
    let variant = |identity| object("variant", identity).field("color", "red");
    let shirt = product("shirt").field("season", "summer");
    site.replace([shirt.nested(variant("s")).nested(variant("m"))])
        .await
        .ok();
    let summer = json!({"season": "summer"});
    let ended = site.update(summer, json!({"season": "winter"})).await;
    assert_eq!(ended, complete(1));
    // The master has no color of its own; its variants are objects too, of a type nobody asked for.
    let ended = site
        .update(json!({"color": "red"}), json!({"season": "x"}))
        .await;
    assert_eq!(ended, complete(0));
    let found = site.search("f[]=season:winter").await;
    assert_eq!(
        (found.identities(), found.total()),
        (vec!["s".to_owned()], 1)
    );
}
