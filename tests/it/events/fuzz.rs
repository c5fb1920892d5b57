//! Whatever is sent or asked: events are counted or refused in words, and answers about what is popular have the form
//! that strict clients want.

use serde_json::{Map, Value, json};

use super::{click, event, item, search, send};
use crate::support::{Chance, TRACKER_ID, TestServer, ask_with};

fn pick<'a>(chance: &mut Chance, from: &[&'a str]) -> &'a str {
    from[chance.below(from.len() as u64) as usize]
}

async fn shop() -> TestServer {
    let server = TestServer::start().await;
    let of = |identity: &str, object_type: &str, fields: Value| json!({"identity": identity, "type": object_type, "fields": fields});
    let odd = json!({"title": "Odd <b>&</b> end", "brand": ["Acme", "Žluté"], "color": "Sky blue", "n": 3, "sale": true,
        "_secret": "canary", "availability": 1, "special": {"a": 1, "_in": "canary"}});
    let mut objects = vec![
        item("p1"),
        of("https://shop.example/p2?x=1&y=\"2\"", "item", odd),
        of(
            "p3",
            "item",
            json!({"title": 7, "brand": 7, "availability": 0}),
        ),
        of("own", "query", json!({"title": "Own query"})),
        of("cat", "category", json!({"title": "Hats"})),
    ];
    objects.extend((0..40).map(|n| {
        of(
            &format!("b{n}"),
            "brand",
            json!({"title": format!("Brand {n}"), "color": format!("c{n}")}),
        )
    }));
    server.site().replace(objects).await.ok();
    let mut events = Vec::new();
    for client in ["c1", "c2", "c3"] {
        for (at, query) in ["hats", "own query", "Žluté <hats>"].iter().enumerate() {
            let id = format!("{client}-{at}");
            events.push(event(id, client, search(query, &["p1"])));
        }
        events.push(event(format!("{client}-click"), client, click("p1")));
    }
    // Below the rule of two clients, and without results.
    events.push(event("secret", "c1", search("canary of one", &["p1"])));
    for client in ["c1", "c2"] {
        let id = format!("{client}-nothing");
        events.push(event(id, client, search("canary of nothing", &[])));
    }
    send(&server, &json!(events)).await.status(204);
    server
}

fn parameter(chance: &mut Chance) -> String {
    let value = pick(
        chance,
        &[
            "",
            "+",
            "a",
            "canary",
            "brand",
            "brand:3",
            "brand,color",
            "n",
            "sale",
            "type",
            "title",
            "_secret",
            "special._in",
            "no_such",
            ":",
            "%00",
            "%FF",
            "brand:-1",
            "brand:99999999999",
            "item:3",
            "query:9,item:2",
            "item:0",
            "never:1",
            "category:1,brand:50",
            "item:3,",
            "Acme",
            "brand:Acme",
            "title:canary+of+one",
            "url:canary+of+one",
            "type:query",
            "c1",
            "zlu",
            "sky",
            "blu",
            "%C5%BDlut%C3%A9",
            "hats",
            "1",
            "0",
            "nested,_secret,title",
        ],
    );
    let name = pick(
        chance,
        &[
            "type",
            "facets",
            "facet_q",
            "q",
            "f[]",
            "f_must[]",
            "neg_f[]",
            "f_item[]",
            "f_query[]",
            "neg_f_query[]",
            "f_must_query[]",
            "hit_fields",
            "remove_fields",
            "user_id",
            "client_id",
            "ctx[]",
            "size",
            "page",
            "from",
            "sort",
            "plp",
            "prefer[]",
            "context[geo_location]",
            "dynamic_facets_size",
            "quicksearch_types",
            "non_collapsed_variants",
        ],
    );
    format!("{name}={value}")
}

fn check_hits(asked: &str, hits: &Value) {
    for hit in hits.as_array().unwrap_or_else(|| panic!("{asked}: {hits}")) {
        let is_strict = hit["url"].is_string()
            && hit["type"].is_string()
            && hit["attributes"].is_object()
            && hit["nested"].is_array()
            && hit["exact"].is_boolean();
        assert!(is_strict, "{asked}: {hit}");
        assert!(!hit.to_string().contains("null"), "{asked}: {hit}");
        assert!(!hit.to_string().contains("\"_"), "{asked}: {hit}");
    }
}

