//! What a criterion finds (docs/reference/03-update-by-query-and-generations.md §1, first table).

use serde_json::{Value, json};

use super::{complete, marked};
use crate::support::{ObjectJson, TestServer, article, product};

/// Sets `mark` where the criteria match, and gives the identities of what was marked: the same whether the site
/// has had many attributes before or none.
async fn found(objects: Vec<ObjectJson>, criteria: Value) -> Vec<String> {
    let with_own_columns = found_after(false, objects.clone(), criteria.clone()).await;
    let sparse = found_after(true, objects, criteria).await;
    assert_eq!(sparse, with_own_columns);
    sparse
}

async fn found_after(many_names: bool, objects: Vec<ObjectJson>, criteria: Value) -> Vec<String> {
    let server = TestServer::start().await;
    let site = server.site();
    if many_names {
        site.use_up_first_names().await;
    }
    site.replace(objects).await.ok();
    let ended = site.update(criteria, json!({"mark": "x"})).await;
    let marked = marked(&site).await;
    assert_eq!(ended, complete(marked.len()));
    marked
}

#[tokio::test]
async fn a_value_or_an_element_is_matched_whole_and_by_case() {
    let objects = vec![
        product("p1").field("color", "olive"),
        product("p2").field("color", json!(["olive", "red"])),
        product("p3").field("color", "Olive"),
        product("p4").field("color", "olive green"),
        product("p5"),
        article("a1").field("color", "olive"),
    ];
    assert_eq!(
        found(objects, json!({"color": "olive"})).await,
        ["p1", "p2"]
    );
}

#[tokio::test]
async fn all_criteria_and_all_their_values_are_asked_for() {
    let objects = vec![
        product("p1")
            .field("color", json!(["red", "olive"]))
            .field("size", "L"),
        product("p2")
            .field("color", json!(["red", "olive"]))
            .field("size", "M"),
        product("p3").field("color", "red").field("size", "L"),
    ];
    let criteria = json!({"color": ["olive", "red"], "size": "L"});
    assert_eq!(found(objects, criteria).await, ["p1"]);
}

#[tokio::test]
async fn values_are_compared_by_the_type_of_the_attribute() {
    let objects = || {
        vec![
            product("p1")
                .field("weight", 70.5)
                .field("sold_out", true)
                .field("since", "2024-01-02"),
            product("p2")
                .field("weight", "70.5")
                .field("sold_out", "true")
                .field("since", "2024-01-02T01:00:00+01:00"),
            product("p3")
                .field("weight", 70)
                .field("sold_out", false)
                .field("since", "2024-01-03"),
        ]
    };
    for (criteria, expected) in [
        (json!({"weight": 70.5}), vec!["p1", "p2"]),
        (json!({"weight": 70.0}), vec!["p3"]),
        (json!({"weight": "70.5"}), vec![]),
        (json!({"sold_out": true}), vec!["p1", "p2"]),
        (json!({"sold_out": "true"}), vec![]),
        (json!({"since": "2024-01-02T00:00:00Z"}), vec!["p1", "p2"]),
    ] {
        assert_eq!(
            found(objects(), criteria.clone()).await,
            expected,
            "{criteria}"
        );
    }
}

#[tokio::test]
async fn derived_attributes_can_be_asked_for_and_names_of_no_attributes_cannot() {
    let objects = || {
        let category = json!({"identity": "c", "type": "category",
            "fields": {"title": "Socks", "ancestors": [{"title": "Wear", "type": "category", "url": "w"}]}});
        let brand = json!({"identity": "b", "type": "brand", "fields": {"title": "Acme"}});
        vec![
            product("p1")
                .field("price", "1 234,50 Kč")
                .nested(category)
                .nested(brand),
            product("p2").field("price", "5 Kč"),
        ]
    };
    for (criteria, expected) in [
        (json!({"price_amount": 1234.5}), vec!["p1"]),
        (json!({"category": "Wear"}), vec!["p1"]),
        (json!({"brand": "Acme"}), vec!["p1"]),
        (json!({"identity": "p1"}), vec![]),
        (json!({"type": "product"}), vec![]),
    ] {
        assert_eq!(
            found(objects(), criteria.clone()).await,
            expected,
            "{criteria}"
        );
    }
}

/// Texts that the index keeps in three different ways, and one it leaves out.
#[tokio::test]
async fn texts_of_any_length_are_matched_in_any_attribute() {
    for (name, length) in [
        ("title", 20),
        ("description", 400),
        ("description", 2_000),
        ("web_url", 30),
        ("note", 64),
        ("note", 65),
        ("note", 600),
        ("note", 70_000),
    ] {
        let text = "long ".repeat(length / 5 + 1);
        let text = &text.trim_end()[..length - 1];
        let objects = vec![
            product("p1").field(name, format!("{text}1")),
            product("p2").field(name, format!("{text}2")),
        ];
        let criteria = json!({ name: format!("{text}2") });
        assert_eq!(found(objects, criteria).await, ["p2"], "{name} of {length}");
    }
}

#[tokio::test]
async fn objects_out_of_their_time_and_hidden_attributes_are_found_too() {
    let objects = vec![
        product("p1")
            .field("_margin", 0.2)
            .key("active_to", "2001-01-01"),
        product("p2").field("_margin", 0.3),
    ];
    let server = TestServer::start().await;
    let site = server.site();
    site.replace(objects).await.ok();
    let ended = site
        .update(json!({"_margin": 0.2}), json!({"mark": "x"}))
        .await;
    assert_eq!(ended, complete(1));
}

#[tokio::test]
async fn what_is_embedded_in_an_object_is_neither_searched_nor_changed() {
    let server = TestServer::start().await;
    let site = server.site();
    let variant =
        json!({"identity": "v1", "type": "variant", "fields": {"title": "V", "color": "olive"}});
    site.replace([product("p1").nested(variant)]).await.ok();
    let body = json!({
        "search": {"types": ["product", "variant"], "partial": {"fields": {"color": "olive"}}},
        "update": {"fields": {"color": "green"}},
    });
    let answer = site.submit_update(&body).await.status(200).json();
    assert_eq!(
        answer,
        json!({"status_url": "/v1/update_by_query?job_id=1"})
    );
    assert_eq!(site.ended_job(1).await, complete(1));
    let standalone = site.search("f[]=type:variant").await;
    assert_eq!(
        standalone.hit("v1")["attributes"]["color"],
        json!(["green"])
    );
    let parent = site.search("f[]=type:product").await;
    let copy = &parent.hit("p1")["nested"][0]["attributes"];
    assert_eq!(copy["color"], json!(["olive"]));
}
