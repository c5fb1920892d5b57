//! What is called as a query says. Invariant: a name meets a text whatever the case, the accents and the number it is
//! written in.

use tantivy::Term;

use crate::domain::{Language, QueryText};
use crate::engine::analysis;
use crate::engine::embedded::index::segments::keyword;
use crate::engine::embedded::index::segments::schema::IndexFields;

/// The text as the name of an object, or of a category it is in.
#[derive(Default)]
pub(in super::super) struct Names {
    pub(super) titles: Vec<Term>,
    pub(super) kinds: Vec<Term>,
}

impl Names {
    pub(in super::super) fn new(
        text: &QueryText,
        language: Language,
        fields: &IndexFields,
    ) -> Self {
        let names = analysis::names(text.as_str(), language);
        let terms = |push: fn(&mut String, &str)| {
            let terms = names.iter().map(|name| {
                let mut term = String::new();
                push(&mut term, name);
                Term::from_field_text(fields.exact, &term)
            });
            terms.collect()
        };
        Self {
            titles: terms(keyword::push_title),
            kinds: terms(keyword::push_kind),
        }
    }
}
