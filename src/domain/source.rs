//! What a source, some table-like thing outside, says of its rows, and what became of each. Invariant:
//! a row is known by its key, which the source gave; which object it made is the catalog's to remember.

use std::fmt;
use std::sync::Arc;

use super::batch::Refusal;
use super::identity::{Generation, ObjectType};
use super::object::Object;

/// Name of a source, one a catalog: `[a-z][a-z0-9_]{0,39}`, so that it can be part of a name in SQL.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceName(Arc<str>);

impl SourceName {
    /// Longest accepted name, in bytes.
    pub const BYTES_MAX: usize = 40;

    /// Checks the syntax; `None` when the text is no name.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let starts_well = bytes.first().is_some_and(u8::is_ascii_lowercase);
        let allowed = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
        (starts_well && bytes.len() <= Self::BYTES_MAX && bytes.iter().all(allowed))
            .then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceName({})", self.0)
    }
}

/// Some rows of a source as they are now.
#[derive(Debug)]
pub struct SourceRows {
    pub source: SourceName,
    /// The marker of what is written, nested objects included.
    pub generation: Option<Generation>,
    pub rows: Vec<SourceRow>,
    /// Kept in the same step.
    pub bookmark: Option<SourceBookmark>,
}

/// How far a source has been read, in its reader's own words. No two readers write the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceBookmark {
    pub text: String,
    /// What was kept when its reader looked or wrote last.
    pub before: Option<String>,
}

impl SourceBookmark {
    /// Whether nobody else has read the source since. What was written before, and nobody heard that it was, follows too.
    pub fn follows(&self, kept: Option<&str>) -> bool {
        kept == self.before.as_deref() || kept == Some(self.text.as_str())
    }
}

#[derive(Debug)]
pub struct SourceRow {
    pub key: String,
    pub state: RowState,
}

#[derive(Debug)]
pub enum RowState {
    Is(Box<Object>),
    /// It is there, and what it is was not told or makes no object: what the catalog has of it stays,
    /// and moves to the generation.
    Stays,
    Gone,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowOutcome {
    Written,
    /// The catalog has just this; at most its generation was changed.
    Unchanged,
    /// What the catalog had stays.
    Kept,
    Deleted,
    /// The catalog has nothing of it, to keep or to delete.
    Unknown,
    /// Its object cannot be taken; what the catalog had stays.
    Refused(Refusal),
}

/// The end of a full read of a source: what it did not mark goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCommit {
    pub source: SourceName,
    pub generation: Generation,
    /// The type of its rows, where all have the same.
    pub object_type: Option<ObjectType>,
    pub reach: Reach,
    /// Refuse when fewer objects would stay.
    pub at_least: u64,
}

/// Which objects of the types of a source its commit may delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only what came from this source.
    Own,
    /// All, whoever sent them, but for what came from these.
    AllBut(Vec<SourceName>),
}

/// What a commit would do to objects of the types of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceSurvey {
    pub staying: u64,
    pub leaving: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCommitOutcome {
    Deleted {
        count: u64,
    },
    /// Nothing was deleted.
    TooFew {
        staying: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_sql() {
        for good in ["items", "a", "shop_2"] {
            assert!(SourceName::new(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2a",
            "_a",
            "a-b",
            "A",
            "a b",
            "é",
            "a'",
            &"x".repeat(41),
        ] {
            assert!(SourceName::new(bad).is_none(), "{bad}");
        }
    }
}
