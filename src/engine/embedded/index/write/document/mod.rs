//! An object as the index takes it. Invariants: columns hold each value of an attribute once, so that
//! counting values counts objects; the text of a document lies in one buffer of which values are
//! spans, so a document costs a handful of allocations whatever its number of attributes.

mod view;

use std::ops::Range;

use tantivy::columnar::MonotonicallyMappableToU64;
use tantivy::schema::Field;

use super::entry::IndexEntry;
use super::own_columns::OwnColumns;
use crate::domain::{Derived, FieldName, Object, Schema, TypedValue};
use crate::engine::analysis;
use crate::engine::embedded::index::segments::columns::{Part, boolean_text, push_column_key};
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::keyword;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::sparse_key::{self, Kind};

/// Half-open range of bytes in the buffer.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Leaf {
    Text(Span),
    U64(u64),
    I64(i64),
    F64(f64),
}

/// Values of one JSON field, by the attribute they belong to.
#[derive(Debug)]
pub(in super::super) struct Columns {
    field: Field,
    values: Vec<ColumnValue>,
}

#[derive(Clone, Copy, Debug)]
pub(in super::super) struct ColumnValue {
    attribute: u32,
    key: Span,
    leaf: Leaf,
}

#[derive(Debug)]
pub(in super::super) struct IndexDocument {
    buffer: String,
    plain: Vec<(Field, Leaf)>,
    attributes: Columns,
    numbers: Columns,
    dates: Columns,
    /// Latitude and longitude by attribute, in the order sent.
    points: Vec<(u32, f64, f64)>,
    /// Keys of attributes that have no columns of their own.
    sparse: Vec<(u32, Span)>,
}

