//! What a write does, decided without a store: what is there now, the schema and an edit make effects and an
//! outcome. A backend answers the look-ups of [`Heads`], executes the [`Effect`]s, [`SchemaEffect`]s and
//! [`Sweep`]s, keeps the attributes that the schema has learnt ([`Schema::added_since`]), and decides nothing. Invariant: an edit is planned whole or refused whole; a refused one leaves no
//! effect, not even in the schema.
//!
//! | file | decides |
//! |---|---|
//! | `content` | what an object and all that is taken out of it are as contents |
//! | `head` | what is known of an identity: its type, content, upload and origin |
//! | `drawn` | how much memory a plan takes beside what it was given |
//! | `draft` | effects that are planned and not yet executed; later edits see them |
//! | `objects` | whole objects: what is new, what only gets other marks |
//! | `admission` | whether contents go with the schema, and what it learns |
//! | `files` | files: what was found of them stays while they name the same place |
//! | `file_row` | when a file is fetched next, and what is known of it |
//! | `mention` | objects that others only mention |
//! | `kept` | what another backend has kept |
//! | `recall` | objects known by the words they were sent in |
//! | `patch` | partial changes, of one object or of all that match |
//! | `documents` | documents, and what they declare |
//! | `document_batch` | documents of a batch, and their receipts |
//! | `rows` | rows of a source |
//! | `sweep` | commits of uploads and sources: which heads go at once |
//! | `expiry` | up to when what has expired may go |

mod admission;
mod content;
mod document_batch;
mod documents;
mod draft;
mod drawn;
mod edit;
pub mod expiry;
mod file_row;
mod files;
mod head;
mod kept;
mod mention;
mod objects;
mod patch;
mod recall;
mod rows;
mod sweep;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::sync::Arc;

pub use admission::learn;
pub use content::{Content, ContentHash, Element, Encode, Encoder};
pub use document_batch::{DocumentTarget, receipts, submitted, write_documents};
pub use documents::{ReadyDocument, SchemaEffect};
pub use draft::{Effect, Mark, Put};
pub use edit::{Edit, Part, Parts, Recalled};
pub use file_row::{FileRow, Tried, why_not_kept};
pub use head::{Head, Origin, Origins, RowKey};
pub use rows::{ReadyRow, ReadyRows};
pub use sweep::{Sweep, commit_generation, commit_source, survey};

use crate::domain::{
    CommitSurvey, Generation, GenerationCommit, Identity, Judged, MisfitRule, Object, ObjectType,
    Schema, SourceCommit, SourceName, SourceSurvey, TypeConflicts,
};
use draft::Draft;
use drawn::Drawn;

/// What a decision asks of a backend: what is there once all executed effects are.
pub trait Heads {
    /// Names one content of one object.
    type Version: Copy + Eq;
    type Error;

    fn head(&mut self, identity: &Identity) -> Result<Option<Head<Self::Version>>, Self::Error>;

    /// The object as the head says it is, its generation included; `None` when it is damaged.
    fn content(&mut self, head: &Head<Self::Version>) -> Result<Option<Object>, Self::Error>;

    /// Whether what is there is known to be of no use, so that the same content has to be put again.
    fn is_damaged(&self, version: Self::Version) -> bool;

    /// Whether the content is known to stay as it is when the other one mentions it. Never wrong to say no.
    fn is_told_by(&self, content: ContentHash, mention: ContentHash) -> bool;

    /// It stays as it is: worth remembering, for thousands of products mention one category.
    fn note_told(&mut self, content: ContentHash, mention: ContentHash);

    /// Objects that a row of a source made under another name than its key.
    fn named_otherwise(
        &mut self,
        source: &SourceName,
        key: &str,
    ) -> Result<Vec<Identity>, Self::Error>;

    /// Whether any object of the type carries the marker.
    fn has_generation(
        &mut self,
        object_type: &ObjectType,
        generation: &Generation,
    ) -> Result<bool, Self::Error>;

    /// What a commit would leave and delete of its type.
    fn survey_generation(&mut self, commit: &GenerationCommit)
    -> Result<CommitSurvey, Self::Error>;

    /// As [`survey`] counts.
    fn survey(&mut self, commit: &SourceCommit) -> Result<SourceSurvey, Self::Error>;
}

/// What the edits so far come to. Each sees what those before it planned.
pub struct Plan<V> {
    /// With what the edits have brought.
    schema: Arc<Schema>,
    schema_effects: Vec<SchemaEffect>,
    /// What the site does with values that do not fit.
    conflicts: TypeConflicts,
    /// Such values that were kept.
    misfits_kept: u64,
    encode: Encode,
    /// Whether files are fetched.
    fetches_files: bool,
    draft: Draft<V>,
    /// What is planned and was made of stored objects.
    drawn: Drawn,
    drawn_max: usize,
}

/// What [`Plan::restore`] goes back to.
pub struct SchemaPoint {
    schema: Arc<Schema>,
    effects: usize,
}

impl<V: Copy + Eq> Plan<V> {
    /// `encode` is how the backend writes a content down.
    pub fn new(schema: Arc<Schema>, conflicts: TypeConflicts, encode: Encode) -> Self {
        Self {
            schema,
            schema_effects: Vec::new(),
            conflicts,
            misfits_kept: 0,
            encode,
            fetches_files: false,
            draft: Draft::default(),
            drawn: Drawn::default(),
            drawn_max: usize::MAX,
        }
    }

    /// Says whether somebody fetches files.
    #[must_use]
    pub fn fetching_files(self, fetches_files: bool) -> Self {
        Self {
            fetches_files,
            ..self
        }
    }

    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub fn schema_mut(&mut self) -> &mut Schema {
        Arc::make_mut(&mut self.schema)
    }

    /// Values that do not fit the types of their attributes, and were kept.
    pub fn misfits_kept(&self) -> u64 {
        self.misfits_kept
    }

    /// What is to be executed, in this order; the plan goes on from there.
    pub fn take_effects(&mut self) -> impl Iterator<Item = Effect<V>> + use<V> {
        self.drawn = Drawn::default();
        self.draft.take()
    }

    /// What of the schema is to be kept beside its attributes, in this order. It can wait until all edits are
    /// planned.
    pub fn take_schema_effects(&mut self) -> Vec<SchemaEffect> {
        std::mem::take(&mut self.schema_effects)
    }

    /// For [`Self::restore`]. No schema effect is to be taken in between.
    pub fn schema_point(&self) -> SchemaPoint {
        SchemaPoint {
            schema: Arc::clone(&self.schema),
            effects: self.schema_effects.len(),
        }
    }

    /// The schema as if nothing had been learnt since.
    pub fn restore(&mut self, point: SchemaPoint) {
        self.schema = point.schema;
        self.schema_effects.truncate(point.effects);
    }

    /// The rule for what was sent whole.
    fn sent(&self) -> MisfitRule<'static> {
        MisfitRule {
            conflicts: self.conflicts,
            judged: Judged::All,
        }
    }
}
