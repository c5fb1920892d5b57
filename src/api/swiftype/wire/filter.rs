//! Filters as this API writes them, read by the type of their field (docs/reference/10-swiftype.md §6).

use serde_json::{Map, Value};

use super::super::fields::Field;
use crate::domain::{
    Condition, FieldFilter, FieldName, FieldType, FilterTree, Filters, GeoPoint, ObjectType, Range,
    SearchQuery, Timestamp, TypeFilter,
};

/// Most values of all filters of one document type.
const VALUES_MAX: usize = 500;

const KM_PER_MILE: f64 = 1.609_344;

/// What the values of one field have to meet, all of it.
#[derive(Debug, Default)]
struct Clauses {
    any_of: Vec<Condition>,
    all_of: Vec<Condition>,
    none_of: Vec<Condition>,
    /// Where distances are measured from.
    origin: Option<GeoPoint>,
}

/// Adds what a filter asks of a field. An error says, in words, why it cannot be asked; then nothing was
/// added.
pub(in crate::api::swiftype) fn add(
    query: &mut SearchQuery,
    of: &ObjectType,
    field: &Field,
    asked: &Value,
) -> Result<(), String> {
    if !field.kind.is_filtered() {
        let word = field.kind.name();
        return Err(format!(
            "{} is of type {word}, which has no filters",
            field.name
        ));
    }
    let mut clauses = Clauses::default();
    clauses.read(field, asked)?;
    let added = clauses.any_of.len() + clauses.all_of.len() + clauses.none_of.len();
    let mut before = 0;
    query.filters.for_each(|_| before += 1);
    if before + added > VALUES_MAX {
        return Err(format!("too many values: limit is {VALUES_MAX}"));
    }
    if let Some(origin) = clauses.origin {
        if query.place.origin.is_some_and(|other| other != origin) {
            return Err("a search measures from one place".to_owned());
        }
        query.place.origin = Some(origin);
    }
    clauses.add_to(&mut query.filters, of, &field.attribute);
    Ok(())
}

impl Clauses {
    /// Alternatives are a tree: unlike filters of one field, they narrow down what facets count, too.
    fn add_to(self, filters: &mut Filters, of: &ObjectType, attribute: &FieldName) {
        let filter = |condition| FieldFilter::typed(attribute.clone(), condition);
        filters.all_of.extend(self.all_of.into_iter().map(filter));
        filters.none_of.extend(self.none_of.into_iter().map(filter));
        let mut any_of = self.any_of.into_iter().map(filter);
        if any_of.len() > 1 {
            filters.by_type.push(TypeFilter {
                object_type: of.clone(),
                tree: FilterTree::Any(any_of.map(FilterTree::Leaf).collect()),
            });
        } else {
            filters.all_of.extend(any_of.next());
        }
    }

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
            Some("distance") => {
                let (origin, within) = distance(field, form)?;
                self.origin = Some(origin);
                self.all_of.push(within);
                Ok(())
            }
            _ => Err("type must be one of and, range, distance".to_owned()),
        }
    }
}

/// A place and how far from it.
fn distance(field: &Field, form: &Map<String, Value>) -> Result<(GeoPoint, Condition), String> {
    if field.kind != FieldType::Location {
        let word = field.kind.name();
        return Err(format!(
            "{} is of type {word}, which has no distance",
            field.name
        ));
    }
    let degrees = |name: &str| number(form.get(name)?);
    let origin = degrees("lat").zip(degrees("lon"));
    let origin = origin.and_then(|(lat, lon)| GeoPoint::new(lat, lon));
    let origin = origin.ok_or("lat and lon must be degrees")?;
    let km = form.get("max").and_then(kilometres);
    let km = km.ok_or("max must be a distance as in 200km or 5mi")?;
    let within = Range {
        from: None,
        to: Some(km),
    };
    Ok((origin, Condition::Distance(origin, within)))
}

