//! The words of a query as queries of the cluster: what has one, and where. Invariant: a query holds of an object exactly
//! where judging it here would say the same.

use serde_json::{Value, json};

use super::scope::Scope;
use crate::engine::expand::found_words::Reach;
use crate::engine::expand::query_term::{MetBy, QueryTerm, QueryWord};
use crate::engine::opensearch::layout::fields::{HIDDEN, field_name};
use crate::engine::opensearch::search::filter::{all, any, not, nothing};
use crate::engine::ranking::TextField;

/// Where a word is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Anywhere,
    /// Where an object says what it is, or what it is like.
    Named,
    /// Where it says what it is.
    Itself,
}

impl Where {
    fn fields(self) -> impl Iterator<Item = TextField> {
        TextField::ALL.into_iter().filter(move |field| match self {
            Self::Anywhere => true,
            Self::Named => *field != TextField::Everything,
            Self::Itself => !matches!(field, TextField::Everything | TextField::Attributes),
        })
    }
}

/// A word of the query by what it is met by.
pub(super) struct WordQuery<'w> {
    word: &'w QueryWord,
    /// Where it is looked for; `None` is everywhere.
    scope: Option<&'w Scope>,
}

impl<'w> WordQuery<'w> {
    pub(super) fn of(word: &'w QueryWord, scope: Option<&'w Scope>) -> Self {
        Self { word, scope }
    }

    /// Objects that have it.
    pub(super) fn met(&self) -> Value {
        self.by(|_| true, Where::Anywhere)
    }

    /// Those that have it where it says what they are or are like.
    pub(super) fn named(&self) -> Value {
        self.by(|_| true, Where::Named)
    }

    /// Those that have it where it says what they are.
    pub(super) fn itself(&self) -> Value {
        self.by(|_| true, Where::Itself)
    }

    /// Those that have it by no misspelling.
    pub(super) fn right(&self) -> Value {
        self.by(|term| !term.is_misspelling, Where::Anywhere)
    }

    /// Those that have it within so many edits.
    pub(super) fn within(&self, edits: u8) -> Value {
        self.by(|term| term.edits <= edits, Where::Anywhere)
    }

    pub(super) fn has_misspellings(&self) -> bool {
        self.word.terms.iter().any(|term| term.is_misspelling)
    }

    pub(super) fn edits_max(&self) -> u8 {
        let edits = self.word.terms.iter().map(|term| term.edits);
        edits.max().unwrap_or(0)
    }

    fn by(&self, wanted: impl Fn(&QueryTerm) -> bool, at: Where) -> Value {
        let terms = self.word.terms.iter().filter(|term| wanted(term));
        any(terms
            .map(|term| match self.scope {
                Some(scope) => has_in_scope(term, scope),
                None => has(term, at),
            })
            .collect())
    }

    /// A score that tells the better matches from others, about as they are judged: for which of many are looked at.
    pub(super) fn scored(&self) -> Value {
        let mut queries = Vec::new();
        for term in &self.word.terms {
            if let Some(scope) = self.scope {
                let texts = term.texts.iter();
                queries.extend(texts.flat_map(|text| scope.scored(text, term.weight)));
                continue;
            }
            for field in TextField::ALL {
                let boost = term.weight * field.weight();
                let name = format!("t.{}", field_name(field));
                match (term.met_by, term.texts.as_slice()) {
                    (MetBy::All, [text]) => {
                        queries.push(json!({ "term": { name: { "value": text, "boost": boost } } }));
                    }
                    (MetBy::All, texts) => queries.push(json!({ "constant_score": {
                        "filter": all(texts.iter().map(|text| json!({ "term": { &name: text } })).collect()),
                        "boost": boost,
                    }})),
                    (MetBy::Any(reach), texts) if reach.reaches(field) => {
                        queries.push(json!({ "constant_score": {
                            "filter": { "terms": { name: texts } },
                            "boost": boost,
                        }}));
                    }
                    (MetBy::Any(_), _) => {}
                }
            }
        }
        // A scope may have no place at all.
        if queries.is_empty() {
            return nothing();
        }
        json!({ "dis_max": { "queries": queries, "tie_breaker": 0.3 } })
    }
}

fn has_in_scope(term: &QueryTerm, scope: &Scope) -> Value {
    let texts = term.texts.iter().map(|text| scope.has(text)).collect();
    match term.met_by {
        MetBy::All => all(texts),
        MetBy::Any(_) => any(texts),
    }
}

fn has(term: &QueryTerm, at: Where) -> Value {
    match term.met_by {
        MetBy::All if at == Where::Anywhere => {
            let texts = term.texts.iter();
            all(texts
                .map(|text| anywhere(std::slice::from_ref(text)))
                .collect())
        }
        // A field counts that has all of them.
        MetBy::All => any(at
            .fields()
            .map(|field| {
                let texts = term.texts.iter();
                all(texts
                    .map(|text| in_field(field_name(field), text))
                    .collect())
            })
            .collect()),
        MetBy::Any(Reach::All) if at == Where::Anywhere => anywhere(&term.texts),
        MetBy::Any(reach) => {
            let fields = at.fields().filter(|field| reach.reaches(*field));
            any(fields
                .map(|field| {
                    let name = format!("t.{}", field_name(field));
                    json!({ "terms": { name: term.texts } })
                })
                .collect())
        }
    }
}

fn in_field(field: &str, text: &str) -> Value {
    json!({ "term": { format!("t.{field}"): text } })
}

/// Any of the texts, shown or hidden.
fn anywhere(texts: &[String]) -> Value {
    let fields = [field_name(TextField::Everything), HIDDEN];
    any(fields
        .into_iter()
        .map(|field| match texts {
            [text] => in_field(field, text),
            texts => json!({ "terms": { format!("t.{field}"): texts } }),
        })
        .collect())
}

/// Objects that have all of the words.
pub(super) fn all_met(words: &[WordQuery<'_>]) -> Value {
    all(words.iter().map(WordQuery::met).collect())
}

/// Objects that have none of them by a misspelling alone.
pub(super) fn all_right(words: &[WordQuery<'_>]) -> Value {
    let words = words.iter().filter(|word| word.has_misspellings());
    all(words
        .map(|word| any(vec![not(word.met()), word.right()]))
        .collect())
}
