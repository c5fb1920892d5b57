//! The search index of one site, derived from its store: it can be deleted and made again.
//! Invariant: what a commit shows is exactly the store's state at the sequence in its payload.
//!
//! | files | for |
//! |---|---|
//! | `schema`, `analyzer`, `exact` | what both sides must agree on: fields, words, exact terms |
//! | `files`, `held`, `soundness` | the files on the disk, and whether they are what was written |
//! | `document`, `words`, `writer` | an object on its way in: columns, full text, commits |
//! | `typed`, `typed_word`, `spelling`, `synonyms`, `prefixes` | what a word of a query is met by |
//! | `text`, `whole`, `postings`, `scope`, `filter`, `tree`, `matches` | which documents a search finds |
//! | `effort`, `shared` | what a search may still do; what its walks share |
//! | `distance`, `preferred`, `ruled` | where objects are, which the search prefers, and which a rule puts first or leaves out |
//! | `relevance`, `resemblance`, `sort`, `top`, `explain` | in which order, and why |
//! | `segment`, `columns`, `faceting`, `facets`, `text_counts`, `value_counts`, `dynamic` | what is counted beside |
//! | `pass`, `masters` | one walk over what is found: hits, count, documents |
//! | `highlight` | what of a text was met |
//! | `collect` | one search, all of it together |
//! | `candidates` | what an update by query has to look at |

mod analyzer;
mod exact;
#[cfg(test)]
pub(super) mod faults;
mod files;
mod held;
mod schema;
mod soundness;

mod document;
mod words;
mod writer;

mod candidates;
mod collect;
mod columns;
mod distance;
mod dynamic;
mod effort;
mod explain;
mod faceting;
mod facets;
mod filter;
mod highlight;
mod masters;
mod matches;
mod met_by;
mod pass;
mod postings;
mod preferred;
mod prefixes;
mod relevance;
mod resemblance;
mod ruled;
mod scope;
mod segment;
mod shared;
mod sort;
mod spelling;
mod synonyms;
mod text;
mod text_counts;
mod top;
mod tree;
mod typed;
mod typed_word;
mod value_counts;
mod whole;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::store::Compressor;
use tantivy::{Directory, IndexReader, IndexSettings, ReloadPolicy};

pub use self::candidates::Candidate;
use self::collect::Search;
pub use self::effort::{Effort, Stop};
use self::files::Files;
pub use self::highlight::Marker;
pub use self::met_by::name_attributes;
use self::resemblance::SampleCache;
use self::schema::{IndexFields, Mark};
use self::segment::SegmentsCache;
use self::shared::Shared;
use self::soundness::Soundness;
use self::synonyms::SynonymsCache;
pub use self::writer::IndexWriter;
use crate::domain::{
    Correction, Derived, Explanation, FacetCounts, Language, Object, Schema, SearchQuery, Site,
    Timestamp, VariantMode,
};
use crate::engine::figures::IndexFigures;
use crate::engine::{EngineError, Sequence};

/// Number of one immutable content of one object; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub u64);

/// Which store an index was made from; another one's index is never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreId(pub uuid::Uuid);

/// What an index is made from: the objects of a store, and what becomes of their words. One made from
/// the same store in another way finds less, but it can serve until a better one is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub store: StoreId,
    pub language: Language,
    /// Whether variants stand for the objects they are nested in (contract 05 §9, `best`).
    pub has_stand_ins: bool,
    /// Whether the words of each attribute can be looked for apart.
    pub has_words_by_attribute: bool,
    /// Whether the words of links are among those that `q` finds.
    pub has_links: bool,
    /// Version of the words a text becomes; [`WORDS_VERSION`] for a new index.
    pub words_version: u32,
}

pub const WORDS_VERSION: u32 = analyzer::VERSION;

/// What the index is told of one object.
#[derive(Debug)]
pub struct IndexEntry<'a> {
    pub version: VersionId,
    /// Position in the order of first insertion: the tie-break of every ranking.
    pub first_seen: u64,
    /// When the version was written.
    pub updated_at: Timestamp,
    pub object: &'a Object,
    /// What [`crate::domain::derive`] gives for the object.
    pub derived: &'a Derived,
}

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Missing, damaged, of another store or made by another version: rebuild it.
    #[error("index cannot be used: {reason}")]
    Unusable { reason: String },
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
}

impl IndexError {
    /// Nothing is wrong but that there is no room.
    pub fn is_of_full_disk(&self) -> bool {
        use tantivy::TantivyError;
        use tantivy::directory::error::{LockError, OpenWriteError};
        match self {
            Self::Tantivy(
                TantivyError::IoError(error)
                | TantivyError::OpenWriteError(OpenWriteError::IoError {
                    io_error: error, ..
                })
                | TantivyError::LockFailure(LockError::IoError(error), _),
            ) => error.kind() == std::io::ErrorKind::StorageFull,
            // What a thread of the writer died of is told in words only.
            Self::Tantivy(TantivyError::ErrorInThread(words)) => words.contains("StorageFull"),
            Self::Tantivy(_) | Self::Unusable { .. } => false,
        }
    }
}