/// A number of kilometres, or a text with a unit.
fn kilometres(value: &Value) -> Option<f64> {
    let km = match value.as_str().map(str::trim) {
        None => number(value)?,
        Some(text) => match (text.strip_suffix("km"), text.strip_suffix("mi")) {
            (Some(km), _) => km.trim().parse().ok()?,
            (None, Some(miles)) => miles.trim().parse::<f64>().ok()? * KM_PER_MILE,
            (None, None) => text.parse().ok()?,
        },
    };
    (km.is_finite() && km >= 0.0).then_some(km)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The rest of `!x`.
fn negated(value: &Value) -> Option<Value> {
    let rest = value.as_str()?.strip_prefix('!')?;
    Some(Value::String(rest.to_owned()))
}

/// What one value asks.
fn leaf(field: &Field, value: &Value) -> Result<Condition, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return Err("a filter value is a text, a number or a boolean".to_owned()),
    };
    if let Some((from, to)) = legacy_range(&text).filter(|_| has_ranges(field)) {
        let bound = |text: &str| (text != "*").then(|| Value::String(text.to_owned()));
        match range(field, bound(from).as_ref(), bound(to).as_ref()) {
            // Among texts it may be one.
            Err(_) if field.kind == FieldType::String => {}
            read => return read,
        }
    }
    let read = match field.kind {
        FieldType::Integer | FieldType::Float => number_bound(field, &text).map(Condition::Number),
        FieldType::Date if field.is_shown_in_seconds => {
            let whole_second = Value::String(text.clone());
            range(field, Some(&whole_second), Some(&whole_second))
        }
        FieldType::Date => date_bound(field, &text, End::From).map(Condition::Date),
        FieldType::String | FieldType::Text | FieldType::Enum => {
            Ok(exactly(field.stored_value(&text)))
        }
        FieldType::Location => Err("a location is asked for by distance".to_owned()),
    };
    let keeps_texts =
        !field.is_declared && matches!(field.kind, FieldType::Float | FieldType::Date);
    match read {
        // What does not fit was kept as text.
        Err(_) if keeps_texts => Ok(exactly(text)),
        read => read,
    }
}

/// Nothing has an empty text as a value.
fn exactly(text: String) -> Condition {
    if text.is_empty() {
        Condition::Nothing
    } else {
        Condition::Text(text)
    }
}

/// `[a TO b]`
fn legacy_range(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let (from, to) = inner.split_once(" TO ")?;
    Some((from.trim(), to.trim()))
}

/// Among texts of a shop there may be numbers and dates.
fn has_ranges(field: &Field) -> bool {
    match field.kind {
        FieldType::Integer | FieldType::Float | FieldType::Date => true,
        FieldType::String => !field.is_declared,
        FieldType::Text | FieldType::Enum | FieldType::Location => false,
    }
}

/// Both ends belong to it; one may be absent.
fn range(field: &Field, from: Option<&Value>, to: Option<&Value>) -> Result<Condition, String> {
    if !has_ranges(field) {
        let word = field.kind.name();
        return Err(format!(
            "{} is of type {word}, which has no ranges",
            field.name
        ));
    }
    let read = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err("a bound is a number or a text".to_owned()),
    };
    let (from, to) = (read(from)?, read(to)?);
    if from.is_none() && to.is_none() {
        return Err("a range needs from or to".to_owned());
    }
    let numbers = || -> Result<Condition, String> {
        let read = |text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| number_bound(field, text)).transpose()
        };
        let (from, to) = (read(&from)?, read(&to)?);
        Ok(Condition::NumberRange(Range { from, to }))
    };
    let dates = || -> Result<Condition, String> {
        let read = |text: &Option<String>, end| {
            let text = text.as_deref();
            text.map(|text| date_bound(field, text, end)).transpose()
        };
        let (from, to) = (read(&from, End::From)?, read(&to, End::To)?);
        Ok(Condition::DateRange(Range { from, to }))
    };
    match field.kind {
        FieldType::Date => dates(),
        FieldType::String => numbers()
            .or_else(|_| dates())
            .map_err(|_| "expected numbers or dates".to_owned()),
        _ => numbers(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    From,
    To,
}

fn misfit(field: &Field, text: &str) -> String {
    let word = field.kind.name();
    format!("expected {word}, got {text}")
}

/// An instant. Where parts of seconds are not shown, a whole second means all of it.
fn date_bound(field: &Field, text: &str, end: End) -> Result<Timestamp, String> {
    let at: Timestamp = FieldType::instant(text).ok_or_else(|| misfit(field, text))?;
    let millis = at.as_millis();
    let is_whole = field.is_shown_in_seconds && millis.rem_euclid(1_000) == 0;
    Ok(if is_whole && end == End::To {
        Timestamp::from_millis(millis.saturating_add(999))
    } else {
        at
    })
}

fn number_bound(field: &Field, text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| misfit(field, text))
}
