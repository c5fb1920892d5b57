//! The answer to a search.

use std::sync::Arc;

use super::correction::Correction;
use super::explanation::Explanation;
use super::facet::FacetCounts;
use super::hidden::{FoundObject, ShownName};
use super::marked_text::MarkedText;
use super::time::Timestamp;
use super::turn::Turn;

#[derive(Clone, Debug, Default)]
pub struct SearchResults {
    pub hits: Vec<Hit>,
    pub total_hits: u64,
    /// Of all types asked for, one type after the other; not counted in `total_hits`.
    pub quicksearch_hits: Vec<Hit>,
    /// In the order requested; facets on unknown attributes are left out. Those
    /// chosen by themselves follow.
    pub facets: Vec<FacetCounts>,
    /// What was looked for instead of what was typed; `None` where that is the same.
    pub correction: Option<Correction>,
    /// Words of the text that hits have which do not have it whole, in the order typed.
    pub partial_words: Vec<String>,
    /// What it took, in units of the engine: see [`Asker::work_done`](super::Asker::work_done).
    pub work: u64,
    /// Lasts until what follows from the answer is done.
    pub turn: Turn,
}

#[derive(Clone, Debug)]
pub struct Hit {
    pub object: FoundObject,
    /// The last write that changed the object.
    pub updated_at: Timestamp,
    /// Every query word matched exactly.
    pub exact: bool,
    /// How well it was found, above zero; `None` where something else than relevance put it in its place.
    pub score: Option<f64>,
    /// Of the attributes asked for that have something to show.
    pub highlights: Vec<(ShownName, MarkedText)>,
    /// Where it was asked for.
    pub explanation: Option<Arc<Explanation>>,
}
