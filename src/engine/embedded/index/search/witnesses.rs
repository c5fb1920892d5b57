//! Who shows how a word is written: the index knows it without accents. Invariant: a witness has the word in what
//! people see, and there are few of them.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};

use super::context::Search;
use crate::domain::{Correction, ShownFields, ShownObject, ShownValue, TextForm};
use crate::engine::analysis;
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::segments::columns::first;
use crate::engine::embedded::index::segments::schema::VERSION_ID;
use crate::engine::ranking::TextField;

/// Objects asked for each word: most shops write a word in one way.
const WITNESSES_MAX: usize = 5;
/// Most words that are asked about.
const WORDS_MAX: usize = 16;
/// What looking for a word costs, in units of work.
const LOOKUP: u64 = 64;

impl Search<'_> {
    /// Objects that show the words that stand for others in a correction.
    pub(super) fn witnesses(
        &self,
        correction: &Correction,
    ) -> tantivy::Result<Vec<(String, Vec<VersionId>)>> {
        let words = correction.replacements().take(WORDS_MAX);
        let words = words.map(|word| Ok((word.to_owned(), self.showing(word)?)));
        words.collect()
    }

    fn showing(&self, word: &str) -> tantivy::Result<Vec<VersionId>> {
        let term = Term::from_field_text(self.fields.text(TextField::Everything), word);
        let mut found = Vec::new();
        for segment in self.segments {
            self.shared.effort().spend(LOOKUP)?;
            let index = segment.inverted_index(term.field())?;
            let Some(mut having) = index.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            let versions = segment.numbers::<u64>(VERSION_ID)?;
            while having.doc() != TERMINATED && found.len() < WITNESSES_MAX {
                if !segment.is_deleted(having.doc()) {
                    found.extend(first(versions.as_ref(), having.doc()).map(VersionId));
                }
                having.advance();
            }
        }
        Ok(found)
    }
}

/// How an object writes a word that the index knows without its accents, in lower case.
pub fn spelling(object: ShownObject<'_>, word: &str) -> Option<String> {
    const DERIVED: [&str; 2] = ["category", "brand"];
    let markup = |_: &str| TextForm::Markup;
    let title = object
        .fields()
        .get("title")
        .and_then(|title| in_value(title, object.text_form("title"), word));
    let nested = || {
        object
            .nested()
            .find_map(|nested| in_fields(nested.fields(), &markup, word))
    };
    let derived = || {
        let derived = object.derived(&|name| DERIVED.contains(&name));
        in_fields(ShownFields::new(&derived), &markup, word)
    };
    let sent = || in_fields(object.fields(), &|name| object.text_form(name), word);
    title.or_else(sent).or_else(nested).or_else(derived)
}

fn in_fields(
    fields: ShownFields<'_>,
    form: &dyn Fn(&str) -> TextForm,
    word: &str,
) -> Option<String> {
    let mut fields = fields.iter();
    fields.find_map(|(name, value)| in_value(value, form(name.as_str()), word))
}

fn in_value(value: ShownValue<'_>, form: TextForm, word: &str) -> Option<String> {
    match value {
        ShownValue::Text(text) => analysis::as_written(&analysis::seen(text, form), word),
        ShownValue::List(list) => {
            let mut elements = list.iter();
            elements.find_map(|element| in_value(element, form, word))
        }
        ShownValue::Map(inner) => in_fields(inner, &|_| form, word),
        ShownValue::Number(_) | ShownValue::Bool(_) => None,
    }
}
