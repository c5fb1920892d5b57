//! What visitors chose after a query as a signal of its order (docs/reference/05-search.md §6).

use serde_json::{Value, json};

use super::{click, event, search, send};
use crate::support::{SiteClient, TRACKER_ID, TestServer};
use crate::swiftype::{Client, Found, KEY};

/// Lamps by their title, one that tells of a lamp in its text, one that is boosted, one that cannot be had.
async fn shop(server: &TestServer) -> SiteClient {
    let of = |identity: &str, fields: Value| json!({"identity": identity, "type": "item", "fields": fields});
    let site = server.site();
    site.replace([
        of("boosted", json!({"title": "Lamp amber", "boost": 1})),
        of("l1", json!({"title": "Lamp azure"})),
        of("l2", json!({"title": "Lamp beige"})),
        of("l3", json!({"title": "Lamp brown"})),
        of("gone", json!({"title": "Lamp black", "availability": 0})),
        of(
            "told",
            json!({"title": "Small table", "description": "Room for a lamp, a cup and a book"}),
        ),
    ])
    .await
    .ok();
    site
}

/// Each of the clients searches, and clicks on the object so often.
async fn choose(server: &TestServer, query: &str, clients: &[&str], object: &str, times: usize) {
    for client in clients {
        let id = |what: &str| format!("{query}-{client}-{object}-{what}");
        let mut events = vec![event(id("search"), client, search(query, &[object]))];
        events.extend((0..times).map(|n| event(id(&n.to_string()), client, click(object))));
        for some in events.chunks(100) {
            send(server, &json!(some)).await.status(204);
        }
    }
}

async fn order(site: &SiteClient, parameters: &str) -> String {
    let parameters = format!("f[]=type:item&{parameters}");
    site.search(&parameters).await.identities().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_after_a_query_rises_within_its_match_class_and_never_above_a_better_one() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    let before = "boosted l1 l2 l3 gone told";
    assert_eq!(order(&site, "q=lamp").await, before, "off without data");
    choose(&server, "lamp", &["c1", "c2"], "l3", 20).await;
    choose(&server, "lamp", &["c1", "c2"], "gone", 80).await;
    choose(&server, "Lamp ", &["c3", "c4"], "told", 90).await;
    assert_eq!(
        order(&site, "q=lamp").await,
        "boosted l3 l1 l2 gone told",
        "behind what is boosted, can be had, or is the better match, however often others are clicked"
    );
    assert_eq!(order(&site, "q=LAMP").await, "boosted l3 l1 l2 gone told");
    assert_eq!(order(&site, "q=lamp&size=2&page=1").await, "boosted l3");
    assert_eq!(order(&site, "q=lamp&size=2&page=2").await, "l1 l2");
    assert_eq!(
        order(&site, "q=lamps").await.split(' ').next(),
        Some("boosted"),
        "another query has no say of its visitors yet"
    );
    let sorted = order(&site, "q=lamp&sort=title:asc").await;
    assert_eq!(sorted, "boosted l1 l2 gone l3 told", "a sort decides alone");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_says_how_much_visitors_chose_a_hit() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    let told = async |identity: &str| {
        let found = site.search("q=lamp&explain=true").await;
        let explanation = &found.hit(identity)["explanation"];
        explanation["behaviour"].as_f64().expect("a number")
    };
    assert!(told("l3").await.abs() < f64::EPSILON);
    choose(&server, "lamp", &["c1", "c2"], "l3", 20).await;
    choose(&server, "lamp", &["c1"], "l2", 10).await;
    let (much, less, none) = (told("l3").await, told("l2").await, told("l1").await);
    assert!(
        much > less && less > none && none == 0.0 && much < 1.0,
        "{much} {less}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_alone_moves_no_hits() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    let before = order(&site, "q=lamp").await;
    choose(&server, "lamp", &["c1"], "l3", 90).await;
    assert_eq!(order(&site, "q=lamp").await, before);
    choose(&server, "lamp", &["c2"], "l3", 1).await;
    assert_ne!(order(&site, "q=lamp").await, before, "two of them do");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_has_its_say_for_the_query_of_the_latest_list_that_showed_the_object() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    for client in ["c1", "c2"] {
        let id = |n: usize| format!("{client}-{n}");
        let mut events = vec![
            event(id(0), client, search("lamp brown", &["l3", "l2"])),
            event(id(1), client, search("lamp", &["l3", "l1"])),
            // Later, and it does not show the object.
            event(id(2), client, search("lamp azure", &["l1"])),
        ];
        events.extend((3..30).map(|n| event(id(n), client, click("l3"))));
        send(&server, &json!(events)).await.status(204);
    }
    let told = async |query: &str| {
        let found = site.search(&format!("q={query}&explain=true")).await;
        found.hit("l3")["explanation"]["behaviour"]
            .as_f64()
            .expect("a number")
    };
    assert!(told("lamp").await > 0.5);
    assert!(told("lamp+brown").await.abs() < f64::EPSILON);
    let later = site.search("q=lamp+azure&f[]=type:item&explain=true");
    let later = later.await;
    for hit in later.hits() {
        assert_eq!(hit["explanation"]["behaviour"], 0.0, "{hit}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_heed_what_is_chosen_and_searches_of_another_dialect_do_not() {
    let server = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .start()
        .await;
    let site = shop(&server).await;
    let suggested = async || {
        let path = format!("/autocomplete/v2?tracker_id={TRACKER_ID}&q=lamp&type=item:4");
        super::urls(&server.get(&path).await.status(200).json())
    };
    let client = Client::of(&server);
    let by_swiftype = async |call: &str| {
        let path = format!("/engines/{TRACKER_ID}/document_types/item/{call}");
        let answer = client.post(&path, json!({"q": "lamp"})).await;
        Found(answer.status(200).json())
            .good()
            .ids("item")
            .join(" ")
    };
    let before = (by_swiftype("search").await, by_swiftype("suggest").await);
    assert_eq!(suggested().await, "boosted l1 l2 l3");
    choose(&server, "lamp", &["c1", "c2"], "l3", 20).await;
    assert_eq!(order(&site, "q=lamp").await, "boosted l3 l1 l2 gone told");
    assert_eq!(suggested().await, "boosted l3 l1 l2");
    let after = (by_swiftype("search").await, by_swiftype("suggest").await);
    assert_eq!(after, before);
    server.stop().await;
}
