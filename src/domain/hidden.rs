//! What a shop keeps to itself: names that begin with `_`, what lies under them, and what follows from them
//! (docs/reference/04-data-layout.md §3). Words of it find objects, and filters and sorts may use it; no
//! answer has it. Invariant: through [`ShownObject`], [`ShownFields`] and [`ShownName`], which answers are
//! made of, nothing hidden can be reached.

use std::borrow::Borrow;
use std::sync::Arc;

use super::derived::{derive_nested, derive_returned};
use super::identity::{Identity, ObjectType};
use super::nested::NestedObject;
use super::object::Object;
use super::text_form::TextForm;
use super::value::{FieldName, FieldValue, Fields, Number};

const MARK: char = '_';

impl FieldName {
    /// Whether it is hidden as the name of an attribute or as a key inside one, at whatever depth; also one
    /// that spells the path of a hidden key.
    pub fn is_hidden(&self) -> bool {
        self.as_str().split('.').any(is_hidden_key)
    }
}

fn is_hidden_key(name: &str) -> bool {
    name.starts_with(MARK)
}

/// Whether what searches call by this name is hidden: an attribute, a key inside one (`special._cost`), or
/// what is derived from either (`nested_variant__cost`). Where a name could mean both a hidden value and
/// another, it is hidden.
pub fn is_hidden_path(path: &str) -> bool {
    let is_derived = path
        .strip_prefix("nested_")
        .is_some_and(|rest| rest.contains("__"));
    is_derived || path.split('.').any(is_hidden_key)
}

/// The name of something that answers may show values of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownName(FieldName);

impl ShownName {
    /// `None` for what is hidden.
    pub fn new(name: &str) -> Option<Self> {
        (!is_hidden_path(name)).then(|| Self(FieldName::new(name)))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Borrow<FieldName> for ShownName {
    fn borrow(&self) -> &FieldName {
        &self.0
    }
}

impl PartialEq<FieldName> for ShownName {
    fn eq(&self, other: &FieldName) -> bool {
        self.0 == *other
    }
}

/// An object on its way into an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundObject {
    object: Arc<Object>,
    /// What was derived of all of it, where some of it was cut away.
    derived: Option<Fields>,
}

impl FoundObject {
    pub fn new(object: Arc<Object>) -> Self {
        Self {
            object,
            derived: None,
        }
    }

    /// A part of an object, and what is derived of the whole and returned.
    pub(super) fn cut(object: Arc<Object>, derived: Fields) -> Self {
        Self {
            object,
            derived: Some(derived),
        }
    }

    pub fn shown(&self) -> ShownObject<'_> {
        ShownObject {
            object: &self.object,
            derived: self.derived.as_ref(),
        }
    }

    /// About how much memory it takes, hidden or not.
    pub fn memory_bytes(&self) -> usize {
        let derived = self.derived.as_ref();
        self.object.memory_bytes() + derived.map_or(0, Fields::memory_bytes)
    }
}

/// What answers may say of an object.
#[derive(Clone, Copy, Debug)]
pub struct ShownObject<'a> {
    object: &'a Object,
    derived: Option<&'a Fields>,
}

impl<'a> ShownObject<'a> {
    pub fn new(object: &'a Object) -> Self {
        Self {
            object,
            derived: None,
        }
    }

    pub fn identity(self) -> &'a Identity {
        &self.object.identity
    }

    pub fn object_type(self) -> &'a ObjectType {
        &self.object.object_type
    }

    pub fn fields(self) -> ShownFields<'a> {
        ShownFields(&self.object.fields)
    }

    /// How the texts of an attribute are written.
    pub fn text_form(self, name: &str) -> TextForm {
        self.object.text_form(name)
    }

    pub fn nested(self) -> impl ExactSizeIterator<Item = ShownNested<'a>> {
        self.object.nested.iter().map(ShownNested)
    }

    /// The derived attributes that are returned, of those that are kept.
    pub fn derived(self, keeps: &dyn Fn(&str) -> bool) -> Fields {
        match self.derived {
            Some(derived) => derived.clone(),
            None => derive_returned(self.object, keeps),
        }
    }
}

/// What answers may say of a nested object.
#[derive(Clone, Copy, Debug)]
pub struct ShownNested<'a>(&'a NestedObject);

impl<'a> ShownNested<'a> {
    pub fn identity(self) -> &'a Identity {
        &self.0.identity
    }

    pub fn object_type(self) -> &'a ObjectType {
        &self.0.object_type
    }

    pub fn fields(self) -> ShownFields<'a> {
        ShownFields(&self.0.fields)
    }

    pub fn nested(self) -> impl ExactSizeIterator<Item = ShownNested<'a>> {
        self.0.nested.iter().map(ShownNested)
    }

    /// The derived attributes that are returned, of those that are kept.
    pub fn derived(self, keeps: &dyn Fn(&str) -> bool) -> Fields {
        derive_nested(self.0, keeps)
    }
}

