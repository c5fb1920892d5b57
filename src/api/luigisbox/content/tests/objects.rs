//! Objects one by one: what is applied, and what the report says of the rest (docs/reference/02-content.md §7).

use super::*;
use crate::engine::{Extraction, Visibility};

#[tokio::test]
async fn objects_are_replaced_patched_and_deleted() {
    let api = TestApi::new();
    let objects = json!({"objects": [product("a", "A", "X"), product("b", "B", "X")]});
    assert_eq!(api.call("POST", &objects).await, (201, ok(2)));
    let patch = json!({"objects": [{"identity": "a", "fields": {"title": "A2"}}]});
    assert_eq!(api.call("PATCH", &patch).await, (200, ok(1)));
    assert_eq!(api.titles(), ["a=A2", "b=B"]);
    let keys = json!({"objects": [{"identity": "b", "type": "item"}]});
    assert_eq!(api.call("DELETE", &keys).await, (200, ok(1)));
    assert_eq!(api.titles(), ["a=A2"]);
}

#[tokio::test]
async fn good_objects_are_applied_beside_bad_ones() {
    let api = TestApi::new();
    let objects = json!({"objects": [
        product("a", "", "X"), product("b", "B", "X"), "c", product("a", "A", "X"),
    ]});
    let (status, report) = api.call("POST", &objects).await;
    assert_eq!(status, 400);
    assert_eq!(report["ok_count"], 2);
    assert_eq!(report["errors_count"], 2);
    let malformed = |cause: Value| json!({"type": "malformed_input", "reason": "incorrect object format", "caused_by": cause});
    assert_eq!(
        report["errors"],
        json!({
            "a": malformed(json!({"title": ["must be filled"]})),
            "object #2": malformed(json!({"object": ["must be a hash"]})),
        })
    );
    assert_eq!(api.titles(), ["a=A", "b=B"]);
}

#[tokio::test]
async fn what_the_engine_refuses_is_in_the_report() {
    let api = TestApi::new();
    api.call("POST", &json!({"objects": [product("a", "A", "X")]}))
        .await;
    let patch = json!({"objects": [{"identity": "x"}, {"identity": "a", "type": "other"}]});
    let (status, report) = api.call("PATCH", &patch).await;
    assert_eq!(status, 400);
    assert_eq!(report["ok_count"], 0);
    assert_eq!(
        report["errors"]["x"],
        json!({"type": "not_found", "reason": "Identity not in catalog"})
    );
    assert_eq!(
        report["errors"]["a"]["caused_by"],
        json!({"type": ["cannot be changed"]})
    );
    let keys = json!({"objects": [{"identity": "a", "type": "other"}]});
    let (status, report) = api.call("DELETE", &keys).await;
    assert_eq!((status, &report["errors_count"]), (400, &json!(1)));
    assert_eq!(report["errors"]["a"]["type"], "not_found");
}

#[tokio::test]
async fn an_empty_request_succeeds() {
    let api = TestApi::in_mood(Mood::Unavailable);
    let nothing = json!({"objects": []});
    assert_eq!(api.call("POST", &nothing).await, (201, ok(0)));
    assert_eq!(api.call("PATCH", &nothing).await, (200, ok(0)));
    assert_eq!(api.call("DELETE", &nothing).await, (200, ok(0)));
}

#[tokio::test]
async fn extraction_and_waiting_are_asked_for_in_the_query() {
    let api = TestApi::new();
    let body = json!({"objects": [product("a", "A", "X")]}).to_string();
    for query in ["", "?extract=false", "?wait_for=visible&v=1"] {
        let request = signed("POST", &format!("/v1/content{query}"), body.clone());
        assert_eq!(api.send(request).await.0, 201);
    }
    let extractions = api.engine.extractions.lock().expect("not poisoned").clone();
    let (extract, leave) = (Extraction::Extract, Extraction::Leave);
    assert_eq!(extractions, [extract, leave, extract]);
    let waited_for = api.engine.waited_for.lock().expect("not poisoned").clone();
    assert_eq!(waited_for, [Visibility::at(7)]);

    let mistyped = signed("POST", "/v1/content?extract=nope", body);
    let told = incorrect_parameters(&json!({"extract": ["must be true or false"]}));
    assert_eq!(api.send(mistyped).await, (400, told));
}
