//! Three nodes that somebody else has started: `VETRINA_OPENSEARCH_CLUSTER` is the folder that `.ci/opensearch/cluster start` was
//! given, and `OPENSEARCH_NODES` what it printed. Without them tests skip; with `VETRINA_REQUIRE_OPENSEARCH_CLUSTER` set that is a
//! failure.

use std::process::Command;

use serde_json::Value;

use crate::support::{TestServer, ask, eventually, remove_indices};

pub(super) struct Three {
    folder: String,
    nodes: Vec<String>,
    prefix: String,
}

impl Three {
    pub(super) fn new() -> Option<Self> {
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

    pub(super) async fn server(&self) -> TestServer {
        let section = format!(
            "[opensearch]\nnodes = {:?}\nprefix = {:?}\nreplicas = 1\nread_timeout_ms = 10000\ntakeover_after_ms = 5000\n",
            self.nodes, self.prefix
        );
        TestServer::builder()
            .set("backend", "\"opensearch\"")
            .set("limits.write_timeout_ms", 40_000)
            .sections(&section)
            .start()
            .await
    }

    /// Ends a node, or begins it again once the others know that it was gone.
    pub(super) async fn tell(&self, verb: &'static str, node: usize) {
        if verb == "run" {
            let other = 1 + node % 3;
            eventually("a node to be missed", async || {
                let health = self.health(other).await?;
                (health["number_of_nodes"] == 2).then_some(())
            })
            .await;
        }
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
    pub(super) async fn is_whole(&self, asked: usize) {
        eventually("three nodes with all copies", async || {
            let health = self.health(asked).await?;
            (health["number_of_nodes"] == 3 && health["status"] == "green").then_some(())
        })
        .await;
    }
}

impl Drop for Three {
    fn drop(&mut self) {
        remove_indices(&self.nodes[0], &self.prefix);
    }
}
