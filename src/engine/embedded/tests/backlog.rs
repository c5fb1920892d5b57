//! Many sites that are written faster than their indexes follow.

use super::*;
use crate::engine::embedded::catalog::BACKLOG_MAX;
use crate::engine::embedded::follow::indexing;
use crate::engine::queue::Put;

const SITES: usize = 4;
/// A site alone waits for nothing with so many.
const OBJECTS: usize = BACKLOG_MAX / SITES;
/// Longer than a write takes, and shorter than anybody waits for a site that is stuck.
const WHILE: Duration = Duration::from_millis(300);

async fn write(shop: &Shop, of_site: &TrackerId, from: usize, count: usize) {
    let objects = (from..from + count).map(|at| product(&format!("p{at}"), "Door"));
    let objects = objects.map(|object| shop.submitted(object)).collect();
    let report = shop
        .engine
        .replace(of_site, objects, Extraction::Extract)
        .await;
    assert!(all_applied(&report.unwrap()));
}

/// The bug: each site kept to its own bound, and what all of them had written was found a minute later.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_while_the_indexes_of_all_sites_are_behind() {
    let shop = Arc::new(Shop::open());
    let sites: Vec<TrackerId> = (0..=SITES).map(|at| tracker(&format!("s{at}"))).collect();
    for of_site in &sites {
        shop.engine.open_site(site_of(of_site.as_str())).await;
        // Nobody follows the store until the place is given to who does.
        let catalog = shop.engine.catalog(of_site).unwrap();
        assert_eq!(catalog.groups.claim(), Put::NeedsWorker);
    }
    for of_site in &sites[1..] {
        for from in (0..OBJECTS).step_by(500) {
            write(&shop, of_site, from, 500).await;
        }
    }
    let waits = tokio::spawn({
        let (shop, first) = (Arc::clone(&shop), sites[0].clone());
        async move { write(&shop, &first, 0, 100).await }
    });
    tokio::time::sleep(WHILE).await;
    assert!(!waits.is_finished());
    indexing::start(&shop.engine.catalog(&sites[1]).unwrap());
    waits.await.unwrap();
    for of_site in &sites {
        let catalog = shop.engine.catalog(of_site).unwrap();
        if *of_site != sites[1] {
            indexing::start(&catalog);
        }
    }
}
