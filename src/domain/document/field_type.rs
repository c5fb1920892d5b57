//! The types a document's writer declares, and what is a value of each (docs/reference/10-swiftype.md §4).
//! Invariant: what [`FieldType::accept`] let in, [`FieldType::read`] can read.

use std::borrow::Cow;

use crate::domain::schema::{AttributeType, TypedValue, point};
use crate::domain::time::Timestamp;
use crate::domain::value::composed;
use crate::domain::value::{FieldValue, Number};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Short text: searched, completed, filtered by.
    String,
    /// Long text: searched only.
    Text,
    /// Compared whole.
    Enum,
    Integer,
    Float,
    Date,
    Location,
}

impl FieldType {
    pub const ALL: [(&str, Self); 7] = [
        ("string", Self::String),
        ("text", Self::Text),
        ("enum", Self::Enum),
        ("integer", Self::Integer),
        ("float", Self::Float),
        ("date", Self::Date),
        ("location", Self::Location),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, field_type)| *field_type)
    }

    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known)| *known == self);
        found.map_or("string", |(name, _)| name)
    }

    /// What values of this type are to the index.
    pub fn attribute_type(self) -> AttributeType {
        match self {
            Self::String | Self::Text | Self::Enum => AttributeType::Text,
            Self::Integer | Self::Float => AttributeType::Numeric,
            Self::Date => AttributeType::Date,
            Self::Location => AttributeType::Geo,
        }
    }

    /// Whether words of a query are looked for in values of this type.
    pub fn is_searched(self) -> bool {
        matches!(self, Self::String | Self::Text)
    }

    /// Whether filters and facets may ask for values of this type.
    pub fn is_filtered(self) -> bool {
        self != Self::Text
    }

    /// The value as it is kept, numbers spelled as texts as numbers; `None` when it is none of this
    /// type. `""` is kept under every type and is a value of none.
    pub fn accept(self, value: FieldValue) -> Option<FieldValue> {
        match value {
            FieldValue::List(list) => {
                let list: Option<Vec<_>> =
                    list.into_iter().map(|one| self.accept_one(one)).collect();
                list.map(FieldValue::List)
            }
            one => self.accept_one(one),
        }
    }

    fn accept_one(self, value: FieldValue) -> Option<FieldValue> {
        if value.as_text() == Some("") {
            return Some(value);
        }
        let kept = match self {
            Self::Integer => FieldValue::Number(integer(&value)?),
            Self::Float => FieldValue::Number(number(&value)?),
            Self::String | Self::Text | Self::Enum | Self::Date | Self::Location => value,
        };
        self.read(&kept).is_some().then_some(kept)
    }

    /// One value as the index takes it; `None` for what is no value of this type.
    pub fn read(self, value: &FieldValue) -> Option<TypedValue<'_>> {
        if value.as_text() == Some("") {
            return None;
        }
        match (self.attribute_type(), value) {
            (AttributeType::Text, FieldValue::Text(text)) => Some(TypedValue::Text(composed(text))),
            (AttributeType::Text, FieldValue::Number(number)) => {
                Some(TypedValue::Text(Cow::Owned(number.to_string())))
            }
            (AttributeType::Text, FieldValue::Bool(boolean)) => {
                let word = if *boolean { "true" } else { "false" };
                Some(TypedValue::Text(Cow::Borrowed(word)))
            }
            (AttributeType::Numeric, value) => value.as_number().map(TypedValue::Numeric),
            (AttributeType::Date, FieldValue::Text(text)) => {
                Self::instant(text).map(TypedValue::Date)
            }
            (AttributeType::Geo, FieldValue::Map(map)) => {
                point(map).map(|(lat, lon)| TypedValue::Geo { lat, lon })
            }
            _ => None,
        }
    }

    /// An instant; without an offset it means UTC.
    pub fn instant(text: &str) -> Option<Timestamp> {
        Timestamp::parse(text)
    }

    /// The type of an attribute that came without one, through another API; `None` when this value
    /// says nothing.
    pub fn infer(value: &FieldValue) -> Option<Self> {
        let first = value.elements().first()?;
        match first {
            FieldValue::Text(text) if text.is_empty() => None,
            FieldValue::Text(text) if Timestamp::is_unmistakable(text) => Some(Self::Date),
            FieldValue::Text(_) => Some(Self::String),
            FieldValue::Number(Number::Float(_)) => Some(Self::Float),
            FieldValue::Number(_) => Some(Self::Integer),
            FieldValue::Bool(_) => Some(Self::Enum),
            FieldValue::Map(map) => point(map).map(|_| Self::Location),
            FieldValue::List(_) => None,
        }
    }
}

fn number(value: &FieldValue) -> Option<Number> {
    match value {
        FieldValue::Number(number) => number.as_f64().is_finite().then_some(*number),
        FieldValue::Text(text) => text
            .trim()
            .parse()
            .map(Number::Integer)
            .ok()
            .or_else(|| value.as_number().map(Number::Float)),
        _ => None,
    }
}

/// A number without a fraction, in whatever spelling.
fn integer(value: &FieldValue) -> Option<Number> {
    /// Beyond this not every integer is a float.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    match number(value)? {
        Number::Float(float) if float.fract() == 0.0 && float.abs() <= EXACT_MAX => {
            Some(Number::Integer(float as i64))
        }
        Number::Float(_) => None,
        whole => Some(whole),
    }
}
