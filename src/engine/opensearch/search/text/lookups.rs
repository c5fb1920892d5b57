//! What the cluster is asked about words, everything that is not known in requests of the same moment. Invariant: an answer holds at
//! least of all that could be seen when the search began.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::dictionary::{Memo, Wanted};
use super::frequencies::{frequencies_of_stand_ins, keep_counted, keep_frequencies};
use super::known_words::Beginning;
use super::patterns::{almost_beginning, escaped, near_beginning};
use super::sight::{seen_in, sight};
use super::steps::named;
use crate::engine::EngineError;
use crate::engine::analysis;
use crate::engine::expand::beginnings::{MISSPELLED_EDITS, WORDS_MAX, commonest};
use crate::engine::expand::dictionary::{best_spellings, has_digits};
use crate::engine::expand::edits::{builder, edits};
use crate::engine::expand::found_words::Spelling;
use crate::engine::opensearch::layout::fields::field_name;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::stand_ins::question::Counting;
use crate::engine::opensearch::searched::Searched;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, TextField};

/// Spellings that the cluster is asked for; the best of them are taken.
const SPELLINGS_ASKED: usize = 200;

/// Most states of an expression that a dictionary is looked through for.
const STATES_MAX: u32 = 100_000;

/// A question about words, and what its answer is of.
enum About {
    Sight,
    /// By the digest of the query.
    Count(String),
    /// Where objects are found by what stands for them, how many of these have each word.
    Frequencies,
    /// One of several about the spellings of a word.
    Similar(String),
    Beginning(Beginning),
}

/// Questions about words, to be asked beside others or alone.
pub(super) struct Questions {
    about: Vec<About>,
    pub(super) bodies: Vec<Value>,
    words: BTreeSet<String>,
}

impl Questions {
    /// All that was noted down, and how the catalog looks where that is not proven.
    pub(super) fn of(memo: &mut Memo<'_>, asking: &Asking<'_>) -> Self {
        let mut questions = Self {
            about: Vec::new(),
            bodies: Vec::new(),
            words: BTreeSet::new(),
        };
        if !memo.is_proven {
            questions.push(About::Sight, sight());
        }
        let Wanted {
            words,
            similar,
            beginnings,
            counts,
        } = memo.take_wanted();
        if asking.has_stand_ins() && !words.is_empty() {
            questions.push(About::Frequencies, frequencies_of_stand_ins(&words));
        }
        questions.words = words;
        for (digest, query) in counts {
            let body = json!({ "query": query, "size": 0, "track_total_hits": true });
            questions.push(About::Count(digest), body);
        }
        for word in similar {
            let bodies = spellings_of(&word, asking);
            if bodies.is_empty() {
                memo.keep(|answers| {
                    answers.similar.insert(word.clone(), Vec::new());
                });
            }
            for body in bodies {
                questions.push(About::Similar(word.clone()), body);
            }
        }
        for beginning in beginnings {
            let body = words_begun(&beginning, asking);
            questions.push(About::Beginning(beginning), body);
        }
        questions
    }

    fn push(&mut self, about: About, body: Value) {
        self.about.push(about);
        self.bodies.push(body);
    }

    /// Keeps what was answered, in the order of the questions; whether what was known before holds.
    pub(super) fn keep(
        self,
        memo: &mut Memo<'_>,
        asking: &Asking<'_>,
        answers: impl IntoIterator<Item = Searched>,
    ) -> bool {
        let mut holds = true;
        let mut similar: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let mut seen = None;
        for (about, mut answer) in self.about.into_iter().zip(answers) {
            if matches!(about, About::Similar(_) | About::Beginning(_)) {
                answer.aggregations = asking.counted(answer.aggregations);
            }
            match about {
                About::Sight => seen = Some(answer),
                About::Count(digest) => {
                    let count = answer.total();
                    memo.keep(|answers| {
                        answers.counts.insert(digest.clone(), count);
                    });
                }
                About::Frequencies => keep_counted(memo, &self.words, &answer),
                About::Similar(word) => {
                    let found = similar.entry(word).or_default();
                    found.extend(suggested(&answer));
                    found.extend(listed(&answer));
                }
                About::Beginning(beginning) => {
                    let words = begun(&beginning, &answer);
                    memo.keep(|answers| {
                        answers.beginnings.insert(beginning.clone(), words.clone());
                    });
                }
            }
        }
        for (word, found) in similar {
            let spellings = near(&word, found);
            memo.keep(|answers| {
                answers.similar.insert(word.clone(), spellings.clone());
            });
        }
        // Last: what was asked at the same time may be of an earlier sight.
        if let Some(answer) = seen {
            holds = memo.see(seen_in(&answer, asking.control));
            let types = terms(&answer, "types").map(|(name, _)| name);
            let types: Vec<String> = types.collect();
            memo.keep(|answers| answers.types = Some(types.clone()));
        }
        holds
    }
}

