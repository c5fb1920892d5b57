//! Attribute values as text for people. Invariant: what is shown of a value is bounded, and says when it was cut.

use crate::domain::{FieldValue, Fields, Timestamp};

/// What of a value stands in a list.
pub(super) const SHORT_CHARS: usize = 160;

/// What of a value stands on the page of its object.
pub(super) const LONG_CHARS: usize = 4_000;

/// An instant as people read it.
pub(super) fn when(instant: Timestamp) -> String {
    let written = instant.to_string();
    match written.strip_suffix("+00:00") {
        Some(utc) => format!("{} UTC", utc.replace('T', " ")),
        None => written,
    }
}

const CUT: char = '…';

/// The value as it would be written, a text without quotes.
pub(super) fn text_of(value: &FieldValue, chars_max: usize) -> String {
    let mut writer = Writer {
        text: String::new(),
        left: chars_max,
        is_cut: false,
    };
    match value {
        FieldValue::List(list) => writer.list(list, false),
        value => writer.value(value, false),
    }
    writer.text
}

pub(super) fn cut(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars();
    let mut kept: String = chars.by_ref().take(chars_max).collect();
    if chars.next().is_some() {
        kept.push(CUT);
    }
    kept
}

struct Writer {
    text: String,
    left: usize,
    is_cut: bool,
}

impl Writer {
    fn push(&mut self, text: &str) {
        if self.is_cut {
            return;
        }
        for c in text.chars() {
            if self.left == 0 {
                self.text.push(CUT);
                self.is_cut = true;
                return;
            }
            self.text.push(c);
            self.left -= 1;
        }
    }

    fn value(&mut self, value: &FieldValue, is_inside: bool) {
        if self.is_cut {
            return;
        }
        match value {
            FieldValue::Text(text) if is_inside => {
                self.push("“");
                self.push(text);
                self.push("”");
            }
            FieldValue::Text(text) => self.push(text),
            FieldValue::Number(number) => self.push(&number.to_string()),
            FieldValue::Bool(flag) => self.push(if *flag { "true" } else { "false" }),
            FieldValue::List(list) => {
                self.push("[");
                self.list(list, true);
                self.push("]");
            }
            FieldValue::Map(fields) => self.map(fields),
        }
    }

    fn list(&mut self, list: &[FieldValue], is_inside: bool) {
        for (at, value) in list.iter().enumerate() {
            if self.is_cut {
                return;
            }
            if at > 0 {
                self.push(if is_inside { ", " } else { " · " });
            }
            self.value(value, is_inside);
        }
    }

    fn map(&mut self, fields: &Fields) {
        self.push("{");
        for (at, (name, value)) in fields.iter().enumerate() {
            if self.is_cut {
                return;
            }
            if at > 0 {
                self.push(", ");
            }
            self.push(name.as_str());
            self.push(": ");
            self.value(value, true);
        }
        self.push("}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{fields, json};

    fn written(value: &serde_json::Value, chars_max: usize) -> String {
        let fields = fields(&json!({ "a": value }));
        text_of(fields.get("a").expect("it was just put there"), chars_max)
    }

    #[test]
    fn values_are_written_and_cut() {
        for (value, expected) in [
            (json!("a <b>"), "a <b>"),
            (json!(1.5), "1.5"),
            (json!(["red", 2, true]), "red · 2 · true"),
            (json!([{"a": "x", "b": [1, "y"]}]), "{a: “x”, b: [1, “y”]}"),
        ] {
            assert_eq!(written(&value, 100), expected);
        }
        assert_eq!(written(&json!("žluťoučký"), 4), "žluť…");
        assert_eq!(written(&json!([[[["deep"]]], "b"]), 5), "[[[“d…");
        assert_eq!(
            when(Timestamp::from_millis(1_700_000_000_000)),
            "2023-11-14 22:13:20 UTC"
        );
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc…");
    }
}
