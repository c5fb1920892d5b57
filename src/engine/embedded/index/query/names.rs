//! What is called as a query says. Invariant: a name meets a text whatever the case, the accents and the number it is
//! written in.

use tantivy::Term;

use crate::domain::{Language, QueryText};
use crate::engine::analysis;
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::keyword;
use crate::engine::embedded::index::segments::schema::IndexFields;

/// The text as the name of an object, or of a category it is in.
#[derive(Default)]
pub(in super::super) struct Names {
    pub(super) titles: Vec<Fact>,
    pub(super) kinds: Vec<Term>,
}

impl Names {
    pub(in super::super) fn new(
        text: &QueryText,
        language: Language,
        fields: &IndexFields,
    ) -> Self {
        let names = analysis::names(text.as_str(), language);
        let kind = |name: &String| {
            let mut term = String::new();
            keyword::push_kind(&mut term, name);
            Term::from_field_text(fields.exact, &term)
        };
        Self {
            titles: names.iter().map(|name| Fact::title(name)).collect(),
            kinds: names.iter().map(kind).collect(),
        }
    }
}
