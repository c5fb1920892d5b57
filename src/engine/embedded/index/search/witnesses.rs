//! Who shows how a word is written: the index knows it without accents. Invariant: a witness has the word in what
//! people see, and there are few of them.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};

use super::context::Search;
use crate::domain::Correction;
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::segments::columns::first;
use crate::engine::embedded::index::segments::schema::VERSION_ID;
use crate::engine::ranking::TextField;
use crate::engine::written::{WITNESSES_MAX, WORDS_MAX};

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
