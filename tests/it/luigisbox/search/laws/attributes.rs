//! What the random catalogs are made of. Invariant: the first value of each attribute gives its type, and
//! some of the others do not fit it.

use serde_json::{Value, json};

use super::naive::Kind;

/// Attributes, their types, and the values they are given.
pub(super) fn attributes() -> Vec<(&'static str, Kind, Vec<Value>)> {
    let texts = || {
        [
            "red",
            "Red",
            "NaN",
            "inf",
            "-0",
            "5|7",
            "|",
            "1e999",
            "true",
            "č ä",
            "a:b",
            "\"q\"",
            "🐎",
            "2024-02-02",
        ]
        .map(|text| json!(text))
        .into_iter()
        // Numbers that came later are numbers beside their texts.
        .chain([json!(6), json!(5.5)])
        .collect::<Vec<_>>()
    };
    let numbers = || {
        let fractions = [
            json!(2.5),
            json!("2.50"),
            json!(0.1),
            json!(1e9),
            json!(-0.0),
        ];
        // What came later and does not fit is a text.
        let misfits = [json!("57 CFM"), json!("soon"), json!(true)];
        [json!(0), json!(-3), json!(7)]
            .into_iter()
            .chain(fractions)
            .chain(misfits)
            .collect()
    };
    vec![
        ("color", Kind::Text, texts()),
        ("Rodzaj cery", Kind::Text, texts()),
        ("in.ner", Kind::Text, texts()),
        ("[x]'&=+%#", Kind::Text, texts()),
        ("茶 č", Kind::Text, texts()),
        ("n", Kind::Number, numbers()),
        ("price.amount|", Kind::Number, numbers()),
        (
            "is new",
            Kind::Boolean,
            vec![json!(true), json!(false), json!(1), json!("yes")],
        ),
        (
            "made",
            Kind::Date,
            vec![
                json!("2024-01-10"),
                json!("2024-06-01T12:00:00Z"),
                json!("1969-07-20"),
                json!("coming soon"),
                json!(2024),
            ],
        ),
    ]
}

pub(super) fn kind_of(attribute: &str) -> Kind {
    let found = attributes()
        .into_iter()
        .find(|(name, ..)| *name == attribute);
    found.expect("one of them").1
}
