//! A query text as it is looked for in a cluster: its words with everything they are met by, an article code, a name.
//! Invariant: all of it is of one look at the dictionary of the catalog.

use std::collections::BTreeSet;
use std::convert::Infallible;

use serde_json::{Value, json};

use super::dictionary::Memo;
use super::scope::Scope;
use super::whole::{WholeValue, whole_values};
use super::words::{WordQuery, all_met};
use crate::domain::{Language, LastWord, QueryText, SearchQuery, Typos};
use crate::engine::EngineError;
use crate::engine::analysis::{self, Spoken};
use crate::engine::expand::dictionary::Dictionary as _;
use crate::engine::expand::expansion::{TypedWords, leave_out_misspelled};
use crate::engine::expand::query_term::QueryWord;
use crate::engine::expand::spoken::spoken;
use crate::engine::expand::wording::Wording;
use crate::engine::highlight::Marker;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{any, term};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, TextField};

pub(in crate::engine::opensearch::search) struct Sought {
    pub(super) words: Vec<QueryWord>,
    /// All that meets one, in the order of their letters.
    pub(super) texts: Vec<String>,
    typed_words: TypedWords,
    is_corrected: bool,
    /// Whether every word typed is among the words, as it was typed.
    pub(super) is_whole: bool,
    begun: Option<String>,
    pub(super) begun_words: Vec<u64>,
    /// What was typed as the words of a title, and what leads over in one to what the thing was made for.
    pub(super) typed: Vec<u64>,
    pub(super) made_for: Vec<u64>,
    pub(super) average_lengths: [f32; TextField::ALL.len()],
    /// The text, where it is a code that some object has.
    pub(super) code: Option<String>,
    /// The text as the name of an object, or of a category it is in.
    pub(super) names: Vec<String>,
    /// Where words are looked for; `None` is everywhere.
    pub(super) scope: Option<Scope>,
    /// The text as a value of attributes that are compared whole.
    pub(super) whole: Vec<WholeValue>,
    language: Language,
    /// What has to find enough, so that no other spellings are needed; `None` where that is known.
    awaits: Option<Value>,
}

impl Sought {
    /// Whether it is known by now that the text was expanded as far as it has to be.
    pub(super) fn is_settled(&self, memo: &Memo<'_>) -> bool {
        let found = self.awaits.as_ref().map(|query| memo.count(query));
        found.is_none_or(|count| count >= Some(ranking::ENOUGH_OBJECTS as u64))
    }

    pub(super) fn telling(&self) -> impl Iterator<Item = &QueryWord> {
        self.words.iter().filter(|word| word.is_telling)
    }

    /// Each word as a query.
    pub(super) fn queries(&self) -> impl Iterator<Item = WordQuery<'_>> {
        let scope = self.scope.as_ref();
        { self.words.iter() }.map(move |word| WordQuery::of(word, scope))
    }

    /// What has the text for a code or a value: it has met every word. `None` where nothing does.
    pub(super) fn entirely(&self) -> Option<Value> {
        let code = self.code.as_deref().map(|code| term("k.code", code));
        let whole = self.whole.iter().map(|value| value.query.clone());
        let queries: Vec<Value> = code.into_iter().chain(whole).collect();
        (!queries.is_empty()).then(|| any(queries))
    }

    /// Whether a word is not looked for, because nothing has it in any spelling.
    pub(super) fn drops_any(&self) -> bool {
        self.typed_words.drops_any()
    }

    /// What was looked for instead of what was typed; the words at the places `in_the_way` were not.
    pub(in crate::engine::opensearch::search) fn correction(
        &self,
        in_the_way: &[usize],
    ) -> Option<crate::domain::Correction> {
        (self.is_corrected || !in_the_way.is_empty())
            .then(|| self.typed_words.correction(in_the_way))
            .flatten()
    }

    /// What stands at these places, as typed.
    pub(in crate::engine::opensearch::search) fn typed_at(
        &self,
        places: &BTreeSet<usize>,
    ) -> Vec<String> {
        self.typed_words.pieces_at(places)
    }

    pub(in crate::engine::opensearch::search) fn marker(&self) -> Marker {
        let terms = self.words.iter().flat_map(|word| &word.terms);
        let texts = terms.flat_map(|term| term.texts.iter().cloned());
        Marker::new(texts, self.begun.clone(), self.language)
    }
}

/// A text expanded with what is known of the dictionary.
struct Expanded {
    words: Vec<QueryWord>,
    typed_words: TypedWords,
    is_whole: bool,
    begun: Option<String>,
    begun_words: Vec<u64>,
}

