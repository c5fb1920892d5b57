//! Attribute values as they were sent. Invariant: a [`Fields`] holds each name once, in the order
//! of first appearance, and no `null` (docs/reference/02-content.md §3: `null` means not sent).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Name of an attribute; case-sensitive, any text (docs/reference/04-data-layout.md §1).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldName(Arc<str>);

impl FieldName {
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for FieldName {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for FieldName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldName({:?})", &self.0)
    }
}

/// A JSON number, in the kind it was written in, so that `5` and `5.0` come back as sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Integer(i64),
    /// Above `i64::MAX`.
    Unsigned(u64),
    Float(f64),
}

impl Number {
    /// The value all comparisons use.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(n) => n as f64,
            Self::Unsigned(n) => n as f64,
            Self::Float(n) => n,
        }
    }
}

/// The finite number a text spells (`70.5`, `-1e3`), blanks around it allowed: numeric attributes and
/// numeric filters read texts this way (docs/reference/04-data-layout.md §2).
pub(super) fn parse_number(text: &str) -> Option<f64> {
    finite(text.trim().parse().ok()?)
}

/// A number that values and filters may be; there is one zero.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number + 0.0)
}

/// The integer a text spells, if it is one that a float would round: identifiers of many digits stay apart.
pub(super) fn parse_large(text: &str) -> Option<i128> {
    let number: i128 = text.trim().parse().ok()?;
    is_large(number).then_some(number)
}

fn is_large(number: i128) -> bool {
    number.unsigned_abs() > 1 << f64::MANTISSA_DIGITS
}

/// A text as it is compared: composed, without the blanks around it (docs/reference/04-data-layout.md §1).
pub fn composed(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The text a number is searched and matched by: the one JSON would print.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(n) => n.fmt(f),
            Self::Unsigned(n) => n.fmt(f),
            Self::Float(n) => write!(f, "{n:?}"),
        }
    }
}

/// One attribute value. `Map` is an object one level deep in the common case; deeper levels are
/// stored and returned only.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    Text(String),
    Number(Number),
    Bool(bool),
    List(Vec<FieldValue>),
    Map(Fields),
}

impl FieldValue {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The finite number this is or spells.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => finite(number.as_f64()),
            Self::Text(text) => parse_number(text),
            _ => None,
        }
    }

    /// The integer this is or spells, if it is one that a float would round.
    pub(super) fn as_large(&self) -> Option<i128> {
        match self {
            Self::Number(Number::Integer(n)) => Some(i128::from(*n)),
            Self::Number(Number::Unsigned(n)) => Some(i128::from(*n)),
            Self::Text(text) => parse_large(text),
            _ => None,
        }
        .filter(|number| is_large(*number))
    }

    /// The values an attribute holds: the elements of a list, or the value itself.
    pub fn elements(&self) -> &[FieldValue] {
        match self {
            Self::List(list) => list,
            one => std::slice::from_ref(one),
        }
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Attributes by name, in the order sent.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    entries: Vec<(FieldName, FieldValue)>,
    /// Position by name; built only past [`Fields::SCAN_MAX`] entries, below it a scan is faster.
    #[expect(
        clippy::box_collection,
        reason = "keeps a `FieldValue` small: lists hold many"
    )]
    positions: Option<Box<HashMap<FieldName, usize>>>,
}

impl Fields {
    const SCAN_MAX: usize = 32;

    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.position(name).map(|at| &self.entries[at].1)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut FieldValue> {
        let at = self.position(name)?;
        Some(&mut self.entries[at].1)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Sets the value; a name already there keeps its place and gets the new value.
    pub fn insert(&mut self, name: impl Into<FieldName>, value: FieldValue) {
        let name = name.into();
        if let Some(at) = self.position(name.as_str()) {
            self.entries[at].1 = value;
            return;
        }
        if let Some(positions) = &mut self.positions {
            positions.insert(name.clone(), self.entries.len());
        }
        self.entries.push((name, value));
        if self.positions.is_none() && self.entries.len() > Self::SCAN_MAX {
            self.build_positions();
        }
    }

    pub fn remove(&mut self, name: &str) -> Option<FieldValue> {
        let at = self.position(name)?;
        let (_, value) = self.entries.remove(at);
        if self.positions.is_some() {
            self.build_positions();
        }
        Some(value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&FieldName, &FieldValue)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.positions {
            Some(positions) => positions.get(name).copied(),
            None => self
                .entries
                .iter()
                .position(|(known, _)| known.as_str() == name),
        }
    }

    fn build_positions(&mut self) {
        let named = self
            .entries
            .iter()
            .enumerate()
            .map(|(at, (name, _))| (name.clone(), at));
        self.positions = Some(Box::new(named.collect()));
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<N: Into<FieldName>> FromIterator<(N, FieldValue)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, FieldValue)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let (least, most) = entries.size_hint();
        // Grown entry by entry, the many small maps of nested values would take four places each.
        let mut fields = Self {
            entries: Vec::with_capacity(most.unwrap_or(least)),
            positions: None,
        };
        for (name, value) in entries {
            fields.insert(name, value);
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_value_of_a_name_wins_and_keeps_its_place() {
        for filler in [0, 100] {
            let mut fields = Fields::new();
            fields.insert("a", "1".into());
            for n in 0..filler {
                fields.insert(format!("f{n}").as_str(), "x".into());
            }
            fields.insert("a", "2".into());
            assert_eq!(fields.get("a"), Some(&"2".into()));
            assert_eq!(fields.len(), filler + 1);
            assert_eq!(
                fields.iter().next().map(|(name, _)| name.as_str()),
                Some("a")
            );
            fields.remove("a");
            assert!(!fields.contains("a"));
            assert_eq!(fields.contains("f99"), filler == 100);
        }
    }

    #[test]
    fn numbers_print_as_json_does() {
        assert_eq!(Number::Float(213.0).to_string(), "213.0");
        assert_eq!(Number::Integer(5).to_string(), "5");
        assert_eq!(Number::Float(0.1).to_string(), "0.1");
    }
}
