//! Facets: what is counted, and over which part of the result (docs/reference/05-search.md §7).

use serde_json::{Value, json};

use super::{Catalog, category, product, sent};
use crate::support::ObjectJson;

async fn pianos() -> Catalog {
    let piano = |identity: &str, brand: &str, price: f64, more: Value| -> ObjectJson {
        product(identity, more)
            .field("brand", brand)
            .field("price_amount", price)
            .nested(category(&["Keys", brand]))
    };
    let day = |day: &str| json!({ "color": ["black"], "weighted": true, "sold": day });
    Catalog::of([
        piano("p1", "Yamaha", 0.0, day("2024-01-01")),
        piano(
            "p2",
            "Yamaha",
            25.0,
            json!({"color": ["black", "White"], "weighted": true}),
        ),
        piano(
            "p3",
            "Yamaha",
            50.0,
            json!({"color": ["White"], "sold": "2024-01-11"}),
        ),
        piano(
            "p4",
            "Casio",
            100.0,
            json!({"color": ["Sky~#87ceeb"], "weighted": false}),
        ),
        piano("p5", "Casio", 10.0, json!({"special": {"material": "oak"}})),
        sent("article", "a1", json!({"brand": "Yamaha"})),
    ])
    .await
}

#[tokio::test]
async fn text_facets_count_values_by_frequency_then_value() {
    let catalog = pianos().await;
    for (parameters, facet, expected) in [
        (
            "f[]=type:product",
            "brand",
            ["Yamaha 3", "Casio 2"].as_slice(),
        ),
        ("q=piano&f[]=type:nothing", "brand", &[]),
        ("", "brand", &["Yamaha 4", "Casio 2"]),
        (
            "f[]=type:product",
            "color",
            &["White 2", "black 2", "Sky~#87ceeb 1"],
        ),
        ("f[]=type:product", "special.material", &["oak 1"]),
        ("f[]=type:product", "weighted", &["true 2", "false 1"]),
        (
            "f[]=type:product",
            "category",
            &["Keys 5", "Yamaha 3", "Casio 2"],
        ),
        (
            "f[]=type:product",
            "nested_category_title",
            &["Yamaha 3", "Casio 2"],
        ),
    ] {
        let parameters = format!("{parameters}&facets={facet}&size=0");
        assert_eq!(
            catalog.counts(&parameters, facet).await,
            expected,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn types_can_be_counted_without_hits() {
    let catalog = pianos().await;
    let counts = catalog.counts("facets=type&size=0", "type").await;
    assert_eq!(counts, ["product 5", "category 3", "article 1"]);
    let answer = catalog.search("facets=type&size=0").await;
    assert_eq!(answer.total(), 9);
    assert!(answer.hits().is_empty());
    assert_eq!(answer.json()["results"]["facets"][0]["type"], "text");
}

#[tokio::test]
async fn a_facet_ignores_filters_on_its_own_field_only() {
    let catalog = pianos().await;
    for (parameters, facet, expected) in [
        (
            "f[]=brand:Casio",
            "brand",
            ["Yamaha 3", "Casio 2"].as_slice(),
        ),
        ("f[]=brand:Casio", "weighted", &["false 1"]),
        ("f[]=brand:Casio&f[]=color:black", "brand", &["Yamaha 2"]),
        ("f_must[]=brand:Casio", "brand", &["Casio 2"]),
        ("neg_f[]=brand:Casio", "brand", &["Yamaha 3"]),
        ("f[]=brand:Casio", "type", &["product 2"]),
        ("f[]=type:article", "type", &["product 5"]),
    ] {
        let parameters = format!("f_must[]=type:product&{parameters}&facets={facet}&size=0");
        assert_eq!(
            catalog.counts(&parameters, facet).await,
            expected,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn numbers_are_counted_in_ten_ranges_of_equal_width() {
    let catalog = pianos().await;
    let answer = catalog
        .search("f[]=type:product&facets=price_amount&size=0")
        .await;
    let facet = &answer.json()["results"]["facets"][0];
    assert_eq!(facet["name"], "price_amount");
    assert_eq!(facet["type"], "float");
    let range = |value: &str, count: u64, share: f64| json!({"value": value, "hits_count": count, "normalized_hits_count": share});
    assert_eq!(
        facet["values"],
        json!([
            range("0.0|10.0", 1, 0.2),
            // A shared edge counts in the upper range.
            range("10.0|20.0", 1, 0.2),
            range("20.0|30.0", 1, 0.2),
            range("30.0|40.0", 0, 0.0),
            range("40.0|50.0", 0, 0.0),
            range("50.0|60.0", 1, 0.2),
            range("60.0|70.0", 0, 0.0),
            range("70.0|80.0", 0, 0.0),
            range("80.0|90.0", 0, 0.0),
            // The last range includes its upper edge.
            range("90.0|100.0", 1, 0.2),
        ])
    );
}

#[tokio::test]
async fn equal_numbers_make_one_range() {
    let catalog = pianos().await;
    let counts = catalog.counts("f_must[]=identity:p3&facets=price_amount", "price_amount");
    assert_eq!(counts.await, ["50.0|50.0 1"]);
}

#[tokio::test]
async fn dates_are_counted_in_ranges_of_instants() {
    let catalog = pianos().await;
    let counts = catalog.counts("facets=sold", "sold").await;
    assert_eq!(counts.len(), 10);
    assert_eq!(
        counts[0],
        "2024-01-01T00:00:00+00:00|2024-01-02T00:00:00+00:00 1"
    );
    assert_eq!(
        counts[1],
        "2024-01-02T00:00:00+00:00|2024-01-03T00:00:00+00:00 0"
    );
    assert_eq!(
        counts[9],
        "2024-01-10T00:00:00+00:00|2024-01-11T00:00:00+00:00 1"
    );
}

#[tokio::test]
async fn colors_come_with_their_codes() {
    let catalog = pianos().await;
    let answer = catalog.search("f_must[]=identity:p4&facets=color").await;
    assert_eq!(
        answer.json()["results"]["facets"][0]["values"],
        json!([{"value": "Sky~#87ceeb", "hits_count": 1, "color_code": "#87ceeb", "label": "Sky"}])
    );
}

#[tokio::test]
async fn facets_come_in_the_order_asked_and_unknown_ones_are_left_out() {
    let catalog = pianos().await;
    let answer = catalog
        .search("facets=weighted,never_sent,price_amount,brand:1&size=0")
        .await;
    let facets = answer.json()["results"]["facets"].as_array();
    let names: Vec<_> = facets
        .into_iter()
        .flatten()
        .map(|facet| &facet["name"])
        .collect();
    assert_eq!(names, ["weighted", "price_amount", "brand"]);
    assert_eq!(answer.facet("brand"), [("Yamaha".to_owned(), 4)]);
}
