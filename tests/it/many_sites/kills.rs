//! `kill -9` while most sites are asleep, and starts with more sites than are awake: what has to be done with a site is
//! done without anybody asking for it.

use serde_json::{Value, json};

use super::{awake, client, figures, id, launch, start, until_awake_are};
use crate::support::{Figures, eventually, product};

const SITES: usize = 6;

/// Writes that were acknowledged and, of all but a few, not yet in their index.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_of_a_site_lacks_after_kill_9_is_made_up_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), SITES, 1);
    let mut server = start(&launched).await;
    for round in 1..=3 {
        for site in 0..SITES {
            let body = json!({"objects": [Value::from(product(&format!("p{round}")))]}).to_string();
            let of_site = client(&server, site);
            let sent = of_site.signed("POST", "/v1/content", body.into_bytes());
            sent.await.ok();
        }
        server.kill();
        server = start(&launched).await;
        // Nobody has asked for any of them.
        let page = figures(&server).await;
        for site in 0..SITES {
            assert_in_step(&page, site);
        }
        until_awake_are(&server, 1).await;
        for site in 0..SITES {
            assert_eq!(
                client(&server, site).search("").await.total(),
                round,
                "{site}"
            );
        }
    }
}

fn assert_in_step(page: &Figures, site: usize) {
    let of = |name| page.value(name, &[("site", &id(site))]);
    let (written, visible) = (
        of("vetrina_sequence_written"),
        of("vetrina_sequence_visible"),
    );
    assert!(
        written > 0.0 && (written - visible).abs() < 0.5,
        "{site}: {visible} of {written}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_more_sites_than_are_awake_opens_none_that_has_nothing_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), SITES, 2);
    let server = start(&launched).await;
    assert_eq!(awake(&server).await, 0, "all of them are empty");
    for site in 0..SITES {
        client(&server, site).replace([product("p")]).await.ok();
    }
    server.stop();
    let server = start(&launched).await;
    let page = figures(&server).await;
    assert_eq!(awake(&server).await, 0);
    for site in 0..SITES {
        let documents = page.value("vetrina_index_documents", &[("site", &id(site))]);
        assert!((documents - 1.0).abs() < 0.5, "{site}: {documents}");
    }
    assert_eq!(client(&server, 3).search("").await.total(), 1);
    assert_eq!(awake(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kill_9_cut_off_goes_on_although_nobody_asks_for_its_site() {
    const OBJECTS: usize = 3_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), SITES, 1);
    let server = start(&launched).await;
    let site = client(&server, 4);
    for batch in 0..3 {
        let objects =
            (0..OBJECTS / 3).map(|at| product(&format!("p{batch}x{at}")).field("sku", "a"));
        site.replace(objects).await.ok();
    }
    let job = site
        .start_update(json!({"sku": "a"}), json!({"new": 1}))
        .await;
    server.kill();
    let server = start(&launched).await;
    eventually("the job to end", async || {
        let of_job = [("site", &*id(4)), ("state", "complete")];
        let complete = figures(&server).await.find("vetrina_jobs", &of_job);
        (complete == Some(1.0)).then_some(())
    })
    .await;
    let site = client(&server, 4);
    assert_eq!(site.ended_job(job).await["updates_count"], OBJECTS);
    assert_eq!(
        site.search("f[]=new:1&size=0").await.total(),
        OBJECTS as u64
    );
}
