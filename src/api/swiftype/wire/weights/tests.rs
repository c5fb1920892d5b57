//! Estimates beside what is really allocated.

use serde_json::value::RawValue;

use super::*;
use crate::allocations;
use crate::api::swiftype::wire::document;
use crate::api::swiftype::wire::parameters::Parameters;
use crate::domain::ObjectType;

const BODY: usize = 300_000;

fn filled(document: impl Fn(usize) -> String) -> String {
    let mut documents = Vec::new();
    let mut bytes = 0;
    while bytes < BODY {
        documents.push(document(documents.len()));
        bytes += documents.last().map_or(0, String::len);
    }
    format!(
        r#"{{"auth_token":"K","documents":[{}]}}"#,
        documents.join(",")
    )
}

/// One document after the other with this value of a field, as it is made and as it is changed.
fn with_value(value: &str) -> [String; 2] {
    let made = |n| {
        format!(
            r#"{{"external_id":"{n}","fields":[{{"name":"a","type":"string","value":{value}}}]}}"#
        )
    };
    let changed = |n| format!(r#"{{"external_id":"{n}","fields":{{"a":{value}}}}}"#);
    [filled(made), filled(changed)]
}

fn list(element: &str, times: usize) -> String {
    format!("[{}]", vec![element; times].join(","))
}

fn shapes() -> Vec<(&'static str, [String; 2])> {
    let field = |at: usize| format!(r#"{{"name":"f{at}","type":"string","value":"x"}}"#);
    let fields: Vec<String> = (0..900).map(field).collect();
    let fields = fields.join(",");
    let entries: Vec<String> = (0..900).map(|at| format!(r#""f{at}":"x""#)).collect();
    let entries = entries.join(",");
    vec![
        (
            "a long text",
            with_value(&format!("{:?}", "x".repeat(BODY / 2))),
        ),
        ("short texts", with_value(r#""x""#)),
        (
            "many fields",
            [
                filled(|n| format!(r#"{{"external_id":"{n}","fields":[{fields}]}}"#)),
                filled(|n| format!(r#"{{"external_id":"{n}","fields":{{{entries}}}}}"#)),
            ],
        ),
        (
            "escapes",
            with_value(&format!("\"{}\"", "\\n".repeat(5_000))),
        ),
        (
            "nested 50 deep",
            with_value(&format!("{}1{}", r#"{"a":"#.repeat(50), "}".repeat(50))),
        ),
        (
            "lists nested 50 deep",
            with_value(&format!("{}1{}", "[".repeat(50), "]".repeat(50))),
        ),
        ("a list of zeros", with_value(&list("0", 140_000))),
        ("a list of texts", with_value(&list(r#""x""#, 100))),
        (
            "no documents",
            [filled(|_| "1".to_owned()), filled(|_| "{}".to_owned())],
        ),
    ]
}

#[test]
fn no_documents_take_more_than_they_weigh() {
    let of = ObjectType::new("books").expect("a type");
    for (shape, bodies) in shapes() {
        for body in bodies {
            let estimate = DOCUMENTS.of(body.as_bytes()) + body.len();
            let (read, taken) = allocations::peak(|| {
                let body = body.clone().into_bytes();
                let mut parameters = Parameters::of_body(&body).expect("parameters");
                drop(body);
                let sent = parameters.take("documents").expect("documents");
                let list: Vec<&RawValue> = serde_json::from_str(sent.get()).expect("a list");
                let read = list
                    .into_iter()
                    .map(|json| (document::read(&of, json), document::read_update(json)));
                read.collect::<Vec<_>>()
            });
            drop(read);
            assert!(
                estimate >= taken,
                "{shape}: {taken} taken, {estimate} expected"
            );
        }
    }
}

/// The largest body that docs/reference/10-swiftype.md §5 names fits the memory that there is by default for one.
#[test]
fn the_largest_body_of_long_texts_fits() {
    const FOR_ONE: usize = (256 << 20) / 8 * 6;
    let document = |n: usize| {
        let text = "A light boot with a sole that grips. ".repeat(1_400);
        format!(
            r#"{{"external_id":"{n}","fields":[{{"name":"body","type":"text","value":"{text}"}}]}}"#
        )
    };
    let documents: Vec<String> = (0..1_000).map(document).collect();
    let body = format!(r#"{{"documents":[{}]}}"#, documents.join(","));
    assert!(body.len() > 50_000_000);
    let estimate = DOCUMENTS.of(body.as_bytes()) + body.len();
    assert!(estimate < FOR_ONE, "{estimate}");
}
