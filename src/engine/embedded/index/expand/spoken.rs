//! The languages of a catalog, as far as they say which words only join others. Invariant: they are those of
//! one state of the index, looked for once in each.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tantivy::Searcher;

use super::spelling::Dictionary;
use crate::domain::Language;
use crate::engine::analysis::Spoken;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::word_entries::WordEntries;

/// Where no language is set: a word is common that one object in so many has, and a catalog has so many of
/// the words that only texts in a language are full of. A small one has hardly any text.
const COMMON_ONE_IN: u64 = 100;
const SIGNS_MIN: usize = 3;
const SMALL_OBJECTS: u64 = 1_000;
const SMALL_SIGNS_MIN: usize = 1;

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
        let dictionary = Dictionary::new(searcher, fields, entries, &effort);
        let objects = searcher.num_docs();
        let is_common = |word: &str| {
            let with = dictionary.objects_with(word)?;
            Ok::<_, tantivy::TantivyError>(with > 0 && with * COMMON_ONE_IN >= objects)
        };
        let signs_min = if objects < SMALL_OBJECTS {
            SMALL_SIGNS_MIN
        } else {
            SIGNS_MIN
        };
        let spoken = Spoken::find(language, signs_min, is_common)?;
        let made = Arc::new((state, language, spoken));
        self.0.store(Some(Arc::clone(&made)));
        Ok(made)
    }
}
