//! Counts of values over a result (contract 05 §7).

use super::time::Timestamp;
use super::value::FieldName;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetRequest {
    pub field: FieldName,
    /// Most values listed; of text facets only.
    pub values_max: usize,
}

impl FacetRequest {
    pub const VALUES_DEFAULT: usize = 30;
    pub const VALUES_MAX: usize = 1000;
    /// Equal-width ranges of numeric and date facets.
    pub const RANGES: usize = 10;
    /// Most facets of one search.
    pub const FACETS_MAX: usize = 50;
}

#[derive(Clone, Debug, PartialEq)]
pub struct FacetCounts {
    pub field: FieldName,
    pub kind: FacetKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FacetKind {
    /// By count descending, then value.
    Text(Vec<FacetBucket<String>>),
    Boolean(Vec<FacetBucket<bool>>),
    /// Consecutive ranges, edges shared.
    Number(Vec<FacetBucket<(f64, f64)>>),
    Date(Vec<FacetBucket<(Timestamp, Timestamp)>>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct FacetBucket<T> {
    pub value: T,
    pub count: u64,
}
