//! The order of what is found, as the cluster is asked for it: by keys on request, and by signals where there is no text.
//! Invariant: what is equal in everything comes as it was first seen, so pages fit together.

use serde_json::{Value, json};

use super::filter::{FilterReader, always, not, term};
use crate::domain::{
    AttributeType, Direction, Place, Schema, SearchQuery, SignalSource, SortKey, TypeSort,
};
use crate::engine::asked::TYPE_NAME;
use crate::engine::{EngineError, ranking};

/// A part of the hits with an order of its own. What is of none of them comes after them.
pub(super) struct Section {
    /// What is of the part; `None`: everything.
    pub(super) filter: Option<Value>,
    pub(super) sort: Vec<Value>,
}

/// The parts of the hits where an order was asked for; empty where none was.
pub(super) fn sections(
    schema: &Schema,
    place: &Place,
    sort: &[SortKey],
    of_types: &[&TypeSort],
) -> Result<Vec<Section>, EngineError> {
    let keys = |sort: &[SortKey]| keys(schema, place, sort);
    if of_types.is_empty() {
        let sort = keys(sort)?;
        // What is beside the keys is the order of first sight alone.
        let is_asked = sort.len() > 1;
        let whole = Section { filter: None, sort };
        return Ok(is_asked.then_some(whole).into_iter().collect());
    }
    let mut sections = Vec::with_capacity(of_types.len() + 1);
    let mut names: Vec<&str> = Vec::with_capacity(of_types.len());
    for of_type in of_types {
        let name = of_type.object_type.as_str();
        if !names.contains(&name) {
            names.push(name);
            sections.push(Section {
                filter: Some(term("type", name)),
                sort: keys(&of_type.keys)?,
            });
        }
    }
    sections.push(Section {
        filter: Some(not(json!({ "terms": { "type": names } }))),
        sort: keys(sort)?,
    });
    Ok(sections)
}

fn keys(schema: &Schema, place: &Place, sort: &[SortKey]) -> Result<Vec<Value>, EngineError> {
    let mut keys = Vec::new();
    for key in sort.iter().take(SearchQuery::SORT_KEYS_MAX) {
        push_key(&mut keys, schema, place, key)?;
    }
    keys.push(json!({ "first_seen": "asc" }));
    Ok(keys)
}

fn push_key(
    keys: &mut Vec<Value>,
    schema: &Schema,
    place: &Place,
    key: &SortKey,
) -> Result<(), EngineError> {
    let (order, mode) = match key.direction {
        Direction::Ascending => ("asc", "min"),
        Direction::Descending => ("desc", "max"),
    };
    let by = |field: String, kind: &str| {
        json!({ field: {
            "order": order,
            "mode": mode,
            "missing": "_last",
            "unmapped_type": kind,
        }})
    };
    let field = place.meant(&key.field);
    if field.as_str() == TYPE_NAME {
        keys.push(by("type_key".to_owned(), "keyword"));
        return Ok(());
    }
    let Some((number, kind)) = schema.get(field.as_str()) else {
        return Err(EngineError::UnknownAttribute(field.clone()));
    };
    match kind {
        AttributeType::Text => {
            // Numbers come before dates and dates before texts, and no object has two of these.
            keys.push(by(format!("un.{number}"), "double"));
            keys.push(by(format!("ud.{number}"), "long"));
            keys.push(by(format!("u.{number}"), "keyword"));
        }
        AttributeType::Numeric => keys.push(by(format!("n.{number}"), "double")),
        AttributeType::Boolean => keys.push(by(format!("b.{number}"), "boolean")),
        AttributeType::Date => keys.push(by(format!("d.{number}"), "long")),
        AttributeType::Geo => {
            let origin = place.origin.ok_or(EngineError::NoOrigin)?;
            let (has, points) = (format!("p.{number}"), format!("g.{number}"));
            // Who is nowhere is infinitely far away to the cluster.
            keys.push(json!({ has: {
                "order": "asc",
                "mode": "min",
                "missing": "_last",
                "unmapped_type": "long",
            }}));
            keys.push(json!({ "_geo_distance": {
                points: { "lat": origin.lat(), "lon": origin.lon() },
                "order": order,
                "mode": mode,
                "unit": "m",
                "ignore_unmapped": true,
            }}));
        }
    }
    Ok(())
}

