//! A document as tantivy reads it: values that are spans of its one buffer. Invariant: what is read is
//! what was added, nothing is copied.

use std::fmt;

use tantivy::schema::document::{ReferenceValue, ReferenceValueLeaf, Value};
use tantivy::schema::{Document, Field};

use super::{ColumnValue, Columns, IndexDocument, Leaf, text};

/// A value as tantivy reads it.
#[derive(Clone)]
pub(in super::super::super) enum View<'a> {
    Leaf(&'a str, Leaf),
    Columns(&'a str, &'a Columns),
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View")
    }
}

impl<'a> Value<'a> for View<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = ColumnValues<'a>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        match self {
            View::Leaf(buffer, leaf) => ReferenceValue::Leaf(match *leaf {
                Leaf::Text(span) => ReferenceValueLeaf::Str(text(buffer, span)),
                Leaf::U64(value) => ReferenceValueLeaf::U64(value),
                Leaf::I64(value) => ReferenceValueLeaf::I64(value),
                Leaf::F64(value) => ReferenceValueLeaf::F64(value),
            }),
            View::Columns(buffer, columns) => ReferenceValue::Object(ColumnValues {
                buffer,
                values: columns.values.iter(),
            }),
        }
    }
}

pub(in super::super::super) struct ColumnValues<'a> {
    buffer: &'a str,
    values: std::slice::Iter<'a, ColumnValue>,
}

impl<'a> Iterator for ColumnValues<'a> {
    type Item = (&'a str, View<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.values.next()?;
        let key = text(self.buffer, value.key);
        Some((key, View::Leaf(self.buffer, value.leaf)))
    }
}

/// In a box: the queue of the writer has room for ten thousand documents, which is taken and cleared anew with every
/// commit.
impl Document for Box<IndexDocument> {
    type Value<'a> = View<'a>;
    type FieldsValuesIter<'a> = Box<dyn Iterator<Item = (Field, View<'a>)> + 'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        let plain = self.plain.iter();
        let columns = [&self.attributes, &self.numbers, &self.dates];
        Box::new(
            plain
                .map(|(field, leaf)| (*field, View::Leaf(&self.buffer, *leaf)))
                .chain(
                    columns
                        .into_iter()
                        .map(|columns| (columns.field, View::Columns(&self.buffer, columns))),
                ),
        )
    }
}
