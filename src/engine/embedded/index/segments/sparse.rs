//! Attributes that few objects have. A column of its own for each would make a merge look at every document once
//! for every attribute, so their values lie in one column together, as [`super::sparse_key`]s, and are read out of it
//! into a column in memory when somebody asks. Which attributes are sparse is decided for each document on its way
//! in (`write::own_columns`); a segment may have documents of both kinds, so reading asks each segment.
//! Invariant: a column made here is what the attribute's own would be, had all documents been written there.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::{
    Column, ColumnarReader, ColumnarWriter, DynamicColumn, HasAssociatedColumnType,
    MonotonicallyMappableToU64, NumericalValue, StrColumn, TermOrdHit,
};

use super::segment::Segment;
use super::sparse_key::{self, Keys, Kind};

/// Name of the one column that is made at a time.
const COLUMN: &str = "values";

/// What numeric columns hold.
pub(in super::super) trait Numeric:
    HasAssociatedColumnType + MonotonicallyMappableToU64 + Into<NumericalValue>
{
    const KIND: Kind;

    /// The order of the values of one document in a column.
    fn rank(self) -> u64;
}

impl Numeric for f64 {
    const KIND: Kind = Kind::Number;

    fn rank(self) -> u64 {
        self.to_bits()
    }
}

impl Numeric for i64 {
    const KIND: Kind = Kind::Date;

    fn rank(self) -> u64 {
        self as u64
    }
}

/// The values of a sparse attribute in one segment.
pub(in super::super) struct SparseValues {
    shared: StrColumn,
    /// Documents, ascending, and the numbers of their keys in the shared column.
    values: Vec<(DocId, u32)>,
}

/// What was made, if there is anything, and the bytes it takes.
type Made<C> = (Option<C>, usize);

/// `None` where no document of the segment has the attribute this way. Worked out once a segment.
pub(in super::super) fn values(
    segment: &Segment<'_>,
    attribute: u32,
) -> tantivy::Result<Option<Arc<SparseValues>>> {
    let Some(shared) = segment.sparse()? else {
        return Ok(None);
    };
    segment.made(&attribute.to_string(), || {
        let numbers = numbers_of(shared, &Keys::of_attribute(attribute))?;
        if numbers.is_empty() {
            return Ok((None, 0));
        }
        let mut docs = Vec::new();
        let all = 0..segment.max_doc();
        let ords = shared.ords();
        let from_to = u64::from(numbers.start)..=u64::from(numbers.end - 1);
        ords.get_docids_for_value_range(from_to.clone(), all, &mut docs);
        let of = |doc: DocId| {
            let values = ords.values_for_doc(doc);
            let values = values.filter(|number| from_to.contains(number));
            values.map(move |number| (doc, number as u32))
        };
        let values: Vec<(DocId, u32)> = docs.iter().copied().flat_map(of).collect();
        let bytes = size_of_val(values.as_slice());
        let shared = shared.clone();
        Ok((Some(Arc::new(SparseValues { shared, values })), bytes))
    })
}

/// Adds how many of some documents of a segment have each attribute this way.
pub(in super::super) fn count_attributes(
    segment: &Segment<'_>,
    docs: &[DocId],
    counts: &mut HashMap<u32, usize>,
) -> tantivy::Result<()> {
    let Some(shared) = segment.sparse()? else {
        return Ok(());
    };
    let starts = segment.made("starts", || {
        let starts: Arc<[(u32, u32)]> = starts(shared)?.into();
        let bytes = size_of_val(&*starts);
        Ok((Some(starts), bytes))
    })?;
    let Some(starts) = starts else { return Ok(()) };
    for &doc in docs {
        let mut last = None;
        // The values of an attribute follow one another.
        for number in shared.ords().values_for_doc(doc) {
            let behind = starts.partition_point(|&(start, _)| u64::from(start) <= number);
            if last != Some(behind) {
                let start = behind.checked_sub(1).and_then(|at| starts.get(at));
                let &(_, attribute) = start.ok_or_else(damaged)?;
                *counts.entry(attribute).or_default() += 1;
                last = Some(behind);
            }
        }
    }
    Ok(())
}

