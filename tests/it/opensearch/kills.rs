//! Servers that are killed in the middle of what they do, and another one that goes on.

use std::time::Duration;

use crate::support::{Launch, SearchCluster, ServerProcess, SiteClient, object};

const ROUNDS: u64 = 8;
const OBJECTS: usize = 120;

/// The real program, before this cluster.
fn launch(cluster: &SearchCluster, data_dir: &std::path::Path) -> ServerProcess {
    let nodes = format!("[{:?}]", cluster.url);
    Launch::new(data_dir)
        .setting("BACKEND", "opensearch")
        .setting("OPENSEARCH__NODES", &nodes)
        .setting("OPENSEARCH__PREFIX", &cluster.prefix)
        .setting("OPENSEARCH__REPLICAS", "0")
        .setting("OPENSEARCH__TAKEOVER_AFTER_MS", "500")
        .start()
}

/// Objects of a type, as they are exported.
async fn count(site: &SiteClient, of_type: &str) -> usize {
    let (mut count, mut path) = (0, format!("/v1/content_export?requested_types={of_type}"));
    loop {
        let page = site.signed("GET", &path, "{}").await.status(200).json();
        count += page["objects"].as_array().expect("a list").len();
        let links = page["links"].as_array().cloned().unwrap_or_default();
        let next = links.iter().find(|link| link["rel"] == "next");
        let Some(next) = next.and_then(|link| link["href"].as_str()) else {
            return count;
        };
        let at = next.find("/v1/").expect("a path of this API");
        next[at..].clone_into(&mut path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_server_is_killed_is_done_whole_or_not_at_all() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heir = launch(&cluster, &folder.path().join("heir"));
    heir.ready().await;
    for round in 0..ROUNDS {
        let of_type = format!("t{round}");
        let upload = |at: usize| if at.is_multiple_of(2) { "g1" } else { "g2" };
        let objects = (0..OBJECTS)
            .map(|at| object(&of_type, &format!("/{round}/{at}")).generation(upload(at)));
        heir.site().replace(objects).await.ok();
        let dies = launch(&cluster, &folder.path().join("dies"));
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
    let heir = launch(&cluster, &folder.path().join("heir"));
    heir.ready().await;
    let mut acknowledged = 0;
    for round in 0..4 {
        let dies = launch(&cluster, &folder.path().join("dies"));
        dies.ready().await;
        let site = dies.site();
        let writing = tokio::spawn(async move {
            for batch in 0.. {
                let name = |at: usize| format!("/{round}/{batch}/{at}");
                let objects = (0..20).map(|at| object("product", &name(at)));
                let done = site.replace(objects).await;
                if done.status != 201 && done.status != 200 {
                    return;
                }
                SENT.fetch_add(20, std::sync::atomic::Ordering::SeqCst);
            }
        });
        tokio::time::sleep(Duration::from_millis(700 + 130 * round)).await;
        dies.kill();
        let _ = writing.await;
        acknowledged = SENT.load(std::sync::atomic::Ordering::SeqCst);
        // This one waits for nobody who is dead.
        heir.site()
            .replace([object("other", &format!("/{round}"))])
            .await
            .ok();
    }
    let there = count(&heir.site(), "product").await;
    assert!(acknowledged > 0);
    // At most the last batch of each was on its way.
    let possible = acknowledged..=acknowledged + 4 * 20;
    assert!(possible.contains(&there), "{there} of {acknowledged}");
}

static SENT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