impl OpenSite {
    /// Looks up what was noted, and how the catalog looks where that is not proven.
    pub(super) async fn look_up_words(
        &self,
        memo: &mut Memo<'_>,
        asking: &Asking<'_>,
    ) -> Result<(), EngineError> {
        memo.look()?;
        let questions = Questions::of(memo, asking);
        let frequencies = async {
            if questions.words.is_empty() {
                return Ok(None);
            }
            self.frequencies(&questions.words).await.map(Some)
        };
        let answers = self.cluster.search_all(&self.alias, &questions.bodies);
        let (frequencies, answers) = tokio::try_join!(frequencies, answers)?;
        if let Some(told) = frequencies {
            keep_frequencies(memo, &questions.words, &told);
        }
        questions.keep(memo, asking, answers);
        Ok(())
    }
}

/// Questions for the spellings that are near a word; none where none may be.
fn spellings_of(word: &str, asking: &Asking<'_>) -> Vec<Value> {
    let edits_max = ranking::edits_allowed(word);
    if builder(edits_max).is_none() {
        return Vec::new();
    }
    let term = json!({
        "field": asking.field_of_found(&format!("t.{}", field_name(TextField::Everything))),
        "suggest_mode": "always",
        "max_edits": edits_max,
        "prefix_length": 0,
        "min_word_length": 1,
        "size": SPELLINGS_ASKED,
        "shard_size": SPELLINGS_ASKED,
        "max_inspections": 50,
        "min_doc_freq": 0,
        "max_term_freq": i32::MAX,
        "accuracy": 0.01,
    });
    let suggest = json!({ "like": { "text": word, "term": term } });
    let mut bodies = vec![json!({ "size": 0, "suggest": suggest })];
    if edits_max > 1 {
        bodies.extend(near_beginning(word).into_iter().map(|pattern| {
            let query = matching("words", &pattern);
            listing("words", &query, &pattern, asking)
        }));
    }
    bodies
}

fn matching(field: &str, pattern: &str) -> Value {
    json!({ "regexp": { field: { "value": pattern, "max_determinized_states": STATES_MAX } } })
}

/// The commonest words that the pattern means, and how many objects have each.
fn listing(field: &str, query: &Value, pattern: &str, asking: &Asking<'_>) -> Value {
    let words = json!({ "terms": {
        "field": field,
        "include": pattern,
        "size": WORDS_MAX,
        "shard_size": 4 * WORDS_MAX,
    }});
    json!({
        "query": asking.object(query),
        "size": 0,
        "track_total_hits": false,
        "aggs": asking.counts(named("words", words), query, Counting::StandIns),
    })
}

fn suggested(answer: &Searched) -> impl Iterator<Item = (String, u64)> {
    let options = answer.suggest["like"][0]["options"].as_array();
    options.into_iter().flatten().filter_map(|option| {
        let text = option["text"].as_str()?;
        Some((text.to_owned(), option["freq"].as_u64().unwrap_or(0)))
    })
}

fn listed(answer: &Searched) -> impl Iterator<Item = (String, u64)> {
    terms(answer, "words")
}

fn terms<'a>(answer: &'a Searched, of: &str) -> impl Iterator<Item = (String, u64)> + use<'a> {
    let buckets = answer.aggregations[of]["buckets"].as_array();
    buckets.into_iter().flatten().filter_map(|bucket| {
        let word = bucket["key"].as_str()?.to_owned();
        Some((word, bucket["doc_count"].as_u64()?))
    })
}

/// Of what was found those that are near the word, the best.
fn near(word: &str, found: BTreeMap<String, u64>) -> Vec<Spelling> {
    let edits_max = ranking::edits_allowed(word);
    let Some(builder) = builder(edits_max) else {
        return Vec::new();
    };
    let dfa = builder.build_dfa(word);
    let found = found.into_iter().filter_map(|(text, objects)| {
        let is_one = text != word && !text.starts_with(analysis::MARK) && !has_digits(&text);
        let edits = edits(&dfa, &text);
        (is_one && edits <= edits_max).then_some(Spelling {
            text,
            edits,
            objects,
        })
    });
    best_spellings(word, found.collect())
}

fn words_begun(beginning: &Beginning, asking: &Asking<'_>) -> Value {
    let field = if beginning.is_of_title {
        "words_of_title"
    } else {
        "words"
    };
    if beginning.is_misspelled {
        let pattern = almost_beginning(&beginning.text);
        return listing(field, &matching(field, &pattern), &pattern, asking);
    }
    // OpenSearch fails over a beginning that sorts behind all words, unless it cannot tell that it is one.
    let pattern = format!("{}(.*)", escaped(&beginning.text));
    let query = json!({ "prefix": { field: beginning.text } });
    listing(field, &query, &pattern, asking)
}

fn begun(beginning: &Beginning, answer: &Searched) -> Vec<Spelling> {
    let edits = if beginning.is_misspelled {
        MISSPELLED_EDITS
    } else {
        0
    };
    let words = listed(answer).map(|(text, objects)| Spelling {
        text,
        edits,
        objects,
    });
    commonest(words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_a_word_is_no_code_and_within_its_edits() {
        let marked = format!("{}headphone", analysis::MARK);
        let found = [
            "headphones",
            "earphones",
            "headphone7",
            "telephone",
            marked.as_str(),
        ];
        let found = found.map(|word| (word.to_owned(), 1));
        let near = near("headphones", found.into_iter().collect());
        let near: Vec<_> = near
            .iter()
            .map(|one| (one.text.as_str(), one.edits))
            .collect();
        assert_eq!(near, [("earphones", 2)]);
    }
}
