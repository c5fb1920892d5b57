//! Servers that are killed in the middle of what they do, and another one that goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use super::changes::names;
use crate::support::{SearchCluster, SiteClient, object};

const ROUNDS: u64 = 8;
const OBJECTS: usize = 120;

/// Objects of a type, as they are exported.
async fn count(site: &SiteClient, of_type: &str) -> usize {
    names(site, of_type).await.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_server_is_killed_is_done_whole_or_not_at_all() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heir = cluster.launch(&folder.path().join("heir")).start();
    heir.ready().await;
    for round in 0..ROUNDS {
        let of_type = format!("t{round}");
        let upload = |at: usize| if at.is_multiple_of(2) { "g1" } else { "g2" };
        let objects = (0..OBJECTS)
            .map(|at| object(&of_type, &format!("/{round}/{at}")).generation(upload(at)));
        heir.site().replace(objects).await.ok();
        let dies = cluster.launch(&folder.path().join("dies")).start();
        dies.ready().await;
        let (site, named) = (dies.site(), of_type.clone());
        let commit = tokio::spawn(async move { site.commit(&named, "g2").await });
        tokio::time::sleep(Duration::from_millis(9 * round)).await;
        dies.kill();
        // Nobody was told how it ended, or it was done.
        let told = commit.await.map(|answer| answer.status);
        let left = count(&heir.site(), &of_type).await;
        let is_whole = left == OBJECTS || left == OBJECTS / 2;
        assert!(is_whole, "{left} of {OBJECTS} in round {round}, {told:?}");
        if told.is_ok_and(|status| matches!(status, 200 | 201)) {
            assert_eq!(left, OBJECTS / 2, "it was acknowledged");
        }
        heir.site().commit(&of_type, "g2").await.ok();
        assert_eq!(count(&heir.site(), &of_type).await, OBJECTS / 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_acknowledged_is_there() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heir = cluster.launch(&folder.path().join("heir")).start();
    heir.ready().await;
    let (mut acknowledged, mut in_doubt) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..4 {
        let dies = cluster.launch(&folder.path().join("dies")).start();
        dies.ready().await;
        let (sent, mut answered) = tokio::sync::mpsc::unbounded_channel();
        let site = dies.site();
        let writing = tokio::spawn(async move {
            for batch in 0.. {
                let names: Vec<String> =
                    (0..20).map(|at| format!("/{round}/{batch}/{at}")).collect();
                let objects = names.iter().map(|name| object("product", name));
                let _ = sent.send((names.clone(), false));
                // Dead, it answers nobody, and this ends here.
                if !matches!(site.replace(objects).await.status, 200 | 201) {
                    return;
                }
                let _ = sent.send((names, true));
            }
        });
        tokio::time::sleep(Duration::from_millis(700 + 130 * round)).await;
        dies.kill();
        let _ = writing.await;
        while let Some((names, is_done)) = answered.recv().await {
            let names_of = if is_done {
                &mut acknowledged
            } else {
                &mut in_doubt
            };
            names_of.extend(names);
        }
        // This one waits for nobody who is dead.
        heir.site()
            .replace([object("other", &format!("/{round}"))])
            .await
            .ok();
    }
    let there = names(&heir.site(), "product").await;
    assert!(!acknowledged.is_empty());
    let lost: Vec<&String> = acknowledged.difference(&there).collect();
    assert!(
        lost.is_empty(),
        "{lost:?} of {} are lost",
        acknowledged.len()
    );
    let odd: Vec<&String> = there.difference(&in_doubt).collect();
    assert!(odd.is_empty(), "nobody sent {odd:?}");
}
