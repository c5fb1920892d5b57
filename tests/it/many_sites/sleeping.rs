//! Sites that nobody has used for a while.

use std::time::Duration;

use serde_json::json;

use super::{awake, client, figures, id, launch, send_searches, start, until_awake_are};
use crate::support::{eventually, get, product};

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_fell_asleep_wakes_up_for_every_kind_of_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), 2, 8).setting("STORAGE__SLEEP_AFTER_S", "1");
    let server = start(&launched).await;
    let (first, second) = (client(&server, 0), client(&server, 1));
    first.replace([product("p0"), product("p1")]).await.ok();
    until_awake_are(&server, 0).await;
    assert_eq!(first.search("").await.total(), 2);
    assert_eq!(awake(&server).await, 1);
    until_awake_are(&server, 0).await;
    // Visible as soon as it says so, and what was there before is, too.
    first.replace([product("p2")]).await.ok();
    assert_eq!(first.search("").await.total(), 3);
    until_awake_are(&server, 0).await;
    first.delete([("product", "p0")]).await.status(200);
    until_awake_are(&server, 0).await;
    let exported = first.signed("GET", "/v1/content_export", Vec::new()).await;
    assert_eq!(exported.status(200).json()["total"], 2);
    until_awake_are(&server, 0).await;
    first.commit("product", "of-now").await;
    until_awake_are(&server, 0).await;
    second.search("").await.total();
    // Each of a client of its own: what one client alone typed is shown to nobody.
    send_searches(&server, 0, "tent", 3).await;
    until_awake_are(&server, 0).await;
    let url = format!("{}/v2/trending_queries?tracker_id=100-100", server.base());
    let trending = get(&url).await.status(200).text();
    assert!(trending.contains("tent"), "{trending}");
}

/// The bug: of two sites that were written in turn, where one may be awake, each was closed and opened for every batch.
#[tokio::test(flavor = "multi_thread")]
async fn sites_that_are_written_in_turn_are_not_put_to_sleep_between_their_batches() {
    const ROUNDS: usize = 30;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(&launch(folder.path(), 2, 1)).await;
    let clients = [client(&server, 0), client(&server, 1)];
    for round in 0..ROUNDS {
        for client in &clients {
            client.replace([product(&format!("p{round}"))]).await.ok();
        }
    }
    for client in &clients {
        assert_eq!(client.search("").await.total(), ROUNDS as u64);
    }
    let wakings = figures(&server).await;
    let wakings = wakings.value("vetrina_site_wakings_total", &[]) as usize;
    assert!(wakings < ROUNDS, "{wakings} wakings for {ROUNDS} rounds");
    // Once nobody writes there is room for one again.
    until_awake_are(&server, 1).await;
}

/// The bug: lines of refused objects waited for a writer that had been sent away, and were lost with the server.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_although_the_site_is_sent_to_sleep() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(&launch(folder.path(), 2, 1)).await;
    let (first, second) = (client(&server, 0), client(&server, 1));
    let refuse = async |at: usize| {
        let object =
            json!({"identity": format!("r{at}"), "type": "product", "fields": {"title": ""}});
        first.replace([object]).await.status(400);
    };
    for at in 0..3 {
        refuse(at).await;
    }
    // Another site needs the place of this one, whose writer goes.
    second.search("").await.total();
    until_awake_are(&server, 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for at in 3..12 {
        refuse(at).await;
    }
    let page = format!("{}/browse/sites/{}/refused", server.base(), id(0));
    eventually("all that was refused on the page", async || {
        let page = get(&page).await.status(200).text();
        (0..12)
            .all(|at| page.contains(&format!("r{at}<")))
            .then_some(())
    })
    .await;
}
