//! Titles that were sent as numbers: `300` is "300", as PHP sends it (docs/reference/02-content.md §2).
//! Invariant: what this leaves behind has no title that is a number, among its ancestors neither.

use super::entry::ANCESTORS;
use super::rules::TITLE;
use super::value::{FieldValue, Fields};

/// Makes the titles of attributes texts: their own, and those of the ancestors among them.
pub(super) fn make_texts(fields: &mut Fields) {
    if has_text(fields) {
        return;
    }
    if let Some(FieldValue::Number(number)) = fields.get(TITLE) {
        let text = number.to_string();
        fields.insert(TITLE, FieldValue::Text(text));
    }
    let Some(FieldValue::List(entries)) = fields.get(ANCESTORS) else {
        return;
    };
    let mut entries = entries.clone();
    for entry in &mut entries {
        if let FieldValue::Map(entry) = entry {
            make_texts_of_entry(entry);
        }
    }
    fields.insert(ANCESTORS, FieldValue::List(entries));
}

/// The same of an entry of `nested` or `ancestors`, whose attributes lie beside `fields` or in them; `None`
/// where there is nothing to do.
pub(super) fn with_texts(entry: &Fields) -> Option<Fields> {
    if entry_has_texts(entry) {
        return None;
    }
    let mut entry = entry.clone();
    make_texts_of_entry(&mut entry);
    Some(entry)
}

fn make_texts_of_entry(entry: &mut Fields) {
    make_texts(entry);
    if let Some(FieldValue::Map(inside)) = entry.get("fields")
        && !has_text(inside)
    {
        let mut inside = inside.clone();
        make_texts(&mut inside);
        entry.insert("fields", FieldValue::Map(inside));
    }
}

fn entry_has_texts(entry: &Fields) -> bool {
    let inside = match entry.get("fields") {
        Some(FieldValue::Map(inside)) => Some(inside),
        _ => None,
    };
    has_text(entry) && inside.is_none_or(has_text)
}

fn has_text(fields: &Fields) -> bool {
    let is_number = matches!(fields.get(TITLE), Some(FieldValue::Number(_)));
    let ancestors = match fields.get(ANCESTORS) {
        Some(FieldValue::List(entries)) => &entries[..],
        _ => &[],
    };
    let has_texts = |entry: &FieldValue| match entry {
        FieldValue::Map(entry) => entry_has_texts(entry),
        _ => true,
    };
    !is_number && ancestors.iter().all(has_texts)
}
