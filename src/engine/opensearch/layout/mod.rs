//! How a catalog lies in a cluster. Pure: names, the mapping, and the document of an object. Invariant: a change of what is
//! said here is another [`mapping::VERSION`]; an index of an older version is made again, one of a newer version
//! is not touched.
//!
//! | file | for |
//! |---|---|
//! | `names` | indices, aliases, ids |
//! | `mapping` | settings and fields of an index |
//! | `document` | an object as a document, and back |
//! | `made` | what all documents of an index have in common |
//! | `file` | what is known of its file |
//! | `fields` | how fields of words are called |
//! | `found_by` | what it is found by: values and words |
//! | `spaces` | where values lie, by their types |
//! | `judged` | what a hit is judged by |
//! | `schema` | the attributes of a site in blocks |
//! | `stand_ins` | variants that stand for what they are nested in |

pub(super) mod document;
pub(super) mod fields;
pub(super) mod file;
pub(super) mod found_by;
pub(super) mod judged;
pub(super) mod made;
pub(super) mod mapping;
pub(super) mod names;
pub(super) mod schema;
pub(super) mod spaces;
pub(super) mod stand_ins;
