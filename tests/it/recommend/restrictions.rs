//! `recommendation_context` and `settings_override` (docs/reference/06-autocomplete-and-others.md §7.1).

use serde_json::{Value, json};

use super::{asked, entries, post, served, shown, urls};

async fn sorted(context: Value) -> String {
    let server = served().await;
    let found = shown(
        &server,
        "trends",
        json!({"size": 50, "recommendation_context": context}),
    )
    .await;
    let mut urls: Vec<&str> = found.split(' ').collect();
    urls.sort_unstable();
    urls.join(" ")
}

#[tokio::test]
async fn restrictions_hold_for_every_hit() {
    for (context, expected) in [
        (json!({"color": "blue"}), "h2 s3"),
        (
            json!({"color": {"values": ["blue", "red"], "operator": "or"}}),
            "h1 h2 s1 s2 s3 s4",
        ),
        (json!({"color": ["blue", "red"]}), "h1 h2 s1 s2 s3 s4"),
        (
            json!({"label": {"values": ["is_sale", "x"], "operator": "and"}}),
            "s3",
        ),
        (
            json!({"color": {"values": ["red"], "operator": "not"}}),
            "h2 l1 l2 s3",
        ),
        (json!({"color": "red", "brand": "Hill"}), "h1 s4"),
        (json!({"price_amount": {"values": ["11|30"]}}), "h1 l1 s3"),
        (json!({"price_amount": {"values": ["|10"]}}), "h2 s1"),
        (json!({"price_amount": {"values": ["40|"]}}), "l2 s4"),
        (
            json!({"_category": {"values": ["Wear", "Hats"], "operator": "and"}}),
            "h1 h2",
        ),
        (
            json!({"_category": {"values": ["Wear"], "operator": "and"}}),
            "h1 h2 s1 s2 s3 s4",
        ),
        (
            json!({"_category": {"values": ["Hats", "Lamps"]}}),
            "h1 h2 l1 l2",
        ),
        (
            json!({"_category": {"values": ["Wear"], "operator": "not"}}),
            "l1 l2",
        ),
        (json!({"availability": "1", "color": "blue"}), "h2 s3"),
        (json!({"nowhere": "x"}), ""),
    ] {
        assert_eq!(sorted(context.clone()).await, expected, "{context}");
    }
}

#[tokio::test]
async fn restrictions_hold_for_what_stands_in_too() {
    let server = served().await;
    let context = json!({"color": "blue"});
    for model in [
        "basket",
        "item_detail_alternatives",
        "category",
        "news",
        "random",
        "user_click_based",
        "favorites",
    ] {
        let keys = json!({"item_ids": ["s1"], "recommendation_context": context, "user_id": "c1"});
        let found = shown(&server, model, keys).await;
        for url in found.split(' ') {
            assert!(["h2", "s3"].contains(&url), "{model}: {found}");
        }
    }
}

#[tokio::test]
async fn another_attribute_may_say_what_can_be_had() {
    let server = served().await;
    let keys = json!({"settings_override": {"availability_field": "stock_berlin", "unknown": 1}, "size": 50});
    let found = shown(&server, "trends", keys).await;
    let found: Vec<&str> = found.split(' ').collect();
    assert!(!found.contains(&"h1") && found.contains(&"h2"), "{found:?}");
    assert!(
        found.contains(&"s9"),
        "the usual attribute does not count: {found:?}"
    );
    let php = asked(
        "trends",
        json!({"settings_override": [], "recommendation_context": [], "size": 50}),
    );
    let found = entries(&server, &json!([php])).await;
    assert!(!urls(&found[0]).contains("s9"));
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let server = served().await;
    let context = json!({"color": vec!["a"; 501]});
    let body = json!([asked("trends", json!({"recommendation_context": context}))]);
    let answer = post(&server, body.to_string()).await.status(400);
    assert_eq!(answer.json(), json!({"error": "Filter too complex"}));
    let context = json!({"color": vec!["a"; 500]});
    let body = json!([asked("trends", json!({"recommendation_context": context}))]);
    post(&server, body.to_string()).await.status(200);
}
