//! Filters as sent, and what they mean once the type of their attribute is known (contract 05 §3).

use super::schema::{AttributeType, TypedValue};
use super::time::Timestamp;
use super::value::{FieldName, parse_number};

/// One `field:value`, split at its first colon, value unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFilter {
    pub field: FieldName,
    pub value: String,
}

/// All filters of a search. Values of one field in `any_of` are alternatives, fields are joined by AND.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// `f[]`
    pub any_of: Vec<FieldFilter>,
    /// `f_must[]`
    pub all_of: Vec<FieldFilter>,
    /// `neg_f[]`
    pub none_of: Vec<FieldFilter>,
}

impl Filters {
    /// `any_of` by field, fields in order of first appearance.
    pub fn any_of_by_field(&self) -> Vec<(&FieldName, Vec<&str>)> {
        let mut groups: Vec<(&FieldName, Vec<&str>)> = Vec::new();
        for filter in &self.any_of {
            match groups.iter_mut().find(|(field, _)| *field == &filter.field) {
                Some((_, values)) => values.push(&filter.value),
                None => groups.push((&filter.field, vec![&filter.value])),
            }
        }
        groups
    }
}

/// Both bounds inclusive; an absent bound is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    pub from: Option<T>,
    pub to: Option<T>,
}

/// What a filter value asks of an attribute of a known type.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `value_missing`
    Missing,
    Text(String),
    Boolean(bool),
    Number(f64),
    NumberRange(Range<f64>),
    Date(Timestamp),
    DateRange(Range<Timestamp>),
    /// The value cannot be one of this type: matches nothing.
    Nothing,
}

impl Condition {
    /// Reads a filter value by the type of its attribute. Only numeric and date attributes read `from|to`.
    pub fn read(kind: AttributeType, value: &str) -> Self {
        if value == "value_missing" {
            return Self::Missing;
        }
        let condition = match kind {
            // `""` is kept with an object but never matched (contract 04 §1).
            AttributeType::Text => (!value.is_empty()).then(|| Self::Text(value.to_owned())),
            AttributeType::Boolean => value.parse().ok().map(Self::Boolean),
            AttributeType::Numeric => match value.split_once('|') {
                Some(bounds) => Range::read(bounds, parse_number).map(Self::NumberRange),
                None => parse_number(value).map(Self::Number),
            },
            AttributeType::Date => match value.split_once('|') {
                Some(bounds) => Range::read(bounds, Timestamp::parse).map(Self::DateRange),
                None => Timestamp::parse(value).map(Self::Date),
            },
            // Points are asked for by distance, which is no filter value of the attribute itself.
            AttributeType::Geo => None,
        };
        condition.unwrap_or(Self::Nothing)
    }

    /// Whether one value of an attribute is what is asked for; an object is, when any of its values
    /// is. [`Self::Missing`] asks for objects without a value, so no value is what it asks for.
    #[expect(
        clippy::float_cmp,
        reason = "a filter asks for exactly the number that was sent"
    )]
    pub fn matches(&self, value: &TypedValue<'_>) -> bool {
        match (self, value) {
            (Self::Text(wanted), TypedValue::Text(text)) => wanted == text,
            (Self::Boolean(wanted), TypedValue::Boolean(boolean)) => wanted == boolean,
            (Self::Number(wanted), TypedValue::Numeric(number)) => wanted == number,
            (Self::NumberRange(range), TypedValue::Numeric(number)) => range.contains(number),
            (Self::Date(wanted), TypedValue::Date(date)) => wanted == date,
            (Self::DateRange(range), TypedValue::Date(date)) => range.contains(date),
            _ => false,
        }
    }
}

impl<T: PartialOrd> Range<T> {
    pub fn contains(&self, value: &T) -> bool {
        self.from.as_ref().is_none_or(|from| from <= value)
            && self.to.as_ref().is_none_or(|to| value <= to)
    }

    /// `None` when a bound is neither empty nor readable.
    fn read(bounds: (&str, &str), parse: fn(&str) -> Option<T>) -> Option<Self> {
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
