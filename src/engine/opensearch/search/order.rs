//! The order of what is found on request, as the cluster is asked for it.
//! Invariant: what is equal in everything comes as it was first seen, so pages fit together.

use serde_json::{Value, json};

use super::filter::{not, term};
use crate::domain::{AttributeType, Direction, Place, Schema, SearchQuery, SortKey, TypeSort};
use crate::engine::EngineError;
use crate::engine::asked::TYPE_NAME;

/// A part of the hits with an order of its own. What is of none of them comes after them.
pub(super) struct Section {
    /// What is of the part; `None`: everything.
    pub(super) filter: Option<Value>,
    /// The type whose order it is; `None`: that of all others.
    pub(super) object_type: Option<String>,
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
        let whole = Section {
            filter: None,
            object_type: None,
            sort,
        };
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
                object_type: Some(name.to_owned()),
                sort: keys(&of_type.keys)?,
            });
        }
    }
    sections.push(Section {
        filter: Some(not(json!({ "terms": { "type": names } }))),
        object_type: None,
        sort: keys(sort)?,
    });
    Ok(sections)
}

/// How what is counted of a part is called.
pub(super) fn section_name(at: usize) -> String {
    format!("section-{at}")
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
