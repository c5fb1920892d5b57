//! The data. [`Engine`] is the only door to it; backends live in folders of their own and are named
//! nowhere else but where the server is put together, and by the commands that look after a data folder.

mod analysis;
mod asked;
mod codec;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod conformance;
mod door;
pub mod embedded;
mod events;
mod expand;
mod facets;
mod folder;
pub mod functional_boost;
mod highlight;
mod met_by;
pub mod opensearch;
pub mod plan;
mod queue;
pub mod ranking;
pub mod recommend;
mod refused_notes;
pub mod score;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
pub mod transfer;
mod unseen_texts;
mod words;
mod written;

pub use door::{
    Affinities, Capabilities, CatalogReads, CatalogWrites, Companion, DocumentEdit, DocumentEngine,
    DocumentKey, Documents, Engine, EngineCard, EngineError, Events, Extraction, Files, Inspection,
    Jobs, Lifecycle, Made, PopularItem, PopularQuery, PutMode, QueryReport, Readiness, Refusals,
    ReportedQuery, RowsReport, Search, SearchCapabilities, SiteProblem, Sources, SubmittedDocument,
    Telling, Visibility, WriteReport, WrittenType, stats,
};
pub use events::EventSettings;
