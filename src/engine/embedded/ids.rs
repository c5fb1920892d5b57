//! What the store and the index name things by. Invariant: no id is ever given to anything else.

/// Number of one immutable content of one object; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub u64);

/// Which store an index was made from; another one's index is never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreId(pub uuid::Uuid);
