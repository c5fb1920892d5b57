//! Where words stand in the dictionaries of a segment, one dictionary a field. A search asks about the same word again and
//! again: how many objects have it, which ones, how often each field has it, and so does the next search. Invariant: a
//! segment never changes, so what was found is what is there.

use std::hash::Hash;
use std::mem::size_of;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use tantivy::SegmentReader;
use tantivy::index::SegmentId;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};

use super::schema::IndexFields;
use crate::engine::ranking::TextField;

/// Memory of all indexes together, in bytes.
const MEMORY_BYTES: u64 = 8 << 20;

/// The fields of [`TextField::ALL`], and that of what is hidden.
const FIELDS: usize = TextField::ALL.len() + 1;

/// A field that words are looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum WordField {
    Shown(TextField),
    Hidden,
}

impl WordField {
    fn place(self) -> usize {
        match self {
            Self::Shown(field) => field as usize,
            Self::Hidden => FIELDS - 1,
        }
    }

    pub(in super::super) fn of(self, fields: &IndexFields) -> Field {
        match self {
            Self::Shown(field) => fields.text(field),
            Self::Hidden => fields.hidden,
        }
    }
}

/// A word in a segment.
#[derive(Clone)]
pub(in super::super) struct WordEntry<'a> {
    word: &'a str,
    fields: &'a IndexFields,
    segment: &'a SegmentReader,
    known: Arc<Known>,
}

/// What was found, by field.
type Known = [OnceLock<Option<Entry>>; FIELDS];

/// What a dictionary says of a word that it has, without the places in a text, which nobody asks for.
#[derive(Clone, Copy)]
struct Entry {
    documents: NonZeroU32,
    postings_len: u32,
    postings_from: u64,
}

impl Entry {
    /// `None` of a word that no document has.
    fn new(info: &TermInfo) -> Option<Self> {
        Some(Self {
            documents: NonZeroU32::new(info.doc_freq)?,
            postings_len: u32::try_from(info.postings_range.len()).ok()?,
            postings_from: info.postings_range.start as u64,
        })
    }

    fn info(self) -> TermInfo {
        let from = self.postings_from as usize;
        TermInfo {
            doc_freq: self.documents.get(),
            postings_range: from..from + self.postings_len as usize,
            positions_range: 0..0,
        }
    }
}

impl WordEntry<'_> {
    /// `None` where no document of the segment has the word in this field.
    fn entry(&self, field: WordField) -> tantivy::Result<Option<Entry>> {
        let known = &self.known[field.place()];
        if let Some(entry) = known.get() {
            return Ok(*entry);
        }
        let index = self.segment.inverted_index(field.of(self.fields))?;
        let found = index.terms().get(self.word)?;
        let found = found.as_ref().and_then(Entry::new);
        // Whoever was quicker has found the same.
        Ok(*known.get_or_init(|| found))
    }

    /// How many documents have it, deleted ones not yet merged away included.
    pub(in super::super) fn documents(&self, field: WordField) -> tantivy::Result<u64> {
        let entry = self.entry(field)?;
        Ok(entry.map_or(0, |entry| u64::from(entry.documents.get())))
    }

    /// The documents that have it, and how often, where the field counts that.
    pub(in super::super) fn postings(
        &self,
        field: WordField,
    ) -> tantivy::Result<Option<SegmentPostings>> {
        let Some(entry) = self.entry(field)? else {
            return Ok(None);
        };
        let index = self.segment.inverted_index(field.of(self.fields))?;
        let postings =
            index.read_postings_from_terminfo(&entry.info(), IndexRecordOption::WithFreqs)?;
        Ok(Some(postings))
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    segment: SegmentId,
    word: Box<str>,
}

/// The same, of a word that somebody else has.
#[derive(Hash)]
struct Asked<'a> {
    segment: SegmentId,
    word: &'a str,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.word == &*key.word && self.segment == key.segment
    }
}

#[derive(Clone)]
struct ByBytes;

