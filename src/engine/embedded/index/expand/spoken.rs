//! The languages of a catalog, as far as they say which words only join others. Invariant: they are those of
//! one state of the index, looked for once in each.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tantivy::Searcher;

use super::spelling::IndexDictionary;
use crate::domain::Language;
use crate::engine::analysis::Spoken;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::word_entries::WordEntries;
use crate::engine::expand::dictionary::Dictionary;
use crate::engine::expand::spoken::spoken;

/// Those of the state of the index that was searched last.
#[derive(Default)]
pub(in super::super) struct SpokenCache(ArcSwapOption<(u64, Language, Spoken)>);

impl SpokenCache {
    pub(in super::super) fn of(
        &self,
        language: Language,
        searcher: &Searcher,
        fields: &IndexFields,
        entries: &WordEntries,
    ) -> tantivy::Result<Arc<(u64, Language, Spoken)>> {
        let state = searcher.generation().generation_id();
        let known = self.0.load_full();
        if let Some(known) = known.filter(|known| (known.0, known.1) == (state, language)) {
            return Ok(known);
        }
        // Whoever searches first does it for all, so it is no work of a search.
        let effort = Effort::unbounded();
        let dictionary = IndexDictionary::new(searcher, fields, entries, &effort);
        let spoken = spoken(language, searcher.num_docs(), |word| {
            dictionary.objects_with(word)
        })?;
        let made = Arc::new((state, language, spoken));
        self.0.store(Some(Arc::clone(&made)));
        Ok(made)
    }
}
