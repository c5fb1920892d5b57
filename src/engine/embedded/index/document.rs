//! An object as the index takes it. Invariants: columns hold each value of an attribute once, so that
//! counting values counts objects; the text of a document lies in one buffer of which values are
//! spans, so a document costs a handful of allocations whatever its number of attributes.

mod view;

use std::fmt::Write;
use std::ops::Range;

use tantivy::schema::Field;

use super::schema::IndexFields;
use super::words::{push_words, push_words_by_attribute};
use super::{IndexEntry, Origin, analyzer, exact};
use crate::domain::{
    Derived, FieldName, Object, Schema, Siblings, TypedValue, derive, stand_in, stand_ins_of,
};

/// What an object has to do with variants, as far as it matters for what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Taken out of a master, an object of its own.
    Variant = 1,
    /// In its master's place.
    StandIn = 2,
    /// Has variants in its place.
    Master = 3,
}

/// An object as documents: one, and one for each variant that stands for it. All have its version, so
/// that they come and go together.
pub(super) fn documents(
    fields: &IndexFields,
    schema: &Schema,
    entry: &IndexEntry<'_>,
    origin: &Origin,
) -> Vec<IndexDocument> {
    let has_stand_ins = origin.has_stand_ins;
    let with_links = origin.has_links;
    let IndexEntry {
        object, derived, ..
    } = *entry;
    let stand_ins: Vec<usize> = if has_stand_ins {
        stand_ins_of(object)
    } else {
        Vec::new()
    };
    let kind = match (&object.master, stand_ins.as_slice()) {
        (Some(_), _) => Some(Kind::Variant),
        (None, []) => None,
        (None, _) => Some(Kind::Master),
    };
    // Where variants stand for masters, these two are never found.
    let is_found = !has_stand_ins || kind.is_none();
    let mut own = IndexDocument::new(fields);
    own.add_object(fields, schema, entry, object, derived);
    if is_found {
        push_words(&mut own, fields, schema, object, derived, with_links);
        if origin.has_words_by_attribute {
            push_words_by_attribute(&mut own, fields, schema, object, derived, with_links);
        }
    }
    if let Some(kind) = kind {
        own.add(fields.variant, Leaf::U64(kind as u64));
    }
    let mut documents = vec![own];
    for at in stand_ins {
        let variant = stand_in(object, at, Siblings::LeftOut);
        let derived = derive(&variant);
        let mut document = IndexDocument::new(fields);
        document.add_object(fields, schema, entry, &variant, &derived);
        push_words(
            &mut document,
            fields,
            schema,
            &variant,
            &derived,
            with_links,
        );
        if origin.has_words_by_attribute {
            push_words_by_attribute(
                &mut document,
                fields,
                schema,
                &variant,
                &derived,
                with_links,
            );
        }
        document.add(fields.variant, Leaf::U64(Kind::StandIn as u64));
        document.add(fields.stand_in, Leaf::U64(at as u64));
        // Whoever looks for its master finds it.
        document.add_text(fields.exact, |out| {
            exact::push_identity(out, object.identity.as_str());
        });
        document.add_text(fields.object_type, |out| {
            out.push_str(object.object_type.as_str());
        });
        documents.push(document);
    }
    documents
}

/// Half-open range of bytes in the buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf {
    Text(Span),
    U64(u64),
    I64(i64),
    F64(f64),
}

/// Values of one JSON field, by the attribute they belong to.
#[derive(Debug)]
pub(super) struct Columns {
    field: Field,
    values: Vec<ColumnValue>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnValue {
    attribute: u32,
    key: Span,
    leaf: Leaf,
}

#[derive(Debug)]
pub(super) struct IndexDocument {
    buffer: String,
    plain: Vec<(Field, Leaf)>,
    attributes: Columns,
    numbers: Columns,
    dates: Columns,
    /// Latitude and longitude by attribute, in the order sent.
    points: Vec<(u32, f64, f64)>,
}

impl IndexDocument {
    fn new(fields: &IndexFields) -> Self {
        let columns = |field| Columns {
            field,
            values: Vec::new(),
        };
        Self {
            buffer: String::with_capacity(2048),
            plain: Vec::with_capacity(64),
            attributes: columns(fields.attributes),
            numbers: columns(fields.numbers),
            dates: columns(fields.dates),
            points: Vec::new(),
        }
    }

    /// Everything but the words.
    fn add_object(
        &mut self,
        fields: &IndexFields,
        schema: &Schema,
        entry: &IndexEntry<'_>,
        object: &Object,
        derived: &Derived,
    ) {
        self.add(fields.version_id, Leaf::U64(entry.version.0));
        self.add(fields.first_seen, Leaf::U64(entry.first_seen));
        self.add_text(fields.object_type, |out| {
            out.push_str(object.object_type.as_str());
        });
        self.add_text(fields.exact, |out| {
            exact::push_identity(out, object.identity.as_str());
        });
        self.add_schedule(fields, object);
        schema.for_each_value(object, derived, |attribute, value| {
            self.add_value(fields, schema, attribute, value);
        });
        if let Some(attribute) = schema.updated_at_of(object) {
            let at = TypedValue::Date(entry.updated_at);
            self.add_value(fields, schema, attribute, at);
        }
        self.drop_repeated();
        self.add_points();
    }

    /// What is written here can be added with [`Self::add_range`].
    pub(super) fn buffer_mut(&mut self) -> &mut String {
        &mut self.buffer
    }

    /// Adds a part of the buffer as one value.
    pub(super) fn add_range(&mut self, field: Field, range: Range<usize>) {
        let span = Span {
            start: range.start as u32,
            end: range.end as u32,
        };
        self.plain.push((field, Leaf::Text(span)));
    }

