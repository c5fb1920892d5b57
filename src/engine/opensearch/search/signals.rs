//! What decides about a hit beside its words: signals, read of the fields that a cluster gives back with it. Invariant: a
//! signal is read from the attribute that the search names, and of a hidden one no number is told.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::address::Address;
use super::asking::Asking;
use super::by_signals::WISHES_MAX;
use crate::domain::{
    AttributeType, Explanation, Identity, Schema, SearchQuery, Timestamp, Told, WordExplanation,
};
use crate::engine::asked::HiddenSignals;
use crate::engine::functional_boost;
use crate::engine::opensearch::searched::Hit as FoundHit;
use crate::engine::ranking::{self, Availability, MatchQuality, Met, Ranked, Score};

/// Those of one hit.
pub(super) struct Signals {
    address: Address,
    /// What it is called; where something stands for an object, by either of both.
    pub(super) identities: Vec<String>,
    boost: u8,
    availability: Availability,
    /// Wishes of the search that are met.
    wishes: u8,
    freshness: f32,
    margin: f32,
    is_margin_hidden: bool,
    /// By what the search multiplies the score; `None` where it asks for nothing of that.
    factor: Option<f32>,
}

/// What is asked for with each hit.
pub(super) fn fields(asking: &Asking<'_>) -> Vec<String> {
    let mut fields = vec!["first_seen".to_owned(), "identity".to_owned()];
    for name in attributes(asking.query) {
        fields.extend(column(&asking.schema, name));
    }
    fields
}

/// The wishes as queries that say by their names whether a hit meets them.
pub(super) fn wishes(asking: &Asking<'_>) -> Vec<Value> {
    let reader = asking.reader();
    let wishes = asking.query.preferred.iter().take(WISHES_MAX).enumerate();
    let named = wishes.map(|(at, wish)| {
        let wish = reader.one(&wish.field, &wish.asked);
        named(&wish_name(at), &json!({ "bool": { "filter": [wish] } }))
    });
    named.collect()
}

/// A query that a hit is told to meet, and that counts nothing.
pub(super) fn named(name: &str, query: &Value) -> Value {
    json!({ "constant_score": { "filter": query, "boost": 0.0, "_name": name } })
}

fn wish_name(at: usize) -> String {
    format!("wish-{at}")
}

impl Signals {
    /// `None` for a hit that the fields were not asked for.
    pub(super) fn read(hit: &FoundHit, asking: &Asking<'_>) -> Option<Self> {
        let (query, schema) = (asking.query, &asking.schema);
        let address = Address::of(hit)?;
        let identities = hit.fields.get("identity")?.iter();
        let identities = identities.filter_map(|name| Some(name.as_str()?.to_owned()));
        let number = |name: &str| number(hit, schema, name);
        let sources = &query.signals;
        let boost = sources.boost.attribute(ranking::BOOST_ATTRIBUTE);
        let available = sources
            .availability
            .attribute(ranking::AVAILABILITY_ATTRIBUTE);
        let rank = sources
            .availability_rank
            .attribute(ranking::AVAILABILITY_RANK_ATTRIBUTE);
        let introduced = sources.freshness.attribute(ranking::FRESHNESS_ATTRIBUTE);
        let introduced = introduced.and_then(|name| date(hit, schema, name));
        let [hidden, shown] = ranking::MARGIN_ATTRIBUTES.map(number);
        let boosts = query.functional_boosts.iter().take(SearchQuery::BOOSTS_MAX);
        let factor = boosts.fold(1.0, |all: f32, boost| {
            let one = functional_boost::factor(boost.function, number(boost.field.as_str()));
            // Finite, so that no product of one with 0 is no number.
            (all * one).min(f32::MAX)
        });
        let wishes = query.preferred.iter().take(WISHES_MAX).enumerate();
        let met = wishes.filter(|(at, _)| hit.meets(&wish_name(*at)));
        Some(Self {
            address,
            identities: identities.collect(),
            boost: ranking::boost(boost.and_then(number)),
            availability: Availability::new(available.and_then(number), rank.and_then(number)),
            wishes: met.count() as u8,
            freshness: ranking::freshness(introduced, query.now),
            margin: ranking::margin(hidden.or(shown)),
            is_margin_hidden: hidden.is_some(),
            factor: (!query.functional_boosts.is_empty()).then_some(factor),
        })
    }