/// An open index; searches go on while an [`IndexWriter`] commits.
pub struct Index {
    files: tantivy::Index,
    reader: IndexReader,
    fields: IndexFields,
    origin: Origin,
    synonyms: SynonymsCache,
    samples: SampleCache,
    segments: SegmentsCache,
    /// `None`: in memory, where nothing is left over or damaged.
    folder: Option<PathBuf>,
    soundness: Soundness,
}

impl Index {
    /// What searches see now.
    pub fn figures(&self) -> IndexFigures {
        let searcher = self.reader.searcher();
        IndexFigures {
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

    fn open_unguarded(folder: &Path, store: StoreId) -> Result<(Self, Sequence), IndexError> {
        if !folder.join("meta.json").is_file() {
            return Err(unusable("there is none"));
        }
        let files = Files::open(folder).map_err(|error| damaged(&error))?;
        let index = tantivy::Index::open(files).map_err(|error| damaged(&error))?;
        let payload = index.load_metas().map_err(|error| damaged(&error))?.payload;
        let mark = Mark::decode(&payload.unwrap_or_default()).map_err(unusable)?;
        if mark.origin.store != store {
            return Err(unusable("it was made from another store"));
        }
        if index.schema() != schema::build().0 {
            return Err(unusable("its fields are others"));
        }
        let index = Self::over(index, mark.origin, Some(folder.to_owned()))
            .map_err(|error| damaged(&error))?;
        Ok((index, mark.applied))
    }

    /// Makes an empty index in an empty or missing folder.
    pub fn create(folder: &Path, origin: Origin) -> Result<Self, IndexError> {
        std::fs::create_dir_all(folder).map_err(tantivy::TantivyError::from)?;
        Self::create_in(Files::open(folder)?, origin, Some(folder.to_owned()))
    }

    fn create_in(
        directory: impl Directory,
        origin: Origin,
        folder: Option<PathBuf>,
    ) -> Result<Self, IndexError> {
        let (schema, _) = schema::build();
        // Nothing is stored: neither a thread nor a compressor is needed for it.
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = tantivy::Index::create(directory, schema, settings)?;
        let index = Self::over(index, origin, folder)?;
        // Only a commit carries a mark, and without one the index could not be opened again.
        index.writer_with(0)?.commit(Sequence(0))?;
        Ok(index)
    }

    fn over(
        index: tantivy::Index,
        origin: Origin,
        folder: Option<PathBuf>,
    ) -> Result<Self, tantivy::TantivyError> {
        let (_, fields) = schema::build();
        let (tokenizers, language) = (index.tokenizers(), origin.language);
        tokenizers.register(analyzer::NAME, analyzer::analyzer(language));
        tokenizers.register(
            analyzer::by_attribute::NAME,
            analyzer::by_attribute::analyzer(language),
        );
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        Ok(Self {
            reader: reader.try_into()?,
            files: index,
            fields,
            origin,
            synonyms: SynonymsCache::default(),
            samples: SampleCache::default(),
            segments: SegmentsCache::default(),
            folder,
            soundness: Soundness::default(),
        })
    }

    /// What it was made from, and how.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What becomes of variants: what the site wants, as far as the index was made for it.
    fn variants(&self, site: &Site) -> VariantMode {
        match (self.origin.has_stand_ins, site.variants) {
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

    /// [`Self::writer`], with the memory it may fill before it writes a segment, in bytes. Below
    /// 64 MiB indexing gets slow.
    pub fn writer_with(&self, memory_bytes: usize) -> Result<IndexWriter, IndexError> {
        let reader = self.reader.clone();
        let writer =
            IndexWriter::open(&self.files, reader, self.fields, self.origin, memory_bytes)?;
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
                fields: &self.fields,
                schema,
                site,
                language: self.origin.language,
                variants: self.variants(site),
                has_words_by_attribute: self.origin.has_words_by_attribute,
                synonyms: &self.synonyms,
                samples: &self.samples,
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

fn unusable(reason: impl Into<String>) -> IndexError {
    IndexError::Unusable {
        reason: reason.into(),
    }
}

fn damaged(error: &tantivy::TantivyError) -> IndexError {
    unusable(error.to_string())
}

/// What a search found; the store supplies the objects.
#[derive(Debug)]
pub struct Found {
    pub hits: Vec<FoundHit>,
    pub total_hits: u64,
    pub quicksearch_hits: Vec<FoundHit>,
    pub facets: Vec<FacetCounts>,
    pub correction: Option<Correction>,
    /// Marks what the text meets.
    pub marker: Marker,
}

#[derive(Clone, Debug)]
pub struct FoundHit {
    pub version: VersionId,
    /// The nested variant that stands for the object; `None`: the object itself.
    pub stand_in: Option<usize>,
    /// Every query word matched exactly.
    pub exact: bool,
    /// As `engine::score` has it; `None` where a sort or a rule decided.
    pub score: Option<f64>,
    /// Where the search asks for it.
    pub explanation: Option<Arc<Explanation>>,
}
