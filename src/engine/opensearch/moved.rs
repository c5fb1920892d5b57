//! A catalog that goes to another backend or comes from there. Invariant: it is told as it was acknowledged; what comes is written by
//! the writer of the site, like everything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::OpenSearchCatalogs;
use super::control::Control;
use super::kept_documents::{self, Clicks};
use super::layout::document::Kept;
use super::site::{Done, KeptWork, OpenSite, Work};
use crate::domain::{
    Identity, JobLook, JobNumber, JobRefusal, ObjectType, Outcome, Scan, ScanPosition, Schema,
    Scope, SourceName, Timestamp, TrackerId,
};
use crate::engine::transfer::{
    Beside, Given, KeptJobs, KeptObject, KeptPage, KeptReceipt, MovedFrom, MovedTo, ReceiptPage,
    RefusedUploadNote,
};
use crate::engine::{DocumentEngine, EngineError, Jobs, Sources};

/// What an object takes beside what it holds, while it waits.
const OBJECT_BYTES: usize = 512;
/// Blocks of receipts that are read at once.
const RECEIPT_BLOCKS: u64 = 32;
/// Jobs, and refusals of one, that are read at once.
const JOBS_READ_MAX: usize = 500;
const REFUSALS_PAGE: usize = 10_000;
/// Days of clicks that are read at once.
const DAYS_READ_MAX: usize = 500;

#[async_trait]
impl MovedFrom for OpenSearchCatalogs {
    async fn kept_objects(
        &self,
        site: &TrackerId,
        after: u64,
        limit: usize,
    ) -> Result<KeptPage, EngineError> {
        let scan = Scan {
            scope: Scope::default(),
            after: ScanPosition(after),
            limit,
        };
        let (kept, next) = self.site(site)?.kept_page(&scan).await?;
        Ok(KeptPage {
            objects: kept.iter().filter_map(told).collect(),
            next: next.map(|next| next.0),
        })
    }

    async fn kept_schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError> {
        self.schema(site).await
    }

    async fn kept_beside(
        &self,
        site: &TrackerId,
        sources: &[SourceName],
    ) -> Result<Beside, EngineError> {
        let mut bookmarks = BTreeMap::new();
        for source in sources {
            bookmarks.insert(source.clone(), self.bookmark(site, source).await?);
        }
        let card = self.card_now(site).await?;
        let open = self.site(site)?;
        let control = open.glimpse().await?.control;
        let written = control.last_writes.iter();
        let written = written.filter_map(|(name, at)| {
            let object_type = ObjectType::new(name).ok()?;
            Some((object_type, Timestamp::from_millis(*at)))
        });
        Ok(Beside {
            key: card.key,
            created_at: card.created_at,
            last_writes: written.collect(),
            clicks: open.all_clicks(&control).await?,
            bookmarks,
            refused: open.all_refused().await?,
            given: Given {
                places: control.documents.places,
                receipts: control.documents.receipts.last,
                jobs: control.jobs.last,
            },
        })
    }

    async fn kept_receipts(
        &self,
        site: &TrackerId,
        after: u64,
    ) -> Result<ReceiptPage, EngineError> {
        let open = self.site(site)?;
        let (receipts, next) = open.receipts_of_blocks(after, RECEIPT_BLOCKS).await?;
        let kept = receipts.into_iter();
        let kept = kept.map(|(number, receipt)| KeptReceipt { number, receipt });
        Ok(ReceiptPage {
            receipts: kept.collect(),
            next,
        })
    }

    async fn kept_jobs(&self, site: &TrackerId) -> Result<KeptJobs, EngineError> {
        let open = self.site(site)?;
        let book = open.job_book().await?;
        let numbers: Vec<JobNumber> = (book.forgotten + 1..=book.last).map(JobNumber).collect();
        let mut ended = Vec::new();
        for some in numbers.chunks(JOBS_READ_MAX) {
            let looks = open.looks_of(some).await?;
            ended.extend(looks.into_iter().filter(|look| look.ended_at.is_some()));
        }
        Ok(KeptJobs {
            ended,
            open: book.open.into_iter().map(JobNumber).collect(),
        })
    }

