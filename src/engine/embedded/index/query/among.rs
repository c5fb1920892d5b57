//! Which documents of a segment a text is asked about. Invariant: whoever asks about some has no use for others.

use tantivy::DocId;

#[derive(Clone, Copy)]
pub(in super::super) enum Among<'d> {
    /// All that have one of the words.
    All,
    /// Those that have every telling word.
    Complete,
    /// No others than these, which ascend.
    Docs(&'d [DocId]),
}
