//! An object on its way in: its documents, their words and columns, and commits.
//!
//! | file | for |
//! |---|---|
//! | `entry` | what the index is told of an object |
//! | `documents` | the documents that it becomes: its own, and one for each variant |
//! | `document` | one document: terms and columns of attributes |
//! | `words` | which texts of an object are searched, in which field |
//! | `own_columns` | which attributes have columns of their own |
//! | `merging` | which segments are put together, and when |
//! | `writer` | the one writer: queue, commit with a checkpoint, show |

pub(super) mod document;
pub(super) mod documents;
pub(super) mod entry;
mod merging;
mod names;
pub(super) mod own_columns;
pub(super) mod words;
pub(super) mod writer;
