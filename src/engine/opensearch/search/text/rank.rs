//! The hits of a text in their order: the best by what the cluster can tell are read and judged here, word by word, and put in
//! order by `engine::ranking`. Invariant: up to [`ranking::RESEMBLANCE_HITS_MAX`] hits, or the end of the page where that is
//! further, the order is the recipe's; of more hits the cluster chooses which are looked at, by everything that decides
//! before the text score.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use super::occurrences::Occurrences;
use super::sought::Sought;
use super::words::WordQuery;
use crate::domain::{AttributeType, Schema, SearchQuery, SignalSource, Timestamp};
use crate::engine::functional_boost;
use crate::engine::opensearch::cluster::Hit as FoundHit;
use crate::engine::opensearch::layout::found_by::{HIDDEN, field_name};
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{all, always};
use crate::engine::opensearch::search::order::{WISHES_MAX, attribute};
use crate::engine::ranking::{
    self, Availability, Called, Judging, Meeting, Met, Ranked, ReadTitles, Sample, Score,
    TextField, TypedTitle, WordHere,
};

/// A hit that was looked at.
pub(super) struct Candidate {
    pub(super) ranked: Ranked<u64>,
    pub(super) identity: String,
    /// Places of the words it has, among those typed.
    pub(super) places: BTreeSet<usize>,
    title_words: Vec<u64>,
}

/// What is asked of the cluster beside which hits it finds.
pub(super) struct Looking<'a> {
    pub(super) asking: &'a Asking<'a>,
    pub(super) sought: &'a Sought,
    /// Whether hits are those of a chosen set; else all that have a word.
    pub(super) is_narrow: bool,
}

