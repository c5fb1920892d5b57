//! What an address or a form asks for. Invariant: what is not whole and sound asks for nothing.

use super::Action;
use crate::browse::Browse;
use crate::browse::failure::Failure;
use crate::domain::{Generation, Identity, ObjectType};
use crate::http::query_string::QueryString;

impl Action {
    /// One that the configuration lists.
    pub(super) fn read(browse: &Browse, fields: &QueryString) -> Result<Self, Failure> {
        let field = |name| fields.scalar(name).unwrap_or_default();
        let action = match field("do") {
            "delete" => Identity::new(field("identity")).ok().map(Self::Delete),
            "commit" => {
                let object_type = ObjectType::new(field("type"));
                let generation = Generation::new(field("generation"));
                object_type
                    .ok()
                    .zip(generation.ok())
                    .map(|(object_type, generation)| Self::Commit {
                        object_type,
                        generation,
                    })
            }
            "rebuild" => Some(Self::Rebuild),
            "sync" => {
                let source = field("source");
                (!source.is_empty()).then(|| Self::Sync {
                    source: source.to_owned(),
                })
            }
            _ => None,
        };
        let action = action.ok_or(Failure::BadForm)?;
        if action.is_listed(browse.actions) {
            Ok(action)
        } else {
            Err(Failure::NotListed)
        }
    }
}
