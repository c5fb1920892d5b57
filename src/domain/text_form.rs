//! How the texts of an object are written. Invariant: here alone is said which attributes hold no markup, so whoever makes
//! words of a text, or shows one, reads it as everybody else does.

use super::file::FileMark;
use super::object::Object;
use super::value::Fields;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// As shops send it: tags and entities in it are markup.
    Markup,
    /// As people see it: every sign stands for itself.
    Plain,
}

impl Object {
    /// How the texts of an attribute are written: whoever read a file has taken its markup away.
    pub fn text_form(&self, name: &str) -> TextForm {
        let mut found = self.file_mark().into_iter().flat_map(|mark| &mark.found);
        if found.any(|found| found.as_str() == name) {
            TextForm::Plain
        } else {
            TextForm::Markup
        }
    }

    /// An object that has attributes of another one, all but its own: they are written as they are there.
    #[must_use]
    pub(super) fn written_as(self, other: &Self, is_own: impl Fn(&str) -> bool) -> Self {
        let Some(mark) = other.file_mark() else {
            return self;
        };
        let found = mark.found.iter();
        let found = found.filter(|name| !is_own(name.as_str())).cloned();
        self.with_file_mark(Some(Box::new(FileMark {
            found: found.collect(),
            covered: Fields::default(),
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{json, object};
    use crate::domain::{FoundFile, Projection, Siblings, stand_in};

    fn manual() -> Object {
        let sent = json!({"title": "Manual", "url": "https://a.example/m"});
        let variant = json!({"identity": "v", "type": "variant", "title": "Second edition", "file_title": "V<b>2</b>"});
        let found = FoundFile {
            content: "Vec<String>".repeat(10_000),
            format: "text",
            title: Some("a < b".to_owned()),
            language: None,
        };
        object(&sent, &[variant])
            .into_file()
            .with_found(found.into_attributes())
    }

    #[test]
    fn what_was_found_is_plain_and_what_was_sent_is_not() {
        let manual = manual();
        for (name, form) in [
            ("content", TextForm::Plain),
            ("file_title", TextForm::Plain),
            ("title", TextForm::Markup),
            ("url", TextForm::Markup),
            ("nobody", TextForm::Markup),
        ] {
            assert_eq!(manual.text_form(name), form, "{name}");
        }
        assert_eq!(manual.as_sent().text_form("content"), TextForm::Markup);
    }

    #[test]
    fn a_text_is_written_in_copies_as_it_was_before() {
        let manual = std::sync::Arc::new(manual());
        let without_title = Projection {
            only: None,
            without: ["file_title".to_owned()].into(),
        };
        let cut = without_title.cut(&manual, manual.memory_bytes());
        let cut = cut.expect("it is large");
        assert_eq!(cut.shown().text_form("content"), TextForm::Plain);
        let edition = stand_in(&manual, 0, Siblings::LeftOut);
        assert_eq!(edition.text_form("content"), TextForm::Plain);
        // What the variant says itself was sent.
        assert_eq!(edition.text_form("file_title"), TextForm::Markup);
    }
}
