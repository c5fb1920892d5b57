//! Random catalogs and random criteria: a job finds what a plain scan of the JSON finds. Invariant: the
//! scan shares no code with the server, it reads the JSON as the reference describes it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::complete;
use crate::support::TestServer;

const CATALOGS: u32 = 6;
const QUERIES: usize = 25;
const OBJECTS: usize = 60;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Numeric,
    Boolean,
    Date,
}

/// Attributes, their types, and the values they are given.
fn attributes() -> Vec<(&'static str, Kind, Vec<Value>)> {
    let long = |length: usize, end: &str| json!(format!("{}{end}", "x".repeat(length)));
    let texts = || {
        vec![
            json!("olive"),
            json!("Olive"),
            json!("olive green"),
            json!("42"),
            json!(42),
            json!(true),
            json!("č|ä:||"),
            long(63, "a"),
            long(64, "a"),
            long(64, "b"),
            long(600, "a"),
            long(600, "b"),
        ]
    };
    vec![
        ("color", Kind::Text, texts()),
        ("description", Kind::Text, texts()),
        (
            "weight",
            Kind::Numeric,
            vec![
                json!(5),
                json!(5.0),
                json!("5"),
                json!(70.5),
                json!(-1e3),
                json!(0),
            ],
        ),
        (
            "sold_out",
            Kind::Boolean,
            vec![json!(true), json!(false), json!("true")],
        ),
        (
            "since",
            Kind::Date,
            vec![
                json!("2024-01-02"),
                json!("2024-01-02 00:00:00"),
                json!("2024-01-02T01:00:00+01:00"),
                json!("2024-01-03T00:00:00Z"),
            ],
        ),
    ]
}

fn object() -> impl Strategy<Value = Value> {
    let attribute = prop::sample::select(attributes()).prop_flat_map(|(name, _, values)| {
        let values = prop::sample::subsequence(values.clone(), 0..values.len().min(4));
        (Just(name), values, any::<bool>())
    });
    let attributes = prop::collection::vec(attribute, 0..5);
    let kind = prop::sample::select(vec!["product", "article", "brand"]);
    (attributes, kind).prop_map(|(attributes, object_type)| {
        let mut fields = Map::from_iter([("title".to_owned(), json!("T"))]);
        for (name, values, as_list) in attributes {
            let value = match &values[..] {
                [one] if !as_list => one.clone(),
                _ => Value::Array(values),
            };
            fields.insert(name.to_owned(), value);
        }
        json!({"type": object_type, "fields": fields})
    })
}

fn criteria() -> impl Strategy<Value = Value> {
    let criterion = prop::sample::select(attributes()).prop_flat_map(|(name, _, values)| {
        let count = 1..=2.min(values.len());
        (
            Just(name),
            prop::sample::subsequence(values, count),
            any::<bool>(),
        )
    });
    prop::collection::vec(criterion, 1..3).prop_map(|criteria| {
        let mut fields = Map::new();
        for (name, values, as_list) in criteria {
            let value = match &values[..] {
                [one] if !as_list => one.clone(),
                _ => Value::Array(values),
            };
            fields.insert(name.to_owned(), value);
        }
        Value::Object(fields)
    })
}

/// Fixes the type of every attribute.
fn first() -> Value {
    json!({"identity": "first", "type": "other", "fields": {"title": "T", "color": "c",
        "description": "d", "weight": 1, "sold_out": false, "since": "2020-01-01", "mark": 0}})
}

fn elements(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |list| list.iter().collect())
}

fn holds(object: &Value, criteria: &Value) -> bool {
    let known = attributes();
    let criteria = criteria.as_object().expect("an object");
    criteria.iter().all(|(name, wanted)| {
        let kind = known.iter().find(|(known, ..)| known == name);
        let kind = kind.expect("a known attribute").1;
        let stored = &object["fields"][name];
        elements(wanted).into_iter().all(|wanted| {
            elements(stored)
                .into_iter()
                .any(|stored| is_same(kind, wanted, stored))
        })
    })
}

/// The stored value is read by the type of its attribute; the wanted one is what it is.
fn is_same(kind: Kind, wanted: &Value, stored: &Value) -> bool {
    if stored.is_null() {
        return false;
    }
    match kind {
        Kind::Text => match wanted {
            Value::String(text) => match stored {
                Value::String(stored) => text == stored,
                other => format!("{other}") == *text,
            },
            other => other == stored,
        },
        Kind::Numeric => {
            let number = stored.as_f64();
            let number = number.or_else(|| stored.as_str().and_then(|text| text.parse().ok()));
            wanted.is_number() && wanted.as_f64() == number
        }
        Kind::Boolean => {
            let flag = stored.as_bool();
            let flag = flag.or_else(|| stored.as_str().and_then(|text| text.parse().ok()));
            wanted.is_boolean() && wanted.as_bool() == flag
        }
        Kind::Date => instant(wanted) == instant(stored),
    }
}

/// The four spellings used here.
fn instant(date: &Value) -> &str {
    match date.as_str().expect("a text") {
        "2024-01-03T00:00:00Z" => "third",
        _ => "second",
    }
}

#[test]
fn a_job_finds_what_a_scan_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut runner = TestRunner::new(Config::default());
    let objects = prop::collection::vec(object(), OBJECTS);
    let queries = prop::collection::vec(criteria(), QUERIES);
    for _ in 0..CATALOGS {
        let tree = (&objects, &queries).new_tree(&mut runner);
        let (objects, queries) = tree.expect("values").current();
        runtime.block_on(compare(objects, &queries));
    }
}

async fn compare(mut objects: Vec<Value>, queries: &[Value]) {
    for (n, object) in objects.iter_mut().enumerate() {
        object["identity"] = format!("o{n}").into();
    }
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([first()]).await.status(201);
    site.replace(objects.clone()).await.status(201);
    for (round, query) in (1..).zip(queries) {
        let body = json!({
            "search": {"types": ["product", "article"], "partial": {"fields": query}},
            "update": {"fields": {"mark": round}},
        });
        site.submit_update(&body).await.status(200);
        let is_asked = |object: &&Value| object["type"] != "brand" && holds(object, query);
        let expected: BTreeSet<&str> = objects
            .iter()
            .filter(is_asked)
            .map(|object| object["identity"].as_str().expect("an identity"))
            .collect();
        assert_eq!(
            site.ended_job(round).await,
            complete(expected.len()),
            "{query}"
        );
        let found = site.search(&format!("f[]=mark:{round}&size=200")).await;
        let found = found.identities();
        let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, expected, "{query}");
    }
}
