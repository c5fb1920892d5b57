//! Sites that nobody has used for a while.

use super::{awake, client, launch, send_searches, start, until_awake_are};
use crate::support::{get, product};

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
