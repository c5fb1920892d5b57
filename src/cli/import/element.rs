//! One object of an import file as it goes over the wire. Invariant: [`Element::json`] is valid JSON
//! and an object; its values are the file's own text, byte for byte, so no number is ever rounded.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Line of the file, from 1.
    pub(super) line: u64,
    /// What the server will call the object in its errors; `None` when it has no name.
    pub(super) identity: Option<String>,
    pub(super) json: String,
}

impl Element {
    /// Checks a line and marks it with the generation. The reason why it cannot be sent is in words.
    pub(super) fn read(
        line: u64,
        text: &str,
        generation: Option<&str>,
        types: &mut TypesSeen,
    ) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("is not valid JSON: {error}"))?;
        let Value::Object(object) = &value else {
            return Err("is not a JSON object".to_owned());
        };
        types.note_object(object);
        let json = match generation {
            None => text.to_owned(),
            Some(generation) => marked(text, generation)
                .map_err(|error| format!("cannot be given a generation: {error}"))?,
        };
        Ok(Self {
            line,
            identity: identity(object),
            json,
        })
    }
}

/// `identity`, or the older `url` in its place (docs/reference/02-content.md §2), as text.
fn identity(object: &serde_json::Map<String, Value>) -> Option<String> {
    let sent = |name: &str| object.get(name).filter(|value| !value.is_null());
    match sent("identity").or_else(|| sent("url"))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The same object with another `generation`; every other value stays as written.
fn marked(text: &str, generation: &str) -> serde_json::Result<String> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    let marker = serde_json::value::to_raw_value(generation)?;
    members.insert("generation".to_owned(), &marker);
    serde_json::to_string(&members)
}

/// Types that the objects of a file bring, in the order to commit them: those of the objects first,
/// then those of what is nested in them (docs/reference/03-update-by-query-and-generations.md §4).
#[derive(Debug, Default)]
pub(super) struct TypesSeen {
    pub(super) standalone: Vec<String>,
    pub(super) nested: Vec<String>,
    /// More distinct types than [`Self::TYPES_MAX`]: the lists are not complete.
    pub(super) overflowed: bool,
}

impl TypesSeen {
    /// A catalog has a handful; more is a broken file.
    pub(super) const TYPES_MAX: usize = 1000;

    /// Each type once. Nested ones are left out when nothing is extracted from `nested`.
    pub(super) fn to_commit(&self, extracted: bool) -> Vec<&str> {
        let nested = self.nested.iter().filter(|_| extracted);
        let mut types: Vec<&str> = Vec::new();
        for name in self.standalone.iter().chain(nested) {
            if !types.contains(&name.as_str()) {
                types.push(name);
            }
        }
        types
    }

    fn note_object(&mut self, object: &serde_json::Map<String, Value>) {
        let own = object.get("type").and_then(Value::as_str);
        Self::note(&mut self.standalone, &mut self.overflowed, own);
        for entry in entries(object.get("nested")) {
            let own = entry.get("type").and_then(Value::as_str);
            Self::note(&mut self.nested, &mut self.overflowed, own);
            let inside = entry
                .get("fields")
                .and_then(|fields| fields.get("ancestors"));
            // An ancestor without a type has that of the nested object (docs/reference/02-content.md §4).
            for ancestor in entries(inside.or_else(|| entry.get("ancestors"))) {
                let own = ancestor.get("type").and_then(Value::as_str);
                Self::note(&mut self.nested, &mut self.overflowed, own);
            }
        }
    }

    fn note(list: &mut Vec<String>, overflowed: &mut bool, name: Option<&str>) {
        let Some(name) = name else { return };
        // Stored under this name (docs/reference/02-content.md §8).
        let name = if name == "_file" { "file" } else { name };
        if list.iter().any(|known| known == name) {
            return;
        }
        if list.len() < Self::TYPES_MAX {
            list.push(name.to_owned());
        } else {
            *overflowed = true;
        }
    }
}

fn entries(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, generation: Option<&str>) -> Result<Element, String> {
        Element::read(1, text, generation, &mut TypesSeen::default())
    }

    #[test]
    fn an_object_is_sent_as_it_is_written() {
        let text = r#"{ "identity":"a","fields":{"x":5.0,"y":0.10000000000000000555} }"#;
        assert_eq!(
            read(text, None).map(|element| element.json),
            Ok(text.into())
        );
    }

    #[test]
    fn a_generation_replaces_that_of_the_file_and_touches_nothing_else() {
        let text = r#"{"identity":"a","generation":"old","fields":{"x":0.10000000000000000555}}"#;
        let json = read(text, Some("ne\"w")).map(|element| element.json);
        assert_eq!(
            json,
            Ok(
                r#"{"fields":{"x":0.10000000000000000555},"generation":"ne\"w","identity":"a"}"#
                    .into()
            )
        );
    }

    #[test]
    fn identity_is_found_under_all_its_names() {
        for (text, expected) in [
            (r#"{"identity":"a","url":"b"}"#, Some("a")),
            (r#"{"url":"b"}"#, Some("b")),
            (r#"{"identity":null,"url":"b"}"#, Some("b")),
            (r#"{"identity":827827}"#, Some("827827")),
            (r#"{"identity":[]}"#, None),
            ("{}", None),
        ] {
            let element = read(text, None).expect("is an object");
            assert_eq!(element.identity.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_in_words() {
        for text in ["[1]", "null", "{\"a\":", "{\"a\":1e999}", "{} {}"] {
            assert!(read(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn types_come_parents_first_and_include_ancestors() {
        let mut types = TypesSeen::default();
        for text in [
            r#"{"type":"product","nested":[{"type":"category","fields":{"ancestors":[{"type":"root"}]}}]}"#,
            r#"{"type":"article","nested":[{"type":"category"},{"type":"tag","ancestors":[{"type":"tags"},7]}]}"#,
            r#"{"type":"_file","nested":"none"}"#,
            r#"{"type":5}"#,
            r#"{"type":"category"}"#,
        ] {
            Element::read(1, text, None, &mut types).expect("is an object");
        }
        assert_eq!(
            types.to_commit(true),
            [
                "product", "article", "file", "category", "root", "tag", "tags"
            ]
        );
        assert_eq!(
            types.to_commit(false),
            ["product", "article", "file", "category"]
        );
        assert!(!types.overflowed);
    }

    #[test]
    fn more_types_than_a_catalog_can_have_are_noticed() {
        let mut types = TypesSeen::default();
        for n in 0..=TypesSeen::TYPES_MAX {
            let text = format!(r#"{{"type":"t{n}"}}"#);
            Element::read(1, &text, None, &mut types).expect("is an object");
        }
        assert!(types.overflowed);
    }
}
