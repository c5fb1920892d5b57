//! Attributes computed from what was sent (contract 04 §5). Pure: the same object always gives the
//! same attributes, so they are computed where needed and never stored.

use super::object::Object;
use super::value::Fields;

/// Computed attributes of one object. Sent attributes of the same name are already taken into
/// account: what is here replaces or adds to the sent ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Derived {
    /// Returned in hits and filterable.
    pub returned: Fields,
    /// Filterable, never returned: `category_path`, `all_categories_path`, `nested_…`.
    pub filter_only: Fields,
}

pub fn derive(_object: &Object) -> Derived {
    todo!()
}
