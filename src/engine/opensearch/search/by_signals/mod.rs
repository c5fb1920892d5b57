//! The order by signals where there is no text, as the cluster is asked for it. Invariant: what is equal in everything comes as
//! it was first seen, so pages fit together.

mod multiplied;

use serde_json::{Value, json};

use super::filter::{FilterReader, always};
use crate::domain::{AttributeType, Schema, SearchQuery, SignalSource, SignalSources};
use crate::engine::{EngineError, ranking};

/// What each wish counts beside freshness, which is between 0 and 1.
const WISH: f64 = 2.0;
/// What a step of availability counts beside all wishes, and a step of the boost beside that.
const AVAILABILITY: f64 = 64.0;
const BOOST: f64 = 1_024.0;
/// Most `prefer[]` wishes of one search; further ones are ignored.
pub(super) const WISHES_MAX: usize = 20;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How what is found is ordered by signals.
pub(super) struct BySignals {
    /// What is found, with its score.
    pub(super) query: Value,
    pub(super) sort: Vec<Value>,
}

/// Boost, availability, wishes, freshness; with boosts by functions, these and what lifts them in the place of freshness. Where
/// the first two are read from the usual attributes, documents have them ready; else they are a part of the score, in which
/// freshness then counts in steps of minutes.
pub(super) fn by_signals(
    reader: &FilterReader<'_>,
    query: &SearchQuery,
    found: &Value,
) -> BySignals {
    let sources = &query.signals;
    let mut sort = Vec::new();
    let is_ready = is_ready(sources);
    if is_ready {
        if sources.boost == SignalSource::Usual {
            sort.push(json!({ "boost": "desc" }));
        }
        sort.push(json!({ "availability": "asc" }));
    }
    sort.push(json!({ "_score": "desc" }));
    sort.push(json!({ "first_seen": "asc" }));
    if !query.functional_boosts.is_empty() {
        let query = multiplied::multiplied(reader.schema, query, found);
        return BySignals { query, sort };
    }
    let mut functions = vec![always()];
    if !is_ready {
        push_standing(&mut functions, reader.schema, query);
    }
    for wish in query.preferred.iter().take(WISHES_MAX) {
        functions.push(json!({ "filter": reader.one(&wish.field, &wish.asked), "weight": WISH }));
    }
    push_freshness(&mut functions, reader.schema, query, 1.0);
    BySignals {
        query: summed(found, &functions),
        sort,
    }
}

/// Refuses what no score of a cluster can say.
pub(super) fn check(query: &SearchQuery) -> Result<(), EngineError> {
    if query.functional_boosts.is_empty() {
        return Ok(());
    }
    let refused = |what| Err(EngineError::Unsupported(what));
    if !query.preferred.is_empty() {
        return refused("boosts by functions and wishes together need a text that is looked for");
    }
    if !is_ready(&query.signals) {
        return refused(
            "boosts by functions and signals of other attributes together need a text that is looked for",
        );
    }
    if query.functional_boosts.len() > multiplied::BOOSTS_MAX {
        return refused("more than six boosts by functions need a text that is looked for");
    }
    Ok(())
}

/// Whether documents have ready what decides before wishes.
fn is_ready(sources: &SignalSources) -> bool {
    let is_usual = |source: &SignalSource| !matches!(source, SignalSource::Attribute(_));
    is_usual(&sources.boost)
        && sources.availability == SignalSource::Usual
        && sources.availability_rank == SignalSource::Usual
}

/// What is found, with the sum of the functions for a score.
fn summed(found: &Value, functions: &[Value]) -> Value {
    json!({ "function_score": {
        "query": found,
        "functions": functions,
        "score_mode": "sum",
        "boost_mode": "replace",
    }})
}

/// Where the signal is at least, or less than, a number; `None` where no object has it.
fn signal(schema: &Schema, source: &SignalSource, usual: &str) -> Option<Signal> {
    Signal::of(schema, source.attribute(usual)?)
}

