//! Three nodes, of which one is killed or ended while servers write. `VETRINA_OPENSEARCH_CLUSTER` is the folder that
//! `.ci/opensearch/cluster start` was given, and `OPENSEARCH_NODES` what it printed; without them these skip. They run one after the
//! other: `cargo test --test it opensearch::faults -- --test-threads 1`.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{SiteClient, TestServer, ask, eventually, object, product};

struct Three {
    folder: String,
    nodes: Vec<String>,
    prefix: String,
}

impl Three {
    fn new() -> Option<Self> {
        let read = |name| std::env::var(name).ok();
        let Some((folder, nodes)) =
            read("VETRINA_OPENSEARCH_CLUSTER").zip(read("OPENSEARCH_NODES"))
        else {
            let is_required = std::env::var_os("VETRINA_REQUIRE_OPENSEARCH_CLUSTER").is_some();
            assert!(!is_required, "VETRINA_OPENSEARCH_CLUSTER names no cluster");
            eprintln!("SKIPPED: there are no three nodes (.ci/opensearch/cluster starts them)");
            return None;
        };
        Some(Self {
            folder,
            nodes: nodes.split_whitespace().map(str::to_owned).collect(),
            prefix: format!("three-{}-", uuid::Uuid::new_v4().simple()),
        })
    }

    async fn server(&self) -> TestServer {
        let section = format!(
            "[opensearch]\nnodes = {:?}\nprefix = {:?}\nreplicas = 1\nread_timeout_ms = 30000\ntakeover_after_ms = 5000\n",
            self.nodes, self.prefix
        );
        TestServer::builder()
            .set("backend", "\"opensearch\"")
            .set("limits.write_timeout_ms", 120_000)
            .sections(&section)
            .start()
            .await
    }

    async fn tell(&self, verb: &'static str, node: usize) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/opensearch/cluster");
        let (folder, node) = (self.folder.clone(), node.to_string());
        let told = tokio::task::spawn_blocking(move || {
            Command::new(script).args([verb, &folder, &node]).status()
        });
        let told = told.await.expect("it was waited for");
        assert!(told.expect("the script runs").success());
    }

    /// What a node says of all; nothing while it cannot be connected to.
    async fn health(&self, of: usize) -> Option<Value> {
        let url = &self.nodes[of - 1];
        let host = url.strip_prefix("http://").expect("plain HTTP");
        tokio::net::TcpStream::connect(host).await.ok()?;
        let url = format!("{url}/_cluster/health");
        Some(ask("GET", &url, &[]).await.json())
    }

    /// All nodes are there, and all copies are where they belong.
    async fn is_whole(&self, asked: usize) {
        eventually("three nodes with all copies", async || {
            let health = self.health(asked).await?;
            (health["number_of_nodes"] == 3 && health["status"] == "green").then_some(())
        })
        .await;
    }
}

impl Drop for Three {
    fn drop(&mut self) {
        let url = format!("{}/{}*", self.nodes[0], self.prefix);
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async { ask("DELETE", &url, &[]).await });
        });
        let _ = removed.join();
    }
}

/// Writes until it is told to stop; the names of what was acknowledged.
fn writing(
    site: SiteClient,
    by: usize,
    stop: Arc<AtomicBool>,
) -> tokio::task::JoinHandle<Vec<String>> {
    tokio::spawn(async move {
        let mut acknowledged = Vec::new();
        for batch in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let names: Vec<String> = (0..20).map(|at| format!("/{by}/{batch}/{at}")).collect();
            let objects = names.iter().map(|name| product(name));
            if matches!(site.replace(objects).await.status, 200 | 201) {
                acknowledged.extend(names);
            }
        }
        acknowledged
    })
}

/// Names of everything that is exported of a type.
async fn exported(site: &SiteClient, of_type: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut path = format!("/v1/content_export?requested_types={of_type}");
    loop {
        let page = site.signed("GET", &path, "{}").await.status(200).json();
        let objects = page["objects"].as_array().expect("a list");
        names.extend(
            objects
                .iter()
                .filter_map(|one| Some(one["url"].as_str()?.to_owned())),
        );
        let links = page["links"].as_array().cloned().unwrap_or_default();
        let next = links.iter().find(|link| link["rel"] == "next");
        let Some(next) = next.and_then(|link| link["href"].as_str()) else {
            return names;
        };
        let at = next.find("/v1/").expect("a path of this API");
        next[at..].clone_into(&mut path);
    }
}

fn assert_there(there: &BTreeSet<String>, acknowledged: &[String]) {
    let lost: Vec<&String> = acknowledged
        .iter()
        .filter(|name| !there.contains(*name))
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_while_two_servers_write_loses_nothing() {
    let Some(three) = Three::new() else {
        return;
    };
    three.is_whole(1).await;
    let servers = [three.server().await, three.server().await];
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = servers
        .iter()
        .enumerate()
        .map(|(by, server)| writing(server.site(), by, Arc::clone(&stop)))
        .collect();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let killed = Instant::now();
    three.tell("kill", 2).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    // Answers go on meanwhile.
    let seen = exported(&servers[0].site(), "product").await.len();
    three.tell("run", 2).await;
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("the writer ends"));
    }
    eprintln!(
        "{} acknowledged, {seen} seen {:?} after the kill",
        acknowledged.len(),
        killed.elapsed()
    );
    three.is_whole(1).await;
    for server in &servers {
        assert_there(&exported(&server.site(), "product").await, &acknowledged);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_during_a_commit_leaves_it_whole() {
    let Some(three) = Three::new() else {
        return;
    };
    for round in 0..3 {
        three.is_whole(1 + (round + 1) % 3).await;
        let server = three.server().await;
        let (site, of_type) = (server.site(), format!("t{round}"));
        let upload = |at: usize| if at.is_multiple_of(2) { "g1" } else { "g2" };
        for part in 0..4 {
            let objects = (0..250).map(|at| {
                let name = format!("/{round}/{part}/{at}");
                object(&of_type, &name).generation(upload(at))
            });
            site.replace(objects).await.ok();
        }
        let committing = {
            let (site, of_type) = (server.site(), of_type.clone());
            tokio::spawn(async move { site.commit(&of_type, "g2").await.status })
        };
        tokio::time::sleep(Duration::from_millis(30 * round as u64)).await;
        let node = 1 + round % 3;
        three.tell("kill", node).await;
        let told = committing.await.expect("an answer");
        let left = exported(&site, &of_type).await.len();
        assert!([500, 1_000].contains(&left), "{left} are left, told {told}");
        let is_acknowledged = matches!(told, 200 | 201);
        assert!(!is_acknowledged || left == 500, "{left} are left");
        three.tell("run", node).await;
        site.commit(&of_type, "g2").await.ok();
        assert_eq!(exported(&site, &of_type).await.len(), 500);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_of_the_nodes_is_survived_by_a_server_that_writes() {
    let Some(three) = Three::new() else {
        return;
    };
    three.is_whole(1).await;
    let server = three.server().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = writing(server.site(), 0, Arc::clone(&stop));
    for node in 1..=3 {
        three.tell("end", node).await;
        three.tell("run", node).await;
        three.is_whole(1 + node % 3).await;
    }
    stop.store(true, Ordering::SeqCst);
    let acknowledged = writer.await.expect("the writer ends");
    assert!(!acknowledged.is_empty());
    assert_there(&exported(&server.site(), "product").await, &acknowledged);
    server.site().replace([product("/last")]).await.ok();
}
