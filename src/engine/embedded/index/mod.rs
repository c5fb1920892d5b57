//! The search index of one site, derived from its store: it can be deleted and made again.
//! Invariant: what a commit shows is exactly the store's state at the sequence in its payload.
//!
//! A query passes each stage once, in this order:
//!
//! | stage | for |
//! |---|---|
//! | `segments` | what lies on the disk: fields, terms, columns, words, and whether it is what was written |
//! | `write` | an object on its way in: its documents, their words and columns, commits |
//! | `expand` | what a word of a query is met by: other forms, typos, prefixes, synonyms |
//! | `query` | which documents are found: text, keywords, filters, trees, distances, pins |
//! | `rank` | in which order: relevance, feedback, sorts, the best |
//! | `facets` | what is counted beside |
//! | `search` | all of it together: one walk, collapse, explanations, highlights |
//!
//! [`effort`] is what a search may still do, at every stage.

mod effort;
mod expand;
mod facets;
mod query;
mod rank;
mod search;
mod segments;
mod write;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tantivy::store::Compressor;
use tantivy::{Directory, IndexReader, ReloadPolicy};

pub use self::effort::{Effort, Stop};
use self::expand::dictionary_cache::DictionaryCache;
use self::expand::spoken::SpokenCache;
use self::facets::cache::FacetCache;
use self::query::begun_cache::{BegunCache, SharedBegunCache};
pub use self::query::candidates::Candidate;
use self::query::set_cache::SetCache;
use self::query::shared::Shared;
use self::rank::feedback::SampleCache;
use self::rank::led_to::LedToCache;
use self::search::context::Search;
pub use self::search::found::{Found, FoundHit};
pub use self::search::own_queries::OwnQueries;
pub use self::segments::error::IndexError;
use self::segments::error::{damaged, unusable};
#[cfg(test)]
pub(super) use self::segments::faults;
use self::segments::files::{self, Files};
use self::segments::schema::{self, Checkpoint, IndexFields};
use self::segments::segment::SegmentsCache;
pub use self::segments::settings::{IndexSettings, LAYOUT, WORDS_VERSION};
use self::segments::soundness::Soundness;
use self::segments::tokenizer;
use self::segments::word_entries::WordEntries;
pub use self::write::entry::IndexEntry;
use self::write::own_columns::OwnColumns;
pub use self::write::writer::IndexWriter;
use super::ids::{StoreId, VersionId};
use super::share::Drawn;
use crate::domain::{Schema, SearchQuery, Site, VariantMode};
use crate::engine::EngineError;
use crate::engine::embedded::ids::Sequence;
use crate::engine::expand::synonyms::SynonymsCache;
use crate::engine::stats::IndexStats;

/// An open index; searches go on while an [`IndexWriter`] commits.
pub struct Index {
    files: tantivy::Index,
    reader: IndexReader,
    fields: IndexFields,
    settings: IndexSettings,
    synonyms: SynonymsCache,
    samples: SampleCache,
    led_to: LedToCache,
    begun_cache: Arc<BegunCache>,
    set_cache: SetCache,
    facet_cache: FacetCache,
    dictionary_cache: DictionaryCache,
    word_entries: WordEntries,
    spoken: SpokenCache,
    segments: SegmentsCache,
    /// `None`: in memory, where nothing is left over or damaged.
    folder: Option<PathBuf>,
    soundness: Soundness,
    /// What writers have found out of attributes: the next one goes on from there.
    own_columns: Arc<Mutex<OwnColumns>>,
}

/// What searches keep, of all indexes together.
#[derive(Clone, Default)]
pub struct SharedCaches {
    begun: SharedBegunCache,
    sets: SetCache,
    facets: FacetCache,
    words: DictionaryCache,
    word_entries: WordEntries,
}

impl SharedCaches {
    /// Memory of all of it, in bytes.
    pub fn bytes(&self) -> u64 {
        let of_searches = self.begun.bytes() + self.sets.bytes() + self.facets.bytes();
        of_searches + self.words.bytes() + self.word_entries.bytes()
    }
}

/// What an index says of itself without being opened.
pub struct Peek {
    pub applied: Sequence,
    pub stats: IndexStats,
}

/// What of an index is not in its files, and lost when it is closed unless it is kept.
#[derive(Clone)]
pub struct Learnt(Arc<Mutex<OwnColumns>>);

impl Index {
    /// What searches see now.
    pub fn stats(&self) -> IndexStats {
        let searcher = self.reader.searcher();
        IndexStats {
            documents: searcher.num_docs(),
            segments: searcher.segment_readers().len(),
        }
    }