fn check_facets(asked: &str, results: &Value) {
    for key in ["query", "facet_value_query"] {
        assert!(results[key].is_string(), "{key} of {asked}: {results}");
    }
    for key in ["filters", "filters_negative"] {
        assert!(results[key].is_array(), "{key} of {asked}: {results}");
    }
    let correction = &results["corrected_query"];
    assert!(correction.is_null() || correction.is_string(), "{asked}");
    let facets = results["facets"].as_array().expect("facets");
    assert_eq!(facets.len(), 1, "{asked}: {results}");
    assert!(
        facets[0]["name"].is_string() && facets[0]["type"] == "text",
        "{asked}"
    );
    for value in facets[0]["values"].as_array().expect("values") {
        let is_whole = value["value"].is_string() && value["hits_count"].is_u64();
        assert!(is_whole, "{asked}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_what_is_popular_have_the_form_that_strict_clients_want() {
    let server = shop().await;
    let mut chance = Chance::new();
    println!("{chance:?}");
    let (mut good, mut refused) = (0, 0);
    for round in 0..600 {
        let (path, usual) = match round % 4 {
            0 => ("/v1/facet_value", "facets=brand"),
            1 => ("/v1/top_items", "type=item:3,query:5"),
            2 => ("/v1/personalized_top_items", "type=query:5&user_id=c1"),
            _ => ("/v2/trending_queries", ""),
        };
        let mut parameters = vec![format!("tracker_id={TRACKER_ID}")];
        if chance.below(3) > 0 {
            parameters.push(usual.to_owned());
        }
        for _ in 0..chance.below(5) {
            parameters.push(parameter(&mut chance));
        }
        let asked = format!("{path}?{}", parameters.join("&"));
        let answer = server.get(&asked).await;
        let said = answer.json();
        let echoes = [
            "query",
            "facet_value_query",
            "filters",
            "filters_negative",
            "corrected_query",
        ];
        if answer.status == 400 {
            refused += 1;
            let is_told = said["error"].is_string()
                || said["facets"].is_array()
                || said["facet_q"].is_array();
            assert!(is_told, "{asked}: {said}");
            continue;
        }
        assert_eq!(answer.status, 200, "{asked}: {said}");
        good += 1;
        match round % 4 {
            0 => check_facets(&asked, &said["results"]),
            1 | 2 => {
                check_hits(&asked, &said["hits"]);
                assert!(said["recommendation_id"].is_string(), "{asked}");
            }
            _ => {
                for one in said.as_array().expect("an array") {
                    assert!(one["title"].is_string(), "{asked}: {said}");
                }
            }
        }
        let mut told = said;
        let results = told.get_mut("results").and_then(Value::as_object_mut);
        if let Some(results) = results {
            results.retain(|key, _| !echoes.contains(&key.as_str()));
            let facets = results.get_mut("facets").and_then(Value::as_array_mut);
            for facet in facets.into_iter().flatten() {
                // As it was asked for.
                assert!(facet["name"].take().is_string(), "{asked}");
            }
        }
        assert!(!told.to_string().contains("canary"), "{asked}: {told}");
    }
    assert!(good > 200 && refused > 20, "{good} {refused}");
    server.stop().await;
}

/// Something that a careless page may send.
fn odd(chance: &mut Chance, depth: u64) -> Value {
    match chance.below(if depth == 0 { 9 } else { 12 }) {
        0 => json!(null),
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!(u64::MAX),
        5 => json!("\u{0}'\"\\"),
        6 => json!("x".repeat(5_000)),
        7 => json!(""),
        8 => json!(pick(
            chance,
            &["p1", "c1", "click", "Search Results", "hats", "1"]
        )),
        9 => (0..chance.below(4))
            .map(|_| odd(chance, depth - 1))
            .collect(),
        _ => {
            let keys = [
                "items",
                "query",
                "string",
                "filters",
                "scopes",
                "url",
                "title",
                "type",
                "position",
                "price",
                "Search Results",
                "Autocomplete",
                "Product Listing",
                "Recommendation",
                "resource_identifier",
                "count",
                "total_price",
                "_Variant",
                "_Guid",
                "warehouse",
                "RecommenderClientId",
            ];
            let mut map = Map::new();
            for _ in 0..chance.below(5) {
                let key = pick(chance, &keys).to_owned();
                let value = odd(chance, depth - 1);
                map.insert(key, value);
            }
            Value::Object(map)
        }
    }
}

fn odd_event(chance: &mut Chance, number: u64) -> Value {
    let kinds = [
        json!({"type": "pv", "url": "p1"}),
        search("hats", &["p1"]),
        click("p1"),
        json!({"type": "transaction", "items": [{"url": "p1", "count": 1, "total_price": 1}]}),
    ];
    let kind = kinds[chance.below(4) as usize].clone();
    let mut event = event(format!("fuzz-{number}"), "c9", kind);
    let keys = [
        "id",
        "type",
        "tracker_id",
        "client_id",
        "customer_id",
        "local_timestamp",
        "platform",
        "user_agent",
        "context",
        "ab_test_variant",
        "consent_granted",
        "recommendation_id",
        "url",
        "lists",
        "action",
        "items",
        "unknown",
    ];
    for _ in 0..chance.below(4) {
        let value = odd(chance, 3);
        event[pick(chance, &keys)] = value;
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_counted_or_refused_in_words_whatever_they_are_like() {
    let server = shop().await;
    let url = format!("{}/", server.base());
    let mut chance = Chance::new();
    println!("{chance:?}");
    let (mut taken, mut refused) = (0, 0);
    for round in 0..500 {
        let body = match chance.below(8) {
            0 => odd(&mut chance, 4),
            1 => (0..chance.below(4))
                .map(|n| odd_event(&mut chance, round * 10 + n))
                .collect(),
            _ => odd_event(&mut chance, round * 10),
        };
        let answer = ask_with("POST", &url, &[], body.to_string()).await;
        match answer.status {
            204 => {
                taken += 1;
                assert!(answer.body.is_empty(), "{body}");
            }
            400 => {
                refused += 1;
                assert!(answer.json()["error"].is_string(), "{body}");
            }
            404 => assert!(
                answer.text().starts_with("Catalog for tracker_id"),
                "{body}"
            ),
            other => panic!("{other} {} for {body}", answer.text()),
        }
    }
    assert!(taken > 50 && refused > 50, "{taken} {refused}");
    // Nothing of it is in the way of what comes next.
    send(&server, &event("last", "c1", click("p1")))
        .await
        .status(204);
    server.stop().await;
}
