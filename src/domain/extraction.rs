//! Nested objects and their ancestors as objects of their own (contract 02 §4).

use super::object::Object;

/// Objects taken out of a parent, in the order they apply: ancestors from the top, then the nested
/// object itself, for each nested entry in turn.
pub type Extracted = Vec<Object>;

/// Every nested object and ancestor of `parent` as a standalone object of the parent's generation.
/// Each ancestor gets the entries before it as its `ancestors`. Nested entries inside a nested
/// object stay inside it. Never schedules; a variant remembers its master.
pub fn extract(_parent: &Object) -> Extracted {
    todo!()
}
