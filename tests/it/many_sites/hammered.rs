//! Sites that fall asleep and wake up all the time, under writes and searches of all of them.

use super::{awake, client, launch, start, until_awake_are};
use crate::support::{Chance, SiteClient, product};

const SITES: usize = 8;
const AWAKE_MAX: usize = 2;
const CLIENTS: usize = 8;
const ROUNDS: usize = 25;

/// Each client goes from site to site: writes an object, which it finds, and looks for an earlier one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_clients_on_eight_sites_of_which_two_are_awake_lose_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), SITES, AWAKE_MAX);
    let server = start(&launched).await;
    let hammer = |number: usize| {
        let clients: Vec<SiteClient> = (0..SITES).map(|site| client(&server, site)).collect();
        let mut chance = Chance::new();
        let mut below = |end: usize| chance.below(end as u64) as usize;
        let goes: Vec<(usize, usize)> = (0..ROUNDS)
            .map(|at| (below(SITES), below(at + 1)))
            .collect();
        tokio::spawn(async move {
            let mut written: Vec<(usize, String)> = Vec::new();
            for (round, (site, earlier)) in goes.into_iter().enumerate() {
                let of_site = &clients[site];
                let identity = format!("p{number}x{round}");
                of_site.replace([product(&identity)]).await.ok();
                let query = format!("f[]=identity:{identity}");
                assert_eq!(
                    of_site.search(&query).await.identities(),
                    std::slice::from_ref(&identity)
                );
                written.push((site, identity));
                let (site, identity) = &written[earlier];
                let found = clients[*site]
                    .search(&format!("f[]=identity:{identity}"))
                    .await;
                assert_eq!(found.total(), 1, "{identity} of {site}");
            }
            written
        })
    };
    let hammers: Vec<_> = (0..CLIENTS).map(hammer).collect();
    let mut counts = [0; SITES];
    for hammer in hammers {
        for (site, _) in hammer.await.expect("no client failed") {
            counts[site] += 1;
        }
    }
    assert!(counts.iter().filter(|count| **count > 0).count() > AWAKE_MAX);
    until_awake_are(&server, AWAKE_MAX).await;
    for (site, count) in counts.into_iter().enumerate() {
        let found = client(&server, site).search("size=0").await.total();
        assert_eq!(found, count, "site {site}");
    }
    until_awake_are(&server, AWAKE_MAX).await;
    assert!(awake(&server).await > 0);
    let (status, log) = server.stop();
    assert!(status.success());
    assert!(!log.contains("ERROR"), "{log}");
}