/// What an entry and its place in the cache take beside the word.
const ENTRY_BYTES: usize = size_of::<Known>() + size_of::<Key>() + 64;

impl Weighter<Key, Arc<Known>> for ByBytes {
    fn weight(&self, key: &Key, _: &Arc<Known>) -> u64 {
        (ENTRY_BYTES + key.word.len()) as u64
    }
}

/// The words that were asked about last, of all indexes.
#[derive(Clone)]
pub(in super::super) struct WordEntries(Arc<Cache<Key, Arc<Known>, ByBytes>>);

impl Default for WordEntries {
    fn default() -> Self {
        let slots = MEMORY_BYTES as usize / ENTRY_BYTES;
        Self(Arc::new(Cache::with_weighter(slots, MEMORY_BYTES, ByBytes)))
    }
}

impl WordEntries {
    pub(in super::super) fn of<'a>(
        &self,
        word: &'a str,
        segment: &'a SegmentReader,
        fields: &'a IndexFields,
    ) -> WordEntry<'a> {
        let id = segment.segment_id();
        let known = self.0.get(&Asked { segment: id, word });
        let known = known.unwrap_or_else(|| {
            let new: Arc<Known> = Arc::default();
            let key = Key {
                segment: id,
                word: word.into(),
            };
            self.0.insert(key, Arc::clone(&new));
            new
        });
        WordEntry {
            word,
            fields,
            segment,
            known,
        }
    }

    /// Bytes of what is kept.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use tantivy::postings::Postings as _;
    use tantivy::{DocSet as _, Index, IndexWriter, Searcher, TantivyDocument};

    use super::super::{schema, tokenizer};
    use super::*;

    /// A document with each of these titles, all in one segment.
    fn searcher(titles: &[&str]) -> (Searcher, IndexFields) {
        let (schema, fields) = schema::build();
        let index = Index::create_in_ram(schema);
        tokenizer::register(index.tokenizers(), crate::domain::Language::default());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 20 << 20).unwrap();
        for title in titles {
            let mut document = TantivyDocument::new();
            document.add_text(fields.text(TextField::Title), title);
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        (index.reader().unwrap().searcher(), fields)
    }

    const TITLE: WordField = WordField::Shown(TextField::Title);

    #[test]
    fn what_is_kept_of_a_word_is_what_its_segment_says() {
        let (searcher, fields) = searcher(&["red tent", "red red sock", "blue sock"]);
        let (other, other_fields) = self::searcher(&["red"]);
        let (segment, entries) = (&searcher.segment_readers()[0], WordEntries::default());
        // The second time it is kept.
        for _ in 0..2 {
            let red = entries.of("red", segment, &fields);
            assert_eq!(red.documents(TITLE).unwrap(), 2);
            let mut postings = red.postings(TITLE).unwrap().unwrap();
            let mut found = Vec::new();
            while postings.doc() != tantivy::TERMINATED {
                found.push((postings.doc(), postings.term_freq()));
                postings.advance();
            }
            assert_eq!(found, [(0, 1), (1, 2)]);
            // Nor in a field that no document has, nor a word that none has.
            assert!(red.postings(WordField::Hidden).unwrap().is_none());
            let green = entries.of("green", segment, &fields);
            assert!(green.postings(TITLE).unwrap().is_none());
            // Another segment has the same word otherwise.
            let elsewhere = entries.of("red", &other.segment_readers()[0], &other_fields);
            assert_eq!(elsewhere.documents(TITLE).unwrap(), 1);
        }
        assert_eq!(entries.0.len(), 3);
    }

    #[test]
    fn however_many_words_are_asked_about_their_memory_is_bounded() {
        let (searcher, fields) = searcher(&["red"]);
        let entries = WordEntries::default();
        for number in 0..2 * MEMORY_BYTES / ENTRY_BYTES as u64 {
            entries.of(&number.to_string(), &searcher.segment_readers()[0], &fields);
            assert!((1..=MEMORY_BYTES).contains(&entries.bytes()));
        }
        assert!(entries.bytes() > MEMORY_BYTES / 2);
    }
}
