//! The order of results on request.

use super::value::FieldName;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// One attribute to order by; objects without it come last in both directions (contract 05 §13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    pub field: FieldName,
    pub direction: Direction,
}
