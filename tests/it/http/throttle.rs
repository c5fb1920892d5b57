//! Clients that ask for too much: 429 with a wait that, waited for, is enough
//! (docs/reference/07-http-principles.md §5).

use std::time::Duration;

use serde_json::json;

use crate::support::{Answer, HandClock, PRIVATE_KEY, SiteClient, TRACKER_ID, TestServer, product};

const NOTHING: &str = r#"{"objects":[]}"#;
const SEARCH: &str = "/search?tracker_id=1234-5678";

/// The wait that a refusal tells, in seconds.
#[track_caller]
fn wait(refused: &Answer) -> i64 {
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert_eq!(refused.json(), json!({"error": "Too many requests"}));
    let wait = refused.header("retry-after").map(str::parse);
    let wait = wait.expect("a wait").expect("whole seconds");
    assert!(wait >= 1);
    wait
}

async fn write(site: &SiteClient) -> Answer {
    site.signed("POST", "/v1/content", NOTHING).await
}

#[tokio::test]
async fn the_eleventh_of_ten_writes_a_minute_is_refused_until_it_has_waited() {
    let hand = HandClock::new();
    let server = TestServer::builder()
        .set("throttle.content_per_minute", 10)
        .set("date_tolerance_s", 900)
        .clock(hand.clock())
        .start()
        .await;
    let site = server.site();
    for _ in 0..10 {
        write(&site).await.status(201);
    }
    for _ in 0..3 {
        let refused = write(&site).await;
        assert_eq!(wait(&refused), 6);
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    hand.go_on(5);
    assert_eq!(wait(&write(&site).await), 1);
    hand.go_on(1);
    write(&site).await.status(201);
    assert_eq!(wait(&write(&site).await), 6);
    hand.go_on(60);
    for _ in 0..10 {
        write(&site).await.status(201);
    }
}

/// The same by the clock on the wall.
#[tokio::test]
async fn a_client_that_waits_as_told_is_served() {
    let server = TestServer::builder()
        .set("throttle.content_per_minute", 60)
        .start()
        .await;
    let site = server.site();
    let mut refused = None;
    for _ in 0..200 {
        let answer = write(&site).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.status(201);
    }
    let wait = wait(&refused.expect("more than one a second"));
    tokio::time::sleep(Duration::from_secs(wait.unsigned_abs())).await;
    write(&site).await.status(201);
}

#[tokio::test]
async fn all_signed_requests_share_a_limit_and_searches_have_their_own() {
    let hand = HandClock::new();
    let server = TestServer::builder()
        .set("throttle.content_per_minute", 5)
        .set("throttle.search_per_minute", 2)
        .site("2-2", "other")
        .clock(hand.clock())
        .start()
        .await;
    let site = server.site();
    site.replace([product("p1")]).await.status(201);
    let change = json!({"identity": "p1", "fields": {"color": "blue"}});
    site.patch([change]).await.status(200);
    site.delete([("product", "p1")]).await.status(200);
    site.commit("product", "1").await.status(400);
    site.signed("POST", "/v1/content", "no JSON")
        .await
        .status(400);
    assert_eq!(wait(&site.commit("product", "1").await), 12);

    for _ in 0..2 {
        server.get(SEARCH).await.status(200);
    }
    let refused = server.get(SEARCH).await;
    assert_eq!(wait(&refused), 30);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    let other = server.site_with("2-2", "other");
    write(&other).await.status(201);
    server.get("/search?tracker_id=2-2").await.status(200);
    server.get("/health/ready").await.status(200);
}

/// Otherwise anybody could use up the quota of a shop.
#[tokio::test]
async fn a_request_with_a_bad_signature_uses_nothing_up() {
    let server = TestServer::builder()
        .set("throttle.content_per_minute", 1)
        .start()
        .await;
    let stranger = server.site_with(TRACKER_ID, "guessed");
    for _ in 0..5 {
        write(&stranger).await.status(401);
    }
    write(&server.site()).await.status(201);
}

#[tokio::test]
async fn a_site_may_have_limits_of_its_own() {
    let hand = HandClock::new();
    let server = TestServer::builder()
        .set("throttle.content_per_minute", 1)
        .set_for_site("content_per_minute", 3)
        .site("2-2", "other")
        .clock(hand.clock())
        .start()
        .await;
    for (tracker_id, key, limit) in [(TRACKER_ID, PRIVATE_KEY, 3), ("2-2", "other", 1)] {
        let site = server.site_with(tracker_id, key);
        for _ in 0..limit {
            write(&site).await.status(201);
        }
        wait(&write(&site).await);
    }
}

#[tokio::test]
async fn searches_of_one_address_are_limited_whatever_it_says_of_itself() {
    let server = TestServer::builder()
        .set("throttle.search_per_address_per_5s", 3)
        .clock(HandClock::new().clock())
        .start()
        .await;
    for n in 0..3 {
        let address = format!("192.0.2.{n}");
        let forwarded = [("x-forwarded-for", &*address)];
        server.ask("GET", SEARCH, &forwarded).await.status(200);
    }
    let forwarded = [("x-forwarded-for", "192.0.2.9")];
    let refused = server.ask("GET", SEARCH, &forwarded).await;
    assert_eq!(wait(&refused), 2);
}

#[tokio::test]
async fn a_trusted_proxy_says_whose_search_it_is() {
    let server = TestServer::builder()
        .set("throttle.search_per_address_per_5s", 1)
        .set("trusted_proxies", r#"["127.0.0.0/8", "10.0.0.1"]"#)
        .clock(HandClock::new().clock())
        .start()
        .await;
    let search = async |forwarded: &str| {
        let forwarded = [("x-forwarded-for", forwarded)];
        server.ask("GET", SEARCH, &forwarded).await.status
    };
    assert_eq!(search("192.0.2.1").await, 200);
    assert_eq!(search("192.0.2.2").await, 200);
    assert_eq!(search("198.51.100.1, 192.0.2.1, 10.0.0.1").await, 429);
    assert_eq!(search("2001:db8::1").await, 200);
    assert_eq!(search("2001:db8::2").await, 429);
}

#[tokio::test]
async fn a_site_has_so_many_requests_at_a_time_and_others_wait_a_moment() {
    let server = TestServer::builder()
        .set("throttle.content_concurrent_max", 1)
        .start()
        .await;
    let site = server.site();
    let mut slow = server.raw().await;
    let signed = site.headers("POST", "/v1/content");
    let lines = signed.map(|(name, value)| format!("{name}: {value}\r\n"));
    let length = NOTHING.len();
    let head = format!(
        "POST /v1/content HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\n\
         content-length: {length}\r\n{}\r\n",
        lines.concat()
    );
    // It has its place when it is asked for its body.
    assert_eq!(slow.exchange(head).await.status, 100);
    assert_eq!(wait(&write(&site).await), 1);

    let waiting = tokio::spawn({
        let site = site.clone();
        async move { write(&site).await }
    });
    assert_eq!(slow.exchange(NOTHING).await.status, 201);
    let waited = waiting.await.expect("the task ends well");
    waited.status(201);
}

#[tokio::test]
async fn without_settings_nobody_is_limited() {
    let server = TestServer::start().await;
    for _ in 0..100 {
        server.get(SEARCH).await.status(200);
    }
    let site = server.site();
    for _ in 0..50 {
        write(&site).await.status(201);
    }
}

/// Each group has its limit, per site and per address, and none uses up another's.
#[tokio::test]
async fn suggestions_are_limited_apart_from_searches() {
    const SUGGESTIONS: [&str; 2] = [
        "/autocomplete/v2?tracker_id=1234-5678&q=a&type=product:1",
        "/autocomplete?tracker_id=1234-5678&q=a&type=product:1",
    ];
    let hand = HandClock::new();
    let server = TestServer::builder()
        .set("throttle.autocomplete_per_minute", 4)
        .set("throttle.search_per_minute", 1)
        .site("2-2", "other")
        .clock(hand.clock())
        .start()
        .await;
    server.get(SEARCH).await.status(200);
    wait(&server.get(SEARCH).await);
    for _ in 0..2 {
        for path in SUGGESTIONS {
            server.get(path).await.status(200);
        }
    }
    for path in SUGGESTIONS {
        let refused = server.get(path).await;
        assert_eq!(wait(&refused), 15);
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    }
    let other = SUGGESTIONS[0].replace("1234-5678", "2-2");
    server.get(&other).await.status(200);
    hand.go_on(15);
    server.get(SUGGESTIONS[1]).await.status(200);
    wait(&server.get(SUGGESTIONS[0]).await);
    drop(server);

    let server = TestServer::builder()
        .set("throttle.autocomplete_per_address_per_5s", 2)
        .set("trusted_proxies", r#"["127.0.0.0/8"]"#)
        .clock(hand.clock())
        .start()
        .await;
    let ask = async |address: &str| {
        let forwarded = [("x-forwarded-for", address)];
        server.ask("GET", SUGGESTIONS[0], &forwarded).await
    };
    for _ in 0..2 {
        ask("192.0.2.1").await.status(200);
    }
    assert_eq!(wait(&ask("192.0.2.1").await), 3);
    ask("192.0.2.2").await.status(200);
    server.get(SEARCH).await.status(200);
}

#[tokio::test]
async fn values_of_facets_and_popular_things_share_the_limit_of_searches() {
    for path in [
        "/v1/facet_value?tracker_id=1234-5678&facets=brand",
        "/v1/top_items?tracker_id=1234-5678&type=product:1",
        "/v1/personalized_top_items?tracker_id=1234-5678&type=product:1&user_id=c1",
        "/v2/trending_queries?tracker_id=1234-5678",
    ] {
        let server = TestServer::builder()
            .set("throttle.search_per_minute", 2)
            .set("throttle.autocomplete_per_minute", 1)
            .clock(HandClock::new().clock())
            .start()
            .await;
        server.get(path).await.status(200);
        server.get(SEARCH).await.status(200);
        let refused = server.get(path).await;
        assert_eq!(wait(&refused), 30, "{path}");
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
        wait(&server.get(SEARCH).await);
    }
}
