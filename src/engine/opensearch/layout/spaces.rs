//! The spaces that values of attributes lie in, one for each type, and which fields an index has there already. Invariant: a field is
//! mapped as its space says, whoever asks for it first: the index by itself, or this server before it writes.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::fields::STAND_INS;
use crate::domain::{AttributeType, Schema};

/// How much of a text is compared as a whole, in characters: a term has 32,766 bytes at most.
const TEXT_CHARS_MAX: usize = 8191;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(in crate::engine::opensearch) enum Space {
    #[serde(rename = "s")]
    Texts,
    #[serde(rename = "n")]
    Numbers,
    /// What is compared as a whole by something that stands for it.
    #[serde(rename = "x")]
    Exact,
    #[serde(rename = "b")]
    Booleans,
    #[serde(rename = "d")]
    Dates,
    #[serde(rename = "g")]
    Places,
    /// How many places there are, as far as that matters.
    #[serde(rename = "p")]
    Points,
    /// The least and the greatest, as they are sorted by.
    #[serde(rename = "u")]
    TextsInOrder,
    #[serde(rename = "un")]
    NumbersInOrder,
    #[serde(rename = "ud")]
    DatesInOrder,
}

impl Space {
    pub(super) const ALL: [Self; 10] = [
        Self::Texts,
        Self::Numbers,
        Self::Exact,
        Self::Booleans,
        Self::Dates,
        Self::Places,
        Self::Points,
        Self::TextsInOrder,
        Self::NumbersInOrder,
        Self::DatesInOrder,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Texts => "s",
            Self::Numbers => "n",
            Self::Exact => "x",
            Self::Booleans => "b",
            Self::Dates => "d",
            Self::Places => "g",
            Self::Points => "p",
            Self::TextsInOrder => "u",
            Self::NumbersInOrder => "un",
            Self::DatesInOrder => "ud",
        }
    }

    /// Where values of an attribute lie that are of its type.
    fn of(kind: AttributeType) -> Self {
        match kind {
            AttributeType::Text => Self::Texts,
            AttributeType::Numeric => Self::Numbers,
            AttributeType::Boolean => Self::Booleans,
            AttributeType::Date => Self::Dates,
            AttributeType::Geo => Self::Places,
        }
    }

    /// How a field in it is mapped.
    fn mapping(self) -> Value {
        match self {
            Self::Texts => json!({ "type": "keyword", "ignore_above": TEXT_CHARS_MAX }),
            Self::Numbers => json!({ "type": "double" }),
            Self::Exact => json!({ "type": "keyword" }),
            Self::Booleans => json!({ "type": "boolean" }),
            Self::Dates | Self::Points => json!({ "type": "long" }),
            Self::Places => json!({ "type": "geo_point" }),
            Self::TextsInOrder => json!({ "type": "keyword", "index": false }),
            Self::NumbersInOrder => json!({ "type": "double", "index": false }),
            Self::DatesInOrder => json!({ "type": "long", "index": false }),
        }
    }

    /// What the index does by itself with a field of it that it did not know.
    pub(super) fn template(self, before: &str) -> Value {
        let (name, mapping) = (format!("{before}{}", self.name()), self.mapping());
        let path = format!("{name}.*");
        json!({ name: { "path_match": path, "mapping": mapping } })
    }
}

/// Fields of attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::opensearch) struct Fields(HashSet<(Space, u32)>);

impl Fields {
    pub(super) fn note(&mut self, space: Space, attributes: impl Iterator<Item = u32>) {
        self.0
            .extend(attributes.map(|attribute| (space, attribute)));
    }

    /// Those of all attributes from the number on, whether any object has them or not: a question about a field that an index
    /// does not have may be refused.
    pub(in crate::engine::opensearch) fn note_attributes(&mut self, schema: &Schema, since: u32) {
        for (attribute, _, kind) in schema.added_since(since) {
            self.note(Space::of(kind), std::iter::once(attribute));
        }
    }

    pub(in crate::engine::opensearch) fn add(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Those that are not among the others.
    pub(in crate::engine::opensearch) fn without(mut self, others: &Self) -> Self {
        self.0.retain(|field| !others.0.contains(field));
        self
    }

    pub(in crate::engine::opensearch) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a mapping has to have for them, and for those of variants that stand for objects where there are such.
    pub(in crate::engine::opensearch) fn mapping(&self, has_stand_ins: bool) -> Value {
        let mut spaces: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for (space, attribute) in &self.0 {
            let fields = spaces.entry(space.name()).or_default();
            fields.insert(attribute.to_string(), space.mapping());
        }
        let spaces = spaces.into_iter();
        let spaces = spaces.map(|(name, fields)| (name, json!({ "properties": fields })));
        let mut properties = json!(spaces.collect::<BTreeMap<_, _>>());
        if has_stand_ins {
            properties[STAND_INS] = json!({ "type": "nested", "properties": properties.clone() });
        }
        json!({ "properties": properties })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_written_under_its_name() {
        for space in Space::ALL {
            assert_eq!(json!(space), json!(space.name()));
        }
    }

    #[test]
    fn fields_that_are_new_are_asked_for_as_the_index_would_map_them() {
        let mut fields = Fields::default();
        fields.note(Space::Texts, [1, 2].into_iter());
        fields.note(Space::Dates, [2].into_iter());
        let mut known = Fields::default();
        known.note(Space::Texts, [1].into_iter());
        let new = fields.clone().without(&known);
        let text = json!({ "type": "keyword", "ignore_above": 8191 });
        let expected = json!({ "properties": {
            "s": { "properties": { "2": text } },
            "d": { "properties": { "2": { "type": "long" } } },
        }});
        assert_eq!(new.mapping(false), expected);
        let nested = &new.mapping(true)["properties"][STAND_INS];
        assert_eq!(nested["properties"], expected["properties"]);
        assert_eq!(nested["type"], "nested");
        assert_eq!(Space::Texts.template("v.")["v.s"]["mapping"], text);
        known.add(new);
        assert!(fields.without(&known).is_empty());
    }
}
