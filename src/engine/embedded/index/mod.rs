//! The search index of one site, derived from its store: it can be deleted and made again.
//! Invariant: what a commit shows is exactly the store's state at the sequence in its payload.

use std::path::Path;

use crate::domain::{FacetCounts, Object, Schema, SearchQuery, Site};
use crate::engine::{EngineError, Sequence};

/// Number of one immutable content of one object; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub u64);

/// Which store an index was made from; another one's index is never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreId(pub uuid::Uuid);

/// What the index is told of one object.
#[derive(Debug)]
pub struct IndexEntry<'a> {
    pub version: VersionId,
    /// Position in the order of first insertion: the tie-break of every ranking.
    pub first_seen: u64,
    pub object: &'a Object,
}

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Missing, damaged, of another store or made by another version: rebuild it.
    #[error("index cannot be used: {reason}")]
    Unusable { reason: String },
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
}

/// An open index; searches go on while an [`IndexWriter`] commits.
pub struct Index {}

impl Index {
    /// Opens an index made from `store`, and the last sequence it holds.
    pub fn open(_folder: &Path, _store: StoreId) -> Result<(Self, Sequence), IndexError> {
        todo!()
    }

    /// Makes an empty index in an empty or missing folder.
    pub fn create(_folder: &Path, _store: StoreId) -> Result<Self, IndexError> {
        todo!()
    }

    /// The one writer of this index. It owns threads and memory: drop it when idle.
    pub fn writer(&self) -> Result<IndexWriter, IndexError> {
        todo!()
    }

    /// Finds; blocks, so call it on a blocking thread.
    pub fn search(
        &self,
        _schema: &Schema,
        _site: &Site,
        _query: &SearchQuery,
    ) -> Result<Found, EngineError> {
        todo!()
    }

    /// Every version the last commit shows, ascending (for `vetrina check`).
    pub fn versions(&self) -> Result<Vec<VersionId>, IndexError> {
        todo!()
    }
}

pub struct IndexWriter {}

impl IndexWriter {
    /// Queues an object. The schema must know its attributes.
    pub fn add(&mut self, _schema: &Schema, _entry: &IndexEntry<'_>) -> Result<(), IndexError> {
        todo!()
    }

    /// Queues deletions; mass deletions as one query.
    pub fn delete(&mut self, _versions: &[VersionId]) -> Result<(), IndexError> {
        todo!()
    }

    /// Makes everything queued durable and visible together, with `applied` as the payload.
    pub fn commit(&mut self, _applied: Sequence) -> Result<(), IndexError> {
        todo!()
    }
}

/// What a search found; the store supplies the objects.
#[derive(Debug)]
pub struct Found {
    pub hits: Vec<FoundHit>,
    pub total_hits: u64,
    pub facets: Vec<FacetCounts>,
}

#[derive(Clone, Copy, Debug)]
pub struct FoundHit {
    pub version: VersionId,
    /// Every query word matched exactly.
    pub exact: bool,
}