/// The number of the first key of each attribute, ascending.
fn starts(shared: &StrColumn) -> io::Result<Vec<(u32, u32)>> {
    let mut starts: Vec<(u32, u32)> = Vec::new();
    let mut keys = shared.dictionary().stream()?;
    while keys.advance() {
        let attribute = sparse_key::read_attribute(keys.key()).ok_or_else(damaged)?;
        if starts.last().is_none_or(|&(_, last)| last != attribute) {
            starts.push((keys.term_ord() as u32, attribute));
        }
    }
    Ok(starts)
}

/// The numbers that keys have in the shared column; columns number texts in 32 bits.
fn numbers_of(shared: &StrColumn, keys: &Keys) -> io::Result<Range<u32>> {
    let number = |key: &str| {
        let hit = shared.dictionary().term_ord_or_next(key)?;
        Ok::<_, io::Error>(match hit {
            TermOrdHit::Exact(number) => number as u32,
            // Behind the last one there is none.
            TermOrdHit::Next(number) => number.min(shared.num_terms() as u64) as u32,
        })
    };
    let (from, before) = (number(&keys.from)?, number(&keys.before)?);
    Ok(from..before.max(from))
}

impl SparseValues {
    /// Documents that have one of the keys, ascending; those that have several come several times.
    pub(in super::super) fn having(
        &self,
        keys: &Keys,
    ) -> tantivy::Result<impl Iterator<Item = DocId> + '_> {
        let numbers = numbers_of(&self.shared, keys)?;
        let values = self.values.iter();
        let having = values.filter(move |(_, number)| numbers.contains(number));
        Ok(having.map(|&(doc, _)| doc))
    }

    /// The texts, with those of the attribute's own column.
    pub(in super::super) fn texts(
        &self,
        segment: &Segment<'_>,
        attribute: u32,
        own: Option<&StrColumn>,
    ) -> tantivy::Result<Made<StrColumn>> {
        let (mut texts, mut values) = self.read(attribute, Kind::Text, |text| {
            std::str::from_utf8(text).ok().map(str::to_owned)
        })?;
        if let Some(own) = own {
            let before = texts.len();
            let mut stream = own.dictionary().stream()?;
            while stream.advance() {
                let text = std::str::from_utf8(stream.key()).map_err(|_| damaged())?;
                texts.push(text.to_owned());
            }
            let of_own = each_of(own.ords(), segment.max_doc());
            values.extend(of_own.map(|(doc, at)| (doc, before + at as usize)));
        }
        values.sort_unstable_by_key(|&(doc, at)| (doc, at));
        let mut writer = ColumnarWriter::default();
        for &(doc, at) in &values {
            let text = texts.get(at).ok_or_else(damaged)?;
            writer.record_str(doc, COLUMN, text);
        }
        column_of(writer, segment, values.is_empty())
    }

    /// The numbers or dates, with those of the attribute's own column.
    pub(in super::super) fn numbers<T: Numeric>(
        &self,
        segment: &Segment<'_>,
        attribute: u32,
        own: Option<&Column<T>>,
    ) -> tantivy::Result<Made<Column<T>>>
    where
        DynamicColumn: Into<Option<Column<T>>>,
    {
        let (numbers, values) = self.read(attribute, T::KIND, |number| {
            let (number, _) = sparse_key::read_ordered(number)?;
            Some(T::from_u64(number))
        })?;
        let values = values.into_iter().map(|(doc, at)| (doc, numbers[at]));
        let mut values: Vec<(DocId, T)> = values.collect();
        if let Some(own) = own {
            values.extend(each_of(own, segment.max_doc()));
        }
        values.sort_unstable_by_key(|&(doc, number)| (doc, number.rank()));
        column_of_numbers(segment, &values)
    }

    /// Latitudes and longitudes, with those of the attribute's own columns, both in the same order.
    pub(in super::super) fn points(
        &self,
        segment: &Segment<'_>,
        attribute: u32,
        own: Option<(Column<f64>, Column<f64>)>,
    ) -> tantivy::Result<Option<(Column<f64>, Column<f64>)>> {
        let (points, values) = self.read(attribute, Kind::Point, |point| {
            let (lat, rest) = sparse_key::read_ordered(point)?;
            let (lon, _) = sparse_key::read_ordered(rest)?;
            Some((f64::from_u64(lat), f64::from_u64(lon)))
        })?;
        let (mut lats, mut lons): (Vec<_>, Vec<_>) = values
            .into_iter()
            .map(|(doc, at)| ((doc, points[at].0), (doc, points[at].1)))
            .unzip();
        if let Some((lat, lon)) = own {
            lats.extend(each_of(&lat, segment.max_doc()));
            lons.extend(each_of(&lon, segment.max_doc()));
        }
        // Both have the same documents, and sorting keeps the order within one.
        lats.sort_by_key(|&(doc, _)| doc);
        lons.sort_by_key(|&(doc, _)| doc);
        let (lat, _) = column_of_numbers(segment, &lats)?;
        let (lon, _) = column_of_numbers(segment, &lons)?;
        Ok(lat.zip(lon))
    }

    /// The different values of a kind, ascending, and who has which, by its place among them.
    fn read<V>(
        &self,
        attribute: u32,
        kind: Kind,
        read: impl Fn(&[u8]) -> Option<V>,
    ) -> tantivy::Result<(Vec<V>, Vec<(DocId, usize)>)> {
        let keys = Keys::of_kind(attribute, kind);
        let numbers = numbers_of(&self.shared, &keys)?;
        let mut different = Vec::with_capacity(numbers.len());
        let terms = self.shared.dictionary().range();
        let mut terms = terms.ge(&keys.from).lt(&keys.before).into_stream()?;
        while terms.advance() {
            let value = terms.key().get(keys.from.len()..).and_then(&read);
            different.push(value.ok_or_else(damaged)?);
        }
        if different.len() != numbers.len() {
            return Err(damaged().into());
        }
        let values = self.values.iter();
        let values = values.filter(|(_, number)| numbers.contains(number));
        let values = values.map(|&(doc, number)| (doc, (number - numbers.start) as usize));
        Ok((different, values.collect()))
    }
}