impl Looking<'_> {
    /// A question for the best of what the query finds.
    pub(super) fn question(&self, query: &Value, post_filter: &Value) -> Value {
        let mut named = Vec::new();
        let sought = self.sought;
        for (name, field) in [("title", "k.title"), ("kind", "k.kind")] {
            named.push(json!({ "terms": { field: sought.names, "_name": name } }));
        }
        if let Some(code) = &sought.code {
            named.push(json!({ "term": { "k.code": { "value": code, "_name": "code" } } }));
        }
        let reader = self.asking.reader();
        let wishes = self
            .asking
            .query
            .preferred
            .iter()
            .take(WISHES_MAX)
            .enumerate();
        for (at, wish) in wishes {
            let wish = reader.one(&wish.field, &wish.asked);
            named.push(json!({ "bool": { "filter": [wish], "_name": format!("wish-{at}") } }));
        }
        let words = sought.words.iter().map(|word| WordQuery::of(word).scored());
        let should: Vec<Value> = words.collect();
        let scored = json!({ "bool": { "filter": [query], "should": should } });
        // What only has a name scores nothing.
        let named: Vec<Value> = named
            .into_iter()
            .map(|query| json!({ "constant_score": { "filter": query, "boost": 0.0 } }))
            .collect();
        let fields = TextField::ALL.map(field_name).into_iter().chain([HIDDEN]);
        let read: Vec<String> = fields
            .map(|name| format!("t.{name}"))
            .chain(["title_words".to_owned()])
            .collect();
        json!({
            "query": { "bool": {
                "must": [{ "function_score": {
                    "query": scored,
                    "functions": self.functions(),
                    "score_mode": "sum",
                    "boost_mode": "sum",
                }}],
                "should": named,
            }},
            "post_filter": post_filter,
            "sort": [{ "_score": "desc" }, { "first_seen": "asc" }],
            "_source": false,
            "stored_fields": read,
            "docvalue_fields": self.signals(),
            "track_total_hits": true,
        })
    }

    /// What decides before the text score, as far as filters can tell.
    fn functions(&self) -> Vec<Value> {
        const CALLED: u32 = 1 << 22;
        const BOOST: u32 = 1 << 20;
        const AVAILABILITY: u32 = 1 << 16;
        const TITLE: u32 = 1 << 10;
        let mut functions = vec![always()];
        let mut push = |filter: Value, weight: u32| {
            functions.push(json!({ "filter": filter, "weight": weight }));
        };
        let right = { self.sought.words.iter() }
            .filter(|word| word.is_telling)
            .map(|word| WordQuery::of(word).within(0));
        push(all(right.collect()), 2 * CALLED);
        let names = &self.sought.names;
        push(json!({ "terms": { "k.title": names } }), CALLED + TITLE);
        push(json!({ "terms": { "k.kind": names } }), CALLED + TITLE / 2);
        for step in 1..=3 {
            push(json!({ "range": { "boost": { "gte": step } } }), BOOST);
        }
        for step in 2..=15 {
            push(
                json!({ "range": { "availability": { "lt": step } } }),
                AVAILABILITY,
            );
        }
        functions
    }

    fn signals(&self) -> Vec<String> {
        let schema = &self.asking.schema;
        let names = ["first_seen", "identity", "boost", "availability"];
        let mut fields: Vec<String> = names.map(str::to_owned).to_vec();
        for name in signal_names(self.asking.query) {
            fields.extend(column(schema, name));
        }
        fields
    }

    /// Judges what was found.
    pub(super) fn candidate(&self, hit: &FoundHit) -> Option<Candidate> {
        let query = self.asking.query;
        let schema = &self.asking.schema;
        let first_seen = hit.fields.get("first_seen")?.first()?.as_u64()?;
        let identity = hit.fields.get("identity")?.first()?.as_str()?.to_owned();
        let is_named = |name: &str| hit.matched.iter().any(|matched| matched == name);
        let text = Occurrences::read(hit, self.sought);
        let called = Called::new(is_named("title"), is_named("kind"));
        let (mut judging, mut meeting) = (Judging::default(), Meeting::default());
        let (mut places, mut all_in_title, mut wide_score) = (BTreeSet::new(), true, 0.0);
        for word in &self.sought.words {
            let mut here = WordHere::default();
            for term in &word.terms {
                if let Some(by_field) = text.by_field(term, &self.sought.average_lengths) {
                    here.add(term.weight, term.edits, term.is_misspelling, by_field);
                }
            }
            if here.edits.is_some() {
                places.insert(word.place);
            }
            meeting.add(word.idf, here.edits);
            all_in_title &= here.is_in_title;
            wide_score += word.idf * here.worth;
            judging.add(word.asked(), &here);
        }
        let has_any = !places.is_empty();
        let is_code = is_named("code");
        let judged = judging.finish(called, self.sought.is_whole);
        let (mut met, text_score) = if self.is_narrow {
            (judged.met, judged.score)
        } else {
            let is_whole = self.sought.is_whole;
            (
                meeting.finish(called, is_whole, || all_in_title),
                wide_score,
            )
        };
        if is_code {
            met = Met::CODE;
        }
        if !has_any && !is_code {
            met.exact = false;
        }
        let number = |name: &str| number(hit, schema, name);
        let boost = signal(&query.signals.boost, ranking::BOOST_ATTRIBUTE, number);
        let availability = Availability::new(
            signal(
                &query.signals.availability,
                ranking::AVAILABILITY_ATTRIBUTE,
                number,
            ),
            signal(
                &query.signals.availability_rank,
                ranking::AVAILABILITY_RANK_ATTRIBUTE,
                number,
            ),
        );
        let introduced = attribute(&query.signals.freshness, ranking::FRESHNESS_ATTRIBUTE);
        let introduced = introduced.and_then(|name| date(hit, schema, name));
        let freshness = ranking::freshness(introduced, query.now);
        let [hidden, shown] = ranking::MARGIN_ATTRIBUTES.map(number);
        let margin = ranking::margin(hidden.or(shown));
        let boosts = query.functional_boosts.iter().take(SearchQuery::BOOSTS_MAX);
        let factor = boosts.fold(1.0, |all: f32, boost| {
            let one = functional_boost::factor(boost.function, number(boost.field.as_str()));
            (all * one).min(f32::MAX)
        });
        let score = |margin| f64::from(ranking::lifted(text_score, freshness, margin) * factor);
        let told = if hidden.is_some() {
            score(0.0)
        } else {
            score(margin)
        };
        let wishes = (0..WISHES_MAX).filter(|at| is_named(&format!("wish-{at}")));
        let title_words = hit.fields.get("title_words").into_iter().flatten();
        let title_words = title_words
            .filter_map(Value::as_str)
            .flat_map(|words| words.split(' '));
        Some(Candidate {
            ranked: Ranked {
                quality: Reverse(met.quality),
                boost: Reverse(ranking::boost(boost)),
                availability,
                preferred: Reverse(wishes.count() as u8),
                called: Reverse(met.called),
                score: Reverse(Score(score(margin))),
                first_seen,
                address: first_seen,
                exact: met.exact,
                is_complete: met.is_complete,
                told: Score(told),
            },
            identity,
            places,
            title_words: title_words.filter_map(|word| word.parse().ok()).collect(),
        })
    }

    /// Puts candidates in their order.
    pub(super) fn rank(&self, candidates: &mut [Candidate], sample: impl FnOnce() -> Arc<Sample>) {
        candidates.sort_unstable_by(|one, other| one.ranked.cmp(&other.ranked));
        let reach = ranking::reach(candidates.len());
        let best = &mut candidates[..reach];
        let mut titles = ReadTitles::default();
        for candidate in best.iter() {
            titles.push(candidate.title_words.iter().copied());
        }
        let typed = TypedTitle {
            words: &self.sought.typed,
            made_for: &self.sought.made_for,
            begun: &self.sought.begun_words,
        };
        let mut ranked: Vec<Ranked<u64>> = best.iter().map(|one| one.ranked.clone()).collect();
        let behaviour: HashMap<&str, f32> = { self.asking.query.behaviour.iter() }
            .map(|(identity, share)| (identity.as_str(), *share))
            .collect();
        let chosen: HashMap<u64, f32> = { best.iter() }
            .filter_map(|one| {
                let share = behaviour.get(one.identity.as_str())?;
                Some((one.ranked.address, *share))
            })
            .collect();
        ranking::apply_feedback(&mut ranked, &titles, &typed, sample, |address| {
            chosen.get(address).copied()
        });
        let order: HashMap<u64, (usize, Ranked<u64>)> = { ranked.into_iter().enumerate() }
            .map(|(at, ranked)| (ranked.address, (at, ranked)))
            .collect();
        for candidate in best.iter_mut() {
            if let Some((_, ranked)) = order.get(&candidate.ranked.address) {
                candidate.ranked = ranked.clone();
            }
        }
        best.sort_by_key(|one| order.get(&one.ranked.address).map(|(at, _)| *at));
    }
}

