//! Values read by the type of their attribute, and the type a first value gives
//! (docs/reference/04-data-layout.md §2). Invariant: a number is finite, a text is not empty, a point lies on
//! the globe.

use std::borrow::Cow;

use super::AttributeType;
use crate::domain::time::Timestamp;
use crate::domain::value::{FieldValue, Fields, composed};

/// One value of an attribute, read by the attribute's type. Text is composed, without blanks around it. A text of an
/// attribute of another type is a value that does not fit it; a number or a date of a text attribute
/// stands beside the text that it is there.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue<'a> {
    Text(Cow<'a, str>),
    Numeric(f64),
    /// What a number is exactly, beside the rounded one: an integer of many digits.
    Large(i128),
    Boolean(bool),
    Date(Timestamp),
    Geo {
        lat: f64,
        lon: f64,
    },
}

pub(super) enum Reading<'a> {
    /// Fits every type and is a value of none: `""`.
    Empty,
    Value(TypedValue<'a>),
    Misfit,
}

/// Longest part of a misfit that is told back, in characters, and what stands for the rest.
const DESCRIPTION_CHARS_MAX: usize = 256;
const CUT: char = '…';

/// Reads a text, number, boolean or map as the type asks. Coerced are numeric and boolean texts, blanks around
/// them allowed, and numbers and booleans to text.
pub(super) fn read<'a>(name: &str, kind: AttributeType, value: &'a FieldValue) -> Reading<'a> {
    if value.as_text().is_some_and(is_blank) {
        return Reading::Empty;
    }
    let typed = match (kind, value) {
        (AttributeType::Text, value) => text_of(value).map(TypedValue::Text),
        (AttributeType::Numeric, value) => value.as_number().map(TypedValue::Numeric),
        (AttributeType::Boolean, FieldValue::Bool(boolean)) => Some(TypedValue::Boolean(*boolean)),
        (AttributeType::Boolean, FieldValue::Text(text)) => {
            text.trim().parse().ok().map(TypedValue::Boolean)
        }
        (AttributeType::Date, FieldValue::Text(text)) => date(name, text).map(TypedValue::Date),
        (AttributeType::Geo, FieldValue::Map(map)) => {
            point(map).map(|(lat, lon)| TypedValue::Geo { lat, lon })
        }
        _ => None,
    };
    typed.map_or(Reading::Misfit, Reading::Value)
}

/// Calls `each` for everything a value is found by: what it is by the type of its attribute, or its text
/// where it does not fit. In a text attribute a number is one to ranges and sorts besides, and so is what
/// cannot be anything but a date; a text that spells a number is none.
pub(super) fn for_each_form<'a>(
    name: &str,
    kind: AttributeType,
    value: &'a FieldValue,
    mut each: impl FnMut(TypedValue<'a>),
) {
    match read(name, kind, value) {
        Reading::Empty => {}
        Reading::Value(typed) => {
            if kind == AttributeType::Text
                && let Some(other) = beside_text(value).filter(|_| !is_fixed(name, kind))
            {
                each(other);
            }
            let large = matches!(typed, TypedValue::Numeric(_)).then(|| value.as_large());
            each(typed);
            if let Some(large) = large.flatten() {
                each(TypedValue::Large(large));
            }
        }
        Reading::Misfit => {
            if let Some(text) = text_of(value).filter(|_| !is_fixed(name, kind)) {
                each(TypedValue::Text(text));
            }
        }
    }
}

/// What a value of a text attribute is beside its text.
fn beside_text(value: &FieldValue) -> Option<TypedValue<'static>> {
    match value {
        FieldValue::Number(_) => value.as_number().map(TypedValue::Numeric),
        FieldValue::Text(text) if Timestamp::is_unmistakable(text) => {
            Timestamp::parse(text).map(TypedValue::Date)
        }
        _ => None,
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The text a single value is matched by.
fn text_of(value: &FieldValue) -> Option<Cow<'_, str>> {
    match value {
        FieldValue::Text(text) => Some(composed(text)),
        FieldValue::Number(number) => Some(Cow::Owned(number.to_string())),
        FieldValue::Bool(true) => Some(Cow::Borrowed("true")),
        FieldValue::Bool(false) => Some(Cow::Borrowed("false")),
        FieldValue::List(_) | FieldValue::Map(_) => None,
    }
}

