//! Filters as sent, and what they mean once the type of their attribute is known (docs/reference/05-search.md §3).

use super::filter_tree::TypeFilter;
use super::geo::{GeoPoint, read_distance};
use super::price::parse_amount;
use super::schema::{AttributeType, Schema, TypedValue, date};
use super::time::Timestamp;
use super::value::{FieldName, composed, parse_large, parse_number};

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldFilter {
    pub field: FieldName,
    pub asked: Asked,
}

/// What a filter asks, as far as it is known before the type of the attribute is.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The value of a `field:value`: what it means the type of the attribute says.
    Untyped(String),
    Typed(Condition),
}

impl FieldFilter {
    pub fn untyped(field: impl Into<FieldName>, value: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            asked: Asked::Untyped(value.into()),
        }
    }

    pub fn typed(field: impl Into<FieldName>, condition: Condition) -> Self {
        Self {
            field: field.into(),
            asked: Asked::Typed(condition),
        }
    }
}

impl Asked {
    /// What is asked of an attribute of this name and type.
    pub fn of(&self, name: &str, kind: AttributeType, origin: Option<GeoPoint>) -> Condition {
        match (self, kind, origin) {
            (Self::Typed(condition), ..) => condition.clone(),
            (Self::Untyped(value), AttributeType::Geo, Some(origin)) => {
                Condition::read_distance(origin, value)
            }
            (Self::Untyped(value), ..) => Condition::read(name, kind, value),
        }
    }

    /// Whether objects without the attribute are asked for.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Untyped(value) => value == MISSING,
            Self::Typed(condition) => *condition == Condition::Missing,
        }
    }

    /// The text that is asked for, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Untyped(text) | Self::Typed(Condition::Text(text)) => Some(text),
            Self::Typed(_) => None,
        }
    }
}

/// All filters of a search. Values of one field in `any_of` are alternatives, fields are joined by AND.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// `f[]`
    pub any_of: Vec<FieldFilter>,
    /// `f_must[]`
    pub all_of: Vec<FieldFilter>,
    /// `neg_f[]`
    pub none_of: Vec<FieldFilter>,
    /// Trees of a POST, each for the objects of its type.
    pub by_type: Vec<TypeFilter>,
}

impl Filters {
    /// `any_of` by field, fields in order of first appearance.
    pub fn any_of_by_field(&self) -> Vec<(&FieldName, Vec<&Asked>)> {
        let mut groups: Vec<(&FieldName, Vec<&Asked>)> = Vec::new();
        for filter in &self.any_of {
            match groups.iter_mut().find(|(field, _)| *field == &filter.field) {
                Some((_, values)) => values.push(&filter.asked),
                None => groups.push((&filter.field, vec![&filter.asked])),
            }
        }
        groups
    }

    /// Every filter, wherever it stands.
    pub fn for_each<'a>(&'a self, mut each: impl FnMut(&'a FieldFilter)) {
        let lists = [&self.any_of, &self.all_of, &self.none_of];
        lists.into_iter().flatten().for_each(&mut each);
        for filter in &self.by_type {
            filter.tree.for_each_leaf(&mut each);
        }
    }
}

/// Both bounds inclusive; an absent bound is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    pub from: Option<T>,
    pub to: Option<T>,
}

/// The filter value that asks for objects without the attribute.
const MISSING: &str = "value_missing";

/// What a filter value asks of an attribute of a known type. A text is asked for in attributes of every
/// type: what did not fit is kept as one.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `value_missing`
    Missing,
    Text(String),
    Boolean(bool),
    Number(f64),
    /// An integer that a float would round.
    Large(i128),
    NumberRange(Range<f64>),
    Date(Timestamp),
    DateRange(Range<Timestamp>),
    /// Of points so many kilometres from another.
    Distance(GeoPoint, Range<f64>),
    /// Any of these.
    AnyOf(Vec<Condition>),
    /// The value cannot be one of this type: matches nothing.
    Nothing,
}

impl Condition {
    /// Reads a filter value by the type of its attribute, and by its name where that fixes the type. What is no
    /// value of the type is a text that was kept although it does not fit. `from|to` is a range, of a text
    /// attribute one of the numbers or dates in it, or exactly that text (docs/reference/04-data-layout.md §2).
    pub fn read(name: &str, kind: AttributeType, value: &str) -> Self {
        if value == MISSING {
            return Self::Missing;
        }
        let mut any_of = Self::read_fitting(name, kind, value);
        if !Schema::is_fixed(name, kind) {
            any_of.extend(Self::read_unfitting(name, kind, value));
        }
        Self::any(any_of)
    }

