//! A segment as searches see it: its columns are opened once and kept for as long as it is searched.
//! Opening one costs a look into a compressed dictionary, and a search reads a dozen of them from every
//! segment. Invariant: a segment never changes, so what was opened is what is there; whatever another
//! search does meanwhile, nothing of a segment is kept that the latest state of the index lacks for
//! longer than until the next search.

use std::any::Any;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use tantivy::columnar::{Column, DynamicColumn, HasAssociatedColumnType, StrColumn};
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use super::schema::SPARSE;

/// Most columns kept open of a segment; further ones are opened by each search. An attribute takes up to
/// three: the one of its type, and those of what does not fit, which are mostly known to be absent.
const COLUMNS_MAX: usize = 2_000;
/// Most memory that columns made of sparse attributes take in a segment; further ones are made by each search.
const MADE_BYTES_MAX: usize = 16 << 20;
/// The same of all segments of all indexes.
const MADE_OF_ALL_BYTES_MAX: usize = 192 << 20;
/// What keeping anything takes, in bytes.
const ENTRY_BYTES: usize = 200;

/// An index that was opened, and a state of it.
pub(in super::super) type IndexState = (u64, u64);

pub(in super::super) struct Segment<'a> {
    reader: &'a SegmentReader,
    columns: Arc<OpenColumns>,
}

impl Deref for Segment<'_> {
    type Target = SegmentReader;

    fn deref(&self) -> &SegmentReader {
        self.reader
    }
}

impl<'a> Segment<'a> {
    /// One of which nothing is kept.
    pub(in super::super) fn alone(reader: &'a SegmentReader) -> Self {
        let columns = Arc::default();
        Self { reader, columns }
    }
}

impl Segment<'_> {
    /// `None` where no document of the segment has a value.
    pub(in super::super) fn numbers<T>(&self, name: &str) -> tantivy::Result<Option<Column<T>>>
    where
        T: HasAssociatedColumnType,
        DynamicColumn: Into<Option<Column<T>>>,
    {
        self.kept(name, || self.reader.fast_fields().column_opt(name))
    }

    /// The same as a column without values.
    pub(in super::super) fn numbers_or_none<T>(&self, name: &str) -> tantivy::Result<Column<T>>
    where
        T: HasAssociatedColumnType + Default,
        DynamicColumn: Into<Option<Column<T>>>,
    {
        let column = self.numbers(name)?;
        Ok(column.unwrap_or_else(|| Column::build_empty_column(self.reader.max_doc())))
    }

    /// Something that was worked out of the column of this name, made once.
    pub(in super::super) fn kept<C: Clone + Send + Sync + 'static>(
        &self,
        name: &str,
        make: impl FnOnce() -> tantivy::Result<Option<C>>,
    ) -> tantivy::Result<Option<C>> {
        self.columns.opened.get_or(name, || Ok((make()?, 1)))
    }

    /// The same of sparse attributes, told how many bytes it takes: it lies in memory, not in a file.
    pub(in super::super) fn made<C: Clone + Send + Sync + 'static>(
        &self,
        name: &str,
        make: impl FnOnce() -> tantivy::Result<(Option<C>, usize)>,
    ) -> tantivy::Result<Option<C>> {
        let make = || make().map(|(made, bytes)| (made, bytes + ENTRY_BYTES));
        self.columns.made.get_or(name, make)
    }

    /// The column that sparse attributes share. Every other is opened with a look at it, so it is found without a
    /// name.
    pub(in super::super) fn sparse(&self) -> tantivy::Result<Option<&StrColumn>> {
        let sparse = &self.columns.sparse;
        if let Some(known) = sparse.get() {
            return Ok(known.as_ref());
        }
        let opened = self.reader.fast_fields().str(SPARSE)?;
        // Whoever was quicker has opened the same.
        Ok(sparse.get_or_init(|| opened).as_ref())
    }

    /// `None` where no document of the segment has a value.
    pub(in super::super) fn texts(&self, name: &str) -> tantivy::Result<Option<StrColumn>> {
        self.kept(name, || self.reader.fast_fields().str(name))
    }
}

struct OpenColumns {
    opened: Shelf,
    made: Shelf,
    sparse: OnceLock<Option<StrColumn>>,
}

impl Default for OpenColumns {
    fn default() -> Self {
        Self {
            opened: Shelf::of_size(COLUMNS_MAX),
            made: Shelf::of_made(),
            sparse: OnceLock::new(),
        }
    }
}

/// What was opened, by name, as long as there is room.
struct Shelf {
    size: usize,
    /// Where what is on others of its kind counts, too.
    of_all: Option<&'static Made>,
    things: RwLock<Things>,
}

#[derive(Default)]
struct Things {
    /// What a name stands for may be asked for as more than one type.
    by_name: HashMap<String, Vec<Box<dyn Any + Send + Sync>>>,
    taken: usize,
}

impl Shelf {
    fn of_size(size: usize) -> Self {
        Self {
            size,
            of_all: None,
            things: RwLock::default(),
        }
    }

    fn of_made() -> Self {
        Self {
            size: MADE_BYTES_MAX,
            of_all: Some(&MADE_OF_ALL),
            things: RwLock::default(),
        }
    }

