//! What visits are told apart by: variants of A/B tests, and pairs of a context
//! (docs/reference/06-autocomplete-and-others.md §6.2, §6.4). Invariant: an event is of a bounded number of groups.

use super::Label;

/// Visits that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    pub kind: GroupKind,
    pub name: Label,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupKind {
    /// `ab_test_variant`: of all that follows in the session.
    SessionVariant,
    /// `_Variant` of a list: of what is done with what it showed.
    ListVariant,
    /// A pair of the `context`, `key:value`: of the event alone.
    Context,
}

impl GroupKind {
    pub const ALL: [Self; 3] = [Self::SessionVariant, Self::ListVariant, Self::Context];
}

impl Group {
    /// Pairs of one context; further ones are not counted.
    pub const CONTEXT_MAX: usize = 8;

    pub fn new(kind: GroupKind, name: &Label) -> Self {
        let name = name.clone();
        Self { kind, name }
    }
}
