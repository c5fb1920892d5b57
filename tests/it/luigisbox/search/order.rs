//! In which order hits come: by request (docs/reference/05-search.md §2) or by relevance (§6); what words match.

use serde_json::{Value, json};

use super::{Catalog, category, product, sent};

#[tokio::test]
async fn results_are_sorted_by_any_attribute_with_missing_values_last() {
    let catalog = Catalog::of([
        product(
            "a",
            json!({"price_amount": 10, "made": "2024-02-01", "brand": "beta", "new": true}),
        ),
        product(
            "b",
            json!({"price_amount": 9.5, "made": "2023-02-01", "brand": "Beta", "new": false}),
        ),
        product("c", json!({"brand": "alfa"})),
        product("d", json!({"price_amount": -1, "made": "2025-01-01"})),
    ])
    .await;
    for (parameters, expected) in [
        ("sort=price_amount:asc", "d b a c"),
        ("sort=price_amount:desc", "a b d c"),
        ("sort=made:asc", "b a d c"),
        ("sort=made:desc", "d a b c"),
        ("sort=brand:asc", "c a b d"),
        ("sort=brand:desc", "b a c d"),
        ("sort=title:desc", "d c b a"),
        ("sort=new:asc,title:desc", "b a d c"),
        ("sort=new:desc,price_amount:asc", "a b d c"),
        // Words choose what is found, the order asked for overrides relevance.
        ("q=beta&sort=price_amount:asc", "b a"),
    ] {
        assert_eq!(catalog.found(parameters).await, expected, "{parameters}");
    }
}

#[tokio::test]
async fn sorting_by_an_attribute_nobody_sent_is_refused() {
    let catalog = Catalog::of([product("a", json!({}))]).await;
    let refused = catalog
        .get("/search?tracker_id=1234-5678&sort=never_sent:asc")
        .await;
    assert_eq!(
        refused.status(400).json(),
        json!({"error": "Nonexisting attribute used: never_sent"})
    );
}

#[tokio::test]
async fn a_listing_comes_by_boost_then_availability_then_insertion() {
    let catalog = Catalog::of([
        product("plain-1", json!({})),
        product("gone", json!({"availability": 0})),
        product("boosted-gone", json!({"boost": 1, "availability": 0})),
        product("most-boosted", json!({"boost": 3})),
        product("late", json!({"availability_rank": 9})),
        product("soon", json!({"availability_rank": 2})),
        product("plain-2", json!({})),
    ])
    .await;
    let found = catalog.search("").await.identities();
    let place = |identity: &str| found.iter().position(|one| one == identity);
    assert_eq!(found.len(), 7);
    assert_eq!(found[..2], ["most-boosted", "boosted-gone"]);
    assert_eq!(found[6], "gone");
    assert!(place("plain-1") < place("plain-2"), "{found:?}");
    assert!(place("soon") < place("late"), "{found:?}");
}

#[tokio::test]
async fn newer_products_come_first_among_equals() {
    let now = jiff::Timestamp::now().to_string();
    let catalog = Catalog::of([
        product("old", json!({"introduced_at": "2001-01-01"})),
        product("new", json!({ "introduced_at": now })),
    ])
    .await;
    assert_eq!(catalog.found("").await, "new old");
}

#[tokio::test]
async fn match_quality_goes_before_boost_and_availability() {
    let catalog = Catalog::of([
        product("one-word", json!({"title": "Red hat", "boost": 3})),
        product(
            "anywhere",
            json!({"title": "Shoe", "color": "red", "boost": 2}),
        ),
        product("in-title", json!({"title": "Red shoe", "availability": 0})),
        product(
            "in-title-boosted",
            json!({"title": "Shoe, red", "boost": 1}),
        ),
        product("neither", json!({"title": "Blue hat"})),
    ])
    .await;
    let answer = catalog.search("q=red+shoe").await;
    assert_eq!(
        answer.identities(),
        ["in-title-boosted", "in-title", "anywhere"]
    );
    let exact: Vec<_> = answer.hits().iter().map(|hit| &hit["exact"]).collect();
    assert_eq!(exact, [true; 3]);
}

#[tokio::test]
async fn words_are_found_in_any_case_with_or_without_accents() {
    let catalog = Catalog::of([
        product("tea", json!({"title": "Čaj ŽLUTÝ"})),
        product("street", json!({"title": "Große Straße"})),
        product("nfd", json!({"title": "Cafe\u{301} creme"})),
    ])
    .await;
    for (q, expected) in [
        ("caj", "tea"),
        ("ČAJ", "tea"),
        ("zluty caj", "tea"),
        ("strasse", "street"),
        ("STRAßE", "street"),
        ("café", "nfd"),
        ("cafe crème", "nfd"),
    ] {
        let answer = catalog.search(q).await;
        assert_eq!(answer.identities(), [expected], "{q}");
        assert_eq!(answer.hits()[0]["exact"], true, "{q}");
    }
}

#[tokio::test]
async fn words_are_found_in_every_attribute_and_in_nested_titles() {
    let fields = json!({
        "title": "Warm pair", "ean": "0095205603217", "sku": "WS-77", "size": 43,
        "special": {"material": "merino"}, "_note": "clearance", "web_url": "/hiking/pair",
        "description": "Made for long winters"
    });
    let catalog = Catalog::of([
        product("sock", fields).nested(category(&["Wear", "Stockings"])),
        product("other", json!({"title": "Something else"})),
    ])
    .await;
    let words = "winters 0095205603217 WS-77 43 merino clearance stockings wear";
    for word in words.split(' ') {
        let parameters = format!("q={word}&f[]=type:product");
        assert_eq!(catalog.found(&parameters).await, "sock", "{word}");
    }
    assert_eq!(catalog.found("q=hiking&f[]=type:product").await, "");
}

#[tokio::test]
async fn objects_are_found_only_while_they_are_active() {
    let scheduled = |identity: &str, from: Value, to: Value| {
        product(identity, json!({}))
            .key("active_from", from)
            .key("active_to", to)
    };
    let (past, future) = (json!("2020-01-01"), json!("2999-01-01T00:00:00Z"));
    let catalog = Catalog::of([
        scheduled("now", past.clone(), future.clone()),
        scheduled("not-yet", future.clone(), Value::Null),
        scheduled("over", Value::Null, past.clone()),
        scheduled("open", json!(""), Value::Null),
        product("not-yet-by-field", json!({ "active_from": future })),
        product("over-by-field", json!({ "active_to": past })),
    ])
    .await;
    assert_eq!(catalog.found_any_order("").await, "now open");
    assert_eq!(catalog.counts("facets=type", "type").await, ["product 2"]);
}

#[tokio::test]
async fn every_type_is_found_unless_one_is_asked_for() {
    let catalog = Catalog::of([
        product("sock", json!({})).nested(category(&["Socks"])),
        sent("article", "guide", json!({"title": "Socks for beginners"})),
    ])
    .await;
    assert_eq!(
        catalog.found_any_order("q=socks").await,
        "cat-Socks guide sock"
    );
    assert_eq!(catalog.found("q=socks&f[]=type:article").await, "guide");
}