    async fn kept_refusals(
        &self,
        site: &TrackerId,
        job: JobNumber,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        let mut all: Vec<JobRefusal> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last.position);
            let some = self.job_refusals(site, job, after, REFUSALS_PAGE).await?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }
}

#[async_trait]
impl MovedTo for OpenSearchCatalogs {
    async fn take_schema(&self, site: &TrackerId, schema: Arc<Schema>) -> Result<(), EngineError> {
        let known = self.schema(site).await?;
        if known.knows_all_of(&schema) {
            return Ok(());
        }
        self.site(site)?.take(KeptWork::Schema(schema), 1).await?;
        Ok(())
    }

    async fn take_objects(
        &self,
        site: &TrackerId,
        objects: Vec<KeptObject>,
    ) -> Result<Vec<Outcome>, EngineError> {
        let each = objects.iter();
        let bytes = each.map(|kept| OBJECT_BYTES + kept.object.memory_bytes());
        let bytes = bytes.sum();
        self.site(site)?
            .take(KeptWork::Objects(objects), bytes)
            .await
    }

    async fn take_beside(&self, site: &TrackerId, beside: Beside) -> Result<(), EngineError> {
        self.set_card(site, &beside.key, beside.created_at).await?;
        let open = self.site(site)?;
        open.set_refused(&beside.refused).await?;
        open.take(KeptWork::Beside(Box::new(beside)), 1).await?;
        Ok(())
    }

    async fn take_receipts(
        &self,
        site: &TrackerId,
        receipts: Vec<KeptReceipt>,
    ) -> Result<(), EngineError> {
        let bytes = OBJECT_BYTES * receipts.len();
        let open = self.site(site)?;
        open.take(KeptWork::Receipts(receipts), bytes).await?;
        Ok(())
    }

    async fn take_job(
        &self,
        site: &TrackerId,
        job: JobLook,
        refusals: Vec<JobRefusal>,
    ) -> Result<(), EngineError> {
        let bytes = OBJECT_BYTES * (1 + refusals.len());
        let work = KeptWork::Job(Box::new((job, refusals)));
        self.site(site)?.take(work, bytes).await?;
        Ok(())
    }
}

fn told(kept: &Kept) -> Option<KeptObject> {
    let notes = kept.refused.iter().filter_map(|note| {
        Some(RefusedUploadNote {
            by: Identity::new(&note.by).ok()?,
            generation: note.generation.clone(),
        })
    });
    Some(KeptObject {
        object: kept.object()?,
        place: kept.place.unwrap_or(kept.head.first_seen),
        order: kept.head.first_seen,
        created_at: kept.created_at,
        updated_at: kept.updated_at,
        origin: kept.head.origin.clone(),
        refused: notes.collect(),
    })
}

impl OpenSite {
    async fn take(
        self: &Arc<Self>,
        work: KeptWork,
        bytes: usize,
    ) -> Result<Vec<Outcome>, EngineError> {
        match self.write(Work::Kept(work), bytes).await? {
            (Done::Edits(outcomes), _) => Ok(outcomes),
            (other, _) => Err(EngineError::Internal {
                context: "the writer did something else",
                source: format!("{other:?}").into(),
            }),
        }
    }

    async fn all_clicks(&self, control: &Control) -> Result<BTreeMap<i64, Clicks>, EngineError> {
        let Some((first, last)) = control.documents.clicked else {
            return Ok(BTreeMap::new());
        };
        let days: Vec<i64> = (first..=last).collect();
        let mut all = BTreeMap::new();
        for some in days.chunks(DAYS_READ_MAX) {
            let ids = some.iter();
            let ids = ids.map(|day| kept_documents::clicks_id(&self.id, *day));
            let ids: Vec<String> = ids.collect();
            let alias = self.cluster.names.control();
            let found = self.cluster.get_all(&alias, &ids).await?;
            let read = |document: Option<Box<RawValue>>| {
                serde_json::from_str::<Clicks>(document?.get()).ok()
            };
            let found = some.iter().zip(found.into_iter().map(read));
            all.extend(found.filter_map(|(day, clicks)| Some((*day, clicks?))));
        }
        Ok(all)
    }
}
