//! A cluster that somebody else has started: `OPENSEARCH_URL` says where. Where it is not set, tests skip, loudly; with
//! `VETRINA_REQUIRE_OPENSEARCH` set that is a failure. Each test has indices of its own, which go with it.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{Answer, Launch, TestServer, TestServerBuilder, ask, ask_with};

pub(crate) struct SearchCluster {
    pub(crate) url: String,
    pub(crate) prefix: String,
}

impl SearchCluster {
    /// `None` where there is no cluster.
    pub(crate) fn new() -> Option<Self> {
        let Ok(url) = std::env::var("OPENSEARCH_URL") else {
            let is_required = std::env::var_os("VETRINA_REQUIRE_OPENSEARCH").is_some();
            assert!(!is_required, "OPENSEARCH_URL names no cluster");
            let words =
                "SKIPPED: OPENSEARCH_URL names no cluster (.ci/opensearch/node starts one)\n";
            let _ = std::io::stderr().write_all(words.as_bytes());
            return None;
        };
        Some(Self {
            url,
            prefix: format!("it-{}-", uuid::Uuid::new_v4().simple()),
        })
    }

    /// A configuration that keeps its catalogs here.
    pub(crate) fn section(&self) -> String {
        self.section_at(&self.url)
    }

    /// The same, reached at this address.
    pub(crate) fn section_at(&self, url: &str) -> String {
        format!(
            "[opensearch]\nnodes = [{url:?}]\nprefix = {:?}\nreplicas = 0\nread_timeout_ms = 60000\n",
            self.prefix
        )
    }

    /// A server in this process that keeps its catalogs here.
    pub(crate) fn builder(&self) -> TestServerBuilder {
        TestServer::builder()
            .set("backend", "\"opensearch\"")
            .sections(&self.section())
    }

    pub(crate) async fn server(&self) -> TestServer {
        self.builder().start().await
    }

    /// The real program before this cluster.
    pub(crate) fn launch(&self, data_dir: &Path) -> Launch {
        self.before(Launch::new(data_dir))
    }

    /// What is launched keeps its catalogs here, and waits for nobody who is dead.
    pub(crate) fn before(&self, launch: Launch) -> Launch {
        launch
            .setting("BACKEND", "opensearch")
            .setting("OPENSEARCH__NODES", &format!("[{:?}]", self.url))
            .setting("OPENSEARCH__PREFIX", &self.prefix)
            .setting("OPENSEARCH__REPLICAS", "0")
            .setting("OPENSEARCH__TAKEOVER_AFTER_MS", "500")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        ask("GET", &format!("{}{path}", self.url), &[]).await
    }

    /// Sets or clears (`null`) a block on every index.
    pub(crate) async fn block(&self, set: Value) {
        let url = format!("{}/{}*/_settings", self.url, self.prefix);
        let body = json!({ "index.blocks.read_only_allow_delete": set }).to_string();
        let json = [("content-type", "application/json")];
        ask_with("PUT", &url, &json, body).await.status(200);
    }
}

impl Drop for SearchCluster {
    fn drop(&mut self) {
        remove_indices(&self.url, &self.prefix);
    }
}

/// Takes all indices of a test away, whatever came of it.
pub(crate) fn remove_indices(node: &str, prefix: &str) {
    let url = format!("{node}/{prefix}*");
    let removed = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async { ask("DELETE", &url, &[]).await });
    });
    let _ = removed.join();
}
