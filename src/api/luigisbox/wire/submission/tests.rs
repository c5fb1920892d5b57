//! Requests read with a memory and without one say the same.

use std::cell::RefCell;
use std::collections::HashSet;

use rstest::rstest;
use serde_json::{Value, json};

use super::super::content::ELEMENTS_MAX;
use super::*;

/// A request read twice by a reader that remembers what it accepted the first time.
fn read_twice(body: &str) -> Result<Batch<Submission>, BatchError> {
    let body = Bytes::from(body.to_owned());
    let (accepted, _) = Batch::read_new(&body, ELEMENTS_MAX, |_| false)?.split();
    let known: HashSet<Fingerprint> = accepted.iter().filter_map(fingerprint_of).collect();
    Batch::read_new(&body, ELEMENTS_MAX, |fingerprint| {
        known.contains(&fingerprint)
    })
}

fn fingerprint_of(submission: &Submission) -> Option<Fingerprint> {
    match submission {
        Submission::Read { fingerprint, .. } => *fingerprint,
        Submission::Unread(unread) => Some(unread.fingerprint),
    }
}

/// Everything there is to know of a batch, its unread objects read.
fn told(batch: Result<Batch<Submission>, BatchError>) -> String {
    match batch {
        Err(error) => error.to_string(),
        Ok(batch) => {
            let (accepted, mut pending) = batch.split();
            // What is left unread does not say its type, which is in no answer.
            for sent in &mut pending.handed_on {
                sent.object_type = None;
            }
            let objects = accepted.into_iter().map(Submission::into_object);
            format!("{:?} {pending:?}", objects.collect::<Vec<_>>())
        }
    }
}