/// What each wish counts beside freshness, which is between 0 and 1.
const WISH: f64 = 2.0;
/// What a step of availability counts beside all wishes, and a step of the boost beside that.
const AVAILABILITY: f64 = 64.0;
const BOOST: f64 = 1_024.0;
/// Most `prefer[]` wishes of one search; further ones are ignored.
pub(in crate::engine::opensearch::search) const WISHES_MAX: usize = 20;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How what is found is ordered by signals.
pub(super) struct BySignals {
    /// Each adds to the score where its filter holds.
    pub(super) functions: Vec<Value>,
    pub(super) sort: Vec<Value>,
}

/// Boost, availability, wishes, freshness. Where the first two are read from the usual attributes, documents have them ready;
/// else they are a part of the score, in which freshness then counts in steps of minutes.
pub(super) fn by_signals(reader: &FilterReader<'_>, query: &SearchQuery) -> BySignals {
    let sources = &query.signals;
    let is_usual = |source: &SignalSource| !matches!(source, SignalSource::Attribute(_));
    let is_ready = is_usual(&sources.boost)
        && sources.availability == SignalSource::Usual
        && sources.availability_rank == SignalSource::Usual;
    let mut functions = vec![always()];
    let mut sort = Vec::new();
    if is_ready {
        if sources.boost == SignalSource::Usual {
            sort.push(json!({ "boost": "desc" }));
        }
        sort.push(json!({ "availability": "asc" }));
    } else {
        push_standing(&mut functions, reader.schema, query);
    }
    for wish in query.preferred.iter().take(WISHES_MAX) {
        functions.push(json!({ "filter": reader.one(&wish.field, &wish.asked), "weight": WISH }));
    }
    push_freshness(&mut functions, reader.schema, query);
    sort.push(json!({ "_score": "desc" }));
    sort.push(json!({ "first_seen": "asc" }));
    BySignals { functions, sort }
}

/// Which attribute a signal is read from.
pub(in crate::engine::opensearch::search) fn attribute<'q>(
    source: &'q SignalSource,
    usual: &'q str,
) -> Option<&'q str> {
    match source {
        SignalSource::Usual => Some(usual),
        SignalSource::Attribute(name) => Some(name.as_str()),
        SignalSource::Off => None,
    }
}

/// Where the signal is at least, or less than, a number; `None` where no object has it.
fn signal(schema: &Schema, source: &SignalSource, usual: &str) -> Option<Signal> {
    let (number, kind) = schema.get(attribute(source, usual)?)?;
    match kind {
        AttributeType::Numeric => Some(Signal::Number(number)),
        AttributeType::Boolean => Some(Signal::Boolean(number)),
        AttributeType::Text | AttributeType::Date | AttributeType::Geo => None,
    }
}

/// Of several numbers of an object the least counts.
#[derive(Clone, Copy)]
enum Signal {
    Number(u32),
    Boolean(u32),
}

impl Signal {
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

/// From 1 for what was introduced now or later to 0 after sixty days, as `ranking::freshness` has it.
fn push_freshness(functions: &mut Vec<Value>, schema: &Schema, query: &SearchQuery) {
    let source = attribute(&query.signals.freshness, ranking::FRESHNESS_ATTRIBUTE);
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
    }));
    let later = json!({ "range": { &field: { "gt": now } } });
    let earlier = json!({ "range": { &field: { "lte": now } } });
    functions.push(json!({
        "filter": { "bool": { "filter": [later], "must_not": [earlier] } },
        "weight": 1,
    }));
}