    pub(super) fn is_called(&self, identity: &Identity) -> bool {
        self.identities.iter().any(|name| name == identity.as_str())
    }

    /// The rank of the hit. Without a text, boosts by functions decide, else how new it is.
    pub(super) fn ranked(&self, met: Met, text_score: Option<f32>) -> Ranked<Address> {
        let score = |margin| match (text_score, self.factor) {
            (None, None) => self.freshness,
            (text_score, factor) => {
                let lifted = ranking::lifted(text_score.unwrap_or(1.0), self.freshness, margin);
                lifted * factor.unwrap_or(1.0)
            }
        };
        let told = if self.is_margin_hidden {
            score(0.0)
        } else {
            score(self.margin)
        };
        Ranked {
            quality: Reverse(met.quality),
            boost: Reverse(self.boost),
            availability: self.availability,
            preferred: Reverse(self.wishes),
            called: Reverse(met.called),
            score: Reverse(Score(score(self.margin).into())),
            first_seen: self.address.first_seen,
            address: self.address,
            exact: met.exact,
            is_complete: met.is_complete,
            told: Score(told.into()),
        }
    }

    /// Why the hit stands where it stands.
    pub(super) fn explanation(
        &self,
        query: &SearchQuery,
        quality: MatchQuality,
        words: Vec<WordExplanation>,
        resemblance: f32,
    ) -> Explanation {
        let hidden = HiddenSignals::of(query);
        let mut chosen = query.behaviour.iter();
        let chosen = chosen.find(|(identity, _)| self.is_called(identity));
        let availability = self.availability.rank();
        Explanation {
            match_quality: quality.step(),
            boost: Told::new(self.boost, &0, hidden.boost),
            availability: Told::new(
                availability,
                &Availability::BEST.rank(),
                hidden.availability,
            ),
            preferred: self.wishes,
            text_score: words.iter().map(|word| word.worth).sum(),
            freshness: Told::new(self.freshness, &0.0, hidden.freshness),
            margin: Told::new(self.margin, &0.0, self.is_margin_hidden),
            factor: Told::new(self.factor.unwrap_or(1.0), &1.0, hidden.factor),
            resemblance,
            behaviour: chosen.map_or(0.0, |(_, share)| *share),
            words,
        }
    }
}

/// Attributes that signals are read from.
fn attributes(query: &SearchQuery) -> impl Iterator<Item = &str> {
    let sources = &query.signals;
    let named = [
        sources.boost.attribute(ranking::BOOST_ATTRIBUTE),
        sources
            .availability
            .attribute(ranking::AVAILABILITY_ATTRIBUTE),
        sources
            .availability_rank
            .attribute(ranking::AVAILABILITY_RANK_ATTRIBUTE),
        sources.freshness.attribute(ranking::FRESHNESS_ATTRIBUTE),
    ];
    let boosts = query.functional_boosts.iter().take(SearchQuery::BOOSTS_MAX);
    let boosts = boosts.map(|boost| boost.field.as_str());
    let named = named.into_iter().flatten();
    named.chain(ranking::MARGIN_ATTRIBUTES).chain(boosts)
}

/// The field that the numbers or dates of an attribute are read from.
pub(super) fn column(schema: &Schema, name: &str) -> Option<String> {
    let (number, kind) = schema.get(name)?;
    let space = match kind {
        AttributeType::Numeric => "n",
        AttributeType::Boolean => "b",
        AttributeType::Date => "d",
        AttributeType::Text | AttributeType::Geo => return None,
    };
    Some(format!("{space}.{number}"))
}

/// The least number of an attribute; a boolean is 1 or 0.
pub(super) fn number(hit: &FoundHit, schema: &Schema, name: &str) -> Option<f64> {
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
