//! The words of an object that are asked for, counted in what the cluster gives back of it. Invariant: a field says of a word
//! what an index of the words says of it.

use std::collections::HashMap;

use super::sought::Sought;
use crate::engine::expand::query_term::{MetBy, QueryTerm};
use crate::engine::opensearch::layout::judged::Judged;
use crate::engine::opensearch::searched::Hit as FoundHit;
use crate::engine::ranking::{self, BestWord, TextField};

const FIELDS: usize = TextField::ALL.len();

/// The words of an object that are asked for: how often each stands in each field, and how long the fields are.
pub(super) struct Occurrences<'s> {
    /// All that are asked for, in the order of their letters.
    texts: &'s [String],
    counts: Vec<[u32; FIELDS]>,
    lengths: [u32; FIELDS],
    /// Where words are looked for in a scope, what each is worth there.
    scoped: Option<HashMap<String, f32>>,
}

impl<'s> Occurrences<'s> {
    pub(super) fn read(hit: &FoundHit, judged: &Judged, sought: &'s Sought) -> Self {
        let texts = sought.texts.as_slice();
        if let Some(scope) = &sought.scope {
            return Self {
                texts,
                counts: Vec::new(),
                lengths: [0; FIELDS],
                scoped: Some(scope.worths(hit, judged, texts)),
            };
        }
        let (mut counts, mut wanted) = (vec![[0; FIELDS]; texts.len()], 0);
        for (word, [shown @ .., hidden]) in judged.words() {
            while texts.get(wanted).is_some_and(|text| text.as_str() < word) {
                wanted += 1;
            }
            let Some(text) = texts.get(wanted) else {
                break;
            };
            if text == word {
                let mut count = shown;
                // What is hidden counts as prose, and makes it no longer.
                count[FIELDS - 1] += hidden;
                counts[wanted] = count;
            }
        }
        let [lengths @ .., _] = judged.lengths;
        Self {
            texts,
            counts,
            lengths,
            scoped: None,
        }
    }

    fn of(&self, word: &str) -> [u32; FIELDS] {
        let at = self.texts.binary_search_by(|text| text.as_str().cmp(word));
        at.map_or([0; FIELDS], |at| self.counts[at])
    }

    /// What each field adds to what meeting a word by the term is worth; `None` where the object has it not.
    pub(super) fn by_field(
        &self,
        term: &QueryTerm,
        averages: &[f32; FIELDS],
    ) -> Option<[f32; FIELDS]> {
        if let Some(scoped) = &self.scoped {
            return in_scope(term, scoped);
        }
        let of = |word: &String| self.of(word);
        match term.met_by {
            MetBy::All => {
                let is_there = |word: &String| of(word)[FIELDS - 1] > 0;
                if !term.texts.iter().all(is_there) {
                    return None;
                }
                let mut by_field = [0.0; FIELDS];
                for (at, field) in TextField::ALL.into_iter().enumerate() {
                    let shares = term.texts.iter();
                    let shares = shares.map(|word| self.share(at, of(word)[at], averages));
                    by_field[at] = field.weight() * shares.fold(1.0, f32::min);
                }
                Some(by_field)
            }
            MetBy::Any(reach) => {
                let mut best = BestWord::default();
                let fields = TextField::ALL.into_iter().enumerate();
                for (at, field) in fields.filter(|(_, field)| reach.reaches(*field)) {
                    for word in &term.texts {
                        best.note(at, field.weight() * self.share(at, of(word)[at], averages));
                    }
                }
                best.is_any().then(|| best.by_field())
            }
        }
    }

    /// What so many occurrences of a word count in a field, between 0 and 1.
    fn share(&self, at: usize, occurrences: u32, averages: &[f32; FIELDS]) -> f32 {
        if occurrences == 0 {
            return 0.0;
        }
        let field = TextField::ALL[at];
        let Some(b) = field.b() else {
            return 1.0;
        };
        let relative = self.lengths[at] as f32 / averages[at].max(1.0);
        ranking::tf(field.counted(occurrences), relative, b).min(1.0)
    }
}

/// In a scope fields are not told apart: what a word is worth there is all in the last one.
fn in_scope(term: &QueryTerm, scoped: &HashMap<String, f32>) -> Option<[f32; FIELDS]> {
    let mut worths = term.texts.iter().map(|word| scoped.get(word).copied());
    let worth = match term.met_by {
        MetBy::All => worths.try_fold(f32::INFINITY, |least, worth| Some(least.min(worth?))),
        MetBy::Any(_) => worths.flatten().reduce(f32::max),
    };
    let mut by_field = [0.0; FIELDS];
    by_field[FIELDS - 1] = worth?;
    Some(by_field)
}