impl IndexDocument {
    pub(in super::super) fn new(fields: &IndexFields) -> Self {
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
            sparse: Vec::new(),
        }
    }

    /// Attributes whose values lie in the column that many share, each once.
    pub(in super::super) fn sparse(&self) -> impl Iterator<Item = u32> + '_ {
        let of_one = self.sparse.chunk_by(|a, b| a.0 == b.0);
        of_one.filter_map(|values| Some(values.first()?.0))
    }

    /// Everything but the words.
    pub(in super::super) fn add_object(
        &mut self,
        fields: &IndexFields,
        schema: &Schema,
        entry: &IndexEntry<'_>,
        object: &Object,
        derived: &Derived,
        own_columns: &OwnColumns,
    ) {
        self.add(fields.version_id, Leaf::U64(entry.version.0));
        self.add(fields.first_seen, Leaf::U64(entry.first_seen));
        self.add_text(fields.object_type, |out| {
            out.push_str(object.object_type.as_str());
        });
        self.add_fact(fields, Fact::identity(object.identity.as_str()));
        self.add_schedule(fields, object);
        schema.for_each_value(object, derived, |attribute, value| {
            self.add_value(fields, schema, attribute, value, own_columns);
        });
        if let Some(attribute) = schema.updated_at_of(object) {
            let at = TypedValue::Date(entry.updated_at);
            self.add_value(fields, schema, attribute, at, own_columns);
        }
        self.drop_repeated();
        self.add_points();
        self.add_sparse(fields);
    }

    /// What is written here can be added with [`Self::add_range`].
    pub(in super::super) fn buffer_mut(&mut self) -> &mut String {
        &mut self.buffer
    }

    /// Adds a part of the buffer as one value.
    pub(in super::super) fn add_range(&mut self, field: Field, range: Range<usize>) {
        let span = Span {
            start: range.start as u32,
            end: range.end as u32,
        };
        self.plain.push((field, Leaf::Text(span)));
    }

    /// Adds what `push` writes as one value.
    pub(in super::super) fn add_text(&mut self, field: Field, push: impl FnOnce(&mut String)) {
        let span = self.span(push);
        self.plain.push((field, Leaf::Text(span)));
    }

    /// Adds the words of the title as numbers.
    pub(in super::super) fn add_title_words(&mut self, fields: &IndexFields, title: &str) {
        let words = analysis::title_words(title).into_iter();
        let words = words.map(|word| (fields.title_words, Leaf::U64(word)));
        self.plain.extend(words);
    }

    pub(in super::super) fn add_fact(&mut self, fields: &IndexFields, fact: Fact) {
        self.add_text(fields.exact, |out| fact.push_bucket(out));
        self.add(fields.facts, Leaf::U64(fact.hash()));
    }

    pub(in super::super) fn add(&mut self, field: Field, leaf: Leaf) {
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
        own_columns: &OwnColumns,
    ) {
        if !own_columns.has(schema, attribute) {
            self.add_sparse_value(fields, attribute, &value);
            return;
        }
        match value {
            TypedValue::Text(text) => {
                let name = schema.name(attribute).map_or("", FieldName::as_str);
                if keyword::is_fact(name) {
                    self.add_fact(fields, Fact::value(attribute, &text));
                } else if !keyword::has_column_only(name, &text) {
                    self.add_text(fields.exact, |out| {
                        keyword::push_value(out, attribute, &text);
                    });
                }
                self.add_to_column(fields, attribute, &text);
            }
            TypedValue::Boolean(value) => {
                let text = boolean_text(value);
                self.add_text(fields.exact, |out| {
                    keyword::push_value(out, attribute, text);
                });
                self.add_to_column(fields, attribute, text);
            }
            TypedValue::Numeric(number) => self.add_number(attribute, Part::Whole, number),
            TypedValue::Large(number) => self.add_text(fields.exact, |out| {
                keyword::push_large(out, attribute, number);
            }),
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

    /// The same of an attribute without columns.
    fn add_sparse_value(&mut self, fields: &IndexFields, attribute: u32, value: &TypedValue<'_>) {
        let exact = fields.exact;
        let key = match value {
            TypedValue::Text(text) if text.len() > keyword::COLUMN_BYTES_MAX => {
                self.add_text(exact, |out| keyword::push_value(out, attribute, text));
                self.add_text(exact, |out| keyword::push_presence(out, attribute));
                return;
            }
            TypedValue::Text(text) => self.span(|out| sparse_key::push_text(out, attribute, text)),
            TypedValue::Boolean(value) => {
                self.span(|out| sparse_key::push_text(out, attribute, boolean_text(*value)))
            }
            TypedValue::Large(number) => {
                self.add_text(exact, |out| keyword::push_large(out, attribute, *number));
                return;
            }
            TypedValue::Numeric(number) if !number.is_finite() => return,
            TypedValue::Numeric(number) => {
                let number = (number + 0.0).to_u64();
                self.span(|out| sparse_key::push_number(out, attribute, Kind::Number, number))
            }
            TypedValue::Date(at) => {
                let at = at.as_millis().to_u64();
                self.span(|out| sparse_key::push_number(out, attribute, Kind::Date, at))
            }
            TypedValue::Geo { lat, lon } => {
                let (lat, lon) = ((lat + 0.0).to_u64(), (lon + 0.0).to_u64());
                self.span(|out| sparse_key::push_point(out, attribute, lat, lon))
            }
        };
        self.sparse.push((attribute, key));
    }

    fn add_sparse(&mut self, fields: &IndexFields) {
        let buffer = &self.buffer;
        let key = |&(attribute, key): &(u32, Span)| (attribute, text(buffer, key));
        self.sparse.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        self.sparse.dedup_by(|a, b| key(a) == key(b));
        let keys = self.sparse.iter();
        let keys = keys.map(|&(_, key)| (fields.sparse, Leaf::Text(key)));
        self.plain.extend(keys);
    }

    fn add_to_column(&mut self, fields: &IndexFields, attribute: u32, text: &str) {
        if text.len() > keyword::COLUMN_BYTES_MAX {
            self.add_text(fields.exact, |out| keyword::push_presence(out, attribute));
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

fn text(buffer: &str, span: Span) -> &str {
    &buffer[span.start as usize..span.end as usize]
}
