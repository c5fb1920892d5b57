//! What the store and the index name things by. Invariant: no id is ever given to anything else.

use crate::engine::Visibility;

/// Number of one immutable content of one object; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub u64);

/// Which store an index was made from; another one's index is never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreId(pub uuid::Uuid);

/// Position in the order of writes of one site. A write is visible once its sequence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(pub u64);

impl From<Sequence> for Visibility {
    fn from(sequence: Sequence) -> Self {
        Self::at(sequence.0)
    }
}

impl From<Visibility> for Sequence {
    fn from(visibility: Visibility) -> Self {
        Self(visibility.number())
    }
}
