//! What becomes of variants and their masters (docs/reference/05-search.md §9).

use tantivy::Term;

/// What becomes of variants and their masters (docs/reference/05-search.md §9).
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Variants {
    /// What has one of these terms is no hit.
    pub(in super::super) hidden: Vec<Term>,
    /// Whether those that stand for one master are one hit.
    pub(in super::super) collapse: bool,
}
