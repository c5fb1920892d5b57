//! What may be sent, what is refused, and the form of the answer (docs/reference/06-autocomplete-and-others.md §7.1, §7.2).

use serde_json::{Value, json};

use super::{asked, entries, marks, post, send, served, shown, urls};
use super::{often, within};
use crate::support::{HandClock, TRACKER_ID, TestServer, ask_with};

#[tokio::test]
async fn an_answer_has_one_entry_for_each_request_in_order() {
    let server = served().await;
    let body = json!([
        asked(
            "item_detail_alternatives",
            json!({"recommender_client_identifier": "detail_page", "user_id": "c9",
            "item_ids": ["s1"], "size": 2, "hit_fields": ["price_amount"]})
        ),
        asked("last_seen", json!({"user_id": 401_267_318_254_711_900_u64})),
        asked("trends_7", json!({"user_id": null, "size": 1})),
    ]);
    let found = entries(&server, &body).await;
    assert_eq!(found.len(), 3);
    let first = &found[0];
    assert_eq!(first["recommendation_type"], "item_detail_alternatives");
    assert_eq!(first["recommender"], "item_detail_alternatives");
    assert_eq!(first["recommender_client_identifier"], "detail_page");
    assert_eq!(first["user_id"], "c9");
    assert_eq!(first["model_version"], Value::Null);
    assert_eq!(first["recommender_version"], "1");
    assert_eq!(urls(first), "s2 s3");
    let hit = &first["hits"][0];
    let expected = json!({"url": "s2", "attributes": {"title": "s2", "price_amount": 10.5}, "nested": [],
        "type": "item", "exact": true});
    assert_eq!(*hit, expected);
    let generated = first["generated_at"].as_str().expect("a text");
    assert_eq!(
        generated.len(),
        "2026-10-04T08:00:00.120000".len(),
        "{generated}"
    );
    // Nothing to say is no null.
    assert_eq!(found[1]["hits"], json!([]));
    assert_eq!(found[1]["user_id"], json!(401_267_318_254_711_900_u64));
    assert_eq!(found[1]["recommender_client_identifier"], "last_seen");
    assert_eq!(found[2]["recommendation_type"], "trends_7");
    assert_eq!(found[2]["user_id"], Value::Null);
    let mut ids: Vec<&str> = found
        .iter()
        .map(|one| one["recommendation_id"].as_str().expect("an id"))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| id.len() == 36), "{ids:?}");
    let again = entries(&server, &body).await;
    assert_ne!(again[0]["recommendation_id"], first["recommendation_id"]);
}

#[tokio::test]
async fn no_object_is_twice_in_a_batch_and_earlier_entries_win() {
    let server = served().await;
    let all = shown(&server, "trends", json!({})).await;
    let body = json!([
        asked("trends", json!({"size": 3})),
        asked(
            "item_detail_alternatives",
            json!({"item_ids": ["s1"], "size": 2})
        ),
        asked("random", json!({"size": 50})),
        asked("trends", json!({"size": 50})),
    ]);
    let found = entries(&server, &body).await;
    assert_eq!(
        urls(&found[0]),
        all.split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
    let mut together: Vec<String> = found.iter().map(urls).collect();
    assert_eq!(
        together.pop().as_deref(),
        Some(""),
        "nothing is left for the last"
    );
    let mut each: Vec<&str> = together.iter().flat_map(|one| one.split(' ')).collect();
    let count = each.len();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), count);
    assert_eq!(count, 8);
}

#[tokio::test]
async fn what_is_on_the_black_list_or_asked_about_is_never_recommended() {
    let server = served().await;
    let keys = json!({"item_ids": ["s1"], "blacklisted_item_ids": ["s2", "l1"], "size": 50});
    for model in [
        "item_detail_alternatives",
        "item_detail_complements",
        "trends",
        "random",
        "basket",
    ] {
        let found = shown(&server, model, keys.clone()).await;
        assert!(!found.is_empty(), "{model}");
        for never in ["s1", "s2", "l1", "s9"] {
            assert!(
                !found.split(' ').any(|url| url == never),
                "{model}: {found}"
            );
        }
    }
    // A long one holds to its end.
    let mut long: Vec<String> = (0..2_000).map(|n| format!("x{n}")).collect();
    long.extend(["s1", "s2", "s3", "s4", "h1", "h2", "l1"].map(str::to_owned));
    let found = shown(&server, "trends", json!({"blacklisted_item_ids": long})).await;
    assert_eq!(found, "l2");
}

