//! What is refused, and what is taken with what faults.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{ListKind, ListPlace};

fn read(sent: &Value) -> Result<SentEvent, BadEvent> {
    let events = read_events(sent.to_string().as_bytes(), Timestamp::from_millis(5_000));
    events.expect("a body of events").remove(0)
}

/// An event with these keys in place of its own; `null` takes one away.
fn with(keys: &Value) -> Value {
    let mut event = json!({
        "id": "e1", "type": "pv", "tracker_id": "1-1", "client_id": "c9", "url": "sku-1",
    });
    for (key, value) in keys.as_object().expect("a map") {
        event[key] = value.clone();
    }
    event
}

#[test]
fn ids_are_read_to_their_last_digit_and_as_text() {
    let sent = with(&json!({"id": 7, "client_id": 999_999_999_999_999_999_i64, "customer_id": 5}));
    let event = read(&sent).expect("an event").event;
    assert_eq!(event.id.as_str(), "7");
    assert_eq!(event.client.as_str(), "999999999999999999");
    assert_eq!(event.customer, ClientId::new("5"));
}

#[test]
fn what_cannot_be_counted_is_refused_in_words() {
    let list = |list: Value| json!({"type": "event", "lists": list});
    for (keys, words) in [
        (json!({"type": null}), "type is missing"),
        (json!({"id": " "}), "id is missing"),
        (json!({"tracker_id": null}), "tracker_id is missing"),
        (json!({"client_id": {}}), "client_id is missing"),
        (
            json!({"client_id": "x".repeat(300)}),
            "client_id is too long",
        ),
        (json!({"url": null}), "url is missing"),
        (json!({"type": "event"}), "lists is missing"),
        (list(json!([])), "lists is not an object"),
        (list(json!({})), "lists is empty"),
        (
            list(json!({"Search Results": {"items": {}}})),
            "lists.Search Results.items is not an array",
        ),
        (
            list(json!({"Autocomplete": []})),
            "lists.Autocomplete is not an object",
        ),
        (json!({"type": "click"}), "action is missing"),
        (
            json!({"type": "click", "action": {"resource_identifier": "a"}}),
            "action.type is missing",
        ),
        (
            json!({"type": "click", "action": {"type": "buy"}}),
            "action.resource_identifier is missing",
        ),
        (json!({"type": "transaction"}), "items is missing"),
        (
            json!({"type": "transaction", "items": []}),
            "items is missing",
        ),
        (
            json!({"type": "transaction", "items": {}}),
            "items is not an array",
        ),
    ] {
        let refused = read(&with(&keys)).expect_err("a bad event");
        assert_eq!(refused.to_string(), words, "{keys}");
    }
    let unknown = read(&with(&json!({"type": "buy"}))).expect_err("no such type");
    assert!(unknown.to_string().contains("`buy`"), "{unknown}");
    for (body, words) in [
        ("", "Invalid JSON"),
        ("[]", "body is neither a JSON object nor an array of them"),
        ("3", "body is neither a JSON object nor an array of them"),
        (&format!("[{}1]", "1,".repeat(100)), "more than 100 events"),
    ] {
        let refused = read_events(body.as_bytes(), Timestamp::from_millis(0));
        assert_eq!(refused.expect_err("no events").to_string(), words, "{body}");
    }
}

#[test]
fn what_real_pages_send_is_taken() {
    let sent = with(&json!({"type": "event", "lists": {
        "Recommendation": {
            "recommendation_id": "x",
            "items": [{"title": "Silk", "url": "sku-3", "position": "1", "price": "9,00 €"}],
            "query": {"string": "", "filters": {"RecommenderClientId": "basket"}},
        },
        "Something Else": 7,
    }}));
    let event = read(&sent).expect("an event").event;
    let faults: Vec<_> = event.faults.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(faults, ["unknown_list", "item_without_type"]);
    let EventKind::Lists(views) = event.kind else {
        panic!("lists were sent");
    };
    assert_eq!(views[0].kind, ListKind::Recommendation);
    assert_eq!(
        views[0].place.as_ref().map(ListPlace::as_str),
        Some("basket")
    );
}

#[test]
fn reserved_filters_are_no_choice_of_the_visitor() {
    let is_filtered = |filters: Value| {
        let sent = with(&json!({"type": "event", "lists": {"Search Results": {
            "items": [], "query": {"string": "x", "filters": filters}}}}));
        match read(&sent).expect("an event").event.kind {
            EventKind::Lists(views) => views[0].is_filtered,
            other => panic!("{other:?}"),
        }
    };
    assert!(!is_filtered(
        json!({"sort by": "a:asc", "_Guid": "x", "_Variant": "y"})
    ));
    assert!(is_filtered(json!({"brand": ["Acme"], "_Guid": "x"})));
}

#[test]
fn consent_is_refused_only_in_so_many_words() {
    for (consent, may_be_kept) in [
        (json!(null), true),
        (json!(true), true),
        (json!(false), false),
        (json!("false"), false),
        (json!(0), false),
    ] {
        let event = read(&with(&json!({"consent_granted": consent}))).expect("an event");
        assert_eq!(event.event.may_be_kept, may_be_kept, "{consent}");
    }
}

#[test]
fn times_that_cannot_be_are_none() {
    let at = |said: Value| {
        let event = read(&with(&json!({"local_timestamp": said}))).expect("an event");
        event.event.at.map(Timestamp::as_millis)
    };
    assert_eq!(at(json!(null)), Some(5_000));
    assert_eq!(at(json!(4)), Some(4_000));
    assert_eq!(at(json!("4")), Some(4_000));
    assert_eq!(at(json!(6)), Some(5_000));
    assert_eq!(at(json!(1_791_000_000_000_i64)), None);
    assert_eq!(at(json!("now")), None);
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = proptest::sample::select(vec![
        "id",
        "type",
        "tracker_id",
        "client_id",
        "lists",
        "items",
        "query",
        "string",
        "filters",
        "action",
        "url",
        "Search Results",
        "Autocomplete",
        "position",
        "count",
        "resource_identifier",
        "local_timestamp",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(vec!["pv", "event", "click", "transaction", "x"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..8).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    /// Whatever is sent is an event or has a reason.
    #[test]
    fn any_json_is_answered(sent in any_json()) {
        let now = Timestamp::from_millis(1_791_000_000_000);
        let body = sent.to_string();
        if let Ok(events) = read_events(body.as_bytes(), now) {
            for event in events.into_iter().flatten() {
                prop_assert!(event.event.at.is_none_or(|at| at <= now));
            }
        }
        let _ = read_past(body.as_bytes(), now);
    }
}
