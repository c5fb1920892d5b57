//! Rows of sources on their way to the writer: everything that needs no store is done before.

use async_trait::async_trait;

use crate::domain::{
    RowState, SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, TrackerId,
};
use crate::engine::embedded::batch::prepare;
use crate::engine::embedded::catalog::{Input, Request, kept, overloaded, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store;
use crate::engine::plan::{Element, ReadyRow, ReadyRows};
use crate::engine::{EngineError, Extraction, RowsReport, Sources};

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
        let prepared = tokio::task::spawn_blocking(move || prepare(rows))
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

fn prepare(rows: SourceRows) -> ReadyRows {
    let mut encoder = prepare::encoder();
    let mut ready = |state| match state {
        RowState::Is(object) => {
            ReadyRow::Is(Element::sent(*object, Extraction::Extract, &mut encoder))
        }
        RowState::Stays => ReadyRow::Stays,
        RowState::Gone => ReadyRow::Gone,
    };
    let prepared = rows.rows.into_iter();
    let prepared = prepared.map(|row| (row.key, ready(row.state))).collect();
    ReadyRows {
        source: rows.source,
        generation: rows.generation,
        rows: prepared,
        bookmark: rows.bookmark,
    }
}

impl Input for ReadyRows {
    fn edits(&self) -> usize {
        self.rows.len()
    }

    fn bytes(&self) -> usize {
        let rows = self.rows.iter().map(|(key, row)| {
            let object = match row {
                ReadyRow::Is(element) => element.bytes(),
                ReadyRow::Stays | ReadyRow::Gone => 0,
            };
            size_of::<(String, ReadyRow)>() + key.len() + object
        });
        rows.sum::<usize>() + self.bookmark.as_ref().map_or(0, |kept| kept.text.len())
    }
}
