//! A cluster that somebody else has started, for tests: `OPENSEARCH_URL` says where. Where it is not set they skip, loudly; with
//! `VETRINA_REQUIRE_OPENSEARCH` set that is a failure. Invariant: each has indices of its own, which go with it.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use tempfile::TempDir;
use uuid::Uuid;

use crate::domain::{Clock, Site};
use crate::engine::EventSettings;
use crate::engine::opensearch::client::ClientSettings;
use crate::engine::opensearch::{CountedEvents, OpenSearchCatalogs, OpenSearchSettings};

/// A place for indices.
pub(in crate::engine) struct Indices {
    url: Url,
    prefix: String,
    /// Where processes count events.
    folder: TempDir,
}

impl Indices {
    /// `None` where there is no cluster.
    pub(in crate::engine) fn new() -> Option<Self> {
        let Some(url) = std::env::var_os("OPENSEARCH_URL") else {
            let is_required = std::env::var_os("VETRINA_REQUIRE_OPENSEARCH").is_some();
            assert!(!is_required, "OPENSEARCH_URL names no cluster");
            // Past the harness, which keeps to itself what a passing test prints.
            let words =
                "SKIPPED: OPENSEARCH_URL names no cluster (.ci/opensearch/node starts one)\n";
            let _ = std::io::stderr().write_all(words.as_bytes());
            return None;
        };
        let url = url.to_str().and_then(|url| Url::parse(url).ok());
        Some(Self {
            url: url.expect("OPENSEARCH_URL is a URL"),
            prefix: format!("test-{}-", Uuid::new_v4().simple()),
            folder: tempfile::tempdir().expect("a temporary folder"),
        })
    }

    /// How a process reaches them.
    pub(in crate::engine) fn settings(&self) -> OpenSearchSettings {
        let client = ClientSettings {
            // A loaded machine is no reason to fail.
            read_timeout: Duration::from_secs(60),
            read_budget: Duration::from_secs(60),
            ..ClientSettings::of_nodes(vec![self.url.clone()])
        };
        OpenSearchSettings {
            prefix: self.prefix.clone(),
            replicas: 0,
            events: Some(CountedEvents {
                settings: EventSettings::default(),
                folder: self.folder.path().to_owned(),
                disk_reserve_bytes: 0,
            }),
            fetch_files: true,
            ..OpenSearchSettings::of(client)
        }
    }

    /// One process of this server more.
    pub(in crate::engine) fn process(
        &self,
        sites: Vec<Site>,
        clock: Clock,
    ) -> Arc<OpenSearchCatalogs> {
        Arc::new(OpenSearchCatalogs::new(self.settings(), sites, clock).unwrap())
    }
}

impl Drop for Indices {
    fn drop(&mut self) {
        let Ok(url) = self.url.join(&format!("{}*", self.prefix)) else {
            return;
        };
        // Beside the runtime of the test, which is in the middle of something.
        let removed = std::thread::spawn(move || {
            // A test that has failed early has had no client yet.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else {
                return;
            };
            let _ = runtime.block_on(async { reqwest::Client::new().delete(url).send().await });
        });
        let _ = removed.join();
    }
}
