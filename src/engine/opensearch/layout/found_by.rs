//! What an object is found, ordered and counted by. Invariants: every value lies in the space of its type, under the number of
//! its attribute; a text has the terms of `engine::analysis`, joined by blanks and split at blanks alone, so that all
//! backends find by the same words; in the fields of shown words there is none that only hidden attributes have.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;
use serde_json::{Value, json};

use super::fields::{HIDDEN, field_name};
use super::judged;
use super::spaces::{Fields, Space};
use crate::domain::{
    Derived, FieldValue, Language, Object, ObjectType, Schema, Site, Timestamp, TypedValue,
    VariantMode, derive,
};
use crate::engine::analysis::{self, Collation};
use crate::engine::ranking::{self, Availability, TextField};
use crate::engine::words::{self, TextSink};

/// Longest text that is counted and sorted by, in bytes (docs/reference/04-data-layout.md §2). Of a longer one a hash says
/// that it is there.
pub(in crate::engine::opensearch) const COMPARED_BYTES_MAX: usize = 512;

/// What of the settings of a site its documents depend on.
pub(in crate::engine::opensearch) struct MadeWith {
    pub(in crate::engine::opensearch) language: Language,
    pub(in crate::engine::opensearch) with_links: bool,
    /// Whether the words of each attribute are kept apart, too.
    words_by_attribute: bool,
    /// Whether variants stand for what they are nested in.
    pub(super) has_stand_ins: bool,
    collation: Collation,
}

impl MadeWith {
    pub(in crate::engine::opensearch) fn of(site: &Site) -> Self {
        Self {
            language: site.language,
            with_links: site.search_links,
            words_by_attribute: site.words_by_attribute,
            has_stand_ins: site.variants == VariantMode::Best,
            collation: Collation::new(site.language),
        }
    }
}

/// A part of a document.
#[derive(Serialize)]
pub(super) struct FoundBy {
    /// Values by type and attribute.
    #[serde(flatten)]
    spaces: BTreeMap<Space, BTreeMap<u32, Vec<Value>>>,
    /// Attributes that have a value.
    has: BTreeSet<u32>,
    boost: u8,
    availability: u8,
    /// The type as it is ordered; of what stands for an object both.
    type_key: Vec<String>,
    /// Terms by field.
    t: BTreeMap<&'static str, String>,
    /// The terms of each attribute, told from the same terms of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    words_by_attribute: Option<String>,
    /// What the object and its categories are called, and its codes.
    k: BTreeMap<&'static str, Vec<String>>,
    /// The same words, and those of the title, as hits are judged by them.
    judged: String,
    /// Each word that is shown, and each of the title, as a value: what dictionaries are listed by.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    words: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    words_of_title: BTreeSet<String>,
}

impl FoundBy {
    /// Ordered as what is of another type, too.
    pub(super) fn also_of(mut self, object_type: &ObjectType, made: &MadeWith) -> Self {
        self.type_key.push(type_key(object_type, made));
        self
    }

    /// Without the words that dictionaries are listed by.
    pub(super) fn unlisted(mut self) -> Self {
        self.words = BTreeSet::new();
        self.words_of_title = BTreeSet::new();
        self
    }

    /// Without any word.
    pub(super) fn without_words(mut self) -> Self {
        self.t = BTreeMap::new();
        self.k = BTreeMap::new();
        self.words_by_attribute = None;
        self.unlisted()
    }

    /// Notes the fields that its values lie in.
    pub(super) fn note_fields(&self, fields: &mut Fields) {
        for (space, values) in &self.spaces {
            fields.note(*space, values.keys().copied());
        }
    }
}

pub(super) fn found_by(
    object: &Object,
    schema: &Schema,
    updated_at: Timestamp,
    made: &MadeWith,
) -> FoundBy {
    let derived = derive(object);
    let mut spaces = Spaces::default();
    schema.for_each_value(object, &derived, |number, value| spaces.add(number, value));
    if let Some(number) = schema.updated_at_of(object) {
        spaces.add(number, TypedValue::Date(updated_at));
    }
    let number = |name: &str| spaces.signal(schema, name);
    let availability = Availability::new(
        number(ranking::AVAILABILITY_ATTRIBUTE),
        number(ranking::AVAILABILITY_RANK_ATTRIBUTE),
    );
    let boost = ranking::boost(number(ranking::BOOST_ATTRIBUTE));
    let mut terms = Terms::new(made.language);
    words::push_text_of(&mut terms, schema, object, &derived, made.with_links);
    let title = object.fields.get("title").and_then(FieldValue::as_text);
    let title_words = title.map_or_else(Vec::new, analysis::title_words);
    let apart = made.words_by_attribute;
    FoundBy {
        words_by_attribute: apart.then(|| words_by_attribute(object, schema, &derived, made)),
        boost,
        availability: availability.rank(),
        type_key: vec![type_key(&object.object_type, made)],
        k: names(object, &derived, title, made.language),
        judged: judged::write(&terms.by_field, &title_words),
        words: listed(terms.by_field.get(field_name(TextField::Everything))),
        words_of_title: listed(terms.by_field.get(field_name(TextField::Title))),
        t: terms.by_field,
        has: spaces.values.keys().copied().collect(),
        spaces: spaces.by_type(&made.collation),
    }
}

