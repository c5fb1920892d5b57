//! What takes part in the suite. Invariant: a backend starts empty, in a place of its own.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;

use super::Backend;
use super::cluster::Indices;
use super::reference::Reference;
use crate::domain::{
    Clock, Job, JobLook, JobNumber, JobRefusal, JobRequest, RefusedList, RefusedOfRequest, Site,
    TrackerId,
};
use crate::engine::embedded::offline::check;
use crate::engine::embedded::{EmbeddedEngine, EmbeddedSettings};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::stats::EngineStats;
use crate::engine::{Engine, EngineError, Jobs, Lifecycle, Readiness, Refusals};

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
    const COUNTS_EVENTS: bool = false;

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
        let rest = Arc::new(Rest(Arc::clone(&self.catalogs)));
        Engine {
            writes: self.catalogs.clone(),
            reads: self.catalogs.clone(),
            inspection: self.catalogs.clone(),
            refusals: rest.clone(),
            search: self.catalogs.clone(),
            jobs: rest.clone(),
            lifecycle: rest,
            files: None,
            sources: None,
            documents: None,
            events: None,
            affinities: None,
        }
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

/// The doors that the backend has not, so that its cases can be run behind the others. No case comes here that stands under
/// `stored`, but for the sites.
struct Rest(Arc<OpenSearchCatalogs>);

const NO_DOOR: &str = "a door that the backend has not: the case does not belong under `stored`";

#[async_trait]
impl Jobs for Rest {
    async fn submit_job(&self, _: &TrackerId, _: JobRequest) -> Result<JobNumber, EngineError> {
        panic!("{NO_DOOR}")
    }

    async fn job(&self, _: &TrackerId, _: JobNumber) -> Result<Option<Job>, EngineError> {
        panic!("{NO_DOOR}")
    }

    async fn latest_jobs(&self, _: &TrackerId, _: usize) -> Result<Vec<JobLook>, EngineError> {
        panic!("{NO_DOOR}")
    }

    async fn job_refusals(
        &self,
        _: &TrackerId,
        _: JobNumber,
        _: u64,
        _: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        panic!("{NO_DOOR}")
    }
}

#[async_trait]
impl Refusals for Rest {
    fn note_refused(&self, _: &TrackerId, _: RefusedOfRequest) {
        panic!("{NO_DOOR}")
    }

    async fn refused_lately(&self, _: &TrackerId, _: usize) -> Result<RefusedList, EngineError> {
        panic!("{NO_DOOR}")
    }
}

#[async_trait]
impl Lifecycle for Rest {
    async fn open_site(&self, site: Site) {
        self.0.open(site);
    }

    async fn close_site(&self, site: &TrackerId) {
        self.0.close(site).await;
    }

    fn readiness(&self) -> Readiness {
        panic!("{NO_DOOR}")
    }

    async fn stats(&self, _: usize) -> EngineStats {
        panic!("{NO_DOOR}")
    }

    async fn rebuild_index(&self, _: &TrackerId) -> Result<bool, EngineError> {
        panic!("{NO_DOOR}")
    }

    async fn close(&self) {
        panic!("{NO_DOOR}")
    }
}
