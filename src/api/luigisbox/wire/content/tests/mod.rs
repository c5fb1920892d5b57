//! Bodies of write requests and what is made of them, row by row of docs/reference/02-content.md.

mod objects;
mod patches;
mod properties;
mod requests;

use serde_json::{Value, json};

use super::super::report::Report;
use super::*;
use crate::domain::Outcome;

fn read<T: Element>(body: &Value) -> Batch<T> {
    Batch::read(body.to_string().as_bytes(), ELEMENTS_MAX).expect("a well-formed request")
}

/// The only object of a request.
fn one<T: Element>(object: &Value) -> T {
    let (mut elements, pending) = read(&json!({"objects": [object]})).split();
    assert_eq!(elements.len(), 1, "refused: {:?}", pending.refused);
    elements.remove(0)
}

/// `errors` of a request whose good objects are all applied.
fn errors<T: Element>(body: &Value) -> Value {
    let (elements, pending) = read::<T>(body).split();
    let outcomes = elements.iter().map(|_| Outcome::Applied).collect();
    let report = Report::new(pending, outcomes);
    serde_json::to_value(&report).expect("a report is JSON")["errors"].take()
}

/// `caused_by` of the only object of a request.
fn cause<T: Element>(object: &Value) -> Value {
    let mut errors = errors::<T>(&json!({"objects": [object]}));
    let entries = errors.as_object_mut().expect("errors are a map");
    assert_eq!(entries.len(), 1, "one object was sent");
    let (_, entry) = entries.iter_mut().next().expect("the object was refused");
    assert_eq!(entry["type"], "malformed_input");
    assert_eq!(entry["reason"], "incorrect object format");
    entry["caused_by"].take()
}

/// A good object, with `changes` laid over it; `null` takes a key out.
fn product(changes: &Value) -> Value {
    let mut object = json!({"identity": "p1", "type": "item", "fields": {"title": "Socks"}});
    let changes = changes.as_object().expect("changes are a map");
    for (key, value) in changes {
        match value {
            Value::Null => drop(object.as_object_mut().expect("a map").remove(key)),
            value => object[key] = value.clone(),
        }
    }
    object
}
