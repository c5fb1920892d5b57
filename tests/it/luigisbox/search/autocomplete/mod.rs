//! Suggestions while somebody types (docs/reference/06-autocomplete-and-others.md §1).

mod led_to;
mod partial;
mod shape;
mod short;
mod variety;

use serde_json::{Value, json};

use super::{Catalog, category, product, sent};

const PATH: &str = "/autocomplete/v2?tracker_id=1234-5678";

async fn woollens() -> Catalog {
    Catalog::of([
        product(
            "p1",
            json!({"title": "Wool socks", "brand": "Acme", "price_amount": 2.9, "_margin": 0.5}),
        ),
        product(
            "p2",
            json!({"title": "Woollen hat & scarf", "brand": "Hilltop", "price_amount": 19}),
        ),
        product(
            "p3",
            json!({"title": "Žluté ponožky", "ean": "4006381333931", "price_amount": 3}),
        ),
        product(
            "p4",
            json!({"title": "Socks of silk", "brand": "Acme", "price_amount": 9}),
        ),
        sent("category", "c1", json!({"title": "Wool"})),
        sent("category", "c2", json!({"title": "Socks"})),
        sent("brand", "b1", json!({"title": "Woolworth"})),
    ])
    .await
}

impl Catalog {
    async fn suggested(&self, parameters: &str) -> Value {
        self.get(&format!("{PATH}&{parameters}"))
            .await
            .status(200)
            .json()
    }

