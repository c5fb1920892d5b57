//! The steps of a match as queries (`engine::ranking`'s rule says which are taken). Invariant: an object stands on the step of
//! which the query holds, and on no other.

use serde_json::{Map, Value, json};

use super::sought::Sought;
use super::words::{WordQuery, all_met, all_right};
use crate::engine::expand::query_term::QueryWord;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{BEGINNING, all, always, any, not, nothing};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, ChosenSteps, MENTION_WORTH, Step};

/// Shares of what words tell that differ by less are one: sums of floats.
const SAME: f32 = 1e-4;
/// What a set is chosen with.
pub(super) struct Choice<'a> {
    pub(super) site: &'a OpenSite,
    pub(super) asking: &'a Asking<'a>,
    pub(super) sought: &'a Sought,
    pub(super) words: Vec<WordQuery<'a>>,
    pub(super) telling: Vec<&'a QueryWord>,
    /// Everything of the types asked for that can be seen.
    pub(super) visible: Value,
    /// What has the text for a code or a value: it has met every word.
    pub(super) entirely: Option<Value>,
    /// Misspellings that something else makes needless are left out.
    pub(super) replaced: Vec<Value>,
    /// `None`: all.
    pub(super) asked_types: Option<Vec<&'a str>>,
}

/// What is taken of a type.
#[derive(Clone, PartialEq)]
pub(super) struct Taken {
    pub(super) steps: ChosenSteps,
    pub(super) only_right: bool,
    /// From what share of what the words tell an object has most of them.
    pub(super) most_share_min: f32,
}

impl Choice<'_> {
    /// How many words tell what is looked for.
    pub(super) fn count(&self) -> usize {
        self.telling.len()
    }

    pub(super) fn asks_for(&self, object_type: &str) -> bool {
        let asked = self.asked_types.as_ref();
        asked.is_none_or(|asked| asked.contains(&object_type))
    }

    pub(super) fn complete(&self) -> Value {
        let by_words = if self.words.is_empty() {
            nothing()
        } else {
            all_met(&self.words)
        };
        let complete = any([by_words]
            .into_iter()
            .chain(self.entirely.clone())
            .collect());
        self.without_replaced(complete)
    }

    pub(super) fn without_replaced(&self, query: Value) -> Value {
        if self.replaced.is_empty() {
            return query;
        }
        json!({ "bool": { "filter": [query], "must_not": self.replaced } })
    }

    pub(super) fn step(&self, step: Step) -> Value {
        let named = all(self.words.iter().map(WordQuery::named).collect());
        let says = any(self.words.iter().map(WordQuery::itself).collect());
        let by_words = match step {
            Step::Named => all(vec![named, says]),
            Step::Told => all(vec![all_met(&self.words), says, not(named)]),
            Step::Attributed => all(vec![named, not(says)]),
            Step::Mentioned => all(vec![all_met(&self.words), not(says), not(named)]),
            Step::Most | Step::Some => nothing(),
        };
        match (&self.entirely, step) {
            (None, _) => by_words,
            (Some(entirely), Step::Named) => any(vec![entirely.clone(), by_words]),
            (Some(entirely), _) => all(vec![not(entirely.clone()), by_words]),
        }
    }

    pub(super) fn kind(&self) -> Value {
        json!({ "terms": { "k.kind": self.sought.names } })
    }

    pub(super) fn right(&self) -> Value {
        let right = all_right(&self.words);
        any([right].into_iter().chain(self.entirely.clone()).collect())
    }

    /// What an object has of what the words tell, as a score, for those that have so much of it at least.
    pub(super) fn share(&self, filter: &Value, share_min: f32) -> Value {
        let tells: f32 = self.telling.iter().map(|word| word.tells).sum();
        let functions = self.words.iter().zip(&self.telling).flat_map(|(query, word)| {
            [
                json!({ "filter": query.met(), "weight": word.tells * MENTION_WORTH }),
                json!({ "filter": query.named(), "weight": word.tells * (1.0 - MENTION_WORTH) }),
            ]
        });
        let functions: Vec<Value> = [always()].into_iter().chain(functions).collect();
        json!({ "function_score": {
            "query": { "bool": { "filter": [filter] } },
            "functions": functions,
            "score_mode": "sum",
            "boost_mode": "replace",
            "min_score": BEGINNING + f64::from(((share_min - SAME) * tells).max(0.0)),
        }})
    }

    /// What lacks some of the words and has most of them.
    pub(super) fn most(&self, share_min: f32) -> Value {
        let numbers = self.words.iter().zip(&self.telling);
        let numbers = numbers.filter(|(_, word)| word.has_digits);
        let mut clauses: Vec<Value> = numbers.map(|(query, _)| query.met()).collect();
        clauses.push(not(self.complete()));
        if ranking::most_needs_most_telling(self.count()) {
            let met: Vec<Value> = self.words.iter().map(WordQuery::met).collect();
            clauses.push(json!({ "bool": { "should": met, "minimum_should_match": 2 } }));
            let most = self
                .telling
                .iter()
                .map(|word| word.tells)
                .fold(0.0, f32::max);
            let telling = self.words.iter().zip(&self.telling);
            let telling = telling.filter(|(_, word)| word.tells >= most);
            clauses.push(any(telling.map(|(query, _)| query.met()).collect()));
        } else {
            clauses.push(any(self.words.iter().map(WordQuery::named).collect()));
        }
        self.share(&all(clauses), share_min)
    }

    /// What of a type is taken, whatever its type.
    pub(super) fn taken(&self, taken: &Taken) -> Value {
        let steps = [Step::Named, Step::Told, Step::Attributed, Step::Mentioned];
        let last = taken.steps.last;
        let is_taken = |step: &Step| last.is_some_and(|last| *step <= last);
        let mut queries = if last.is_some_and(|last| last >= Step::Mentioned) {
            vec![self.complete()]
        } else {
            let steps = steps.into_iter().filter(is_taken);
            steps.map(|step| self.step(step)).collect()
        };
        if last == Some(Step::Most) {
            queries.push(self.most(taken.most_share_min));
        }
        let mut clauses = vec![self.without_replaced(any(queries))];
        if taken.steps.kinds_only {
            clauses.push(self.kind());
        }
        if taken.only_right {
            clauses.push(self.right());
        }
        all(clauses)
    }

    /// How right the words are that an object has, as a score; those that are as right as that at least.
    pub(super) fn rightness(&self, filter: &Value, least: f64) -> Value {
        let mut functions = vec![always()];
        for word in &self.words {
            for edits in 0..word.edits_max() {
                let is_wrong = all(vec![word.met(), not(word.within(edits))]);
                functions.push(json!({ "filter": not(is_wrong), "weight": 1 }));
            }
        }
        json!({ "function_score": {
            "query": { "bool": { "filter": [filter] } },
            "functions": functions,
            "score_mode": "sum",
            "boost_mode": "replace",
            "min_score": BEGINNING + (least - f64::from(SAME)).max(0.0),
        }})
    }
}

/// Something counted under a name.
pub(super) fn named(name: &str, agg: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), agg)])
}
