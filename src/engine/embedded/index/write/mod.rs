//! An object on its way in: its documents, their words and columns, and commits.

pub(super) mod document;
pub(super) mod documents;
pub(super) mod entry;
pub(super) mod own_columns;
pub(super) mod words;
pub(super) mod writer;
