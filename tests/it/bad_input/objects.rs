//! Objects: each is refused alone, in the words of docs/reference/02-content.md §7, and the others of its
//! request are applied.

use serde_json::{Value, json};

use super::{Line, post, refused_object};

#[tokio::test]
async fn an_object_of_a_wrong_shape_is_refused_alone() {
    let mut line = Line::open().await;
    let huge = "x".repeat(1025);
    for (key, object, caused_by) in [
        (
            "object #0",
            json!({}),
            json!({"identity":["is missing"],"type":["is missing"],"fields":["is missing"]}),
        ),
        (
            "object #0",
            json!({"identity":"","type":"t","fields":{"title":"T"}}),
            json!({"identity":["must be filled"]}),
        ),
        (
            "object #0",
            json!({"identity":" \t","type":"t","fields":{"title":"T"}}),
            json!({"identity":["must be filled"]}),
        ),
        (
            "object #0",
            json!({"identity":["a"],"type":"t","fields":{"title":"T"}}),
            json!({"identity":["must be a string"]}),
        ),
        (
            "a",
            json!({"identity":"a","type":"no spaces","fields":{"title":"T"}}),
            json!({"type":["must be a valid type name"]}),
        ),
        (
            "a",
            json!({"identity":"a","type":"t","fields":[]}),
            json!({"fields":["must be a hash"]}),
        ),
        (
            "a",
            json!({"identity":"a","type":"t","fields":{"title":" "}}),
            json!({"title":["must be filled"]}),
        ),
        (
            "a",
            json!({"identity":"a","type":"t","fields":{"title":"T"},"nested":{}}),
            json!({"nested":["must be an array"]}),
        ),
        (
            "a",
            json!({"identity":"a","type":"t","fields":{"title":"T"},"active_to":"soon"}),
            json!({"active_to":["must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"]}),
        ),
        (
            "a",
            json!({"identity":"a","type":"t","fields":{"title":"T"},"nested":[
                {"identity":"c","type":"category","fields":{"title":"C","ancestors":[{"identity":"r","type":"category","fields":{}}]}}]}),
            json!({"nested":{"0":{"ancestors":{"0":{"title":["must be filled"]}}}}}),
        ),
    ] {
        let answer = line.content("POST", &post(&object)).await;
        assert_eq!(answer.status, 400, "{object}");
        assert_eq!(answer.json(), refused_object(key, &caused_by), "{object}");
    }
    for identity in [huge.as_str(), "bell\u{7}", "two\nlines"] {
        let object = json!({"identity":identity,"type":"t","fields":{"title":"T"}});
        let answer = line.content("POST", &post(&object)).await;
        assert_eq!(answer.status, 400, "{identity:?}");
        let answer = answer.json();
        assert_eq!(
            answer["errors"].as_object().map(serde_json::Map::len),
            Some(1),
            "{answer}"
        );
        let entry = answer["errors"]
            .as_object()
            .and_then(|errors| errors.values().next());
        assert!(
            entry.is_some_and(|entry| entry["caused_by"]["identity"][0].is_string()),
            "{answer}"
        );
    }
    let longest = "y".repeat(1024);
    let object = json!({"identity":longest,"type":"t","fields":{"title":"T"}});
    assert_eq!(line.content("POST", &post(&object)).await.status, 201);
}

#[tokio::test]
async fn elements_that_are_no_objects_fail_singly_and_the_rest_is_applied() {
    let mut line = Line::open().await;
    let body =
        json!({"objects":[7, "x", null, [], {"identity":"ok","type":"t","fields":{"title":"T"}}]});
    let answer = line.content("POST", body.to_string().as_bytes()).await;
    assert_eq!(answer.status, 400);
    let answer = answer.json();
    assert_eq!(
        (&answer["ok_count"], &answer["errors_count"]),
        (&json!(1), &json!(4))
    );
    for position in 0..4 {
        let entry = &answer["errors"][format!("object #{position}")];
        assert_eq!(entry["type"], "malformed_input", "{answer}");
    }
}

