//! Pages and their links.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;
use vetrina::domain::{Clock, Timestamp};

use super::{PATH, all, next, page, urls};
use crate::support::{TestServer, article, product};

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let server = TestServer::start().await;
    let site = server.site();
    let names: Vec<String> = (0..7).map(|n| format!("p{n}")).collect();
    site.replace(names.iter().map(|name| product(name)))
        .await
        .ok();
    let first = page(&site, "?size=3").await.json();
    assert_eq!(first["total"], 7);
    assert_eq!(first["objects"].as_array().map(Vec::len), Some(3));
    let second = page(&site, &next(&first).expect("more")).await.json();
    assert_eq!(second["total"], 7);
    assert_eq!(second["objects"].as_array().map(Vec::len), Some(3));
    let third = page(&site, &next(&second).expect("more")).await.json();
    assert_eq!(third["objects"].as_array().map(Vec::len), Some(1));
    assert_eq!(next(&third), None);
    assert_eq!(urls(&all(&site, "?size=3").await), names);
    // A page that ends with the last object has no next one.
    let whole = page(&site, "?size=7").await.json();
    assert_eq!(next(&whole), None);
}

#[tokio::test]
async fn a_page_has_300_objects_unless_asked_and_500_at_most() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace((0..600).map(|n| product(&format!("p{n}"))))
        .await
        .ok();
    for (query, expected) in [
        ("", 300),
        ("?size=501", 500),
        ("?size=0", 300),
        ("?size=x", 300),
    ] {
        let page = page(&site, query).await.status(200).json();
        assert_eq!(
            page["objects"].as_array().map(Vec::len),
            Some(expected),
            "{query}"
        );
        assert!(next(&page).is_some());
    }
    assert_eq!(all(&site, "?size=100000").await.len(), 600);
}

#[tokio::test]
async fn an_empty_catalog_is_one_page() {
    let server = TestServer::start().await;
    let answer = page(&server.site(), "").await.status(200);
    assert_eq!(
        answer.json(),
        json!({"total": 0, "objects": [], "links": []})
    );
}

#[tokio::test]
async fn choices_hold_for_every_page() {
    let server = TestServer::start().await;
    let site = server.site();
    for n in 0..5 {
        let (product, article) = (product(&format!("p{n}")), article(&format!("a{n}")));
        site.replace([product.field("x", n), article]).await.ok();
    }
    let objects = all(&site, "?requested_types=product&hit_fields=x&size=2").await;
    assert_eq!(urls(&objects), ["p0", "p1", "p2", "p3", "p4"]);
    for (n, object) in objects.iter().enumerate() {
        assert_eq!(
            object["attributes"],
            json!({"title": format!("p{n}"), "x": [n]})
        );
    }
}

#[tokio::test]
async fn a_link_is_good_for_ten_minutes() {
    // Signatures are dated by the machine's clock, so the server's may go ahead no more than a minute
    // for each request; the date tolerance makes room for ten.
    let ahead_ms = Arc::new(AtomicI64::new(0));
    let clock = {
        let (system, ahead_ms) = (Clock::system(), Arc::clone(&ahead_ms));
        Clock::new(move || {
            Timestamp::from_millis(system.now().as_millis() + ahead_ms.load(Ordering::SeqCst))
        })
    };
    let server = TestServer::builder()
        .set("date_tolerance_s", 900)
        .clock(clock)
        .start()
        .await;
    let site = server.site();
    site.replace([product("p1"), product("p2")]).await.ok();
    let link = next(&page(&site, "?size=1").await.json()).expect("more");
    ahead_ms.store(590_000, Ordering::SeqCst);
    page(&site, &link).await.status(200);
    ahead_ms.store(601_000, Ordering::SeqCst);
    let expired = page(&site, &link).await.status(400);
    assert_eq!(expired.json(), json!({"error": "cursor expired"}));
    let unreadable = page(&site, "?cursor=abc").await.status(400);
    assert_eq!(unreadable.json(), json!({"error": "cursor is not valid"}));
}

#[tokio::test]
async fn only_who_may_can_export() {
    let server = TestServer::start().await;
    let unsigned = server.get(PATH).await.status(401);
    assert_eq!(unsigned.json()["reason"], "missing_authorization");
    let posted = server.site().signed("POST", PATH, "{}").await.status(405);
    assert!(
        posted
            .header("allow")
            .is_some_and(|allow| allow.contains("GET"))
    );
    let server = TestServer::builder()
        .set_for_site("api_allowed", false)
        .start()
        .await;
    let refused = page(&server.site(), "").await.status(403);
    assert_eq!(refused.json(), json!({"error": "API not allowed"}));
}

#[tokio::test]
async fn links_lead_where_the_server_is_reached() {
    let server = TestServer::builder()
        .set("public_url", "\"https://search.example.com/api\"")
        .start()
        .await;
    let site = server.site();
    site.replace([product("p1"), product("p2")]).await.ok();
    let page = page(&site, "?size=1").await.json();
    let href = page["links"][0]["href"].as_str().expect("an address");
    assert!(
        href.starts_with("https://search.example.com/api/v1/content_export?cursor="),
        "{href}"
    );
}

/// Some objects come, some go, some change all the time; those that stay are exported once each.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_throughout_is_exported_once_whatever_is_written() {
    const STAYING: usize = 400;
    let server = TestServer::start().await;
    let site = server.site();
    site.replace((0..STAYING).map(|n| product(&format!("s{n}")).field("round", 0)))
        .await
        .ok();
    site.replace((0..200).map(|n| product(&format!("g{n}"))))
        .await
        .ok();
    let writing = {
        let site = site.clone();
        tokio::spawn(async move {
            for round in 1..=8 {
                let rewritten = (0..STAYING).rev().step_by(3);
                let rewritten = rewritten.map(|n| product(&format!("s{n}")).field("round", round));
                let new = (0..20).map(|n| product(&format!("n{round}-{n}")));
                site.replace(rewritten.chain(new)).await.ok();
                let gone = (0..25).map(|n| format!("g{}", (round - 1) * 25 + n));
                let gone = gone.map(|name| json!({"identity": name, "type": "product"}));
                let body = json!({"objects": gone.collect::<Vec<_>>()}).to_string();
                site.signed("DELETE", "/v1/content", body).await.ok();
            }
        })
    };
    let mut exports = 0;
    while exports < 2 || !writing.is_finished() {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for object in all(&site, "?size=17&hit_fields=round").await {
            let url = object["url"].as_str().expect("a url");
            *counts.entry(url.to_owned()).or_default() += 1;
        }
        for n in 0..STAYING {
            assert_eq!(counts.get(&format!("s{n}")), Some(&1), "s{n}");
        }
        exports += 1;
    }
    writing.await.expect("the writer ends well");
}
