//! The documents an object becomes. Invariant: all of them have its version, so that they come and go
//! together.

use super::document::{IndexDocument, Leaf};
use super::entry::IndexEntry;
use super::names::Names;
use super::own_columns::OwnColumns;
use super::words::{push_words, push_words_by_attribute};
use crate::domain::{Schema, Siblings, derive, stand_in, stand_ins_of};
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::schema::{IndexFields, VariantKind};
use crate::engine::embedded::index::segments::settings::IndexSettings;

/// An object as documents: one, and one for each variant that stands for it. All have its version, so
/// that they come and go together.
pub(in super::super) fn documents(
    fields: &IndexFields,
    schema: &Schema,
    entry: &IndexEntry<'_>,
    settings: &IndexSettings,
    names: &mut Names,
    own_columns: &OwnColumns,
) -> Vec<IndexDocument> {
    let has_stand_ins = settings.has_stand_ins;
    let with_links = settings.has_links;
    let IndexEntry {
        object, derived, ..
    } = *entry;
    let stand_ins: Vec<usize> = if has_stand_ins {
        stand_ins_of(object)
    } else {
        Vec::new()
    };
    let kind = match (&object.master, stand_ins.as_slice()) {
        (Some(_), _) => Some(VariantKind::Variant),
        (None, []) => None,
        (None, _) => Some(VariantKind::Master),
    };
    // Where variants stand for masters, these two are never found.
    let is_found = !has_stand_ins || kind.is_none();
    let mut own = IndexDocument::new(fields);
    own.add_object(fields, schema, entry, object, derived, own_columns);
    if is_found {
        push_words(&mut own, fields, schema, object, derived, names, with_links);
        if settings.has_words_by_attribute {
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
        document.add_object(fields, schema, entry, &variant, &derived, own_columns);
        push_words(
            &mut document,
            fields,
            schema,
            &variant,
            &derived,
            names,
            with_links,
        );
        if settings.has_words_by_attribute {
            push_words_by_attribute(
                &mut document,
                fields,
                schema,
                &variant,
                &derived,
                with_links,
            );
        }
        document.add(fields.variant, Leaf::U64(VariantKind::StandIn as u64));
        document.add(fields.stand_in, Leaf::U64(at as u64));
        // Whoever looks for its master finds it.
        document.add_fact(fields, Fact::identity(object.identity.as_str()));
        document.add_text(fields.object_type, |out| {
            out.push_str(object.object_type.as_str());
        });
        documents.push(document);
    }
    documents
}
