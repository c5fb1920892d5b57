//! How a catalog lies in a cluster. Pure: names, the mapping, and the document of an object. Invariant: a change of what is
//! said here is another [`mapping::VERSION`], and an index of another version is not written to.
//!
//! | file | for |
//! |---|---|
//! | `names` | indices, aliases, ids |
//! | `mapping` | settings and fields of an index |
//! | `document` | an object as a document, and back |
//! | `file` | what is known of its file |
//! | `found_by` | what it is found by: values and words |
//! | `schema` | the attributes of a site in blocks |

pub(super) mod document;
pub(super) mod file;
pub(super) mod found_by;
pub(super) mod mapping;
pub(super) mod names;
pub(super) mod schema;
