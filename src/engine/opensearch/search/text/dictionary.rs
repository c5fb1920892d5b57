//! The words of a catalog in a cluster. Expansion does not wait, so what it asks for is noted down, and everything that was
//! noted is looked up at once; then the text is expanded again. Invariant: a text is expanded for good when nothing was noted.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::patterns::{almost_beginning, escaped, near_beginning};
use crate::engine::EngineError;
use crate::engine::analysis;
use crate::engine::expand::beginnings::{
    Listing, MISSPELLED_EDITS, WORDS_MAX, begun_by, commonest,
};
use crate::engine::expand::dictionary::{Dictionary, best_spellings, has_digits};
use crate::engine::expand::edits::{builder, edits};
use crate::engine::expand::found_words::{Begun, Spelling};
use crate::engine::opensearch::client::Call;
use crate::engine::opensearch::layout::found_by::{HIDDEN, field_name};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, TextField};

const FIELDS: usize = TextField::ALL.len();

/// Spellings that the cluster is asked for; the best of them are taken.
const SPELLINGS_ASKED: usize = 200;

/// Most states of an expression that a dictionary is looked through for.
const STATES_MAX: u32 = 100_000;

/// What is known of the words of a catalog.
#[derive(Default)]
pub(super) struct Memo {
    /// Objects with words, and the average length of each field.
    pub(super) objects: u64,
    pub(super) average_lengths: [f32; FIELDS],
    /// How many objects have a word in each field, the hidden one last.
    frequencies: HashMap<String, [u64; FIELDS + 1]>,
    similar: HashMap<String, Vec<Spelling>>,
    beginnings: HashMap<Beginning, Vec<Spelling>>,
    wanted: Mutex<Wanted>,
}

/// What was asked for and is not known.
#[derive(Default)]
struct Wanted {
    words: HashSet<String>,
    similar: HashSet<String>,
    beginnings: HashSet<Beginning>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Beginning {
    is_of_title: bool,
    text: String,
    is_misspelled: bool,
}

impl Memo {
    fn note(&self, note: impl FnOnce(&mut Wanted)) {
        note(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// In each field, the hidden one last; nothing where it is not known yet.
    fn frequency(&self, word: &str) -> [u64; FIELDS + 1] {
        if let Some(known) = self.frequencies.get(word) {
            return *known;
        }
        self.note(|wanted| {
            wanted.words.insert(word.to_owned());
        });
        [0; FIELDS + 1]
    }
}

impl Dictionary for Memo {
    type Error = Infallible;

    fn objects(&self) -> u64 {
        self.objects
    }

    fn objects_with(&self, word: &str) -> Result<u64, Infallible> {
        let [.., shown, hidden] = self.frequency(word);
        Ok(shown.max(hidden))
    }

    fn objects_showing(&self, word: &str) -> Result<u64, Infallible> {
        let [.., shown, _] = self.frequency(word);
        Ok(shown)
    }

    fn objects_naming(&self, word: &str) -> Result<u64, Infallible> {
        let [named @ .., _, _] = self.frequency(word);
        Ok(named.into_iter().max().unwrap_or(0))
    }

    fn similar(&self, word: &str) -> Result<Vec<Spelling>, Infallible> {
        if ranking::edits_allowed(word) == 0 {
            return Ok(Vec::new());
        }
        if let Some(known) = self.similar.get(word) {
            return Ok(known.clone());
        }
        self.note(|wanted| {
            wanted.similar.insert(word.to_owned());
        });
        Ok(Vec::new())
    }

    fn begun_by(&self, beginning: &str) -> Result<Begun, Infallible> {
        begun_by(self, beginning)
    }
}

impl Listing for Memo {
    fn beginning_with(
        &self,
        field: TextField,
        beginning: &str,
        is_misspelled: bool,
    ) -> Result<Vec<Spelling>, Infallible> {
        let asked = Beginning {
            is_of_title: field == TextField::Title,
            text: beginning.to_owned(),
            is_misspelled,
        };
        if let Some(known) = self.beginnings.get(&asked) {
            return Ok(known.clone());
        }
        self.note(|wanted| {
            wanted.beginnings.insert(asked);
        });
        Ok(Vec::new())
    }
}

impl OpenSite {
    /// Looks up what was noted; whether there was anything.
    pub(super) async fn look_up_words(&self, memo: &mut Memo) -> Result<bool, EngineError> {
        let wanted = memo
            .wanted
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let wanted = std::mem::take(wanted);
        let is_any =
            !wanted.words.is_empty() || !wanted.similar.is_empty() || !wanted.beginnings.is_empty();
        if !wanted.words.is_empty() {
            self.look_up_frequencies(memo, wanted.words).await?;
        }
        for word in wanted.similar {
            let similar = self.spelled_like(&word).await?;
            memo.similar.insert(word, similar);
        }
        for beginning in wanted.beginnings {
            let words = self.beginning_with(&beginning).await?;
            memo.beginnings.insert(beginning, words);
        }
        Ok(is_any)
    }

    /// As of a document that has all of the words.
    async fn look_up_frequencies(
        &self,
        memo: &mut Memo,
        words: HashSet<String>,
    ) -> Result<(), EngineError> {
        let names: Vec<&str> = { TextField::ALL.map(field_name).into_iter() }
            .chain([HIDDEN])
            .collect();
        let text = words
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        let fields: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!(text)))
            .collect();
        let body = json!({
            "doc": { "t": fields },
            "fields": ["t.*"],
            "term_statistics": true,
            "field_statistics": true,
            "positions": false,
            "offsets": false,
            "payloads": false,
        });
        let ask = Call::ask(format!("/{}/_termvectors", self.alias), &body);
        let told: Value = self.cluster.client.call(&ask).await?.read()?;
        let of_field = |name: &str| &told["term_vectors"][format!("t.{name}")];
        let everything = field_name(TextField::Everything);
        let count = |name: &str, of: &str| {
            let statistics = &of_field(name)["field_statistics"];
            statistics[of].as_u64().unwrap_or(0)
        };
        memo.objects = count(everything, "doc_count");
        for (at, field) in TextField::ALL.into_iter().enumerate() {
            if field.b().is_some() && memo.objects > 0 {
                let words = count(field_name(field), "sum_ttf");
                memo.average_lengths[at] = words as f32 / memo.objects as f32;
            }
        }
        for word in words {
            let mut frequency = [0; FIELDS + 1];
            for (at, name) in names.iter().enumerate() {
                let term = &of_field(name)["terms"][&word];
                frequency[at] = term["doc_freq"].as_u64().unwrap_or(0);
            }
            memo.frequencies.insert(word, frequency);
        }
        Ok(())
    }

