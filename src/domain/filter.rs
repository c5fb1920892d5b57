//! Filters as sent, and what they mean once the type of their attribute is known (contract 05 §3).

use super::schema::AttributeType;
use super::time::Timestamp;
use super::value::FieldName;

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
    pub fn read(_kind: AttributeType, _value: &str) -> Self {
        todo!()
    }
}
