//! What takes part in the suite. Invariant: a backend starts empty, in a place of its own.

use std::sync::Arc;

use tempfile::TempDir;

use super::Backend;
use super::cluster::Indices;
use super::reference::Reference;
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::Engine;
use crate::engine::embedded::offline::check;
use crate::engine::embedded::{EmbeddedEngine, EmbeddedSettings};
use crate::engine::opensearch::OpenSearchCatalogs;

pub(super) struct Embedded {
    engine: Arc<EmbeddedEngine>,
    data: TempDir,
}

impl Embedded {
    fn open(data: TempDir, sites: Vec<Site>, clock: Clock) -> Self {
        let settings = EmbeddedSettings {
            disk_reserve_bytes: 0,
            fetch_files: true,
            // The least an index writer takes: these catalogs are small.
            index_memory_bytes: 16 << 20,
            // A loaded machine is no reason to fail.
            search_timeout_ms: 60_000,
            ..EmbeddedSettings::default()
        };
        let engine = EmbeddedEngine::open(data.path(), sites, settings, clock).unwrap();
        Self {
            engine: Arc::new(engine),
            data,
        }
    }
}

impl Backend for Embedded {
    const COUNTS_EVENTS: bool = true;

    fn start(sites: Vec<Site>, clock: Clock) -> Self {
        Self::open(tempfile::tempdir().unwrap(), sites, clock)
    }

    fn doors(&self) -> Engine {
        self.engine.doors()
    }

    fn restart(self, sites: Vec<Site>, clock: Clock) -> Self {
        let Self { engine, data } = self;
        drop(engine);
        Self::open(data, sites, clock)
    }

    fn faults(&self, site: &TrackerId) -> Vec<String> {
        let report = check::check(self.data.path(), site).unwrap();
        report.findings.listed
    }
}

/// The reference keeps what it has in memory, so a restart leaves it as it is.
pub(super) struct InMemory(Arc<Reference>);

impl InMemory {
    pub(super) fn reference(&self) -> &Reference {
        &self.0
    }
}

impl Backend for InMemory {
    const COUNTS_EVENTS: bool = false;

    fn start(sites: Vec<Site>, clock: Clock) -> Self {
        Self(Arc::new(Reference::new(sites, clock)))
    }

    fn doors(&self) -> Engine {
        self.0.doors()
    }

    fn restart(self, _: Vec<Site>, _: Clock) -> Self {
        self
    }

    fn faults(&self, _: &TrackerId) -> Vec<String> {
        Vec::new()
    }
}

/// A process of its own before a cluster, and after a restart another one.
pub(super) struct OpenSearch {
    catalogs: Arc<OpenSearchCatalogs>,
    indices: Indices,
}

impl Backend for OpenSearch {
    const COUNTS_EVENTS: bool = true;

    fn is_there() -> bool {
        Indices::new().is_some()
    }

    fn start(sites: Vec<Site>, clock: Clock) -> Self {
        let indices = Indices::new().unwrap();
        Self {
            catalogs: indices.process(sites, clock),
            indices,
        }
    }

    fn doors(&self) -> Engine {
        self.catalogs.doors()
    }

    fn restart(self, sites: Vec<Site>, clock: Clock) -> Self {
        let Self { catalogs, indices } = self;
        drop(catalogs);
        Self {
            catalogs: indices.process(sites, clock),
            indices,
        }
    }

    /// Nothing looks through a cluster for faults yet.
    fn faults(&self, _: &TrackerId) -> Vec<String> {
        Vec::new()
    }
}