fn each_of<T>(column: &Column<T>, documents: DocId) -> impl Iterator<Item = (DocId, T)> + '_
where
    T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static,
{
    (0..documents).flat_map(|doc| column.values_for_doc(doc).map(move |value| (doc, value)))
}

fn column_of_numbers<T: Numeric>(
    segment: &Segment<'_>,
    values: &[(DocId, T)],
) -> tantivy::Result<Made<Column<T>>>
where
    DynamicColumn: Into<Option<Column<T>>>,
{
    let mut writer = ColumnarWriter::default();
    // Whole numbers would become a column of another type.
    writer.record_column_type(COLUMN, T::column_type(), false);
    for &(doc, number) in values {
        writer.record_numerical(doc, COLUMN, number);
    }
    column_of(writer, segment, values.is_empty())
}

/// What was recorded, as a column that is read like any other.
fn column_of<C>(
    mut writer: ColumnarWriter,
    segment: &Segment<'_>,
    is_empty: bool,
) -> tantivy::Result<Made<C>>
where
    DynamicColumn: Into<Option<C>>,
{
    if is_empty {
        return Ok((None, 0));
    }
    let mut bytes = Vec::new();
    writer.serialize(segment.max_doc(), None, &mut bytes)?;
    let takes = bytes.len();
    let columns = ColumnarReader::open(bytes)?.read_columns(COLUMN)?;
    let column = columns.first().ok_or_else(damaged)?;
    Ok((column.open()?.into(), takes))
}

fn damaged() -> io::Error {
    let reason = "a dictionary of values is damaged";
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
