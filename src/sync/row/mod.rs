//! A row of a source as an object: reserved columns say what it is, every other column is an attribute of
//! that name (docs/reference/11-product-sync.md §3). Invariant: a row is read whole or refused with the
//! reason; no value is silently another one.

use std::collections::HashSet;

use super::database::Shape;
use super::json::{self, Columns};
use crate::config::product_sync::SourceSettings;
use crate::domain::{
    ActivePeriod, FieldValue, Fields, Generation, Identity, NestedObject, Object, ObjectParts,
    ObjectType, Rule, Timestamp, problems_reason,
};

/// How rows of one source are read.
#[derive(Debug)]
pub(super) struct RowReader {
    object_type: Option<ObjectType>,
    numbers: HashSet<String>,
    instants: HashSet<String>,
    deleted_column: Option<String>,
}

/// What a row says.
#[derive(Debug)]
pub(super) enum ReadRow {
    Is(Box<Object>),
    /// Its source says that it counts as deleted.
    Deleted,
}

impl RowReader {
    pub(super) fn new(source: &SourceSettings, shape: &Shape) -> Self {
        Self {
            object_type: source.object_type.clone(),
            numbers: shape.numbers.iter().cloned().collect(),
            instants: shape.instants.iter().cloned().collect(),
            deleted_column: source.deleted_column.clone(),
        }
    }

    /// Reads the JSON of a row; the error is a sentence for people.
    pub(super) fn read(
        &self,
        key: &str,
        row: &str,
        generation: Option<&Generation>,
    ) -> Result<ReadRow, String> {
        let columns = Columns::read(row)?;
        let mut parts = Parts::default();
        for (name, value) in columns.iter() {
            if self.deleted_column.as_deref() == Some(name) {
                if value == "true" {
                    return Ok(ReadRow::Deleted);
                }
                continue;
            }
            if value == "null" || name == "key" {
                continue;
            }
            let set = match name {
                "identity" => json::text(value).map(|text| parts.identity = Some(text)),
                "type" => json::text(value).map(|text| parts.object_type = Some(text)),
                "nested" => json::entries(value).map(|entries| parts.entries = entries),
                "active_from" => self.instant(name, value).map(|at| parts.active.from = at),
                "active_to" => self.instant(name, value).map(|at| parts.active.to = at),
                "fields" => json::fields(value).map(|fields| parts.extra = fields),
                _ => self.attribute(name, value).map(|value| {
                    if let Some(value) = value {
                        parts.fields.insert(name, value);
                    }
                }),
            };
            set.map_err(|words| format!("{name}: {words}"))?;
        }
        let object = self.object(key, parts, generation)?;
        Ok(ReadRow::Is(Box::new(object)))
    }

    fn object(
        &self,
        key: &str,
        mut parts: Parts,
        generation: Option<&Generation>,
    ) -> Result<Object, String> {
        for (name, value) in parts.extra.iter() {
            parts.fields.insert(name.as_str(), value.clone());
        }
        let identity = parts.identity.as_deref().unwrap_or(key);
        let identity = Identity::new(identity).map_err(|rule| format!("identity: {rule}"))?;
        let nested =
            nested(&identity, &parts.entries).map_err(|words| format!("nested: {words}"))?;
        let object_type = match (parts.object_type, &self.object_type) {
            (Some(name), _) => ObjectType::new(&name).map_err(|rule| format!("type: {rule}"))?,
            (None, Some(object_type)) => object_type.clone(),
            (None, None) => return Err("type: is missing".to_owned()),
        };
        Object::new(ObjectParts {
            identity,
            object_type,
            generation: generation.cloned(),
            active: parts.active,
            legacy_url: None,
            master: None,
            fields: parts.fields,
            nested,
        })
        .map_err(|problems| problems_reason(&problems))
    }

    /// `None`: it has no value.
    fn attribute(&self, name: &str, value: &str) -> Result<Option<FieldValue>, String> {
        let is_text = value.starts_with('"');
        if is_text && self.numbers.contains(name) {
            return Err(format!(
                "{} is no number to search for",
                value.trim_matches('"')
            ));
        }
        if is_text && self.instants.contains(name) && is_infinite(value) {
            return Ok(None);
        }
        json::value(value)
    }

    /// `None`: never, or always.
    fn instant(&self, name: &str, value: &str) -> Result<Option<Timestamp>, String> {
        if self.instants.contains(name) && is_infinite(value) {
            return Ok(None);
        }
        let text = json::text(value)?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let instant = Timestamp::parse_named(&text);
        instant
            .map(Some)
            .ok_or_else(|| Rule::NotDateTime.to_string())
    }
}

#[derive(Default)]
struct Parts {
    identity: Option<String>,
    object_type: Option<String>,
    active: ActivePeriod,
    /// Of `nested`, read when the identity of the row is known.
    entries: Vec<Fields>,
    fields: Fields,
    extra: Fields,
}

fn nested(parent: &Identity, entries: &[Fields]) -> Result<Vec<NestedObject>, String> {
    let read = NestedObject::read_list(Some(parent), entries.iter().map(Some));
    read.enumerate()
        .map(|(position, read)| {
            read.map_err(|problems| format!("{position}: {}", problems_reason(&problems)))
        })
        .collect()
}

fn is_infinite(value: &str) -> bool {
    matches!(value, "\"infinity\"" | "\"-infinity\"")
}

#[cfg(test)]
mod tests;
