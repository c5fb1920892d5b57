//! Attribute values as text for people. Invariant: what is shown of a value is bounded, and says when it was cut.

use super::chart::count;
use crate::domain::{FieldValue, Fields, Timestamp};

/// What of a value stands in a list.
pub(super) const SHORT_CHARS: usize = 160;

/// What of a text stands where it is all there is.
pub(super) const LONG_CHARS: usize = 4_000;

/// What of a value can be opened on the page of its object.
const WHOLE_CHARS: usize = 1 << 20;

/// A long value that can be opened.
pub(super) struct Whole {
    pub(super) text: String,
    /// What it is called: all of it, or the beginning of what is longer than a page may be.
    pub(super) name: String,
}

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

/// The value in two steps: what is shown of it at first, and all of it where that is more.
pub(super) fn in_steps(value: &FieldValue, chars_max: usize) -> (String, Option<Whole>) {
    let text = text_of(value, WHOLE_CHARS);
    let chars = text.chars().count();
    if chars <= chars_max {
        return (text, None);
    }
    let first = cut(&text, chars_max);
    let name = match chars.checked_sub(1) {
        Some(WHOLE_CHARS) => format!("The first {} characters", count(WHOLE_CHARS as u64)),
        _ => format!("All {} characters", count(chars as u64)),
    };
    (first, Some(Whole { text, name }))
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
    fn long_values_are_shown_in_two_steps() {
        let steps = |chars: usize| in_steps(&FieldValue::Text("ž".repeat(chars)), 600);
        assert!(steps(600).1.is_none());
        let (first, whole) = steps(1_001);
        assert_eq!(first.chars().count(), 601);
        let whole = whole.expect("there is more");
        assert_eq!(
            (whole.text.chars().count(), whole.name.as_str()),
            (1_001, "All 1\u{a0}001 characters")
        );
        let (_, whole) = steps(WHOLE_CHARS + 5);
        assert_eq!(
            whole.expect("there is more").name,
            "The first 1\u{a0}048\u{a0}576 characters"
        );
        assert_eq!(
            steps(WHOLE_CHARS).1.expect("there is more").name,
            "All 1\u{a0}048\u{a0}576 characters"
        );
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