/// A request with a good object whose attribute holds lists in lists.
fn deep_object(levels: usize) -> String {
    let lists = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    format!(r#"{{"objects":[{{"identity":"a","type":"t","fields":{{"title":"x","l":{lists}}}}}]}}"#)
}

fn is_read(submission: &Submission) -> bool {
    matches!(submission, Submission::Read { .. })
}

fn product(generation: &Value) -> Value {
    json!({
        "identity": "p1", "type": "product", "generation": generation,
        "fields": {"title": "Socks", "generation": "inner"},
        "nested": [{"type": "category", "title": "Clothes"}],
    })
}

#[test]
fn known_words_are_left_unread_under_any_generation() {
    let known = RefCell::new(HashSet::new());
    let mut unread = Vec::new();
    for generation in [json!("1"), json!("2"), json!(3), Value::Null, json!("")] {
        let body = Bytes::from(json!({"objects": [product(&generation)]}).to_string());
        let remembers = |fingerprint| !known.borrow_mut().insert(fingerprint);
        let batch = Batch::read_new(&body, ELEMENTS_MAX, remembers).expect("a good request");
        unread.extend(
            batch
                .split()
                .0
                .iter()
                .map(|submission| !is_read(submission)),
        );
    }
    // The empty marker is refused, so its words are looked at as usual.
    assert_eq!(unread, [false, true, true, true]);
}

#[test]
fn an_unread_object_carries_the_generation_it_was_sent_with() {
    let body = |generation| json!({"objects": [product(&json!(generation))]}).to_string();
    let batch = Batch::read_new(&Bytes::from(body("2")), ELEMENTS_MAX, |_| true);
    let (mut accepted, _) = batch.expect("a good request").split();
    let Submission::Unread(unread) = accepted.remove(0) else {
        panic!("the memory knows it");
    };
    assert_eq!(unread.identity.as_str(), "p1");
    assert_eq!(unread.generation, Generation::new("2").ok());
    let object = unread.read().expect("it was readable");
    assert_eq!(object.generation, unread.generation);
    assert_eq!(object.identity, unread.identity);
    assert_eq!(object.nested.len(), 1);
}

#[test]
fn other_words_are_other_objects() {
    let fingerprint = |object: &Value| {
        let budget = Budget::new(VALUES_MAX, 1);
        let sketch = Sketch::of(&object.to_string(), &budget);
        sketch.expect("a good object").fingerprint
    };
    let one = product(&json!("1"));
    let mut other = one.clone();
    other["fields"]["generation"] = json!("outer");
    assert_ne!(fingerprint(&one), fingerprint(&other));
    other = one.clone();
    other["active_to"] = json!("2030-01-01");
    assert_ne!(fingerprint(&one), fingerprint(&other));
}

#[rstest]
#[case::first(r#"{"generation":"1","identity":"a","type":"t"}"#)]
#[case::in_between(r#"{"identity":"a","generation":"1","type":"t"}"#)]
#[case::last(r#"{"identity":"a","type":"t","generation":"1"}"#)]
#[case::with_blanks("{\"generation\" : 1 , \"identity\":\"a\",\"type\":\"t\"}")]
#[case::with_lines("{\"identity\":\"a\"\n,\n\"generation\":null,\"type\":\"t\"}")]
fn the_first_generation_changes_no_words(#[case] words: &str) {
    let fingerprint = |words| {
        let budget = Budget::new(VALUES_MAX, 1);
        Sketch::of(words, &budget)
            .expect("a good object")
            .fingerprint
    };
    let plain = r#"{"identity":"a","type":"t"}"#;
    assert_eq!(fingerprint(words), fingerprint(plain));
}

#[rstest]
#[case::no_json("{\"objects\":[{\"identity\":}]}")]
#[case::no_objects("{\"things\":[]}")]
#[case::no_list("{\"objects\":{}}")]
#[case::objects_twice(r#"{"objects":[{"identity":"a"}],"objects":[{"identity":"b","type":"t","fields":{"title":"x"}}]}"#)]
#[case::beside_objects(
    r#"{"a":[1,{"b":2}],"objects":[{"identity":"b","type":"t","fields":{"title":"x"}}],"z":null}"#
)]
#[case::bad_text_beside(r#"{"objects":[],"z":"\ud800"}"#)]
#[case::bad_text_inside(r#"{"objects":[{"identity":"b","type":"t","fields":{"title":"\ud800"}}]}"#)]
#[case::number_too_large(
    r#"{"objects":[{"identity":"b","type":"t","fields":{"title":"x","n":1e999}}]}"#
)]
#[case::more_behind("{\"objects\":[]} x")]
#[case::generation_twice(r#"{"objects":[{"identity":"b","generation":"1","type":"t","fields":{"title":"x"},"generation":"2"}]}"#)]
#[case::generation_escaped(
    r#"{"objects":[{"identity":"b","gener\u0061tion":"1","type":"t","fields":{"title":"x"}}]}"#
)]
#[case::older_name(r#"{"objects":[{"url":"/b","type":"t","fields":{"title":"x"}}, {"url":7,"type":"t","fields":{"title":"x"}}]}"#)]
#[case::some_refused(r#"{"objects":[1,{"identity":"","type":"t"},{"identity":"b","type":"t","fields":{"title":"x"}},{"type":"t"}]}"#)]
#[case::as_deep_as_allowed(&deep_object(60))]
#[case::an_object_too_deep(&deep_object(61))]
#[case::deep_beside(&format!(r#"{{"objects":[],"z":{}{}}}"#, "[".repeat(63), "]".repeat(63)))]
#[case::too_deep_beside(&format!(r#"{{"objects":[],"z":{}{}}}"#, "[".repeat(64), "]".repeat(64)))]
#[case::too_deep(&format!(r#"{{"objects":[{}{}]}}"#, "[".repeat(70), "]".repeat(70)))]
fn a_request_is_answered_as_if_it_had_been_read(#[case] body: &str) {
    let plain = told(Batch::read(body.as_bytes(), ELEMENTS_MAX));
    assert_eq!(told(read_twice(body)), plain);
}

#[test]
fn more_objects_than_allowed_are_refused_though_remembered() {
    let object = product(&Value::Null);
    let body = Bytes::from(json!({"objects": [object, object, object]}).to_string());
    let refused = Batch::read_new(&body, 2, |_| true);
    assert!(matches!(
        refused,
        Err(BatchError::TooManyObjects { max: 2 })
    ));
}

mod properties {
    use proptest::prelude::*;

    use super::super::super::content::testing::any_json;
    use super::*;

    proptest! {
        #[test]
        fn any_request_is_answered_as_if_it_had_been_read(
            elements in prop::collection::vec(any_json(), 0..6),
        ) {
            let body = json!({"objects": elements}).to_string();
            let plain = told(Batch::read(body.as_bytes(), ELEMENTS_MAX));
            prop_assert_eq!(told(read_twice(&body)), plain);
        }
    }
}