    /// What may be among the values of an attribute whose type was only inferred.
    fn read_unfitting(name: &str, kind: AttributeType, value: &str) -> Vec<Self> {
        let mut any_of = Vec::new();
        if kind == AttributeType::Text && value.contains('|') {
            any_of.extend(number_range(value));
            any_of.extend(date_range(name, value));
        }
        // `""` is kept with an object but never matched (docs/reference/04-data-layout.md §1).
        if !value.trim().is_empty() && !is_value(kind, value) {
            any_of.push(Self::Text(value.to_owned()));
        }
        any_of
    }

    fn read_fitting(name: &str, kind: AttributeType, value: &str) -> Vec<Self> {
        let condition = match kind {
            AttributeType::Text => (!value.trim().is_empty()).then(|| Self::Text(value.to_owned())),
            AttributeType::Boolean => value.parse().ok().map(Self::Boolean),
            AttributeType::Numeric if value.contains('|') => number_range(value),
            AttributeType::Numeric => match parse_large(value) {
                Some(large) => Some(Self::Large(large)),
                None => typed_number(value).map(Self::Number),
            },
            AttributeType::Date if value.contains('|') => date_range(name, value),
            AttributeType::Date => date(name, value).map(Self::Date),
            // Points are asked for by distance, which has to say where from.
            AttributeType::Geo => None,
        };
        condition.into_iter().collect()
    }

    fn any(mut any_of: Vec<Self>) -> Self {
        match any_of.len() {
            0 => Self::Nothing,
            1 => any_of.remove(0),
            _ => Self::AnyOf(any_of),
        }
    }

    /// Reads a filter value of points, `|50km` from somewhere; what is no distance is a text.
    pub fn read_distance(origin: GeoPoint, value: &str) -> Self {
        if value == MISSING {
            return Self::Missing;
        }
        match read_distance(value) {
            Some(range) => Self::Distance(origin, range),
            None => Self::any(Self::read_unfitting("", AttributeType::Geo, value)),
        }
    }

    /// Whether one value of an attribute is what is asked for; an object is, when any of its values
    /// is. [`Self::Missing`] asks for objects without a value, so no value is what it asks for.
    #[expect(
        clippy::float_cmp,
        reason = "a filter asks for exactly the number that was sent"
    )]
    pub fn matches(&self, value: &TypedValue<'_>) -> bool {
        match (self, value) {
            (Self::AnyOf(conditions), value) => conditions.iter().any(|one| one.matches(value)),
            (Self::Text(wanted), TypedValue::Text(text)) => composed(wanted) == *text,
            (Self::Boolean(wanted), TypedValue::Boolean(boolean)) => wanted == boolean,
            (Self::Number(wanted), TypedValue::Numeric(number)) => wanted == number,
            (Self::Large(wanted), TypedValue::Large(number)) => wanted == number,
            (Self::NumberRange(range), TypedValue::Numeric(number)) => range.contains(number),
            (Self::Date(wanted), TypedValue::Date(date)) => wanted == date,
            (Self::DateRange(range), TypedValue::Date(date)) => range.contains(date),
            (Self::Distance(origin, range), &TypedValue::Geo { lat, lon }) => {
                GeoPoint::new(lat, lon)
                    .is_some_and(|point| range.contains(&origin.distance_km(point)))
            }
            _ => false,
        }
    }
}

fn number_range(value: &str) -> Option<Condition> {
    let range = Range::read(value.split_once('|')?, typed_number);
    range.map(Condition::NumberRange)
}

/// A number as people type it: with a decimal comma or thousands marks, with a currency beside it.
fn typed_number(text: &str) -> Option<f64> {
    parse_number(text).or_else(|| parse_amount(text))
}

fn date_range(name: &str, value: &str) -> Option<Condition> {
    let range = Range::read(value.split_once('|')?, |text| date(name, text));
    range.map(Condition::DateRange)
}

/// Whether an object that has this text has a value of the type, so that it is not kept as a text.
fn is_value(kind: AttributeType, text: &str) -> bool {
    match kind {
        AttributeType::Text => true,
        AttributeType::Numeric => parse_number(text).is_some(),
        AttributeType::Boolean => text.trim().parse::<bool>().is_ok(),
        // `20190517` is a date as a text; a JSON number like that was kept as its text.
        AttributeType::Date => Timestamp::parse(text).is_some() && parse_number(text).is_none(),
        AttributeType::Geo => false,
    }
}

impl<T: PartialOrd> Range<T> {
    pub fn contains(&self, value: &T) -> bool {
        self.from.as_ref().is_none_or(|from| from <= value)
            && self.to.as_ref().is_none_or(|to| value <= to)
    }

    /// `None` when a bound is neither empty nor readable.
    pub(super) fn read(bounds: (&str, &str), parse: impl Fn(&str) -> Option<T>) -> Option<Self> {
        let bound = |text: &str| match text {
            "" => Some(None),
            text => parse(text).map(Some),
        };
        Some(Self {
            from: bound(bounds.0)?,
            to: bound(bounds.1)?,
        })
    }
}

#[cfg(test)]
mod tests;
