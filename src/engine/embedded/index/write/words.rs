//! The text of an object in the fields of the index. Invariant: every field has what [`words`] says it has.

use std::ops::Range;

use super::document::IndexDocument;
use super::names::Names;
use crate::domain::{Derived, FieldValue, Object, Schema};
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::tokenizer;
use crate::engine::ranking::TextField;
use crate::engine::words::{self, TextSink};

/// A document on its way into the index.
struct Sink<'d> {
    document: &'d mut IndexDocument,
    fields: &'d IndexFields,
}

impl TextSink for Sink<'_> {
    fn buffer_mut(&mut self) -> &mut String {
        self.document.buffer_mut()
    }

    fn add_field(&mut self, field: TextField, range: Range<usize>) {
        self.document.add_range(self.fields.text(field), range);
    }

    fn add_hidden(&mut self, range: Range<usize>) {
        self.document.add_range(self.fields.hidden, range);
    }
}

pub(in super::super) fn push_words(
    document: &mut IndexDocument,
    fields: &IndexFields,
    schema: &Schema,
    object: &Object,
    derived: &Derived,
    names: &mut Names,
    with_links: bool,
) {
    for code in words::codes(object) {
        document.add_fact(fields, Fact::code(&code));
    }
    if let Some(FieldValue::Text(title)) = object.fields.get("title") {
        document.add_title_words(fields, title);
    }
    if !object.is_document() {
        names.push(document, fields, object, derived);
    }
    let mut sink = Sink { document, fields };
    words::push_text_of(&mut sink, schema, object, derived, with_links);
}

/// The words of each attribute apart from those of the others.
pub(in super::super) fn push_words_by_attribute(
    document: &mut IndexDocument,
    fields: &IndexFields,
    schema: &Schema,
    object: &Object,
    derived: &Derived,
    with_links: bool,
) {
    words::for_each_attribute(schema, object, derived, with_links, |attribute, push| {
        let text = document.buffer_mut();
        let start = text.len();
        text.push_str(&tokenizer::prefix(attribute));
        push(text);
        let range = start..text.len();
        document.add_range(fields.words_by_attribute, range);
    });
}
