//! Filters as this API writes them, read by the type of their field (contract 10 §6).

use serde_json::{Map, Value};

use super::super::fields::Field;
use crate::domain::{FieldFilter, FieldName, FieldType, Filters, Timestamp};

/// Most values of all filters of one document type.
const VALUES_MAX: usize = 500;

/// What the values of one field have to meet, all of it.
#[derive(Debug, Default)]
struct Clauses {
    any_of: Vec<String>,
    all_of: Vec<String>,
    none_of: Vec<String>,
}

/// Adds what a filter asks of a field. An error says, in words, why it cannot be asked; then nothing was
/// added.
pub(in crate::api::swiftype) fn add(
    filters: &mut Filters,
    field: &Field,
    asked: &Value,
) -> Result<(), String> {
    if !field.field_type.is_filtered() {
        let word = field.field_type.name();
        return Err(format!(
            "{} is of type {word}, which has no filters",
            field.name
        ));
    }
    let mut clauses = Clauses::default();
    clauses.read(field, asked)?;
    let added = clauses.any_of.len() + clauses.all_of.len() + clauses.none_of.len();
    let before = filters.any_of.len() + filters.all_of.len() + filters.none_of.len();
    if before + added > VALUES_MAX {
        return Err(format!("too many values: limit is {VALUES_MAX}"));
    }
    let named = |values: Vec<String>| {
        let attribute: FieldName = field.attribute.clone();
        values.into_iter().map(move |value| FieldFilter {
            field: attribute.clone(),
            value,
        })
    };
    filters.any_of.extend(named(clauses.any_of));
    filters.all_of.extend(named(clauses.all_of));
    filters.none_of.extend(named(clauses.none_of));
    Ok(())
}

impl Clauses {
    fn read(&mut self, field: &Field, asked: &Value) -> Result<(), String> {
        match asked {
            Value::Array(values) => {
                for value in values {
                    match negated(value) {
                        Some(value) => self.none_of.push(leaf(field, &value)?),
                        None => self.any_of.push(leaf(field, value)?),
                    }
                }
                Ok(())
            }
            Value::Object(form) => self.read_form(field, form),
            value => self.read_one(field, value),
        }
    }

    fn read_one(&mut self, field: &Field, value: &Value) -> Result<(), String> {
        match negated(value) {
            Some(value) => self.none_of.push(leaf(field, &value)?),
            None => self.all_of.push(leaf(field, value)?),
        }
        Ok(())
    }

    fn read_form(&mut self, field: &Field, form: &Map<String, Value>) -> Result<(), String> {
        match form.get("type").and_then(Value::as_str) {
            Some("and") => {
                let values = form.get("values").and_then(Value::as_array);
                let values = values.ok_or("values must be a list")?;
                values
                    .iter()
                    .try_for_each(|value| self.read_one(field, value))
            }
            Some("range") => {
                self.all_of
                    .push(range(field, form.get("from"), form.get("to"))?);
                Ok(())
            }
            _ => Err("type must be one of and, range".to_owned()),
        }
    }
}

/// The rest of `!x`.
fn negated(value: &Value) -> Option<Value> {
    let rest = value.as_str()?.strip_prefix('!')?;
    Some(Value::String(rest.to_owned()))
}

/// One value as the domain reads filter values.
fn leaf(field: &Field, value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return Err("a filter value is a text, a number or a boolean".to_owned()),
    };
    if let Some((from, to)) = legacy_range(&text).filter(|_| has_ranges(field.field_type)) {
        let bound = |text: &str| (text != "*").then(|| Value::String(text.to_owned()));
        return range(field, bound(from).as_ref(), bound(to).as_ref());
    }
    match field.field_type {
        FieldType::Integer | FieldType::Float | FieldType::Date => bound(field, &text),
        FieldType::String | FieldType::Text | FieldType::Enum => Ok(field.stored_value(&text)),
        FieldType::Location => Err("a location is asked for by distance".to_owned()),
    }
}

/// `[a TO b]`
fn legacy_range(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let (from, to) = inner.split_once(" TO ")?;
    Some((from.trim(), to.trim()))
}

fn has_ranges(field_type: FieldType) -> bool {
    matches!(
        field_type,
        FieldType::Integer | FieldType::Float | FieldType::Date
    )
}

/// Both ends belong to it; one may be absent.
fn range(field: &Field, from: Option<&Value>, to: Option<&Value>) -> Result<String, String> {
    if !has_ranges(field.field_type) {
        let word = field.field_type.name();
        return Err(format!(
            "{} is of type {word}, which has no ranges",
            field.name
        ));
    }
    let end = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => bound(field, text),
        Some(Value::Number(number)) => bound(field, &number.to_string()),
        Some(_) => Err("a bound is a number or a text".to_owned()),
    };
    let (from, to) = (end(from)?, end(to)?);
    if from.is_empty() && to.is_empty() {
        return Err("a range needs from or to".to_owned());
    }
    Ok(format!("{from}|{to}"))
}

/// A number or an instant, in the spelling the domain reads.
fn bound(field: &Field, text: &str) -> Result<String, String> {
    let misfit = || {
        let word = field.field_type.name();
        format!("expected {word}, got {text}")
    };
    if field.field_type == FieldType::Date {
        let at: Timestamp = FieldType::instant(text).ok_or_else(misfit)?;
        return Ok(at.to_string());
    }
    let number: f64 = text.trim().parse().map_err(|_| misfit())?;
    if number.is_finite() {
        Ok(text.trim().to_owned())
    } else {
        Err(misfit())
    }
}