/// Whether the name alone gives an attribute its type, so that no other value is ever taken.
pub(super) fn is_fixed(name: &str, kind: AttributeType) -> bool {
    preset(name) == Some(kind)
}

/// Whether something of a value is none of the type that its attribute has by name.
pub(in crate::domain) fn is_mismatch(name: &str, value: &FieldValue) -> bool {
    let is_misfit = |kind| {
        let mut elements = value.elements().iter();
        elements.any(|element| matches!(read(name, kind, element), Reading::Misfit))
    };
    // What a title has to be is a rule of its own.
    let typed = preset(name).filter(|kind| *kind != AttributeType::Text);
    typed.is_some_and(is_misfit)
}

/// The type a sent attribute gets from its first value; `None` when this value gives none. Some
/// names have their type whatever the value.
pub(super) fn infer(name: &str, value: &FieldValue) -> Option<AttributeType> {
    if value.as_text().is_some_and(is_blank) {
        return None;
    }
    preset(name).or(match value {
        FieldValue::Text(text) if Timestamp::is_unmistakable(text) => Some(AttributeType::Date),
        FieldValue::Text(_) => Some(AttributeType::Text),
        FieldValue::Number(_) => Some(AttributeType::Numeric),
        FieldValue::Bool(_) => Some(AttributeType::Boolean),
        FieldValue::Map(_) | FieldValue::List(_) => None,
    })
}

/// The type a derived attribute gets. Titles and identities are text, whatever they look like and also
/// where a type of objects is named as only points are; the fields of nested objects are typed as if they
/// were sent.
pub(super) fn infer_derived(name: &str, value: &FieldValue) -> Option<AttributeType> {
    let inferred = infer(name, value)?;
    let is_nested_field = name.strip_prefix("nested_").is_some_and(|rest| {
        !["_url", "_id", "_title"]
            .iter()
            .any(|end| rest.ends_with(end))
    });
    match inferred {
        AttributeType::Date | AttributeType::Geo if !is_nested_field => Some(AttributeType::Text),
        kind => Some(kind),
    }
}

/// Whether an attribute of this name holds points and nothing else. Inner keys of a map are no attributes
/// that somebody named so.
pub(super) fn is_geo_name(name: &str) -> bool {
    name.starts_with("geo_") && !name.contains('.')
}

/// The misfit as an error message shows it.
pub(super) fn describe(value: &FieldValue) -> String {
    let text = match value {
        FieldValue::Text(text) => return beginning(text),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Bool(boolean) => boolean.to_string(),
        FieldValue::List(_) => "an array".to_owned(),
        FieldValue::Map(_) => "an object".to_owned(),
    };
    debug_assert!(text.len() <= DESCRIPTION_CHARS_MAX);
    text
}

/// The text, or as much of it as is told.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(DESCRIPTION_CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}{CUT}", &text[..end]),
    }
}

/// A date as an attribute of this name spells it (docs/reference/02-content.md §2).
pub(in crate::domain) fn date(name: &str, text: &str) -> Option<Timestamp> {
    if preset(name) == Some(AttributeType::Date) {
        Timestamp::parse_named(text)
    } else {
        Timestamp::parse(text)
    }
}

/// The type some names have whatever their value.
pub(super) fn preset(name: &str) -> Option<AttributeType> {
    match name {
        "title" => Some(AttributeType::Text),
        "availability" | "availability_rank" | "boost" | "_margin" => Some(AttributeType::Numeric),
        "introduced_at" | "active_from" | "active_to" => Some(AttributeType::Date),
        _ if is_geo_name(name) => Some(AttributeType::Geo),
        _ => {
            let is_amount = name.ends_with("_amount")
                && (name.starts_with("price_") || name.starts_with("discount_"));
            is_amount.then_some(AttributeType::Numeric)
        }
    }
}

pub(in crate::domain) fn point(map: &Fields) -> Option<(f64, f64)> {
    let lat = map.get("lat")?.as_number()?;
    let lon = map.get("lon")?.as_number()?;
    let is_on_globe = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    is_on_globe.then_some((lat, lon))
}