/// The field of the words of each attribute.
pub(in crate::engine::opensearch) const WORDS_BY_ATTRIBUTE: &str = "words_by_attribute";

/// What stands there before each word of an attribute.
pub(in crate::engine::opensearch) fn before_words_of(attribute: u32) -> String {
    format!("{attribute}:")
}

fn words_by_attribute(
    object: &Object,
    schema: &Schema,
    derived: &Derived,
    made: &MadeWith,
) -> String {
    let (mut terms, mut text) = (Vec::new(), String::new());
    words::for_each_attribute(
        schema,
        object,
        derived,
        made.with_links,
        |attribute, push| {
            text.clear();
            push(&mut text);
            let before = before_words_of(attribute);
            let words = analysis::object_words(&text, made.language);
            terms.extend(words.iter().map(|word| format!("{before}{word}")));
        },
    );
    terms.join(" ")
}

/// A text that is too long to be compared, as the value that stands for it.
pub(in crate::engine::opensearch) fn long(text: &str) -> String {
    format!("#{}", blake3::hash(text.as_bytes()).to_hex())
}

/// What a text is sorted by: a text that compares, byte by byte, as the key does. A character stands for each byte of it, none of
/// which has to be written as an escape; for those that are common in keys it is one byte.
fn key(collation: &Collation, text: &str) -> String {
    const FIRST: u32 = '#' as u32;
    let key = collation.key(text);
    let characters = key.iter().map(|&byte| FIRST + u32::from(byte));
    characters.filter_map(char::from_u32).collect()
}

fn type_key(object_type: &ObjectType, made: &MadeWith) -> String {
    key(&made.collation, object_type.as_str())
}

fn names(
    object: &Object,
    derived: &Derived,
    title: Option<&str>,
    language: Language,
) -> BTreeMap<&'static str, Vec<String>> {
    let title = title.filter(|_| !object.is_document());
    let titles = title.map_or_else(Vec::new, |title| analysis::names(title, language));
    let kinds = words::kinds(object, derived).flat_map(|kind| analysis::names(kind, language));
    let named = [
        ("code", words::codes(object).into_iter().collect()),
        ("title", titles),
        ("kind", kinds.collect()),
    ];
    let named = named.into_iter();
    named.filter(|(_, names)| !names.is_empty()).collect()
}

/// Those of the terms that somebody may be shown.
fn listed(terms: Option<&String>) -> BTreeSet<String> {
    let terms = terms.into_iter().flat_map(|terms| terms.split(' '));
    let shown = terms.filter(|term| !term.is_empty() && !term.starts_with(analysis::MARK));
    shown.map(str::to_owned).collect()
}

/// The values of an object by attribute.
#[derive(Default)]
struct Spaces<'a> {
    values: BTreeMap<u32, Vec<TypedValue<'a>>>,
}

impl<'a> Spaces<'a> {
    fn add(&mut self, number: u32, value: TypedValue<'a>) {
        let values = self.values.entry(number).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }

    /// The least number of an attribute of numbers; a boolean is 1 or 0.
    fn signal(&self, schema: &Schema, name: &str) -> Option<f64> {
        let (number, kind) = schema.get(name)?;
        let values = self.values.get(&number)?;
        let numbers = values.iter().filter_map(|value| match (kind, value) {
            (crate::domain::AttributeType::Numeric, TypedValue::Numeric(number)) => Some(*number),
            (crate::domain::AttributeType::Boolean, TypedValue::Boolean(is_so)) => {
                Some(f64::from(u8::from(*is_so)))
            }
            _ => None,
        });
        numbers.reduce(f64::min)
    }