/// Of several numbers of an object the least counts.
#[derive(Clone, Copy)]
enum Signal {
    Number(u32),
    Boolean(u32),
}

impl Signal {
    /// `None` where no object has it.
    fn of(schema: &Schema, name: &str) -> Option<Self> {
        let (number, kind) = schema.get(name)?;
        match kind {
            AttributeType::Numeric => Some(Self::Number(number)),
            AttributeType::Boolean => Some(Self::Boolean(number)),
            AttributeType::Text | AttributeType::Date | AttributeType::Geo => None,
        }
    }

    fn less_than(self, limit: f64) -> Value {
        match self {
            Self::Number(number) => {
                let field = format!("n.{number}");
                json!({ "range": { field: { "lt": limit } } })
            }
            Self::Boolean(number) => {
                let field = format!("b.{number}");
                let values: Vec<bool> = [false, true]
                    .into_iter()
                    .filter(|is_so| f64::from(u8::from(*is_so)) < limit)
                    .collect();
                json!({ "terms": { field: values } })
            }
        }
    }

    fn is_there(self) -> Value {
        let field = match self {
            Self::Number(number) => format!("n.{number}"),
            Self::Boolean(number) => format!("b.{number}"),
        };
        json!({ "exists": { "field": field } })
    }

    fn at_least(self, limit: f64) -> Value {
        json!({ "bool": { "filter": [self.is_there()], "must_not": [self.less_than(limit)] } })
    }
}

fn push_standing(functions: &mut Vec<Value>, schema: &Schema, query: &SearchQuery) {
    let sources = &query.signals;
    if let Some(boost) = signal(schema, &sources.boost, ranking::BOOST_ATTRIBUTE) {
        for step in 1..=3 {
            let filter = boost.at_least(f64::from(step));
            functions.push(json!({ "filter": filter, "weight": BOOST }));
        }
    }
    let available = signal(
        schema,
        &sources.availability,
        ranking::AVAILABILITY_ATTRIBUTE,
    );
    let rank = signal(
        schema,
        &sources.availability_rank,
        ranking::AVAILABILITY_RANK_ATTRIBUTE,
    );
    // Nothing is less than or equal to 0 that is not less than the next number.
    let is_gone = available.map(|available| available.less_than(f64::from_bits(1)));
    for step in 2..=15 {
        let mut is_worse: Vec<Value> = is_gone.iter().cloned().collect();
        is_worse.extend(rank.map(|rank| rank.at_least(f64::from(step))));
        let filter = json!({ "bool": { "must_not": is_worse } });
        functions.push(json!({ "filter": filter, "weight": AVAILABILITY }));
    }
}

/// From the weight for what was introduced now or later to 0 after sixty days, as `ranking::freshness` has it.
fn push_freshness(functions: &mut Vec<Value>, schema: &Schema, query: &SearchQuery, weight: f32) {
    let source = query
        .signals
        .freshness
        .attribute(ranking::FRESHNESS_ATTRIBUTE);
    let Some((number, AttributeType::Date)) = source.and_then(|name| schema.get(name)) else {
        return;
    };
    let field = format!("d.{number}");
    let (now, days) = (query.now.as_millis(), ranking::FRESHNESS_DAYS);
    let first = now.saturating_sub(days * DAY_MS);
    functions.push(json!({
        "filter": { "range": { &field: { "gt": first, "lte": now } } },
        "linear": {
            &field: { "origin": now, "scale": days * DAY_MS / 2, "decay": 0.5 },
            "multi_value_mode": "max",
        },
        "weight": weight,
    }));
    let later = json!({ "range": { &field: { "gt": now } } });
    let earlier = json!({ "range": { &field: { "lte": now } } });
    functions.push(json!({
        "filter": { "bool": { "filter": [later], "must_not": [earlier] } },
        "weight": weight,
    }));
}