    /// Opens an index made from `store`, in whatever way, and the last sequence it holds.
    pub fn open(folder: &Path, store: StoreId) -> Result<(Self, Sequence), IndexError> {
        let opened = catch_unwind(AssertUnwindSafe(|| Self::open_unguarded(folder, store)));
        // Some damage tantivy meets with a panic instead of an error.
        opened.unwrap_or_else(|_| Err(unusable("its files are damaged")))
    }

    /// What the index says of itself: its list of segments is read, and nothing else.
    pub fn peek(folder: &Path, store: StoreId) -> Result<Peek, IndexError> {
        let read = catch_unwind(|| Self::read_list(folder, store));
        let (index, mark) = read.unwrap_or_else(|_| Err(unusable("its files are damaged")))?;
        let segments = index.load_metas()?.segments;
        let documents = segments.iter().map(|segment| u64::from(segment.num_docs()));
        Ok(Peek {
            applied: mark.applied,
            stats: IndexStats {
                documents: documents.sum(),
                segments: segments.len(),
            },
        })
    }

    fn read_list(
        folder: &Path,
        store: StoreId,
    ) -> Result<(tantivy::Index, Checkpoint), IndexError> {
        if !folder.join("meta.json").is_file() {
            return Err(unusable("there is none"));
        }
        let files = Files::open(folder).map_err(|error| damaged(&error))?;
        let index = tantivy::Index::open(files).map_err(|error| damaged(&error))?;
        let payload = index.load_metas().map_err(|error| damaged(&error))?.payload;
        let mark = Checkpoint::decode(&payload.unwrap_or_default()).map_err(unusable)?;
        if mark.settings.store != store {
            return Err(unusable("it was made from another store"));
        }
        if index.schema() != schema::build().0 {
            return Err(unusable("its fields are others"));
        }
        Ok((index, mark))
    }

    fn open_unguarded(folder: &Path, store: StoreId) -> Result<(Self, Sequence), IndexError> {
        let (index, mark) = Self::read_list(folder, store)?;
        let index = Self::over(index, mark.settings, Some(folder.to_owned()))
            .map_err(|error| damaged(&error))?;
        Ok((index, mark.applied))
    }

    /// Makes an empty index in an empty or missing folder.
    pub fn create(folder: &Path, settings: IndexSettings) -> Result<Self, IndexError> {
        std::fs::create_dir_all(folder).map_err(tantivy::TantivyError::from)?;
        Self::create_in(Files::open(folder)?, settings, Some(folder.to_owned()))
    }