    fn by_type(self, collation: &Collation) -> BTreeMap<Space, BTreeMap<u32, Vec<Value>>> {
        let mut spaces: BTreeMap<_, BTreeMap<_, Vec<Value>>> = BTreeMap::new();
        let mut add = |space, number, value| {
            let of_type = spaces.entry(space).or_default();
            of_type.entry(number).or_default().push(value);
        };
        for (number, values) in self.values {
            for (space, value) in order_of(&values, collation) {
                add(space, number, value);
            }
            let is_point = |value: &&TypedValue<'_>| matches!(value, TypedValue::Geo { .. });
            // The least is the same for all: by it they are told from those that are nowhere.
            let points = values.iter().filter(is_point).count().min(2);
            for count in 1..=points {
                add(Space::Points, number, json!(count));
            }
            for value in values {
                let (space, value) = match value {
                    TypedValue::Text(text) if text.len() > COMPARED_BYTES_MAX => {
                        (Space::Exact, json!(long(&text)))
                    }
                    TypedValue::Text(text) => (Space::Texts, json!(text)),
                    // A minus zero is less than zero to the cluster.
                    TypedValue::Numeric(number) => (Space::Numbers, json!(number + 0.0)),
                    // A double does not tell it from its neighbours.
                    TypedValue::Large(exact) => (Space::Exact, json!(exact.to_string())),
                    TypedValue::Boolean(is_so) => (Space::Booleans, json!(is_so)),
                    TypedValue::Date(at) => (Space::Dates, json!(at.as_millis())),
                    TypedValue::Geo { lat, lon } => (Space::Places, json!(format!("{lat},{lon}"))),
                };
                add(space, number, value);
            }
        }
        spaces
    }
}

/// What an attribute that has texts is sorted by: by its numbers, else by its dates, else by its texts, of each the least and
/// the greatest.
fn order_of(values: &[TypedValue<'_>], collation: &Collation) -> Vec<(Space, Value)> {
    let is_text = |value: &&TypedValue<'_>| matches!(value, TypedValue::Text(_));
    if !values.iter().any(|value| is_text(&value)) {
        return Vec::new();
    }
    let numbers = values.iter().filter_map(|value| match value {
        TypedValue::Numeric(number) => Some(*number + 0.0),
        _ => None,
    });
    let numbers: Vec<f64> = numbers.collect();
    let least = numbers.iter().copied().reduce(f64::min);
    let greatest = numbers.iter().copied().reduce(f64::max);
    if let (Some(least), Some(greatest)) = (least, greatest) {
        let of = |number| (Space::NumbersInOrder, json!(number));
        return vec![of(least), of(greatest)];
    }
    let dates = values.iter().filter_map(|value| match value {
        TypedValue::Date(at) => Some(at.as_millis()),
        _ => None,
    });
    let dates: Vec<i64> = dates.collect();
    if let (Some(least), Some(greatest)) = (dates.iter().min(), dates.iter().max()) {
        let of = |date| (Space::DatesInOrder, json!(date));
        return vec![of(least), of(greatest)];
    }
    let keys = values.iter().filter_map(|value| match value {
        TypedValue::Text(text) if text.len() <= COMPARED_BYTES_MAX => Some(key(collation, text)),
        _ => None,
    });
    let keys: Vec<String> = keys.collect();
    let of = |key| (Space::TextsInOrder, json!(key));
    match (keys.iter().min(), keys.iter().max()) {
        (Some(least), Some(greatest)) if least == greatest => vec![of(least)],
        (Some(least), Some(greatest)) => vec![of(least), of(greatest)],
        _ => Vec::new(),
    }
}

/// The terms of an object by field.
struct Terms {
    language: Language,
    buffer: String,
    by_field: BTreeMap<&'static str, String>,
}

impl Terms {
    fn new(language: Language) -> Self {
        Self {
            language,
            buffer: String::new(),
            by_field: BTreeMap::new(),
        }
    }

    fn add(&mut self, field: &'static str, range: Range<usize>) {
        let terms = analysis::object_words(&self.buffer[range], self.language);
        if terms.is_empty() {
            return;
        }
        let of_field = self.by_field.entry(field).or_default();
        for term in terms {
            if !of_field.is_empty() {
                of_field.push(' ');
            }
            of_field.push_str(&term);
        }
    }
}

impl TextSink for Terms {
    fn buffer_mut(&mut self) -> &mut String {
        &mut self.buffer
    }

    fn add_field(&mut self, field: TextField, range: Range<usize>) {
        self.add(field_name(field), range);
    }

    fn add_hidden(&mut self, range: Range<usize>) {
        self.add(HIDDEN, range);
    }
}
