//! Values of one facet, found while somebody types (docs/reference/06-autocomplete-and-others.md §2).

use serde_json::{Value, json};

use super::{Catalog, product, sent};
use crate::support::ObjectJson;

const PATH: &str = "/v1/facet_value?tracker_id=1234-5678";

async fn shirts() -> Catalog {
    Catalog::of_list(list_of_shirts()).await
}

fn list_of_shirts() -> Vec<ObjectJson> {
    vec![
        product(
            "a",
            json!({"title": "Shirt a", "color": ["Sky blue", "Żółty"], "size": 4, "_cost": "low"}),
        ),
        product(
            "b",
            json!({"title": "Shirt b", "color": "sky blue", "brand": "Yamaha", "sold": "2024-01-01"}),
        ),
        product(
            "c",
            json!({"title": "Hat c", "color": ["Sky blue", "Navy-blue"], "brand": "Casio", "sale": true}),
        ),
        sent(
            "article",
            "d",
            json!({"title": "Shirts", "color": "Blueprint"}),
        ),
    ]
}

impl Catalog {
    async fn values(&self, parameters: &str) -> Value {
        let answer = self.get(&format!("{PATH}&{parameters}")).await.status(200);
        answer.json()["results"]["facets"][0].clone()
    }
}

fn facet(name: &str, values: &[(&str, u64)]) -> Value {
    let value = |(value, count): &(&str, u64)| json!({"value": value, "hits_count": count});
    let values: Vec<Value> = values.iter().map(value).collect();
    json!({"name": name, "type": "text", "values": values})
}

#[tokio::test]
async fn the_whole_answer_has_its_shape() {
    let catalog = shirts().await;
    let target =
        format!("{PATH}&q=shirt&f[]=type:product&neg_f[]=size:9&facets=brand:5&facet_q=yam");
    let answer = catalog.get(&target).await.status(200);
    assert_eq!(
        answer.json(),
        json!({"results": {
            "query": "shirt", "corrected_query": null, "facet_value_query": "yam",
            "filters": ["type:product"], "filters_negative": ["size:9"],
            "facets": [facet("brand", &[("Yamaha", 1)])]}})
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn values_are_met_at_their_words_whatever_the_case_and_the_accents() {
    values_are_met(&shirts().await).await;
    values_are_met(&Catalog::after_many_names(list_of_shirts()).await).await;
}

async fn values_are_met(catalog: &Catalog) {
    for (typed, expected) in [
        (
            "BLU",
            [
                ("Sky blue", 2),
                ("Blueprint", 1),
                ("Navy-blue", 1),
                ("sky blue", 1),
            ]
            .as_slice(),
        ),
        ("zol", &[("Żółty", 1)]),
        ("sky%20b", &[("Sky blue", 2), ("sky blue", 1)]),
        ("lue", &[]),
        ("red", &[]),
    ] {
        let mut values = catalog
            .values(&format!("facets=color&facet_q={typed}"))
            .await;
        // Codes of colours are those of `/search`.
        for value in values["values"].as_array_mut().expect("values") {
            value
                .as_object_mut()
                .expect("an object")
                .remove("color_code");
        }
        assert_eq!(values, facet("color", expected), "{typed}");
    }
}

#[tokio::test]
async fn the_search_around_narrows_and_the_own_field_does_not() {
    let catalog = shirts().await;
    for (parameters, expected) in [
        ("q=shirt&f[]=type:product", [("Casio", 0); 0].as_slice()),
        ("q=shirt&f[]=type:product&f[]=brand:Yamaha", &[]),
        ("q=hat", &[("Casio", 1)]),
        ("f[]=brand:Yamaha", &[("Casio", 1)]),
        ("f_must[]=brand:Yamaha", &[]),
        ("f[]=brand:Casio", &[("Casio", 1)]),
        ("neg_f[]=sale:true", &[]),
    ] {
        let values = catalog
            .values(&format!("{parameters}&facets=brand&facet_q=cas"))
            .await;
        assert_eq!(values, facet("brand", expected), "{parameters}");
    }
}

#[tokio::test]
async fn as_many_values_as_asked_for_and_all_where_nothing_is_typed() {
    let objects =
        (0..40).map(|n| product(&format!("p{n}"), json!({"brand": format!("Brand {n:02}")})));
    let catalog = Catalog::of_list(objects.collect()).await;
    for (parameters, count) in [
        ("facets=brand&facet_q=brand", 30),
        ("facets=brand", 30),
        ("facets=brand:3&facet_q=bra", 3),
        ("facets=brand:35&facet_q=", 35),
        ("facets=brand:99&facet_q=brand%200", 10),
    ] {
        let values = catalog.values(parameters).await["values"].clone();
        assert_eq!(values.as_array().map(Vec::len), Some(count), "{parameters}");
    }
}

#[tokio::test]
async fn one_facet_of_texts_is_wanted() {
    const NOT_ONE: &str = "facet_q The request contained zero or more than one facet. Please specify one and \
                           only one facet with this type of request.";
    const NOT_TEXT: &str = "facets only text facets can be searched";
    let catalog = shirts().await;
    for (parameters, expected) in [
        ("facet_q=a", json!({"facet_q": [NOT_ONE]})),
        ("facet_q=a&facets=", json!({"facet_q": [NOT_ONE]})),
        (
            "facet_q=a&facets=brand,color",
            json!({"facet_q": [NOT_ONE]}),
        ),
        ("facet_q=lo&facets=_cost", json!({"facet_q": [NOT_ONE]})),
        ("facet_q=4&facets=size", json!({"facets": [NOT_TEXT]})),
        ("facet_q=tr&facets=sale", json!({"facets": [NOT_TEXT]})),
        ("facet_q=20&facets=sold", json!({"facets": [NOT_TEXT]})),
    ] {
        let answer = catalog
            .get(&format!("{PATH}&{parameters}"))
            .await
            .status(400);
        assert_eq!(answer.json(), expected, "{parameters}");
    }
    let unknown = catalog.values("facet_q=a&facets=never_sent").await;
    assert_eq!(unknown, facet("never_sent", &[]));
    let types = catalog.values("facet_q=pro&facets=type").await;
    assert_eq!(types, facet("type", &[("product", 3)]));
}

#[tokio::test]
async fn it_is_a_public_endpoint() {
    let catalog = shirts().await;
    catalog
        .get("/v1/facet_value/?tracker_id=1234-5678&facets=brand&facet_q=y")
        .await
        .status(200);
    let unnamed = catalog
        .get("/v1/facet_value?facets=brand")
        .await
        .status(400);
    assert_eq!(unnamed.json(), json!({"error": "tracker_id is missing"}));
    catalog
        .get("/v1/facet_value?tracker_id=0-0&facets=brand")
        .await
        .status(404);
    let refused = catalog
        .0
        .site()
        .signed("POST", PATH, "{}")
        .await
        .status(405);
    assert_eq!(refused.json(), json!({"error": "Method not allowed"}));
    let shown = catalog
        .search("facets=brand&facet_q=yam&size=0")
        .await
        .facet("brand");
    assert_eq!(shown.len(), 2, "`/search` does not know facet_q");
}
