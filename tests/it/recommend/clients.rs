//! What a client did is in its answers, and gone from them at once when it is deleted.

use serde_json::json;

use super::{bought, click, event, now_s, often, seen, send, served, shown};

#[tokio::test]
async fn a_deleted_history_changes_answers_at_once() {
    let server = served().await;
    let mut events = often("pair", 5, &["h1", "l1"]);
    events.extend(often("noise", 20, &["l2"]));
    events.push(event("lamps", "c3", click("cat-lamps")));
    for client in ["c1", "c2"] {
        for (at, keys) in [bought(&["h1"]), seen("s2"), click("s1"), seen("cat-hats")]
            .into_iter()
            .enumerate()
        {
            let mut event = event(format!("{client}-{at}"), client, keys);
            event["local_timestamp"] = json!(now_s() - 100 + at as u64);
            events.push(event);
        }
    }
    send(&server, &events).await;
    let of = async |client: &str| {
        let mut all = Vec::new();
        for model in [
            "last_seen",
            "recently_ordered",
            "favorites",
            "user_conversion_based",
            "user_click_based",
            "top_categories",
        ] {
            all.push(shown(&server, model, json!({"user_id": client, "size": 2})).await);
        }
        all
    };
    let (nobody, before) = (of("nobody").await, of("c1").await);
    assert_eq!(before[..2], ["s1 s2", "h1"]);
    for (at, (one, other)) in before.iter().zip(&nobody).enumerate() {
        assert_ne!(one, other, "model {at}");
    }
    let deleted = server
        .site()
        .signed("DELETE", "/v1/events/clients/c1", Vec::new())
        .await;
    assert_eq!(deleted.status(200).json(), json!({"deleted": true}));
    assert_eq!(of("c1").await, nobody);
    assert_eq!(of("c2").await, before, "another client's is kept");
    // What was counted without the client stays.
    assert_eq!(
        shown(&server, "basket", json!({"item_ids": ["h1"], "size": 1})).await,
        "l1"
    );
}

#[tokio::test]
async fn a_client_that_does_not_agree_is_not_remembered() {
    let server = served().await;
    let mut events = vec![
        event("1", "c1", seen("s1")),
        event("2", "c1", bought(&["h1"])),
    ];
    for event in &mut events {
        event["consent_granted"] = json!(false);
        event["customer_id"] = json!("u1");
    }
    send(&server, &events).await;
    for user in ["c1", "u1"] {
        assert_eq!(
            shown(&server, "last_seen", json!({"user_id": user})).await,
            ""
        );
        assert_eq!(
            shown(&server, "recently_ordered", json!({"user_id": user})).await,
            ""
        );
    }
    assert_eq!(
        shown(&server, "trends", json!({"size": 1})).await,
        "h1",
        "it is counted"
    );
}

#[tokio::test]
async fn a_customer_is_known_on_every_device() {
    let server = served().await;
    let mut on_phone = event("1", "phone", seen("s1"));
    on_phone["customer_id"] = json!("u1");
    let mut on_laptop = event("2", "laptop", seen("s2"));
    on_laptop["customer_id"] = json!("u1");
    send(&server, &[on_phone, on_laptop]).await;
    let found = shown(&server, "last_seen", json!({"user_id": "u1"})).await;
    assert!(found == "s2 s1" || found == "s1 s2", "{found}");
    assert_eq!(
        shown(&server, "last_seen", json!({"user_id": "phone"})).await,
        "s1"
    );
}
