//! The files of an index: their fields, terms, columns and words, and whether they are what was written.

pub(super) mod columns;
pub(super) mod error;
#[cfg(test)]
pub(in super::super) mod faults;
pub(super) mod files;
pub(super) mod held;
pub(super) mod keyword;
pub(super) mod schema;
pub(super) mod segment;
pub(super) mod settings;
pub(super) mod soundness;
pub(super) mod sparse;
pub(super) mod sparse_key;
pub(super) mod tokenizer;