    fn create_in(
        directory: impl Directory,
        settings: IndexSettings,
        folder: Option<PathBuf>,
    ) -> Result<Self, IndexError> {
        let (schema, _) = schema::build();
        // Nothing is stored: neither a thread nor a compressor is needed for it.
        let of_tantivy = tantivy::IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..tantivy::IndexSettings::default()
        };
        let index = tantivy::Index::create(directory, schema, of_tantivy)?;
        let index = Self::over(index, settings, folder)?;
        // Only a commit carries a checkpoint, and without one the index could not be opened again.
        index.writer_with(0)?.commit(Sequence(0))?;
        Ok(index)
    }

    fn over(
        index: tantivy::Index,
        settings: IndexSettings,
        folder: Option<PathBuf>,
    ) -> Result<Self, tantivy::TantivyError> {
        let (_, fields) = schema::build();
        tokenizer::register(index.tokenizers(), settings.language);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        // Before the first commit there is none.
        let mark = index.load_metas()?.payload;
        let mark = mark.and_then(|mark| Checkpoint::decode(&mark).ok());
        let own_columns = mark.map(|mark| mark.own_columns).unwrap_or_default();
        Ok(Self {
            reader: reader.try_into()?,
            files: index,
            fields,
            settings,
            synonyms: SynonymsCache::default(),
            samples: SampleCache::default(),
            led_to: LedToCache::default(),
            begun_cache: Arc::new(BegunCache::of_another(SharedBegunCache::default())),
            set_cache: SetCache::default(),
            facet_cache: FacetCache::default(),
            dictionary_cache: DictionaryCache::default(),
            word_entries: WordEntries::default(),
            spoken: SpokenCache::default(),
            segments: SegmentsCache::default(),
            folder,
            soundness: Soundness::default(),
            own_columns: Arc::new(Mutex::new(OwnColumns::new(own_columns))),
        })
    }

    /// Keeps what it keeps of searches among what all keep.
    #[must_use]
    pub fn sharing(self, caches: &SharedCaches) -> Self {
        Self {
            begun_cache: Arc::new(BegunCache::of_another(caches.begun.clone())),
            set_cache: caches.sets.clone(),
            facet_cache: caches.facets.clone(),
            dictionary_cache: caches.words.clone(),
            word_entries: caches.word_entries.clone(),
            ..self
        }
    }

    /// What it is good to know when it is opened again.
    pub fn learnt(&self) -> Learnt {
        Learnt(Arc::clone(&self.own_columns))
    }

    /// Goes on with what was known when it was closed.
    #[must_use]
    pub fn knowing(self, learnt: Learnt) -> Self {
        Self {
            own_columns: learnt.0,
            ..self
        }
    }

    /// What it was made from, and how.
    pub fn settings(&self) -> IndexSettings {
        self.settings
    }

    /// What becomes of variants: what the site wants, as far as the index was made for it.
    fn variants(&self, site: &Site) -> VariantMode {
        match (self.settings.has_stand_ins, site.variants) {
            (true, _) => VariantMode::Best,
            (false, VariantMode::Best) => VariantMode::Inside,
            (false, wanted) => wanted,
        }
    }

    /// The one writer of this index. It owns threads and memory: drop it when idle.
    pub fn writer(&self) -> Result<IndexWriter, IndexError> {
        const MEMORY_BYTES: usize = 100 << 20;
        self.writer_with(MEMORY_BYTES)
    }

    /// [`Self::writer`], with the memory that was drawn for it.
    pub(in crate::engine::embedded) fn writer_in(
        &self,
        memory: Drawn,
    ) -> Result<IndexWriter, IndexError> {
        let writer = self.writer_with(memory.bytes())?;
        Ok(writer.holding(memory))
    }

    /// [`Self::writer`], with the memory it may fill before it writes a segment, in bytes. Below
    /// 64 MiB indexing gets slow.
    pub fn writer_with(&self, memory_bytes: usize) -> Result<IndexWriter, IndexError> {
        let writer = IndexWriter::open(
            &self.files,
            self.reader.clone(),
            self.fields,
            self.settings,
            Arc::clone(&self.own_columns),
            memory_bytes,
        )?;
        if let Some(folder) = &self.folder {
            files::clear_leftovers(folder, &self.files)?;
        }
        Ok(writer)
    }

    /// Finds, with no more than the effort allows; blocks, so call it on a blocking thread.
    pub fn search(
        &self,
        schema: &Schema,
        site: &Site,
        query: &SearchQuery,
        effort: &Arc<Effort>,
    ) -> Result<Found, EngineError> {
        self.guarded(|| {
            let searcher = self.reader.searcher();
            let search = Search {
                searcher: &searcher,
                segments: &self.segments.of(&searcher),
                segments_cache: &self.segments,
                fields: &self.fields,
                schema,
                site,
                language: self.settings.language,
                variants: self.variants(site),
                has_words_by_attribute: self.settings.has_words_by_attribute,
                synonyms: &self.synonyms,
                samples: &self.samples,
                led_to: &self.led_to,
                begun_cache: &self.begun_cache,
                set_cache: &self.set_cache,
                facet_cache: &self.facet_cache,
                dictionary_cache: &self.dictionary_cache,
                word_entries: &self.word_entries,
                spoken: &self.spoken,
                shared: &Shared::new(effort),
            };
            search.run(query)
        })
    }

    /// Every version the last commit shows, ascending (for `vetrina check`).
    pub fn versions(&self) -> Result<Vec<VersionId>, IndexError> {
        let searcher = self.reader.searcher();
        let mut versions = Vec::with_capacity(searcher.num_docs() as usize);
        for segment in searcher.segment_readers() {
            let column = segment.fast_fields().u64(schema::VERSION_ID)?;
            versions.extend(segment.doc_ids_alive().filter_map(|doc| column.first(doc)));
        }
        versions.sort_unstable();
        // An object has one, or one for each variant that stands for it.
        versions.dedup();
        Ok(versions.into_iter().map(VersionId).collect())
    }

    /// Names of files whose content is not what was written (for `vetrina check`); reads all of them.
    pub fn damaged_files(&self) -> Result<Vec<String>, IndexError> {
        match &self.folder {
            Some(folder) => Ok(files::damaged(folder, &self.files)?),
            None => Ok(Vec::new()),
        }
    }
}