#[tokio::test]
async fn bodies_that_say_nothing_are_refused() {
    let server = served().await;
    let many = json!(vec![asked("trends", json!({})); 21]).to_string();
    for (body, error) in [
        ("", "Invalid JSON"),
        ("[", "Invalid JSON"),
        ("\"trends\"", "Invalid JSON"),
        ("null", "Invalid JSON"),
        ("[1]", "Invalid JSON"),
        ("[{}]", "recommendation_type is missing"),
        (
            r#"[{"recommendation_type":null}]"#,
            "recommendation_type is missing",
        ),
        (
            r#"[{"recommendation_type":"trends","recommendation_context":"x"}]"#,
            "recommendation_context is malformed",
        ),
        (many.as_str(), "Too many recommendations: at most 20"),
    ] {
        let answer = post(&server, body).await.status(400);
        assert_eq!(answer.json(), json!({"error": error}), "{body}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let refused = post(&server, deep).await;
    assert!([400, 413].contains(&refused.status), "{}", refused.status);
    let long = format!(
        r#"[{{"recommendation_type":"trends","x":"{}"}}]"#,
        "x".repeat(300_000)
    );
    post(&server, long).await.status(413);
    assert_eq!(post(&server, "[]").await.status(200).json(), json!([]));
}

#[tokio::test]
async fn one_request_needs_no_array_and_no_content_type_and_a_signature_is_ignored() {
    let server = served().await;
    let url = format!("{}/v1/recommend/?tracker_id={TRACKER_ID}", server.base());
    let one = asked("trends", json!({"size": "1"})).to_string();
    for headers in [
        vec![],
        vec![("Content-Type", "application/json; charset=utf-8")],
        vec![
            ("Content-Type", "text/plain"),
            ("Authorization", "shop 1234-5678:nonsense"),
        ],
    ] {
        let answer = ask_with("POST", &url, &headers, one.clone())
            .await
            .status(200);
        let found = answer.json();
        assert_eq!(found.as_array().map(Vec::len), Some(1));
        assert_eq!(found[0]["hits"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_ask() {
    let server = served().await;
    let path = format!("/v1/recommend?tracker_id={TRACKER_ID}");
    let asks = [
        ("Origin", "https://shop.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let preflight = server.ask("OPTIONS", &path, &asks).await.status(204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    server.ask("GET", &path, &[]).await.status(405);
    let nobody = format!("{}/v1/recommend?tracker_id=0-0", server.base());
    let unknown = ask_with("POST", &nobody, &[], "[]").await.status(404);
    assert_eq!(unknown.text(), "Catalog for tracker_id: \"0-0\" not found.");
    let missing = format!("{}/v1/recommend", server.base());
    let missing = ask_with("POST", &missing, &[], "[]").await.status(400);
    assert_eq!(missing.json(), json!({"error": "tracker_id is missing"}));
}

#[tokio::test]
async fn hits_that_stand_in_are_marked_when_asked_for() {
    let server = served().await;
    let mut events = often("pair", 4, &["s1", "l1"]);
    events.extend(often("alone", 12, &["h2"]));
    send(&server, &events).await;
    let keys = json!({"item_ids": ["s1"], "size": 3, "mark_fallback_results": true});
    let found = entries(&server, &json!([asked("basket", keys)])).await;
    assert!(urls(&found[0]).starts_with("l1 h2 "), "{}", found[0]);
    assert_eq!(marks(&found[0]), "-ff");
    let found = entries(
        &server,
        &json!([asked("basket", json!({"item_ids": ["s1"]}))]),
    )
    .await;
    assert!(found[0]["hits"][0].get("fallback").is_none());
}

#[tokio::test]
async fn sizes_are_ten_and_fifty_at_most() {
    let server = TestServer::start().await;
    let products = (0..60).map(|n| {
        json!({"identity": format!("p{n}"), "type": "product", "fields": {"title": "P"}, "nested": [within("A", "B")]})
    });
    server.site().replace(products).await.ok();
    for (size, count) in [
        (json!(null), 10),
        (json!(3), 3),
        (json!(50), 50),
        (json!(99), 50),
        (json!(-1), 10),
    ] {
        let found = entries(&server, &json!([asked("trends", json!({"size": size}))])).await;
        assert_eq!(
            found[0]["hits"].as_array().map(Vec::len),
            Some(count),
            "{size}"
        );
        let found = entries(&server, &json!([asked("random", json!({"size": size}))])).await;
        assert_eq!(
            found[0]["hits"].as_array().map(Vec::len),
            Some(count),
            "{size}"
        );
    }
}

#[tokio::test]
async fn a_site_and_an_address_may_ask_so_often() {
    let clock = HandClock::new();
    let server = TestServer::builder()
        .set("throttle.recommend_per_5s", 3)
        .clock(clock.clock())
        .start()
        .await;
    for _ in 0..3 {
        post(&server, "[]").await.status(200);
    }
    let refused = post(&server, "[]").await.status(429);
    assert_eq!(refused.json(), json!({"error": "Too many requests"}));
    assert_eq!(refused.header("retry-after"), Some("2"));
    // Searches have limits of their own.
    server.site().search("f[]=type:item").await;
    clock.go_on(2);
    post(&server, "[]").await.status(200);
    drop(server);
    let server = TestServer::builder()
        .set("throttle.recommend_per_address_per_5s", 1)
        .clock(clock.clock())
        .start()
        .await;
    post(&server, "[]").await.status(200);
    post(&server, "[]").await.status(429);
}

/// Without events there is no popularity, and everything else.
#[tokio::test]
async fn a_server_that_counts_no_events_recommends_all_the_same() {
    let server = TestServer::builder()
        .set("events.enabled", false)
        .start()
        .await;
    server.site().replace(super::shop()).await.ok();
    assert_eq!(
        shown(
            &server,
            "item_detail_alternatives",
            json!({"item_ids": ["s1"], "size": 2})
        )
        .await,
        "s2 s3"
    );
    assert_eq!(
        shown(&server, "last_seen", json!({"user_id": "c1"})).await,
        ""
    );
    assert_ne!(
        shown(&server, "basket", json!({"item_ids": ["s1"]})).await,
        ""
    );
}