    /// Adds what `push` writes as one value.
    fn add_text(&mut self, field: Field, push: impl FnOnce(&mut String)) {
        let span = self.span(push);
        self.plain.push((field, Leaf::Text(span)));
    }

    /// Adds the words of the title as numbers.
    pub(super) fn add_title_words(&mut self, fields: &IndexFields, title: &str) {
        let words = analyzer::title_words(title).into_iter();
        let words = words.map(|word| (fields.title_words, Leaf::U64(word)));
        self.plain.extend(words);
    }

    /// Makes the object the first one found by this code.
    pub(super) fn add_code(&mut self, fields: &IndexFields, code: &str) {
        self.add_text(fields.exact, |out| exact::push_code(out, code));
    }

    fn add(&mut self, field: Field, leaf: Leaf) {
        self.plain.push((field, leaf));
    }

    fn add_schedule(&mut self, fields: &IndexFields, object: &Object) {
        let schedule = object.schedule();
        let ends = [
            (fields.active_from, schedule.from),
            (fields.active_to, schedule.to),
        ];
        for (field, end) in ends {
            if let Some(end) = end {
                self.add(field, Leaf::I64(end.as_millis()));
            }
        }
    }

    fn add_value(
        &mut self,
        fields: &IndexFields,
        schema: &Schema,
        attribute: u32,
        value: TypedValue<'_>,
    ) {
        match value {
            TypedValue::Text(text) => {
                let name = schema.name(attribute).map_or("", FieldName::as_str);
                if !exact::has_column_only(name, &text) {
                    self.add_text(fields.exact, |out| exact::push_value(out, attribute, &text));
                }
                self.add_to_column(fields, attribute, &text);
            }
            TypedValue::Boolean(value) => {
                let text = boolean_text(value);
                self.add_text(fields.exact, |out| exact::push_value(out, attribute, text));
                self.add_to_column(fields, attribute, text);
            }
            TypedValue::Numeric(number) => self.add_number(attribute, Part::Whole, number),
            TypedValue::Date(at) => {
                let value = self.column_value(attribute, Part::Whole, Leaf::I64(at.as_millis()));
                self.dates.values.push(value);
            }
            TypedValue::Geo { lat, lon } => {
                let point = (attribute, lat + 0.0, lon + 0.0);
                if !self.points.contains(&point) {
                    self.points.push(point);
                }
            }
        }
    }

    fn add_to_column(&mut self, fields: &IndexFields, attribute: u32, text: &str) {
        if text.len() > exact::COLUMN_BYTES_MAX {
            self.add_text(fields.exact, |out| exact::push_presence(out, attribute));
            return;
        }
        let text = self.span(|out| out.push_str(text));
        let value = self.column_value(attribute, Part::Whole, Leaf::Text(text));
        self.attributes.values.push(value);
    }

    /// Minus zero becomes zero: columns tell them apart, people do not.
    fn add_number(&mut self, attribute: u32, part: Part, number: f64) {
        if number.is_finite() {
            let value = self.column_value(attribute, part, Leaf::F64(number + 0.0));
            self.numbers.values.push(value);
        }
    }

    fn column_value(&mut self, attribute: u32, part: Part, leaf: Leaf) -> ColumnValue {
        let key = self.span(|out| push_column_key(out, attribute, part));
        ColumnValue {
            attribute,
            key,
            leaf,
        }
    }

    fn drop_repeated(&mut self) {
        let buffer = &self.buffer;
        for columns in [&mut self.attributes, &mut self.numbers, &mut self.dates] {
            let values = &mut columns.values;
            values.sort_unstable_by(|a, b| a.rank(buffer).cmp(&b.rank(buffer)));
            values.dedup_by(|a, b| a.rank(buffer) == b.rank(buffer));
        }
    }

    /// Points come last and in order: a latitude and its longitude find each other by their place.
    fn add_points(&mut self) {
        for (attribute, lat, lon) in std::mem::take(&mut self.points) {
            self.add_number(attribute, Part::Latitude, lat);
            self.add_number(attribute, Part::Longitude, lon);
        }
    }

    fn span(&mut self, push: impl FnOnce(&mut String)) -> Span {
        let start = self.buffer.len() as u32;
        push(&mut self.buffer);
        Span {
            start,
            end: self.buffer.len() as u32,
        }
    }
}

impl ColumnValue {
    /// Equal for equal values of one attribute only, and equal ones stand together in its order.
    fn rank<'b>(&self, buffer: &'b str) -> (u32, &'b str, &'b str, u64) {
        let (words, bits) = match self.leaf {
            Leaf::Text(span) => (text(buffer, span), 0),
            Leaf::U64(value) => ("", value),
            Leaf::I64(value) => ("", value as u64),
            Leaf::F64(value) => ("", value.to_bits()),
        };
        (self.attribute, text(buffer, self.key), words, bits)
    }
}

/// The part of an attribute a column holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Whole,
    Latitude,
    Longitude,
}

/// Key of an attribute's column below its JSON field. Has no dot, which would be a path.
pub(super) fn push_column_key(out: &mut String, attribute: u32, part: Part) {
    let suffix = match part {
        Part::Whole => "",
        Part::Latitude => "_lat",
        Part::Longitude => "_lon",
    };
    write!(out, "{attribute}{suffix}").expect("writing to a string does not fail");
}

/// Text a boolean is indexed by.
pub(super) fn boolean_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn text(buffer: &str, span: Span) -> &str {
    &buffer[span.start as usize..span.end as usize]
}
