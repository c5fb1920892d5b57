//! Terms of the `exact` field: what an exact filter looks up. Documents and queries build them here
//! and nowhere else. Invariants: two different things never share a term (but for a collision of
//! 128-bit hashes); a text of an attribute has a term unless [`has_column_only`] says that its column
//! is asked instead, [`is_fact`] that it is a fact, or the attribute is sparse in the object and the text fits a
//! column.

use std::fmt::Write;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::engine::ranking;

/// Longer values are indexed by their hash, in bytes: links and descriptions would otherwise be most
/// of the dictionary.
const VALUE_BYTES_MAX: usize = 64;
/// Bytes of a hash.
const HASH_BYTES: usize = 16;

const PLAIN: char = '\u{1f}';
const HASHED: char = '\u{1d}';
const PRESENT: char = '\u{1e}';
const LARGE: char = '\u{1c}';
/// Stands where attributes have their number.
const KIND: &str = "^";

/// Longest text kept in a column, in bytes: what facets list and sorts look at
/// (docs/reference/04-data-layout.md §1).
pub(in super::super) const COLUMN_BYTES_MAX: usize = 512;

/// Whether a text is looked up in the attribute's column, a scan, and has no term. So it is for texts
/// that differ from object to object and that hardly anybody filters by: their terms would be a tenth
/// of the work of indexing and of the size of the index.
pub(in super::super) fn has_column_only(attribute: &str, value: &str) -> bool {
    is_rarely_asked(attribute) && value.len() <= COLUMN_BYTES_MAX
}

/// Attributes that such texts are of.
pub(in super::super) fn is_rarely_asked(attribute: &str) -> bool {
    matches!(attribute, "title" | "description" | "web_url" | "url")
        || attribute.starts_with("image_link")
}

/// Whether texts of the attribute differ from object to object and are asked for all the same: they are facts
/// (`super::fact`) and have no terms.
pub(in super::super) fn is_fact(attribute: &str) -> bool {
    ranking::is_article_code(attribute)
}

/// The attribute has this text, or this boolean as text.
pub(in super::super) fn push_value(out: &mut String, attribute: u32, value: &str) {
    push_number(out, attribute);
    push_plain_or_hashed(out, value);
}

/// The attribute has this integer, which is too large to be a number exactly.
pub(in super::super) fn push_large(out: &mut String, attribute: u32, number: i128) {
    push_number(out, attribute);
    out.push(LARGE);
    write!(out, "{number}").expect("writing to a string does not fail");
}

/// The attribute has a value that is in no column.
pub(in super::super) fn push_presence(out: &mut String, attribute: u32) {
    push_number(out, attribute);
    out.push(PRESENT);
}

/// The object is in a category called by this name.
pub(in super::super) fn push_kind(out: &mut String, name: &str) {
    out.push_str(KIND);
    push_plain_or_hashed(out, name);
}

fn push_number(out: &mut String, attribute: u32) {
    write!(out, "{attribute}").expect("writing to a string does not fail");
}

fn push_plain_or_hashed(out: &mut String, value: &str) {
    if value.len() <= VALUE_BYTES_MAX {
        out.push(PLAIN);
        out.push_str(value);
    } else {
        let hash = blake3::hash(value.as_bytes());
        out.push(HASHED);
        BASE64_URL_SAFE_NO_PAD.encode_string(&hash.as_bytes()[..HASH_BYTES], out);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn term(push: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        push(&mut out);
        out
    }

    #[test]
    fn different_things_have_different_terms() {
        let long = "x".repeat(VALUE_BYTES_MAX + 1);
        let longer = "x".repeat(VALUE_BYTES_MAX + 2);
        let hash_of_long = term(|out| push_value(out, 1, &long))[2..].to_owned();
        let mut seen = HashSet::new();
        for attribute in [1, 11] {
            for value in ["", "1", "a", "\u{1f}a", &long, &longer, &hash_of_long] {
                assert!(seen.insert(term(|out| push_value(out, attribute, value))));
            }
            assert!(seen.insert(term(|out| push_presence(out, attribute))));
            assert!(seen.insert(term(|out| push_large(out, attribute, 1))));
        }
        for kind in ["1", "a", &long] {
            assert!(seen.insert(term(|out| push_kind(out, kind))));
        }
    }

    #[test]
    fn terms_stay_short_whatever_the_value() {
        let huge = "ž".repeat(100_000);
        assert!(term(|out| push_value(out, u32::MAX, &huge)).len() < 2 * VALUE_BYTES_MAX);
    }
}
