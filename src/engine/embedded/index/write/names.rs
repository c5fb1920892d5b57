//! What objects and their categories are called, for those who type all of a name. Invariant: a name is a
//! function of the title and the language of the index, whatever is remembered.

use std::collections::HashMap;

use super::document::IndexDocument;
use crate::domain::{Derived, FieldValue, Language, Object};
use crate::engine::analysis;
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::keyword;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::words;

/// Titles of categories whose names are remembered, most of a shop's; beyond that all are forgotten.
const KINDS_MAX: usize = 4_096;

pub(in super::super) struct Names {
    language: Language,
    /// Of the titles of categories: thousands of objects are in one.
    kinds: HashMap<String, Vec<String>>,
}

impl Names {
    pub(in super::super) fn new(language: Language) -> Self {
        Self {
            language,
            kinds: HashMap::new(),
        }
    }

    /// Has the object found by what it is called, and by what its categories are.
    pub(super) fn push(
        &mut self,
        document: &mut IndexDocument,
        fields: &IndexFields,
        object: &Object,
        derived: &Derived,
    ) {
        if let Some(FieldValue::Text(title)) = object.fields.get("title") {
            for name in analysis::names(title, self.language) {
                document.add_fact(fields, Fact::title(&name));
            }
        }
        for title in words::kinds(object, derived) {
            for name in self.of_kind(title) {
                document.add_text(fields.exact, |out| keyword::push_kind(out, name));
            }
        }
    }

    fn of_kind(&mut self, title: &str) -> &[String] {
        if !self.kinds.contains_key(title) {
            if self.kinds.len() >= KINDS_MAX {
                self.kinds.clear();
            }
            let names = analysis::names(title, self.language);
            self.kinds.insert(title.to_owned(), names);
        }
        self.kinds.get(title).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_categories_are_remembered_up_to_a_bound() {
        let mut names = Names::new(Language::Any);
        for n in 0..KINDS_MAX + 10 {
            assert_eq!(names.of_kind(&format!("Kind {n}")), [format!(" kind {n}")]);
            assert!(names.kinds.len() <= KINDS_MAX);
        }
        assert_eq!(names.of_kind("Kind 0"), [" kind 0"]);
    }
}
