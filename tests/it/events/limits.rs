//! What clients may send, and what an overload does: to events, and to nothing else.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{click, event, item, search, send, top, trending};
use crate::support::{Figures, HandClock, TRACKER_ID, TestServer, ask_with};

#[tokio::test]
async fn a_client_may_send_so_many_events_in_a_time() {
    let clock = HandClock::new();
    let server = TestServer::builder()
        .set("throttle.events_per_client_per_15s", 3)
        .clock(clock.clock())
        .start()
        .await;
    for id in 0..3 {
        send(&server, &event(id, "c1", click("p1")))
            .await
            .status(204);
    }
    let refused = send(&server, &event(3, "c1", click("p1")))
        .await
        .status(429);
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(refused.json(), json!({"error": "Too many requests"}));
    // `"5"` and `5` are one client.
    let numbered = |id: u64| {
        let mut event = event(id, "5", click("p1"));
        event["client_id"] = if id.is_multiple_of(2) {
            json!("5")
        } else {
            json!(5)
        };
        event
    };
    let array: Vec<Value> = (10..14).map(numbered).collect();
    send(&server, &json!(array)).await.status(429);
    clock.go_on(5);
    send(&server, &event(3, "c1", click("p1")))
        .await
        .status(204);
    let page = server.get("/metrics").await.text();
    let counted = Figures::read(&page).value(
        "vetrina_events_total",
        &[("site", TRACKER_ID), ("outcome", "counted")],
    );
    assert_eq!(counted as u64, 7, "of the array three were taken");
}

#[tokio::test]
async fn a_session_has_so_many_events() {
    let clock = HandClock::new();
    let server = TestServer::builder()
        .set("events.per_session_max", 2)
        .clock(clock.clock())
        .start()
        .await;
    for id in 0..2 {
        send(&server, &event(id, "c1", click("p1")))
            .await
            .status(204);
    }
    let refused = send(&server, &event(2, "c1", click("p1")))
        .await
        .status(429);
    assert_eq!(refused.header("retry-after"), Some("1800"));
    send(&server, &event(2, "c2", click("p1")))
        .await
        .status(204);
    clock.go_on(31 * 60);
    send(&server, &event(3, "c1", click("p1")))
        .await
        .status(204);
}

#[tokio::test]
async fn without_limits_a_client_may_send_what_it_likes() {
    let server = TestServer::start().await;
    for round in 0..6 {
        let events: Vec<_> = (0..100)
            .map(|n| event(round * 100 + n, "c1", click("p1")))
            .collect();
        send(&server, &json!(events)).await.status(204);
    }
}

#[tokio::test]
async fn thirty_days_are_counted_by_the_servers_clock() {
    let clock = HandClock::new();
    let server = TestServer::builder().clock(clock.clock()).start().await;
    server.site().replace([item("p1"), item("p2")]).await.ok();
    for client in ["c1", "c2", "c3"] {
        let found = search("hat", &["p2"]);
        send(&server, &event(client, client, found))
            .await
            .status(204);
    }
    send(&server, &event("x", "c1", click("p2")))
        .await
        .status(204);
    assert_eq!(top(&server, "item:2").await, "p2 p1");
    assert_eq!(trending(&server).await, json!([{"title": "hat"}]));
    clock.go_on(30 * 24 * 60 * 60);
    assert_eq!(top(&server, "item:2").await, "p1 p2");
    assert_eq!(trending(&server).await, json!([]));
}

#[tokio::test]
async fn without_events_the_newest_come_first_among_what_is_boosted_alike() {
    let server = TestServer::start().await;
    let of = |identity: &str, fields: Value| {
        let mut item = item(identity);
        item["fields"]
            .as_object_mut()
            .expect("a map")
            .extend(fields.as_object().expect("a map").clone());
        item
    };
    let at = |days: i64| {
        let second = vetrina::domain::Clock::system().now().second() - days * 24 * 60 * 60;
        vetrina::domain::Timestamp::from_millis(second * 1000).to_string()
    };
    let items = [
        of("old", json!({"introduced_at": at(400)})),
        of("older", json!({})),
        of("new", json!({"introduced_at": at(2)})),
        of("boosted", json!({"boost": 1})),
        of("newish", json!({"introduced_at": at(20)})),
    ];
    server.site().replace(items).await.ok();
    assert_eq!(top(&server, "item:5").await, "boosted new newish old older");
}

/// Many clients at once, and a queue that holds next to nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_overload_turns_events_away_and_no_write_or_search() {
    let server = TestServer::builder()
        .set("events.queue_bytes", 1 << 20)
        .start()
        .await;
    let site = server.site();
    site.replace([item("p1")]).await.ok();
    let items: Vec<Value> = (0..200)
        .map(|at| json!({"url": format!("{at}-{}", "x".repeat(900)), "position": at + 1}))
        .collect();
    let mut senders = JoinSet::new();
    for client in 0..48 {
        let url = format!("{}/", server.base());
        let shown = json!({"type": "event", "lists": {"Product Listing": {"items": items}}});
        let events: Vec<_> = (0..5)
            .map(|n| event(client * 100 + n, &format!("c{client}"), shown.clone()))
            .collect();
        let body = json!(events[..]).to_string();
        senders.spawn(async move { ask_with("POST", &url, &[], body).await });
    }
    site.replace([item("p2")]).await.ok();
    assert_eq!(site.search("f[]=type:item").await.total(), 2);
    let (mut taken, mut away) = (0, 0);
    while let Some(answer) = senders.join_next().await {
        let answer = answer.expect("a sender ends well");
        match answer.status {
            204 => taken += 5,
            429 => {
                assert!(answer.header("retry-after").is_some());
                away += 5;
            }
            // Too many bodies in memory at once is told as everywhere.
            503 => {}
            other => panic!("{other} {}", answer.text()),
        }
    }
    assert!(taken > 0);
    let page = server.get("/metrics").await.text();
    let figures = Figures::read(&page);
    let of = |outcome| {
        let labels = [("site", TRACKER_ID), ("outcome", outcome)];
        figures.value("vetrina_events_total", &labels) as u64
    };
    assert_eq!((of("counted"), of("overload")), (taken, away));
    server.stop().await;
}