#[tokio::test]
async fn more_attributes_than_an_object_may_have_are_refused() {
    let mut line = Line::open().await;
    let mut object = json!({"identity":"a","type":"t","fields":{"title":"T"}});
    for n in 0..1000 {
        object["fields"][format!("f{n}")] = n.into();
    }
    let answer = line.content("POST", &post(&object)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        refused_object(
            "a",
            &json!({"fields":["must have at most 1000 attributes"]})
        )
    );
}

#[tokio::test]
async fn values_of_another_type_than_a_name_says_are_refused_one_by_one() {
    let mut line = Line::open().await;
    let object = |identity: &str, weight: Value| json!({"identity":identity,"type":"t","fields":{"title":"T","price_amount":weight}});
    assert_eq!(
        line.content("POST", &post(&object("a", json!(5))))
            .await
            .status,
        201
    );
    let answer = line
        .content("POST", &post(&object("b", json!("abc"))))
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({"ok_count":0,"errors_count":1,"errors":{"b":{"type":"data_schema_mismatch",
            "reason":"failed to parse [attributes.price_amount]",
            "caused_by":{"type":"number_format_exception","reason":"For input string: \"abc\""}}}})
    );
}

#[tokio::test]
async fn patch_knows_its_limit_and_what_it_must_not_do() {
    let mut line = Line::open().await;
    let patches = |count: usize| {
        let objects: Vec<_> = (0..count)
            .map(|n| json!({"identity":format!("p{n}")}))
            .collect();
        json!({ "objects": objects }).to_string().into_bytes()
    };
    let answer = line.content("PATCH", &patches(301)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["type"], "payload_too_large");
    let answer = line.content("PATCH", &patches(300)).await;
    assert_eq!(answer.status, 400);
    let answer = answer.json();
    assert_eq!(answer["errors_count"], 300);
    assert_eq!(
        answer["errors"]["p7"],
        json!({"type":"not_found","reason":"Identity not in catalog"})
    );

    let twice = json!({"objects":[{"identity":"good"},{"identity":"good"}]}).to_string();
    let answer = line.content("PATCH", twice.as_bytes()).await.json();
    assert_eq!(answer["errors_count"], 2, "{answer}");
    assert_eq!(
        answer["errors"]["good"]["caused_by"],
        json!({"identity":["must be unique within the request"]})
    );
    let other_type = json!({"objects":[{"identity":"good","type":"other"}]}).to_string();
    let answer = line.content("PATCH", other_type.as_bytes()).await.json();
    assert_eq!(
        answer,
        refused_object("good", &json!({"type":["cannot be changed"]}))
    );
}

#[tokio::test]
async fn deletes_name_what_they_cannot_delete() {
    let mut line = Line::open().await;
    line.next_request_works().await;
    for (key, entry) in [
        (
            json!({"type":"product","identity":"unknown"}),
            json!({"type":"not_found","reason":"Identity not in catalog"}),
        ),
        (
            json!({"type":"other","identity":"good"}),
            json!({"type":"not_found","reason":"Identity not in catalog"}),
        ),
    ] {
        let answer = line.content("DELETE", &post(&key)).await;
        assert_eq!(answer.status, 400, "{key}");
        let name = key["identity"].as_str().expect("a name");
        assert_eq!(
            answer.json(),
            json!({"ok_count":0,"errors_count":1,"errors":{name:entry}})
        );
    }
    let answer = line
        .content("DELETE", &post(&json!({"identity":"good"})))
        .await;
    assert_eq!(
        answer.json(),
        refused_object("good", &json!({"type":["is missing"]}))
    );
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_behind() {
    let line = Line::open().await;
    let objects = [
        json!({"identity":"kept","type":"t","fields":{"title":"T"}}),
        json!({"identity":"refused","type":"t","fields":{"title":""},
            "nested":[{"identity":"never","type":"category","fields":{"title":"C"}}]}),
    ];
    line.site.replace(objects).await.status(400);
    assert_eq!(line.site.search("").await.identities(), ["kept"]);
}
