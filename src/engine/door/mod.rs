//! What the rest of the program may ask of the data. Each caller takes the part it needs; a backend offers
//! them as one [`Engine`], and what it has not is known at the start. Every method may be called from any task
//! at any time.

mod affinities;
mod catalog;
mod documents;
mod error;
mod events;
mod files;
mod inspection;
mod jobs;
mod lifecycle;
mod refusals;
mod search;
mod sources;
pub mod stats;

use std::sync::Arc;

pub use affinities::{Affinities, Companion};
pub use catalog::{CatalogReads, CatalogWrites, Extraction};
pub use documents::{
    DocumentEdit, DocumentEngine, DocumentKey, Documents, EngineCard, Made, PutMode,
    SubmittedDocument, WrittenType,
};
pub use error::EngineError;
pub use events::{Events, PopularItem, PopularQuery, QueryReport, ReportedQuery, Telling};
pub use files::Files;
pub use inspection::Inspection;
pub use jobs::Jobs;
pub use lifecycle::{Lifecycle, Readiness, SiteProblem};
pub use refusals::Refusals;
pub use search::{Search, SearchCapabilities};
pub use sources::Sources;

use crate::domain::{Outcome, RowOutcome};

/// A backend, by what it can do.
#[derive(Clone)]
pub struct Engine {
    pub writes: Arc<dyn CatalogWrites>,
    pub reads: Arc<dyn CatalogReads>,
    pub inspection: Arc<dyn Inspection>,
    pub refusals: Arc<dyn Refusals>,
    pub search: Arc<dyn Search>,
    pub jobs: Arc<dyn Jobs>,
    pub lifecycle: Arc<dyn Lifecycle>,
    /// `None` where the backend keeps no files.
    pub files: Option<Arc<dyn Files>>,
    /// `None` where the backend keeps no rows of sources.
    pub sources: Option<Arc<dyn Sources>>,
    /// `None` where the backend has no documents with declared types.
    pub documents: Option<Documents>,
    /// `None` where the backend counts no events.
    pub events: Option<Arc<dyn Events>>,
    /// `None` where the backend makes nothing of events.
    pub affinities: Option<Arc<dyn Affinities>>,
}

/// What not every backend can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is there or not, whatever the others are"
)]
pub struct Capabilities {
    pub product_sync: bool,
    pub documents: bool,
    pub events: bool,
    pub files: bool,
}

impl Engine {
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            product_sync: self.sources.is_some(),
            documents: self.documents.is_some(),
            events: self.events.is_some(),
            files: self.files.is_some(),
        }
    }
}

/// From when on a write can be found: what it was answered with, to be handed back to
/// [`CatalogWrites::wait_visible`] and read by nobody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visibility(u64);

impl Visibility {
    /// Later writes of a site have greater numbers.
    pub(crate) fn at(number: u64) -> Self {
        Self(number)
    }

    pub(in crate::engine) fn number(self) -> u64 {
        self.0
    }
}

/// What became of a batch: one outcome per object, in order. All applied ones are durable.
#[derive(Debug)]
pub struct WriteReport {
    pub outcomes: Vec<Outcome>,
    pub visibility: Visibility,
}

/// What became of rows of a source: one outcome per row, in order. All of it is durable.
#[derive(Debug)]
pub struct RowsReport {
    pub outcomes: Vec<RowOutcome>,
    /// Somebody else has read the source since: nothing was written.
    pub is_outrun: bool,
    pub visibility: Visibility,
}