    async fn spelled_like(&self, word: &str) -> Result<Vec<Spelling>, EngineError> {
        let edits_max = ranking::edits_allowed(word);
        let Some(builder) = builder(edits_max) else {
            return Ok(Vec::new());
        };
        let field = format!("t.{}", field_name(TextField::Everything));
        let term = json!({
            "field": field,
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
        let body = json!({ "size": 0, "suggest": { "like": { "text": word, "term": term } } });
        let ask = Call::ask(format!("/{}/_search", self.alias), &body);
        let told: Value = self.cluster.client.call(&ask).await?.read()?;
        let options = told["suggest"]["like"][0]["options"].as_array();
        let options = options.into_iter().flatten().filter_map(|option| {
            let text = option["text"].as_str()?;
            Some((text.to_owned(), option["freq"].as_u64().unwrap_or(0)))
        });
        let mut words: BTreeMap<String, u64> = options.collect();
        if edits_max > 1 {
            for pattern in near_beginning(word) {
                let query = json!({ "regexp": { "words": {
                    "value": pattern,
                    "max_determinized_states": STATES_MAX,
                }}});
                words.extend(self.listed("words", query, &pattern).await?);
            }
        }
        let dfa = builder.build_dfa(word);
        let found = words.into_iter().filter_map(|(text, objects)| {
            let is_one = text != word && !text.starts_with(analysis::MARK) && !has_digits(&text);
            let edits = edits(&dfa, &text);
            (is_one && edits <= edits_max).then_some(Spelling {
                text,
                edits,
                objects,
            })
        });
        Ok(best_spellings(word, found.collect()))
    }

    /// The commonest words that the pattern means, and how many objects have each.
    async fn listed(
        &self,
        field: &str,
        query: Value,
        pattern: &str,
    ) -> Result<Vec<(String, u64)>, EngineError> {
        let body = json!({
            "query": query,
            "size": 0,
            "aggs": { "words": { "terms": {
                "field": field,
                "include": pattern,
                "size": WORDS_MAX,
                "shard_size": 4 * WORDS_MAX,
            }}},
        });
        let found = self.cluster.search(&self.alias, &body).await?;
        let buckets = found.aggregations["words"]["buckets"].as_array();
        let words = buckets.into_iter().flatten().filter_map(|bucket| {
            let word = bucket["key"].as_str()?.to_owned();
            Some((word, bucket["doc_count"].as_u64()?))
        });
        Ok(words.collect())
    }

    async fn beginning_with(&self, beginning: &Beginning) -> Result<Vec<Spelling>, EngineError> {
        let field = if beginning.is_of_title {
            "words_of_title"
        } else {
            "words"
        };
        let (pattern, query) = if beginning.is_misspelled {
            let pattern = almost_beginning(&beginning.text);
            let query = json!({ "regexp": { field: {
                "value": pattern,
                "max_determinized_states": STATES_MAX,
            }}});
            (pattern, query)
        } else {
            // OpenSearch fails over a beginning that sorts behind all words, unless it cannot tell that it is one.
            let pattern = format!("{}(.*)", escaped(&beginning.text));
            (pattern, json!({ "prefix": { field: beginning.text } }))
        };
        let words = self.listed(field, query, &pattern).await?.into_iter();
        let edits = if beginning.is_misspelled {
            MISSPELLED_EDITS
        } else {
            0
        };
        let words = words.map(|(text, objects)| Spelling {
            text,
            edits,
            objects,
        });
        Ok(commonest(words.collect()))
    }
}
