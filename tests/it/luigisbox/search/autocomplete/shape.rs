//! What a strict client relies on, whatever is asked: random parameters over a catalog of odd objects. Invariant:
//! every answer is either a refusal that says why, or has the whole shape.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::{Catalog, category, product, sent};

const REQUESTS: usize = 400;

async fn oddities() -> Catalog {
    Catalog::of([
        product(
            "p1",
            json!({"title": "Wool <b>socks</b> & more", "price_amount": 2.9, "availability": 1}),
        ),
        product(
            "p2",
            json!({"title": "Wool hat", "brand": "Acme", "availability": 0, "tags": ["a", "b"]}),
        ),
        product(
            "p3",
            json!({"title": "7", "brand": 7, "web_url": ["/a", "/b"]}),
        ),
        product(
            "p4",
            json!({"title": "Secret", "_secret": "wool", "boost": 3}),
        ),
        product(
            "https://shop.example/p5?x=1&y=\"2\"",
            json!({"title": "Žluté ponožky 42", "ean": "4006381333931"}),
        ),
        product("p6", json!({"title": "Socks", "price": "5 €"}))
            .nested(category(&["Wear", "Socks"])),
        sent("brand", "b1", json!({"title": "Woolworth"})),
        sent("my-type_2", "m1", json!({"title": "wool"})),
    ])
    .await
}

/// A parameter as it stands in a URL.
fn parameter() -> impl Strategy<Value = String> {
    let typed = prop_oneof![
        select(vec![
            "",
            "+",
            "w",
            "wo",
            "wool",
            "woll",
            "wool+",
            "wool+unobtainium",
            "%22wool+so%22",
            "%22",
            "%22%22",
            "zzzz",
            "4006381",
            "zlu",
            "%C5%BDlut%C3%A9",
            "%00",
            "%FF",
            "so%09",
            "%3Cem%3E",
            "socks+wool+hat+x",
            "secret",
            "*",
            "%25",
            "42",
            "soks",
        ])
        .prop_map(str::to_owned),
        "[a-z +%&]{0,40}"
            .prop_map(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect()),
    ];
    let asked_types = select(vec![
        "product:6",
        "product:6,category:3,brand:2",
        "brand:1,product:50",
        "product:99999",
        "query:5",
        "my-type_2:3",
        "never:1",
        "product",
        "product:0",
        "product:-1",
        "product:x",
        "",
        ",",
        "product:1,",
        "product:1,product:2",
        "pro duct:1",
        "product:18446744073709551616",
    ]);
    let more = select(vec![
        "f_product[]=brand:Acme",
        "f_product[]=brand",
        "f_product[]=:",
        "neg_f_product[]=availability:0",
        "f_must_product[]=price_amount:1|5",
        "f_category[]=type:category",
        "f_product[]=no_such:1",
        "sort_product=price_amount:desc",
        "sort_product=title:asc",
        "sort_product=:",
        "sort_never=x:asc",
        "prefer[]=brand:Acme",
        "prefer[]=",
        "hit_fields=url",
        "hit_fields=title,price_amount",
        "hit_fields=",
        "remove_fields=title",
        "remove_fields=nested,title",
        "context[availability_field]=boost",
        "ctx[]=warehouse:berlin",
        "user_id=c9",
        "client_id=7",
        "personalize=1",
        "non_collapsed_variants=1",
        "use_fixits=false",
        "f[]=brand:Acme",
        "facets=brand",
        "q[]=x",
        "type[]=x",
        "size=0",
        "page=-1",
    ]);
    prop_oneof![
        4 => typed.prop_map(|typed| format!("q={typed}")),
        4 => asked_types.prop_map(|types| format!("type={}", types.replace(' ', "+"))),
        5 => more.prop_map(|more| more.replace('|', "%7C")),
    ]
}

/// The strict client: what it reads must be there, and of the type it expects.
fn assert_whole(answer: &Value, asked: &str) {
    let count = |name: &str| {
        let count = answer[name].as_u64();
        count.unwrap_or_else(|| panic!("{name} of {asked}: {answer}"))
    };
    let list = |of: &Value, name: &str| -> Vec<Value> {
        let list = of[name].as_array();
        list.unwrap_or_else(|| panic!("{name} of {asked}: {answer}"))
            .clone()
    };
    let hits = list(answer, "hits");
    let counted = count("exact_match_hits_count") + count("partial_match_hits_count");
    assert_eq!(counted, hits.len() as u64, "{asked}: {answer}");
    for term in list(answer, "partial_match_terms") {
        assert!(term.is_string(), "{asked}: {answer}");
    }
    assert!(list(answer, "campaigns").is_empty(), "{asked}");
    let guid = answer["guid"].as_str().expect("a text");
    assert!(uuid::Uuid::parse_str(guid).is_ok(), "{asked}: {guid}");
    for hit in hits {
        assert!(hit["url"].is_string(), "{asked}: {hit}");
        assert!(hit["type"].is_string(), "{asked}: {hit}");
        list(&hit, "nested");
        let attributes = hit["attributes"].as_object().expect("an object");
        for name in attributes.keys() {
            assert!(!name.starts_with('_'), "{asked}: {hit}");
        }
        if let Some(title) = attributes.get("title").filter(|title| title.is_string()) {
            let title = title.as_str().expect("a text");
            let bare = title.replace("<em>", "").replace("</em>", "");
            assert!(
                !bare.contains('<') && !bare.contains('>'),
                "{asked}: {title}"
            );
            assert!(attributes.contains_key("title.untouched"), "{asked}: {hit}");
        }
    }
}

#[tokio::test]
async fn every_answer_has_the_shape_a_strict_client_needs() {
    let catalog = oddities().await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let requests = proptest::collection::vec(parameter(), 0..6);
    let (mut whole, mut refused, mut with_hits) = (0, 0, 0);
    for number in 0..REQUESTS {
        let drawn = requests.new_tree(&mut runner).expect("a request").current();
        // Half of them are asked as a shop would.
        let usual = if number % 2 == 0 {
            "&type=product:6,brand:3&q=wool"
        } else {
            ""
        };
        let path = if number % 5 == 0 {
            "/autocomplete"
        } else {
            "/autocomplete/v2"
        };
        let asked = format!("{path}?tracker_id=1234-5678{usual}&{}", drawn.join("&"));
        let answer = catalog.get(&asked).await;
        let said = answer.json();
        match answer.status {
            200 => {
                whole += 1;
                with_hits += usize::from(said["hits"] != json!([]));
                assert_whole(&said, &asked);
            }
            400 => {
                refused += 1;
                assert!(said["error"].is_string(), "{asked}: {said}");
            }
            other => panic!("{other} for {asked}: {said}"),
        }
    }
    assert!(
        whole > 100 && refused > 10 && with_hits > 50,
        "{whole} {refused} {with_hits}"
    );
}
