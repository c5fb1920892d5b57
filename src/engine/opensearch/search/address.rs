//! Where a hit lies.

use crate::engine::opensearch::searched::Hit;

/// The object by when it was first seen, and the place of what stands for it, where something does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address {
    pub(super) first_seen: u64,
    pub(super) stand_in: Option<u32>,
}

impl Address {
    /// `None` for a hit that the field was not asked for.
    pub(super) fn of(hit: &Hit) -> Option<Self> {
        Some(Self {
            first_seen: hit.fields.get("first_seen")?.first()?.as_u64()?,
            stand_in: hit.place(),
        })
    }
}
