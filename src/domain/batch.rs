//! Writes of many objects and what became of each. A batch is not all or nothing: the good objects
//! are applied, every other one has a [`Refusal`] (docs/reference/02-content.md §7).

use super::identity::{Generation, Identity, ObjectType};
use super::problem::{Problems, Rule};
use super::schema::{Misfits, Mismatch, Schema, SchemaError};

/// Names an object to delete; both must equal what is stored (docs/reference/02-content.md §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectKey {
    pub identity: Identity,
    pub object_type: ObjectType,
}

/// What became of one object of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Applied,
    /// Applied, with values that are kept as text as they do not fit: those of the object itself, and those
    /// of what was extracted from it.
    AppliedWith(Vec<KeptMisfits>),
    Refused(Refusal),
}

/// Values of one object that do not fit the types of their attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptMisfits {
    pub identity: Identity,
    pub misfits: Misfits,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    Malformed(Problems),
    NotFound,
    SchemaMismatch(Mismatch),
}

impl From<SchemaError> for Refusal {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Mismatch(mismatch) => Self::SchemaMismatch(mismatch),
            SchemaError::Full => {
                let max = Schema::ATTRIBUTES_MAX;
                Self::Malformed(Problems::one(["fields"], Rule::SiteAttributesFull { max }))
            }
        }
    }
}

/// The end of a full upload of one type (docs/reference/03-update-by-query-and-generations.md §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationCommit {
    pub object_type: ObjectType,
    pub generation: Generation,
    /// Refuse when no object of the type carries the marker.
    pub must_exist: bool,
    /// Refuse when a larger share of the type would go, in percent; 0 is any.
    pub guard_percent: u8,
    /// Leave objects as they are whose newest upload carried the marker and was refused.
    pub keeps_refused: bool,
}

/// An upload of an object that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedUpload {
    pub identity: Identity,
    pub generation: Generation,
}

/// Objects that a commit leaves although the upload did not mark them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptRefused {
    pub count: u64,
    /// The first of them, in order of first appearance.
    pub named: Vec<Identity>,
}

impl KeptRefused {
    pub const NAMED_MAX: usize = 1_000;
}

impl GenerationCommit {
    /// Whether it is refused for what it would delete.
    pub fn is_guarded(&self, survey: CommitSurvey) -> bool {
        let all = u128::from(survey.staying) + u128::from(survey.leaving);
        let is_more = u128::from(survey.leaving) * 100 > all * u128::from(self.guard_percent);
        self.guard_percent > 0 && is_more
    }
}

/// Objects of the type of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitSurvey {
    pub staying: u64,
    pub leaving: u64,
}

/// What a commit would delete (docs/reference/03-update-by-query-and-generations.md §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPreview {
    pub count: u64,
    /// Whether it would be refused for that.
    pub is_guarded: bool,
    /// The first of them, in order of first appearance.
    pub sample: Vec<Identity>,
    /// What it would keep although it is not marked.
    pub kept: KeptRefused,
}

impl CommitPreview {
    pub const SAMPLE_MAX: usize = 20;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    Deleted {
        count: u64,
    },
    /// The same, but for some whose upload was refused.
    DeletedKeeping {
        count: u64,
        kept: KeptRefused,
    },
    /// No object of the type carries the marker; nothing was deleted.
    NoSuchGeneration,
    /// Too many would have gone; nothing was deleted.
    Guarded(CommitSurvey),
}
