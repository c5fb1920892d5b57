//! The parts of a hit's rank, worked out again for the few hits of a page. Invariant: they are those
//! that decided, read from the same state of the index; of what is hidden no number is told.

use std::collections::HashMap;

use super::collector::Collected;
use super::context::{PreparedQuery, Search};
use crate::domain::Explanation;
use crate::engine::embedded::index::query::among::Among;
use crate::engine::embedded::index::rank::relevance::Signals;
use crate::engine::embedded::index::segments::columns::Address;
use crate::engine::ranking::{Called, MatchQuality};

impl Search<'_> {
    /// One explanation for each hit, in order.
    pub(in super::super) fn explain(
        &self,
        asked: &PreparedQuery<'_>,
        found: &Collected,
    ) -> tantivy::Result<Vec<Explanation>> {
        let hits = &found.hits;
        let resemblances: HashMap<Address, f32> = found.resemblances.iter().copied().collect();
        // Of a text, what has none of its words is pinned.
        let without_words = match asked.text {
            Some(_) => MatchQuality::new(0.0, u32::MAX, Called::OTHERWISE),
            None => MatchQuality::FULL,
        };
        let mut explained: Vec<Option<Explanation>> = vec![None; hits.len()];
        for (at, segment) in self.segments.iter().enumerate() {
            let mut places: Vec<usize> = (0..hits.len())
                .filter(|&place| hits[place].address.segment == at)
                .collect();
            // Texts are walked in order of documents.
            places.sort_unstable_by_key(|&place| hits[place].address.doc);
            if places.is_empty() {
                continue;
            }
            let signals = Signals::open(segment, self.schema, &asked.signals())?;
            let text = asked.text.map(|text| text.in_segment(segment, Among::All));
            let mut words = text.transpose()?;
            for place in places {
                let address = hits[place].address;
                let mut is_met = false;
                if let Some(words) = &mut words {
                    if words.doc() < address.doc {
                        words.seek(address.doc);
                    }
                    is_met = words.doc() == address.doc;
                }
                let met = words.as_mut().filter(|_| is_met);
                let resemblance = resemblances.get(&address).copied().unwrap_or_default();
                let behaviour = found.behaviour.get(&address).copied().unwrap_or_default();
                let quality = hits[place].quality;
                let explanation = signals.explain(
                    address.doc,
                    met,
                    quality.unwrap_or(without_words),
                    resemblance,
                    behaviour,
                );
                explained[place] = Some(explanation);
            }
            words.map_or(Ok(()), |mut words| words.check())?;
        }
        Ok(explained.into_iter().flatten().collect())
    }
}