/// Attributes, or the keys of a map, without the hidden ones.
#[derive(Clone, Copy, Debug)]
pub struct ShownFields<'a>(&'a Fields);

impl<'a> ShownFields<'a> {
    pub fn new(fields: &'a Fields) -> Self {
        Self(fields)
    }

    pub fn iter(self) -> impl Iterator<Item = (&'a FieldName, ShownValue<'a>)> {
        let shown = self.0.iter().filter(|(name, _)| !name.is_hidden());
        shown.map(|(name, value)| (name, ShownValue::new(value)))
    }

    pub fn get(self, name: &str) -> Option<ShownValue<'a>> {
        let value = self.0.get(name).filter(|_| !is_hidden_key(name))?;
        Some(ShownValue::new(value))
    }

    pub fn contains(self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// A value without what is hidden in it.
#[derive(Clone, Copy, Debug)]
pub enum ShownValue<'a> {
    Text(&'a str),
    Number(Number),
    Bool(bool),
    List(ShownList<'a>),
    Map(ShownFields<'a>),
}

impl<'a> ShownValue<'a> {
    fn new(value: &'a FieldValue) -> Self {
        match value {
            FieldValue::Text(text) => Self::Text(text),
            FieldValue::Number(number) => Self::Number(*number),
            FieldValue::Bool(flag) => Self::Bool(*flag),
            FieldValue::List(list) => Self::List(ShownList(list)),
            FieldValue::Map(fields) => Self::Map(ShownFields(fields)),
        }
    }
}

impl<'a> ShownValue<'a> {
    /// The texts among the elements of a list, or the value itself where it is one.
    pub fn texts(self) -> impl Iterator<Item = &'a str> {
        let (one, list): (_, &[FieldValue]) = match self {
            Self::Text(text) => (Some(text), &[]),
            Self::List(ShownList(list)) => (None, list),
            Self::Number(_) | Self::Bool(_) | Self::Map(_) => (None, &[]),
        };
        let listed = list.iter().filter_map(FieldValue::as_text);
        one.into_iter().chain(listed)
    }
}

/// The elements of a list.
#[derive(Clone, Copy, Debug)]
pub struct ShownList<'a>(&'a [FieldValue]);

impl<'a> ShownList<'a> {
    pub fn iter(self) -> impl ExactSizeIterator<Item = ShownValue<'a>> {
        self.0.iter().map(ShownValue::new)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::testing::{fields, json};

    #[rstest]
    #[case::attribute("_margin", true)]
    #[case::inner_key("special._cost", true)]
    #[case::deep_inner_key("special.data._cost", true)]
    #[case::under_a_hidden_name("_special.cost", true)]
    #[case::of_nested_objects("nested_variant__cost", true)]
    #[case::of_a_type_with_the_mark("nested_gift_card__cost", true)]
    #[case::inside_nested_objects("nested_variant_special._cost", true)]
    #[case::mark_inside_a_name("price_amount", false)]
    #[case::mark_at_the_end("cost_", false)]
    #[case::two_marks("cost__net", false)]
    #[case::of_nested_objects_shown("nested_gift_card_cost", false)]
    #[case::inner_key_shown("special.net_cost", false)]
    #[case::no_name("", false)]
    fn hidden_names(#[case] path: &str, #[case] is_hidden: bool) {
        assert_eq!(is_hidden_path(path), is_hidden);
        assert_eq!(ShownName::new(path).is_none(), is_hidden);
    }

    #[test]
    fn nothing_hidden_is_reached_through_what_is_shown() {
        fn names(fields: ShownFields<'_>, found: &mut Vec<String>) {
            for (name, value) in fields.iter() {
                found.push(name.to_string());
                of_value(value, found);
            }
        }
        fn of_value(value: ShownValue<'_>, found: &mut Vec<String>) {
            match value {
                ShownValue::Map(inner) => names(inner, found),
                ShownValue::List(list) => list.iter().for_each(|one| of_value(one, found)),
                _ => {}
            }
        }
        let sent = fields(&json!({
            "a": {"b": 1, "_c": 2, "d": {"_e": 3, "f": 4}}, "_g": {"h": 5},
            "i": [{"_j": 6, "k": [[{"_l": 7, "m": 8}]]}]
        }));
        let mut found = Vec::new();
        names(ShownFields::new(&sent), &mut found);
        assert_eq!(found, ["a", "b", "d", "f", "i", "k", "m"]);
        assert!(ShownFields::new(&sent).get("_g").is_none());
    }
}
