//! What a search found; the store supplies the objects.

use std::sync::Arc;

use super::own_queries::OwnQueries;
use crate::domain::{Correction, Explanation, FacetCounts};
use crate::engine::embedded::ids::VersionId;
use crate::engine::highlight::Marker;

/// What a search found; the store supplies the objects.
#[derive(Debug)]
pub struct Found {
    pub hits: Vec<FoundHit>,
    pub total_hits: u64,
    pub quicksearch_hits: Vec<FoundHit>,
    pub facets: Vec<FacetCounts>,
    pub correction: Option<Correction>,
    /// Objects that show the words of the correction, and so say how they are written.
    pub witnesses: Vec<(String, Vec<VersionId>)>,
    /// Words of the text that suggestions have which do not have it whole, as typed.
    pub partial_words: Vec<String>,
    /// Where recorded queries are looked for.
    pub own_queries: OwnQueries,
    /// Marks what the text meets.
    pub marker: Marker,
}

#[derive(Clone, Debug)]
pub struct FoundHit {
    pub version: VersionId,
    /// The nested variant that stands for the object; `None`: the object itself.
    pub stand_in: Option<usize>,
    /// Every query word matched exactly.
    pub exact: bool,
    /// As `engine::score` has it; `None` where a sort or a rule decided.
    pub score: Option<f64>,
    /// Where the search asks for it.
    pub explanation: Option<Arc<Explanation>>,
}
