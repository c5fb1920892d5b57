//! Estimates beside what is really allocated.

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::allocations;
use crate::api::luigisbox::wire::Element;
use crate::api::luigisbox::wire::content::{Batch, ELEMENTS_MAX};
use crate::api::luigisbox::wire::filter_tree::read_filters;
use crate::api::luigisbox::wire::update_by_query::read_update;
use crate::domain::{ObjectKey, ObjectPatch, Submission};

const BODY: usize = 300_000;

fn filled(object: impl Fn(usize) -> String) -> Bytes {
    let mut objects = Vec::new();
    let mut bytes = 0;
    while bytes < BODY {
        objects.push(object(objects.len()));
        bytes += objects.last().map_or(0, String::len);
    }
    format!(r#"{{"objects":[{}]}}"#, objects.join(",")).into()
}

fn list(element: &str, times: usize) -> String {
    format!("[{}]", vec![element; times].join(","))
}

fn with_attribute(value: &str) -> Bytes {
    filled(|n| {
        format!(r#"{{"identity":"p{n}","type":"product","fields":{{"title":"T","a":{value}}}}}"#)
    })
}

fn with_nested(entry: impl Fn(usize, usize) -> String) -> Bytes {
    filled(|n| {
        let nested: Vec<String> = (0..50).map(|at| entry(n, at)).collect();
        let nested = nested.join(",");
        format!(r#"{{"identity":"p{n}","type":"p","fields":{{"title":"T"}},"nested":[{nested}]}}"#)
    })
}

/// As shops have them.
fn ordinary() -> Bytes {
    let object = |n: usize| {
        let category = n % 40;
        json!({
            "identity": format!("sku-{n}"),
            "type": "product",
            "fields": {
                "title": format!("Hiking boots for children {n}"),
                "web_url": format!("https://shop.example.com/p/{n}"),
                "image_link": format!("https://cdn.example.com/images/{n}/large.jpg"),
                "price": "49,90 EUR",
                "availability": 1,
                "availability_rank": 3,
                "color": ["brown", "green"],
                "size": ["28", "29", "30", "31"],
                "description": "A light boot with a sole that grips. ".repeat(12),
                "introduced_at": "2024-03-01",
                "margin": 0.35,
                "tags": {"season": "winter", "material": "leather"},
            },
            "nested": [
                {"identity": format!("c{category}"), "type": "category", "fields": {
                    "title": format!("Boots {category}"),
                    "ancestors": [{"title": "Shoes", "type": "category"}],
                }},
                {"identity": "b1", "type": "brand", "fields": {"title": "Lowa"}},
            ],
        })
    };
    filled(|n| object(n).to_string())
}

/// Bodies that take as much as they can.
fn shapes() -> Vec<(&'static str, Bytes)> {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(50), "}".repeat(50));
    let wide: Vec<String> = (0..900).map(|at| format!(r#""f{at}":"x""#)).collect();
    let wide = format!("{{{}}}", wide.join(","));
    vec![
        ("ordinary", ordinary()),
        ("nested 50 deep", with_attribute(&deep)),
        (
            "lists nested 50 deep",
            with_attribute(&format!("{}1{}", "[".repeat(50), "]".repeat(50))),
        ),
        ("a list of zeros", with_attribute(&list("0", 140_000))),
        ("many lists of zeros", with_attribute(&list("0", 65))),
        (
            "900 fields",
            filled(|n| format!(r#"{{"identity":"p{n}","type":"p","fields":{wide}}}"#)),
        ),
        ("a map of 900", with_attribute(&wide)),
        (
            "tiny objects",
            filled(|n| format!(r#"{{"identity":"{n}","type":"p","fields":{{"title":"x"}}}}"#)),
        ),
        ("objects without anything", filled(|_| "{}".to_owned())),
        ("no objects", filled(|_| "1".to_owned())),
        (
            "a long text",
            with_attribute(&format!("{:?}", "x".repeat(BODY / 2))),
        ),
        (
            "long texts",
            with_attribute(&format!("{:?}", "x".repeat(5_000))),
        ),
        (
            "escapes",
            with_attribute(&format!("\"{}\"", "\\n".repeat(5_000))),
        ),
        ("short texts", with_attribute(&list(r#""a""#, 1_000))),
        ("empty texts", with_attribute(&list(r#""""#, 1_000))),
        ("empty maps", with_attribute(&list("{}", 1_000))),
        ("maps of one", with_attribute(&list(r#"{"a":1}"#, 1_000))),
        ("pairs", with_attribute(&list("[0,0]", 1_000))),
        ("triples", with_attribute(&list("[0,0,0]", 1_025))),
        (
            "short names",
            with_attribute(r#"{"":1,"b":2,"c":"","d":[]}"#),
        ),
        (
            "long names",
            with_attribute(&format!(r#"{{"{}":1}}"#, "n".repeat(3_000))),
        ),
        (
            "numbers written short",
            with_attribute(&list("1e15", 1_000)),
        ),
        (
            "nested",
            with_nested(|n, at| format!(r#"{{"title":"{n}-{at}","type":"c"}}"#)),
        ),
        (
            "ancestors",
            with_nested(|n, at| {
                let above = list(&format!(r#"{{"title":"{n}-{at}"}}"#), 31);
                format!(r#"{{"title":"x","type":"c","ancestors":{above}}}"#)
            }),
        ),
    ]
}

fn assert_enough<T>(shape: &str, weights: &Weights, body: &Bytes, read: impl FnOnce(&Bytes) -> T) {
    let estimate = weights.of(body);
    let (read, taken) = allocations::peak(|| read(body));
    drop(read);
    assert!(
        estimate >= taken,
        "{shape}: {taken} taken, {estimate} expected"
    );
}

#[test]
fn no_batch_takes_more_than_it_weighs() {
    fn read<T: Element>(body: &Bytes) -> bool {
        Batch::<T>::read(body, ELEMENTS_MAX).is_ok()
    }
    for (shape, body) in shapes() {
        let read_new = |body: &_| Batch::<Submission>::read_new(body, ELEMENTS_MAX, |_| false);
        assert_enough(shape, &CONTENT, &body, read_new);
        assert_enough(shape, &CONTENT, &body, |body| {
            Batch::<ObjectPatch>::read(body, ELEMENTS_MAX)
        });
        assert_enough(shape, &CONTENT, &body, |body| {
            Batch::<ObjectKey>::read(body, ELEMENTS_MAX)
        });
        // Broken at the end, it is read as far.
        let broken = body.slice(..body.len() - 1);
        assert_enough(shape, &CONTENT, &broken, read::<Submission>);
    }
}

#[test]
fn no_tree_takes_more_than_it_weighs() {
    for (shape, body) in shapes() {
        assert_enough(shape, &Weights::TREE, &body, |body| {
            serde_json::from_slice::<Value>(body)
        });
        let filters = format!(r#"{{"filters":{}}}"#, String::from_utf8_lossy(&body));
        assert_enough(shape, &Weights::TREE, &filters.into(), |body| {
            read_filters(body).is_ok()
        });
        let update = format!(
            r#"{{"search":{{"types":["p"],"partial":{{"fields":{{"a":1}}}}}},"update":{{"fields":{}}}}}"#,
            String::from_utf8_lossy(&body)
        );
        assert_enough(shape, &Weights::TREE, &update.into(), |body| {
            read_update(body)
        });
    }
}

#[test]
fn objects_of_shops_are_not_expected_to_take_much_more_than_they_do() {
    let body = ordinary();
    let (batch, taken) =
        allocations::peak(|| Batch::<Submission>::read_new(&body, ELEMENTS_MAX, |_| false));
    assert!(batch.is_ok());
    // Encoded, split into objects of their own and derived from, they take three times what they take when
    // they are read.
    let estimate = CONTENT.of(&body) + body.len();
    assert!(
        estimate <= 2 * 3 * taken,
        "{taken} taken, {estimate} expected"
    );
    assert!(
        estimate <= CONTENT.usual_per_byte * body.len(),
        "{estimate} of {}",
        body.len()
    );
}
