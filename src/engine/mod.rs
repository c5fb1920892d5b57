//! The data. [`Engine`] is the only door to it; backends live in folders of their own and are named
//! nowhere else but where the server is put together.

mod analysis;
mod documents;
pub mod embedded;
mod error;
pub mod figures;
pub mod functional_boost;
pub mod plan;
pub mod ranking;
pub mod score;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;

pub use documents::{
    DocumentEdit, DocumentEngine, DocumentKey, Documents, EngineCard, Made, PutMode,
    SubmittedDocument, WrittenType,
};
pub use error::EngineError;
use figures::EngineFigures;
pub use settings::EngineSettings;

use crate::domain::{
    CommitOutcome, Fingerprint, GenerationCommit, Job, JobNumber, JobRefusal, JobRequest,
    ObjectKey, ObjectPatch, Outcome, RowOutcome, Scan, ScanPage, Scope, SearchQuery, SearchResults,
    Site, SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, Submission,
    TrackerId,
};

/// Position in the order of writes of one site. A write is visible once its sequence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(pub u64);

/// What became of a batch: one outcome per object, in order. All applied ones are durable.
#[derive(Debug)]
pub struct WriteReport {
    pub outcomes: Vec<Outcome>,
    pub sequence: Sequence,
}

/// What became of rows of a source: one outcome per row, in order. All of it is durable.
#[derive(Debug)]
pub struct RowsReport {
    pub outcomes: Vec<RowOutcome>,
    pub sequence: Sequence,
}

/// Whether nested objects become standalone ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Extraction {
    #[default]
    Extract,
    Leave,
}

/// Why a site is not fully served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteProblem {
    pub site: TrackerId,
    pub reason: String,
}

/// State of the engine as an operator asks for it.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// Sites that answer searches.
    pub serving: usize,
    /// Sites that refuse writes or searches.
    pub problems: Vec<SiteProblem>,
}

/// Every method may be called from any task at any time. Writes return once durable.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Creates or replaces whole objects, and what is nested in them.
    async fn replace(
        &self,
        site: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError>;

    /// Whether an object sent in these words may be handed to [`Engine::replace`] unread, which saves
    /// most of its work when nothing changed. Never wrong to ask, or to read the object all the same.
    fn remembers(&self, _fingerprint: Fingerprint, _extraction: Extraction) -> bool {
        false
    }

    /// Changes parts of existing objects.
    async fn patch(
        &self,
        site: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError>;

    async fn delete(
        &self,
        site: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError>;

    /// Deletes every object of the type that the upload did not mark, in one step that no crash can
    /// divide. Returns once the deletions are visible.
    async fn commit_generation(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError>;

    /// Returns once everything up to `sequence` can be found.
    async fn wait_visible(&self, site: &TrackerId, sequence: Sequence) -> Result<(), EngineError>;

    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError>;

    /// Queues work that is done after this returns; what it returns is the job's number. The job is
    /// durable then: a restart goes on with it.
    async fn submit_job(
        &self,
        site: &TrackerId,
        request: JobRequest,
    ) -> Result<JobNumber, EngineError>;

    /// `None` for a number that was not given, or that was given long ago: jobs are forgotten seven
    /// days after their end.
    async fn job(&self, site: &TrackerId, number: JobNumber) -> Result<Option<Job>, EngineError>;

    /// What a job could not change: the refusals behind position `after`, in order, at most `limit`.
    async fn job_refusals(
        &self,
        site: &TrackerId,
        number: JobNumber,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JobRefusal>, EngineError>;

    /// One page of the catalog as it lies in the store: what was acknowledged is in it.
    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError>;

    /// How many objects a scan of everything would meet now.
    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError>;

    /// Takes over what a source says of its rows, and keeps the bookmark, in one step that no crash can
    /// divide. A row that cannot be taken leaves the others as they are.
    async fn write_rows(
        &self,
        _site: &TrackerId,
        _rows: SourceRows,
    ) -> Result<RowsReport, EngineError> {
        Err(no_sources())
    }

    /// The bookmark of the last [`Engine::write_rows`] that had one.
    async fn bookmark(
        &self,
        _site: &TrackerId,
        _source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        Err(no_sources())
    }

    /// What [`Engine::commit_source`] would find now.
    async fn survey_source(
        &self,
        _site: &TrackerId,
        _commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        Err(no_sources())
    }

    /// Deletes what a full read of a source did not mark, of the types of its rows and of all that was
    /// nested in them, in one step. Returns once the deletions are visible.
    async fn commit_source(
        &self,
        _site: &TrackerId,
        _commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        Err(no_sources())
    }

    /// Serves one more site, making its catalog when there is none, and returns when it is current. A
    /// site that is served already gets these settings, without a search or write that fails for it.
    /// A site that cannot be opened is told by [`Engine::readiness`]; opening it again tries again.
    async fn open_site(&self, site: Site);

    /// Serves a site no more. Returns when what was acknowledged is indexed and its catalog closed.
    async fn close_site(&self, site: &TrackerId);

    /// The same data as documents with declared types; `None` where the backend has none.
    fn documents(self: Arc<Self>) -> Option<Documents> {
        None
    }

    fn readiness(&self) -> Readiness;

    /// How the engine is doing; of the first `sites_max` sites by id, each on its own.
    async fn figures(&self, _sites_max: usize) -> EngineFigures {
        EngineFigures::default()
    }

    /// Ends background work: everything acknowledged is indexed and closed.
    async fn close(&self);
}

/// What a backend says that keeps no rows of sources.
fn no_sources() -> EngineError {
    EngineError::Unavailable {
        reason: "product sync is not available in this backend".to_owned(),
        retry_after_s: 60,
    }
}
