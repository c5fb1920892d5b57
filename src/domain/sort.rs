//! The order of results on request.

use super::identity::ObjectType;
use super::value::FieldName;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// One attribute to order by; objects without it come last in both directions (docs/reference/05-search.md §13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    pub field: FieldName,
    pub direction: Direction,
}

/// An order for the objects of one type. Where types are mixed, the types that have one come first, in
/// the order given, each in its own order; the others follow in that of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSort {
    pub object_type: ObjectType,
    pub keys: Vec<SortKey>,
}

impl TypeSort {
    /// Most types of one search with an order of their own; further ones are ignored.
    pub const TYPES_MAX: usize = 20;
}
