//! The answer to a search.

use std::sync::Arc;

use super::correction::Correction;
use super::explanation::Explanation;
use super::facet::FacetCounts;
use super::marked_text::MarkedText;
use super::object::Object;
use super::time::Timestamp;
use super::value::{FieldName, FieldValue, Fields};

#[derive(Clone, Debug)]
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
}

impl SearchResults {
    /// About how much memory the objects of all hits take, in bytes.
    pub fn objects_bytes(&self) -> usize {
        let hits = self.hits.iter().chain(&self.quicksearch_hits);
        let objects = hits.map(|hit| {
            let nested = hit.object.nested.iter();
            let of_nested: usize = nested.map(|nested| fields_bytes(&nested.fields)).sum();
            size_of::<Object>() + fields_bytes(&hit.object.fields) + of_nested
        });
        objects.sum()
    }
}

fn fields_bytes(fields: &Fields) -> usize {
    let each = fields
        .iter()
        .map(|(name, value)| size_of::<FieldValue>() + name.as_str().len() + value_bytes(value));
    each.sum()
}

fn value_bytes(value: &FieldValue) -> usize {
    match value {
        FieldValue::Text(text) => text.len(),
        FieldValue::Number(_) | FieldValue::Bool(_) => 0,
        FieldValue::List(list) => {
            let each = list.iter();
            each.map(|value| size_of::<FieldValue>() + value_bytes(value))
                .sum()
        }
        FieldValue::Map(fields) => fields_bytes(fields),
    }
}

#[derive(Clone, Debug)]
pub struct Hit {
    pub object: Arc<Object>,
    /// The last write that changed the object.
    pub updated_at: Timestamp,
    /// Every query word matched exactly.
    pub exact: bool,
    /// How well it was found, above zero; `None` where something else than relevance put it in its place.
    pub score: Option<f64>,
    /// Of the attributes asked for that have something to show.
    pub highlights: Vec<(FieldName, MarkedText)>,
    /// Where it was asked for.
    pub explanation: Option<Arc<Explanation>>,
}