    /// Identities of what is suggested, in order.
    async fn suggestions(&self, parameters: &str) -> String {
        let answer = self.suggested(parameters).await;
        let hits = answer["hits"].as_array().expect("hits");
        let identities = hits.iter().map(|hit| hit["url"].as_str().expect("a text"));
        identities.collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test]
async fn the_whole_answer_has_its_shape() {
    let catalog = woollens().await;
    let mut answer = catalog
        .suggested("q=wool+soc&type=product:5,category:3")
        .await;
    let guid = answer["guid"].take();
    assert!(uuid::Uuid::parse_str(guid.as_str().expect("a text")).is_ok());
    let hit = &mut answer["hits"][0];
    let updated_at = hit["updated_at"].take();
    assert!(
        updated_at.as_str().is_some_and(|at| at.ends_with("+00:00")),
        "{updated_at}"
    );
    assert_eq!(
        answer,
        json!({
            "exact_match_hits_count": 1, "partial_match_hits_count": 0, "partial_match_terms": [],
            "hits": [{
                "url": "p1",
                "attributes": {
                    "title": "<em>Wool</em> <em>socks</em>", "title.untouched": "Wool socks", "brand": ["Acme"],
                    "price_amount": 2.9, "discount_price_absolute_amount": 0.0,
                    "discount_price_percentage_amount": 0.0, "discount_price_proportion_amount": 0.0,
                    "boost": 0, "boosted_via": [], "original_url": "p1"},
                "nested": [], "type": "product", "updated_at": null}],
            "campaigns": [], "guid": null})
    );
}

#[tokio::test]
async fn nothing_found_is_an_empty_answer() {
    let catalog = woollens().await;
    for parameters in [
        "q=zzzz&type=product:5,category:2",
        "q=&type=product:5",
        "type=product:5",
        "q=wool&type=never:5",
    ] {
        let mut answer = catalog.suggested(parameters).await;
        answer["guid"].take();
        assert_eq!(
            answer,
            json!({"exact_match_hits_count": 0, "partial_match_hits_count": 0, "partial_match_terms": [],
                   "hits": [], "campaigns": [], "guid": null}),
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn types_come_in_the_order_asked_each_with_its_number_of_hits() {
    let catalog = woollens().await;
    for (types, expected) in [
        ("product:6,category:3,brand:2", "p1 p2 c1 b1"),
        ("brand:2,category:3,product:1", "b1 c1 p1"),
        ("product:1", "p1"),
    ] {
        assert_eq!(
            catalog.suggestions(&format!("q=woo&type={types}")).await,
            expected,
            "{types}"
        );
    }
}

#[tokio::test]
async fn the_last_word_is_begun_until_a_blank_ends_it() {
    let catalog = woollens().await;
    for (typed, expected) in [
        ("w", "p1 p2"),
        ("wool", "p1 p2"),
        // It begins a word: that is what is meant.
        ("wooll", "p2"),
        ("zlu", "p3"),
        ("Žluté+po", "p3"),
        ("400638", "p3"),
        ("%22wool+so%22", "p1"),
        ("hat+%26+sc", "p2"),
    ] {
        assert_eq!(
            catalog
                .suggestions(&format!("q={typed}&type=product:9"))
                .await,
            expected,
            "{typed}"
        );
    }
    assert_eq!(catalog.suggestions("q=so+&type=product:9").await, "");
}

#[tokio::test]
async fn titles_are_safe_html_with_what_was_typed_marked() {
    let catalog = woollens().await;
    let answer = catalog
        .suggested("q=wooll&type=product:1&hit_fields=url")
        .await;
    assert_eq!(
        answer["hits"],
        json!([{"url": "p2", "nested": [], "type": "product", "attributes": {
            "title": "<em>Woollen</em> hat &amp; scarf", "title.untouched": "Woollen hat & scarf"}}])
    );
}

#[tokio::test]
async fn each_type_has_filters_and_an_order_of_its_own() {
    let catalog = woollens().await;
    for (parameters, expected) in [
        ("q=so&type=product:5,category:5", "p4 p1 c2"),
        (
            "q=so&type=product:5,category:5&f_product[]=brand:Nobody",
            "c2",
        ),
        (
            "q=so&type=product:5,category:5&neg_f_product[]=price_amount:|5",
            "p4 c2",
        ),
        (
            "q=so&type=product:5&f_must_product[]=brand:Acme&f_must_product[]=price_amount:5|",
            "p4",
        ),
        (
            "q=so&type=product:5&f_product[]=brand:Acme&f_product[]=brand:Hilltop",
            "p4 p1",
        ),
        (
            "q=so&type=product:5&sort_product=price_amount:desc",
            "p4 p1",
        ),
        ("q=so&type=product:5&prefer[]=identity:p1", "p1 p4"),
        ("q=so&type=product:5&f[]=brand:Nobody", "p4 p1"),
    ] {
        assert_eq!(
            catalog.suggestions(parameters).await,
            expected,
            "{parameters}"
        );
    }
    let unknown = catalog
        .get(&format!(
            "{PATH}&q=so&type=product:5&f_product[]=geo_range:|5km"
        ))
        .await;
    let refused = unknown.status(400).json();
    assert_eq!(
        refused,
        json!({"error": "Nonexisting attribute used: geo_location"})
    );
}

#[tokio::test]
async fn what_is_removed_is_suggested_no_more() {
    let catalog = woollens().await;
    catalog.0.site().delete([("product", "p1")]).await.ok();
    assert_eq!(catalog.suggestions("q=wool&type=product:5").await, "p2");
}

#[tokio::test]
async fn it_is_a_public_endpoint_under_both_names() {
    let catalog = woollens().await;
    for path in [
        "/autocomplete/v2",
        "/autocomplete/v2/",
        "/autocomplete",
        "/autocomplete/",
    ] {
        let answer = catalog
            .get(&format!(
                "{path}?tracker_id=1234-5678&q=silk&type=product:1"
            ))
            .await
            .status(200);
        assert_eq!(answer.json()["hits"][0]["url"], "p4", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    for (parameters, status, error) in [
        ("tracker_id=1234-5678&q=a", 400, Some("type is missing")),
        (
            "tracker_id=1234-5678&q=a&type=product",
            400,
            Some("type is malformed"),
        ),
        (
            "tracker_id=1234-5678&q=a&type=product:0",
            400,
            Some("type is malformed"),
        ),
        ("q=a&type=product:1", 400, Some("tracker_id is missing")),
        ("tracker_id=0-0&q=a&type=product:1", 404, None),
    ] {
        let answer = catalog
            .get(&format!("/autocomplete/v2?{parameters}"))
            .await
            .status(status);
        if let Some(error) = error {
            assert_eq!(answer.json(), json!({"error": error}), "{parameters}");
        }
    }
    let refused = catalog
        .0
        .site()
        .signed("POST", PATH, "{}")
        .await
        .status(405);
    assert_eq!(refused.json(), json!({"error": "Method not allowed"}));
    let missing = catalog.get("/v3/autocomplete?tracker_id=1234-5678").await;
    missing.status(404);
}
