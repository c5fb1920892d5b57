//! What an index is made from, and how.

use crate::domain::Language;
use crate::engine::analysis;
use crate::engine::embedded::ids::StoreId;

/// What an index is made from: the objects of a store, and what becomes of their words. One made from
/// the same store in another way finds less, but it can serve until a better one is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexSettings {
    pub store: StoreId,
    pub language: Language,
    /// Whether variants stand for the objects they are nested in (docs/reference/05-search.md §9, `best`).
    pub has_stand_ins: bool,
    /// Whether the words of each attribute can be looked for apart.
    pub has_words_by_attribute: bool,
    /// Whether the words of links are among those that `q` finds.
    pub has_links: bool,
    /// Version of the words a text becomes; [`WORDS_VERSION`] for a new index.
    pub words_version: u32,
}

pub const WORDS_VERSION: u32 = analysis::VERSION;
