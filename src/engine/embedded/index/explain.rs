//! The parts of a hit's rank, worked out again for the few hits of a page. Invariant: they are those
//! that decided, read from the same state of the index.

use std::collections::HashMap;

use super::collect::Search;
use super::columns::Address;
use super::relevance::{SignalInputs, Signals};
use super::text::TextQuery;
use crate::domain::Explanation;

impl Search<'_> {
    /// One explanation for each hit, in order.
    pub(super) fn explain(
        &self,
        hits: &[(Address, bool)],
        text: Option<&TextQuery>,
        inputs: &SignalInputs<'_>,
        resemblances: &[(Address, f32)],
    ) -> tantivy::Result<Vec<Explanation>> {
        let resemblances: HashMap<Address, f32> = resemblances.iter().copied().collect();
        let mut explained: Vec<Option<Explanation>> = vec![None; hits.len()];
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let mut places: Vec<usize> = (0..hits.len())
                .filter(|&place| hits[place].0.segment == at)
                .collect();
            // Texts are walked in order of documents.
            places.sort_unstable_by_key(|&place| hits[place].0.doc);
            if places.is_empty() {
                continue;
            }
            let signals = Signals::open(segment, self.schema, inputs)?;
            let mut words = text.map(|text| text.in_segment(segment)).transpose()?;
            for place in places {
                let address = hits[place].0;
                let mut is_met = false;
                if let Some(words) = &mut words {
                    if words.doc() < address.doc {
                        words.seek(address.doc);
                    }
                    // A pinned hit need not have any of the words.
                    is_met = words.doc() == address.doc;
                }
                let met = words.as_mut().filter(|_| is_met);
                let resemblance = resemblances.get(&address).copied().unwrap_or_default();
                explained[place] = Some(signals.explain(address.doc, met, resemblance));
            }
        }
        Ok(explained.into_iter().flatten().collect())
    }
}
