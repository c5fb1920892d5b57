//! A catalog as it is kept, and the doors by which it leaves one backend and comes into another one. Invariant: nothing of it is of
//! one backend alone: what is told here can be written down by each of them, and is told the same again.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{
    Generation, Identity, JobLook, JobNumber, JobRefusal, Object, ObjectType, Outcome, Receipt,
    RefusedLately, Schema, SourceName, Timestamp, TrackerId,
};
use crate::engine::plan::Origin;
use crate::engine::{CatalogWrites, DocumentEngine, EngineError};

/// An object, and what is known of it beside.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptObject {
    /// As it was sent, with its upload.
    pub object: Object,
    /// Among all of the site, as ids of documents name it.
    pub place: u64,
    /// Where it stands in the order of first appearance, as this backend counts.
    pub order: u64,
    /// When it was created as a document.
    pub created_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// Which row of a source made it.
    pub origin: Option<Arc<Origin>>,
    /// By the object that was refused.
    pub refused: Vec<RefusedUploadNote>,
}

/// An upload that was refused and has to do with an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefusedUploadNote {
    /// The object that was sent: itself, or the one that nests it.
    pub by: Identity,
    pub generation: String,
}

impl RefusedUploadNote {
    /// `None` where the generation cannot be one.
    pub fn generation(&self) -> Option<Generation> {
        Generation::new(&self.generation).ok()
    }
}

#[derive(Clone, Debug, Default)]
pub struct KeptPage {
    pub objects: Vec<KeptObject>,
    /// Behind what to go on; `None` on the last page.
    pub next: Option<u64>,
}

/// What is kept of a site that is neither an object nor declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// What the site is as an engine of documents: its key, and when it was made.
    pub key: String,
    pub created_at: Timestamp,
    /// When something of a type was written last.
    pub last_writes: BTreeMap<ObjectType, Timestamp>,
    /// Clicks on results by day and type.
    pub clicks: BTreeMap<i64, BTreeMap<String, u64>>,
    /// How far sources have been read; of all that were asked for.
    pub bookmarks: BTreeMap<SourceName, Option<String>>,
    /// What was refused in the last day, the last one last.
    pub refused: Vec<RefusedLately>,
    pub given: Given,
}

/// Numbers up to these were given, and are never given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub places: u64,
    pub receipts: u64,
    pub jobs: u64,
}

impl Given {
    /// Whether so many were given at least.
    pub fn reaches(&self, other: &Self) -> bool {
        self.places >= other.places && self.receipts >= other.receipts && self.jobs >= other.jobs
    }
}

/// A receipt that may still be asked for, by its number among all that the site ever gave.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptReceipt {
    pub number: u64,
    pub receipt: Receipt,
}

#[derive(Clone, Debug, Default)]
pub struct ReceiptPage {
    /// In order of their numbers.
    pub receipts: Vec<KeptReceipt>,
    /// Behind what to go on; `None` on the last page.
    pub next: Option<u64>,
}

/// The jobs of a site.
#[derive(Clone, Debug, Default)]
pub struct KeptJobs {
    pub ended: Vec<JobLook>,
    /// Those that are not at their end.
    pub open: Vec<JobNumber>,
}

/// Where a catalog is.
#[async_trait]
pub trait MovedFrom: Send + Sync {
    /// Objects behind a place in the order, in order.
    async fn kept_objects(
        &self,
        site: &TrackerId,
        after: u64,
        limit: usize,
    ) -> Result<KeptPage, EngineError>;

    /// Attributes and document types, as of what was acknowledged last.
    async fn kept_schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError>;

    async fn kept_beside(
        &self,
        site: &TrackerId,
        sources: &[SourceName],
    ) -> Result<Beside, EngineError>;

    /// Receipts behind a position, in order; the first page is behind 0.
    async fn kept_receipts(&self, site: &TrackerId, after: u64)
    -> Result<ReceiptPage, EngineError>;

    async fn kept_jobs(&self, site: &TrackerId) -> Result<KeptJobs, EngineError>;

    /// What a job could not change: all of it, in order.
    async fn kept_refusals(
        &self,
        site: &TrackerId,
        job: JobNumber,
    ) -> Result<Vec<JobRefusal>, EngineError>;
}

/// Where it is to be. Every write returns once it is durable.
#[async_trait]
pub trait MovedTo: CatalogWrites + DocumentEngine {
    /// Takes over the attributes, and the document types with what is declared in them. What is there stays.
    async fn take_schema(&self, site: &TrackerId, schema: Arc<Schema>) -> Result<(), EngineError>;

    /// Makes objects what they were, each in its place, where nothing else may be. The schema is known before. One outcome per
    /// object, in order.
    async fn take_objects(
        &self,
        site: &TrackerId,
        objects: Vec<KeptObject>,
    ) -> Result<Vec<Outcome>, EngineError>;

    /// Makes it what is beside the objects, after them.
    async fn take_beside(&self, site: &TrackerId, beside: Beside) -> Result<(), EngineError>;

    /// Takes over receipts that are not there, in order of their numbers, after the documents that they speak of.
    async fn take_receipts(
        &self,
        site: &TrackerId,
        receipts: Vec<KeptReceipt>,
    ) -> Result<(), EngineError>;

    /// Takes over a job that has ended, with what it could not change.
    async fn take_job(
        &self,
        site: &TrackerId,
        job: JobLook,
        refusals: Vec<JobRefusal>,
    ) -> Result<(), EngineError>;
}
