//! Rows of sources, on their way to the writer. Invariant: a bookmark is read only once all rows that it speaks of are there.

use async_trait::async_trait;
use serde::Deserialize;

use super::OpenSearchCatalogs;
use super::site::{Done, OpenSite, Work, bookmark_id, mixed_up};
use crate::domain::{
    SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, TrackerId,
};
use crate::engine::plan::{Encoder, ReadyRows};
use crate::engine::{EngineError, RowsReport, Sources, codec};

/// What a row takes beside the object that it brings.
const ROW_BYTES: usize = 512;

#[derive(Deserialize)]
struct Bookmark {
    bookmark: String,
}

impl OpenSite {
    /// What is kept of a source now.
    pub(super) async fn bookmark(
        &self,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        let alias = self.cluster.names.control();
        let id = bookmark_id(self.tracker(), source);
        let kept = self.cluster.get::<Bookmark>(&alias, &id).await?;
        Ok(kept.map(|(kept, _)| kept.bookmark))
    }
}

#[async_trait]
impl Sources for OpenSearchCatalogs {
    async fn write_rows(
        &self,
        site: &TrackerId,
        rows: SourceRows,
    ) -> Result<RowsReport, EngineError> {
        let site = self.site(site)?;
        let ready = tokio::task::spawn_blocking(move || {
            ReadyRows::new(rows, &mut Encoder::new(codec::encode_hashed))
        });
        let ready = ready.await;
        let ready = ready.map_err(|error| EngineError::Internal {
            context: "rows could not be made ready",
            source: error.into(),
        })?;
        let bytes = ready.content_bytes() + ROW_BYTES * ready.rows.len();
        match site.write(Work::Rows(ready), bytes).await? {
            (Done::Rows(outcomes), visibility) => Ok(RowsReport {
                is_outrun: outcomes.is_none(),
                outcomes: outcomes.unwrap_or_default(),
                visibility,
            }),
            (other, _) => Err(mixed_up(&other)),
        }
    }

    fn are_shared(&self) -> bool {
        true
    }

    async fn bookmark(
        &self,
        site: &TrackerId,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        let site = self.site(site)?;
        site.made().await?;
        site.bookmark(source).await
    }

    async fn survey_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        let site = self.site(site)?;
        let mut moment = site.moment().await?;
        loop {
            let survey = site.survey_source_of(&moment.control, &commit).await?;
            if site.holds(&mut moment).await? {
                return Ok(survey);
            }
        }
    }

    async fn commit_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        let site = self.site(site)?;
        match site.write(Work::CommitSource(commit), ROW_BYTES).await? {
            (Done::CommitSource(outcome), _) => Ok(outcome),
            (other, _) => Err(mixed_up(&other)),
        }
    }
}
