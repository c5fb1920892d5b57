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
    /// Version of the fields and of what feeds them; [`LAYOUT`] for a new index.
    pub layout: u32,
    /// Version of the words a text becomes; [`WORDS_VERSION`] for a new index.
    pub words_version: u32,
}

/// The layout that an index is made in. Whoever changes a term or what feeds one raises it, so that indexes made before
/// are made anew.
pub const LAYOUT: u32 = 10;
/// The oldest layout that searches can read: an index of it serves until the new one beside it is made. Whoever changes
/// what terms and columns that are there mean raises it, too; other fields cannot be read whatever it says.
pub(super) const LAYOUT_READ_FROM: u32 = if cfg!(test) { LAYOUT - 1 } else { LAYOUT };

pub const WORDS_VERSION: u32 = analysis::VERSION;
