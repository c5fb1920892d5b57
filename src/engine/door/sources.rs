//! Rows of product sources, and what is left of them when a source was read to its end.

use async_trait::async_trait;

use super::{EngineError, Refusals, RowsReport};
use crate::domain::{
    SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, TrackerId,
};

/// Sources of a site. Every write returns once it is durable. What is refused of their rows is noted with the rest.
#[async_trait]
pub trait Sources: Refusals {
    /// Takes over what a source says of its rows, and keeps the bookmark, in one step that no crash can
    /// divide. A row that cannot be taken leaves the others as they are. Where the bookmark is not what the new one follows, nothing
    /// is written.
    async fn write_rows(
        &self,
        site: &TrackerId,
        rows: SourceRows,
    ) -> Result<RowsReport, EngineError>;

    /// Whether other servers may read and write these catalogs beside this one.
    fn are_shared(&self) -> bool;

    /// The bookmark of the last [`Self::write_rows`] that had one.
    async fn bookmark(
        &self,
        site: &TrackerId,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError>;

    /// What [`Self::commit_source`] would find now.
    async fn survey_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError>;

    /// Deletes what a full read of a source did not mark, of the types of its rows and of all that was
    /// nested in them, in one step. Returns once the deletions are visible.
    async fn commit_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError>;
}