    /// `open` says how much room the thing takes.
    fn get_or<C: Clone + Send + Sync + 'static>(
        &self,
        name: &str,
        open: impl FnOnce() -> tantivy::Result<(Option<C>, usize)>,
    ) -> tantivy::Result<Option<C>> {
        let known = |of_name: &Vec<Box<dyn Any + Send + Sync>>| {
            let mut columns = of_name.iter();
            columns.find_map(|column| column.downcast_ref::<Option<C>>().cloned())
        };
        // Columns are whole or not there, whoever panicked.
        let things = self.things.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(column) = things.by_name.get(name).and_then(known) {
            return Ok(column);
        }
        drop(things);
        let (column, takes) = open()?;
        let mut things = self.things.write().unwrap_or_else(PoisonError::into_inner);
        if things.taken + takes <= self.size {
            let of_name = things.by_name.entry(name.to_owned()).or_default();
            let is_new = known(of_name).is_none();
            if is_new && self.of_all.is_none_or(|made| made.take(takes)) {
                of_name.push(Box::new(column.clone()));
                things.taken += takes;
            }
        }
        Ok(column)
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let things = self.things.get_mut();
        let taken = things.unwrap_or_else(PoisonError::into_inner).taken;
        if let Some(made) = self.of_all {
            made.0.fetch_sub(taken, Ordering::Relaxed);
        }
    }
}

/// Bytes of the columns that were made, of all segments.
struct Made(AtomicUsize);

static MADE_OF_ALL: Made = Made(AtomicUsize::new(0));

impl Made {
    /// Whether there was room for so much.
    fn take(&self, bytes: usize) -> bool {
        let fits = |made: usize| Some(made + bytes).filter(|made| *made <= MADE_OF_ALL_BYTES_MAX);
        let (now, then) = (Ordering::Relaxed, Ordering::Relaxed);
        self.0.fetch_update(now, then, fits).is_ok()
    }
}

/// The open columns of the segments that were searched last.
#[derive(Clone, Default)]
pub(in super::super) struct SegmentsCache(Arc<Mutex<HashMap<SegmentId, Arc<OpenColumns>>>>);

impl std::fmt::Debug for SegmentsCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SegmentsCache")
    }
}

impl SegmentsCache {
    /// A segment of a searcher that [`Self::of`] was asked about.
    pub(in super::super) fn one<'a>(&self, reader: &'a SegmentReader) -> Segment<'a> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = known.entry(reader.segment_id()).or_default();
        Segment {
            reader,
            columns: Arc::clone(columns),
        }
    }

    /// The segments of the searcher, in its order.
    pub(in super::super) fn of<'a>(&self, searcher: &'a Searcher) -> Vec<Segment<'a>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let readers = searcher.segment_readers();
        let segments = readers.iter().map(|reader| Segment {
            reader,
            columns: Arc::clone(known.entry(reader.segment_id()).or_default()),
        });
        let segments: Vec<Segment<'a>> = segments.collect();
        if known.len() > segments.len() {
            known.retain(|id, _| readers.iter().any(|reader| reader.segment_id() == *id));
        }
        segments
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use tantivy::schema::{FAST, Schema};
    use tantivy::{Index, IndexWriter, doc};

    use super::*;

    #[test]
    fn columns_are_opened_once_and_absent_ones_are_remembered() {
        let columns = Shelf::of_size(10);
        let mut opened = 0;
        for found in [Some(7_u64), None] {
            let name = if found.is_some() { "there" } else { "absent" };
            for _ in 0..3 {
                let column = columns.get_or(name, || {
                    opened += 1;
                    Ok((found, 1))
                });
                assert_eq!(column.unwrap(), found);
            }
        }
        assert_eq!(opened, 2);
        // What a name stands for as another type is another column.
        let other = columns.get_or("there", || Ok((Some(7_i64), 1)));
        assert_eq!(other.unwrap(), Some(7));
    }

    #[test]
    fn only_what_there_is_room_for_stays_open() {
        let columns = Shelf::of_size(10);
        let mut opened = Vec::new();
        // The last one has no room.
        for name in ["a", "b", "c", "a", "b", "c"] {
            let column = columns.get_or(name, || {
                opened.push(name);
                Ok((Some(0_u64), 5))
            });
            assert_eq!(column.unwrap(), Some(0));
        }
        assert_eq!(opened, ["a", "b", "c", "c"]);
    }

    #[test]
    fn segments_that_are_gone_are_forgotten() {
        let mut schema = Schema::builder();
        let number = schema.add_u64_field("number", FAST);
        let index = Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 20 << 20).unwrap();
        let reader = index.reader().unwrap();
        let cache = SegmentsCache::default();
        for value in [3, 5] {
            writer.add_document(doc!(number => value as u64)).unwrap();
            writer.commit().unwrap();
        }
        reader.reload().unwrap();
        let searcher = reader.searcher();
        let first_of =
            |segment: &Segment<'_>| segment.numbers::<u64>("number").unwrap().unwrap().first(0);
        let mut values: Vec<_> = cache.of(&searcher).iter().map(first_of).collect();
        values.sort_unstable();
        assert_eq!(values, [Some(3), Some(5)]);
        assert_eq!(cache.0.lock().unwrap().len(), 2);

        let ids = index.searchable_segment_ids().unwrap();
        writer.merge(&ids).wait().unwrap();
        reader.reload().unwrap();
        let searcher = reader.searcher();
        let merged = cache.of(&searcher);
        assert_eq!(merged.len(), 1);
        assert!([Some(3), Some(5)].contains(&first_of(&merged[0])));
        assert_eq!(cache.0.lock().unwrap().len(), 1);
    }
}