/// Attributes that signals are read from where documents have not ready what they say.
fn signal_names(query: &SearchQuery) -> Vec<&str> {
    let sources = &query.signals;
    let mut names = vec![
        attribute(&sources.boost, ranking::BOOST_ATTRIBUTE),
        attribute(&sources.availability, ranking::AVAILABILITY_ATTRIBUTE),
        attribute(
            &sources.availability_rank,
            ranking::AVAILABILITY_RANK_ATTRIBUTE,
        ),
        attribute(&sources.freshness, ranking::FRESHNESS_ATTRIBUTE),
    ];
    names.extend(ranking::MARGIN_ATTRIBUTES.map(Some));
    let boosts = query.functional_boosts.iter().take(SearchQuery::BOOSTS_MAX);
    names.extend(boosts.map(|boost| Some(boost.field.as_str())));
    names.into_iter().flatten().collect()
}

/// The field that the numbers or dates of an attribute are read from.
fn column(schema: &Schema, name: &str) -> Option<String> {
    let (number, kind) = schema.get(name)?;
    let space = match kind {
        AttributeType::Numeric => "n",
        AttributeType::Boolean => "b",
        AttributeType::Date => "d",
        AttributeType::Text | AttributeType::Geo => return None,
    };
    Some(format!("{space}.{number}"))
}

fn signal<'q>(
    source: &'q SignalSource,
    usual: &'q str,
    number: impl Fn(&str) -> Option<f64>,
) -> Option<f64> {
    attribute(source, usual).and_then(number)
}

/// The least number of an attribute; a boolean is 1 or 0.
fn number(hit: &FoundHit, schema: &Schema, name: &str) -> Option<f64> {
    let values = hit.fields.get(&column(schema, name)?)?;
    let is_date = matches!(schema.get(name), Some((_, AttributeType::Date)));
    let numbers = values.iter().filter_map(|value| match value {
        Value::Bool(is_so) => Some(f64::from(u8::from(*is_so))),
        value => value.as_f64().filter(|_| !is_date),
    });
    numbers.reduce(f64::min)
}

/// The first date of an attribute.
fn date(hit: &FoundHit, schema: &Schema, name: &str) -> Option<Timestamp> {
    if !matches!(schema.get(name), Some((_, AttributeType::Date))) {
        return None;
    }
    let values = hit.fields.get(&column(schema, name)?)?;
    let first = values.iter().filter_map(Value::as_i64).min();
    first.map(Timestamp::from_millis)
}
