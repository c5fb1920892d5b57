//! What the pages may do beside showing. Invariant: nothing that `[browse] actions` does not list is done or offered, and
//! nothing is done before a page of the visitor's said what will happen and the visitor sent its form.
//!
//! | file | for |
//! |---|---|
//! | `asked` | what an address or a form asks for |
//! | `ask` | the page that says what will happen |
//! | `act` | doing it, and saying what came of it |

mod act;
mod ask;
mod asked;

pub(super) use act::act;
pub(super) use ask::ask;

use crate::domain::{Generation, Identity, ObjectType};

use super::link::{of_site, query};

/// What the configuration lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each action")]
pub struct Actions {
    pub delete: bool,
    pub commit: bool,
    pub rebuild: bool,
    pub sync: bool,
}

/// What somebody wants to be done to a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Delete(Identity),
    Commit {
        object_type: ObjectType,
        generation: Generation,
    },
    Rebuild,
    Sync {
        source: String,
    },
}

impl Action {
    pub(super) fn is_listed(&self, actions: Actions) -> bool {
        match self {
            Self::Delete(_) => actions.delete,
            Self::Commit { .. } => actions.commit,
            Self::Rebuild => actions.rebuild,
            Self::Sync { .. } => actions.sync,
        }
    }

    /// As fields of a form and of an address.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Delete(identity) => vec![("do", "delete"), ("identity", identity.as_str())],
            Self::Commit {
                object_type,
                generation,
            } => vec![
                ("do", "commit"),
                ("type", object_type.as_str()),
                ("generation", generation.as_str()),
            ],
            Self::Rebuild => vec![("do", "rebuild")],
            Self::Sync { source } => vec![("do", "sync"), ("source", source)],
        }
    }

    /// Where it is asked for.
    pub(super) fn href(&self, root: &str, site: &str) -> String {
        format!("{}/act?{}", of_site(root, site), query(&self.fields()))
    }
}
