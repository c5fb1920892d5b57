//! The files of an index: their fields, terms, columns and words, and whether they are what was written.
//!
//! | file | for |
//! |---|---|
//! | `schema` | fields, the checkpoint of a commit |
//! | `tokenizer` | `engine::analysis` as tantivy calls it |
//! | `keyword` | terms of the field `exact` |
//! | `fact` | what is true of few objects: a bucket in `exact`, a hash in a column |
//! | `columns` | columns of attributes |
//! | `known_texts` | the texts of small dictionaries, in memory |
//! | `sparse` | columns made of the one that attributes of few objects share |
//! | `sparse_key` | the keys in it |
//! | `segment` | a segment as searches see it, columns opened once |
//! | `word_entries` | where words stand in its dictionaries, kept |
//! | `settings` | what an index is made from, and how; the number of its layout |
//! | `files` | files on the disk; leftovers |
//! | `held` | files held in memory instead of mapped |
//! | `soundness` | whether files are what was written |
//! | `error` | why an index cannot be used |

pub(super) mod columns;
pub(super) mod error;
pub(super) mod fact;
#[cfg(test)]
pub(in super::super) mod faults;
pub(super) mod files;
pub(super) mod held;
pub(super) mod keyword;
pub(super) mod known_texts;
pub(super) mod schema;
pub(super) mod segment;
pub(super) mod settings;
pub(super) mod soundness;
pub(super) mod sparse;
pub(super) mod sparse_key;
pub(super) mod tokenizer;
pub(super) mod word_entries;
