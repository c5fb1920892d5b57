//! Rows of sources on their way to the writer: everything that needs no store is done before.

use async_trait::async_trait;

use crate::domain::{
    SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, TrackerId,
};
use crate::engine::embedded::batch::prepare;
use crate::engine::embedded::catalog::{Input, Request, kept, overloaded, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store;
use crate::engine::plan::{ReadyRow, ReadyRows};
use crate::engine::{EngineError, RowsReport, Sources};

#[async_trait]
impl Sources for EmbeddedEngine {
    async fn write_rows(
        &self,
        site: &TrackerId,
        rows: SourceRows,
    ) -> Result<RowsReport, EngineError> {
        let catalog = self.catalog(site)?;
        if !catalog.requests.would_take(0) {
            return Err(overloaded());
        }
        let turn = self.preparing.acquire().await;
        let prepared =
            tokio::task::spawn_blocking(move || ReadyRows::new(rows, &mut prepare::encoder()))
                .await
                .map_err(|error| internal("rows could not be made ready", error))?;
        drop(turn);
        let (request, promise) = Request::task_on(prepared, |batch, rows| batch.write_rows(&rows));
        submit(&catalog, request)?;
        let (outcomes, sequence) = kept(promise).await?;
        Ok(RowsReport {
            is_outrun: outcomes.is_none(),
            outcomes: outcomes.unwrap_or_default(),
            visibility: sequence.into(),
        })
    }

    fn are_shared(&self) -> bool {
        false
    }

    async fn bookmark(
        &self,
        site: &TrackerId,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        let source = source.clone();
        self.read_store(site, move |store| store::sources::bookmark(store, &source))
            .await
    }

    async fn survey_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        self.read_store(site, move |store| store::sources::survey(store, &commit))
            .await
    }

    async fn commit_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        let catalog = self.catalog(site)?;
        let (request, promise) = Request::task(move |batch| batch.commit_source(&commit));
        submit(&catalog, request)?;
        let (outcome, sequence) = kept(promise).await?;
        catalog.wait_visible(sequence).await?;
        Ok(outcome)
    }
}

impl Input for ReadyRows {
    fn edits(&self) -> usize {
        self.rows.len()
    }

    fn bytes(&self) -> usize {
        let bookmark = self.bookmark.as_ref().map_or(0, |kept| kept.text.len());
        self.content_bytes() + self.rows.len() * size_of::<(String, ReadyRow)>() + bookmark
    }
}