impl OpenSite {
    /// The text with what is known and what has to be looked up. What is left to find out is asked beside what follows.
    pub(super) async fn sought(
        &self,
        asking: &Asking<'_>,
        text: &QueryText,
        memo: &mut Memo<'_>,
    ) -> Result<Sought, EngineError> {
        let (query, language) = (asking.query, asking.site.language);
        let synonyms = self.memory.synonyms.of(&asking.site.rules, language);
        let has_words_by_attribute = asking.site.words_by_attribute;
        let scope = query.scope.as_ref();
        let scope = scope.map(|asked| Scope::new(asked, &asking.schema, has_words_by_attribute));
        let (mut tolerates, mut awaits) = (false, None);
        let (expanded, spoken, code, whole) = loop {
            // Whoever names attributes looks for nothing but words in them.
            let code = match scope {
                None => code(asking, text, memo),
                Some(_) => None,
            };
            // Nobody misspells a code and hits upon another.
            let typos = if code.is_some() {
                Typos::Off
            } else {
                query.typos
            };
            let Ok(spoken) = spoken(language, memo.objects(), |word| memo.objects_with(word));
            let wording = Wording {
                language,
                spoken: &spoken,
                rules: query.uses_rules.then_some((&*synonyms.0, &synonyms.1)),
            };
            let Ok(expanded) = expand(text, query, typos, wording, memo, tolerates);
            let whole = whole_values(asking, text, memo);
            if memo.wants_any() {
                memo.guess(|| drop(expand(text, query, typos, wording, memo, tolerates)));
                self.look_up_words(memo, asking).await?;
                continue;
            }
            if !tolerates {
                match enough(asking, typos, &expanded, scope.as_ref(), memo) {
                    Enough::Is => {}
                    Enough::IsNot => {
                        tolerates = true;
                        continue;
                    }
                    Enough::Where(query) => awaits = Some(query),
                }
            }
            break (expanded, spoken, code, whole);
        };
        let Expanded {
            words,
            typed_words,
            is_whole,
            begun,
            begun_words,
        } = expanded;
        let names = match scope {
            None => analysis::names(text.as_str(), language),
            Some(_) => Vec::new(),
        };
        let terms = words.iter().flat_map(|word| &word.terms);
        let texts: BTreeSet<String> = terms.flat_map(|term| term.texts.iter().cloned()).collect();
        Ok(Sought {
            words,
            texts: texts.into_iter().collect(),
            typed_words,
            is_corrected: tolerates,
            is_whole,
            begun,
            begun_words,
            typed: analysis::title_words(text.as_str()),
            made_for: Spoken::made_for(&spoken),
            average_lengths: memo.average_lengths(),
            code,
            names,
            scope,
            whole,
            language,
            awaits,
        })
    }

    /// Objects that show a word, for who asks how it is written.
    pub(in crate::engine::opensearch::search) async fn showing(
        &self,
        asking: &Asking<'_>,
        word: &str,
        most: usize,
    ) -> Result<Vec<crate::engine::opensearch::layout::document::Kept>, EngineError> {
        let body = json!({
            "query": asking.control.alive(&[term("t.text", word)], Vec::new()),
            "sort": [{ "first_seen": "asc" }],
        });
        let window = crate::engine::opensearch::search::hits::Window {
            from: 0,
            size: most,
        };
        let documents = self.window(&body, window).await?.1.into_iter();
        Ok(documents.map(|document| document.kept).collect())
    }
}

/// The text as an article code, where some object has it.
fn code(asking: &Asking<'_>, text: &QueryText, memo: &Memo<'_>) -> Option<String> {
    let code = analysis::code(&analysis::visible(text.as_str()))?;
    let query = asking.there(&term("k.code", &code));
    (memo.count(&query)? > 0).then_some(code)
}

/// Whether nobody needs other spellings.
enum Enough {
    Is,
    IsNot,
    /// It is where the query finds so many.
    Where(Value),
}

fn enough(
    asking: &Asking<'_>,
    typos: Typos,
    expanded: &Expanded,
    scope: Option<&Scope>,
    memo: &Memo<'_>,
) -> Enough {
    let is_enough = match typos {
        Typos::Off => true,
        Typos::Told => expanded.is_whole,
        Typos::Tolerated if !expanded.is_whole => false,
        Typos::Tolerated if expanded.typed_words.begins_enough() => true,
        Typos::Tolerated => {
            let telling = expanded.words.iter().filter(|word| word.is_telling);
            let telling = telling.map(|word| WordQuery::of(word, scope));
            let telling: Vec<WordQuery<'_>> = telling.collect();
            let query = asking.there(&all_met(&telling));
            match memo.count(&query) {
                _ if telling.is_empty() => false,
                Some(count) => count >= ranking::ENOUGH_OBJECTS as u64,
                None => return Enough::Where(query),
            }
        }
    };
    if is_enough { Enough::Is } else { Enough::IsNot }
}

fn expand(
    text: &QueryText,
    query: &SearchQuery,
    typos: Typos,
    wording: Wording<'_>,
    memo: &Memo<'_>,
    tolerates: bool,
) -> Result<Expanded, Infallible> {
    let objects = memo.objects();
    let mut typed = TypedWords::look_up(text, wording, memo)?;
    let (mut begun, mut begun_words) = (None, Vec::new());
    if query.last_word == LastWord::Begun {
        typed.go_on(memo)?;
        begun = typed.last().map(str::to_owned);
        begun_words = typed.begun_words();
    }
    let mut words = typed.words(objects);
    if typos != Typos::Tolerated {
        leave_out_misspelled(&mut words);
    }
    let is_whole = typed.all_known();
    if tolerates {
        typed.tolerate_typos(typos, memo)?;
        if typos == Typos::Tolerated {
            words = typed.words(objects);
        }
    }
    Ok(Expanded {
        words,
        typed_words: typed,
        is_whole,
        begun,
        begun_words,
    })
}
