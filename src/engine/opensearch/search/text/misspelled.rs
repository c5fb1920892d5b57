//! Which words of what is found are misspelled, and what that makes needless. Invariant: what is left out has a word misspelled that
//! something else has as it was typed.

use serde_json::{Map, Value, json};

use super::steps::{Choice, named};
use super::words::{WordQuery, all_met};
use crate::engine::opensearch::search::filter::{all, any, not};

/// Words that may be misspelled, of which every combination is told apart.
const MISSPELLED_MAX: usize = 5;

impl Choice<'_> {
    /// Words that may be misspelled, none where there are too many.
    fn misspelled(&self) -> Vec<&WordQuery<'_>> {
        let words: Vec<&WordQuery<'_>> = { self.words.iter() }
            .filter(|word| word.has_misspellings())
            .collect();
        if words.len() > MISSPELLED_MAX {
            return Vec::new();
        }
        words
    }

    /// What has these of the words misspelled, and of the rest none, for each combination of them.
    pub(super) fn masks(&self) -> Vec<Value> {
        let words = self.misspelled();
        let misspelled = |mask: u32| {
            let words = words.iter().enumerate().map(|(at, word)| {
                let is_misspelled = mask & (1 << at) != 0;
                if is_misspelled {
                    not(word.right())
                } else {
                    word.right()
                }
            });
            let by_words = all(words.collect());
            match (&self.entirely, mask) {
                (None, _) => by_words,
                (Some(entirely), 0) => any(vec![entirely.clone(), by_words]),
                (Some(entirely), _) => all(vec![not(entirely.clone()), by_words]),
            }
        };
        (0..(1_u32 << words.len())).map(misspelled).collect()
    }

    /// Of what has all words, what has a word misspelled that something else has as it was typed, which is as right in the
    /// other words.
    pub(super) fn find_replaced(&mut self, masks: &[Value], buckets: &Value) {
        let is_there = |mask: &usize| buckets[mask.to_string()]["doc_count"].as_u64() > Some(0);
        let there: Vec<usize> = (0..masks.len()).filter(is_there).collect();
        let is_replaced = |mask: &&usize| {
            let mut better = there.iter().filter(|other| other != mask);
            better.any(|other| other & !**mask == 0)
        };
        let replaced = there.iter().filter(is_replaced);
        let replaced = replaced.map(|mask| all(vec![masks[*mask].clone(), all_met(&self.words)]));
        self.replaced = replaced.collect();
    }
}

/// Whether anything has each combination; `None` where there is but one.
pub(super) fn misspellings(masks: &[Value]) -> Option<Map<String, Value>> {
    let filters = masks.iter().enumerate();
    let filters = filters.map(|(mask, query)| (mask.to_string(), query.clone()));
    let filters: Map<String, Value> = filters.collect();
    (masks.len() > 1).then(|| named("masks", json!({ "filters": { "filters": filters } })))
}
