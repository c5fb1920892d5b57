//! A cluster that somebody else has started: `OPENSEARCH_URL` says where. Where it is not set, tests skip, loudly; with
//! `VETRINA_REQUIRE_OPENSEARCH` set that is a failure. Each test has indices of its own, which go with it.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{Answer, TestServer, ask, ask_with};

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

    pub(crate) async fn server(&self) -> TestServer {
        TestServer::builder()
            .set("backend", "\"opensearch\"")
            .sections(&self.section())
            .start()
            .await
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
        let url = format!("{}/{}*", self.url, self.prefix);
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
