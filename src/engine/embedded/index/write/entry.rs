//! What the index is told of one object.

use crate::domain::{Derived, Object, Timestamp};
use crate::engine::embedded::ids::VersionId;

/// What the index is told of one object.
#[derive(Debug)]
pub struct IndexEntry<'a> {
    pub version: VersionId,
    /// Position in the order of first insertion: the tie-break of every ranking.
    pub first_seen: u64,
    /// When the version was written.
    pub updated_at: Timestamp,
    pub object: &'a Object,
    /// What [`crate::domain::derive`] gives for the object.
    pub derived: &'a Derived,
}
