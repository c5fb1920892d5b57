//! Columns of attributes: where the values of an attribute lie, in columns of its own or, as long as few objects
//! have it, in one that many share ([`sparse`]), and how to read them; nobody else need know which.
//! Invariant: values of one source compare as their column numbers do within a segment; across
//! segments only those of numbers and dates do, texts must be looked up.

use std::fmt::{Debug, Write as _};
use std::io;

use tantivy::columnar::{Column, DynamicColumn, MonotonicallyMappableToU64, StrColumn};
use tantivy::{DocId, SegmentReader};

use super::schema::{ATTRIBUTES, DATES, NUMBERS, TYPE};
use super::segment::Segment;
use super::sparse;
use crate::engine::facets::Source;

/// A document of one searcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in super::super) struct Address {
    pub(in super::super) segment: usize,
    pub(in super::super) doc: DocId,
}

impl Source {
    /// The texts of an attribute of another type: what does not fit it. `None` where it has none.
    pub(in super::super) fn open_misfits(
        self,
        segment: &Segment<'_>,
    ) -> tantivy::Result<Option<StrColumn>> {
        match self {
            Self::Number(number) | Self::Date(number) => open_texts(segment, number),
            // Booleans lie among the texts themselves; of a text everything is one.
            Self::Boolean(_) | Self::ObjectType | Self::Text(_) => Ok(None),
        }
    }

    /// `None` when no object of the segment has a value.
    pub(in super::super) fn open(
        self,
        segment: &Segment<'_>,
    ) -> tantivy::Result<Option<SourceColumn>> {
        Ok(match self {
            Self::ObjectType => segment.texts(TYPE)?.map(SourceColumn::of_text),
            Self::Text(number) | Self::Boolean(number) => {
                open_texts(segment, number)?.map(SourceColumn::of_text)
            }
            Self::Number(number) => {
                open_number::<f64>(segment, number)?.map(SourceColumn::of_numbers)
            }
            Self::Date(number) => {
                open_number::<i64>(segment, number)?.map(SourceColumn::of_numbers)
            }
        })
    }

    /// What its texts are kept under, the same wherever they lie; `None` where it has none.
    pub(in super::super) fn texts_name(self) -> Option<String> {
        match self {
            Self::ObjectType => Some(TYPE.to_owned()),
            Self::Text(number) | Self::Boolean(number) => Some(name_of_both(ATTRIBUTES, number)),
            Self::Number(_) | Self::Date(_) => None,
        }
    }

    /// How many of the documents have a value in a column of its own, whether it fits the type or not. Of sparse
    /// attributes [`sparse::count_attributes`] tells, of all of them at once; no document has an attribute both
    /// ways.
    pub(in super::super) fn covered(
        self,
        segment: &Segment<'_>,
        docs: &[DocId],
    ) -> tantivy::Result<usize> {
        let (texts, values) = match self {
            Self::ObjectType => (segment.texts(TYPE)?, None),
            Self::Text(number) | Self::Boolean(number) => (own_texts(segment, number)?, None),
            Self::Number(number) => {
                let numbers = own_number::<f64>(segment, number)?;
                (own_texts(segment, number)?, numbers.map(|own| own.index))
            }
            Self::Date(number) => {
                let dates = own_number::<i64>(segment, number)?;
                (own_texts(segment, number)?, dates.map(|own| own.index))
            }
        };
        let texts = texts.map(|texts| texts.ords().index.clone());
        let has_value = |doc: &&DocId| {
            let mut indexes = texts.iter().chain(&values);
            indexes.any(|index| index.has_value(**doc))
        };
        if texts.is_none() && values.is_none() {
            return Ok(0);
        }
        Ok(docs.iter().filter(has_value).count())
    }
}

fn own_texts(segment: &Segment<'_>, attribute: u32) -> tantivy::Result<Option<StrColumn>> {
    segment.texts(&column_name(ATTRIBUTES, attribute, Part::Whole))
}

fn own_number<T: Number>(
    segment: &Segment<'_>,
    attribute: u32,
) -> tantivy::Result<Option<Column<T>>>
where
    DynamicColumn: Into<Option<Column<T>>>,
{
    segment.numbers(&column_name(T::JSON, attribute, Part::Whole))
}

/// The texts of an attribute, `None` where no object of the segment has one.
pub(in super::super) fn open_texts(
    segment: &Segment<'_>,
    attribute: u32,
) -> tantivy::Result<Option<StrColumn>> {
    let own = own_texts(segment, attribute)?;
    let Some(values) = sparse::values(segment, attribute)? else {
        return Ok(own);
    };
    let name = name_of_both(ATTRIBUTES, attribute);
    segment.made(&name, || values.texts(segment, attribute, own.as_ref()))
}

/// The values of a source in one segment as numbers that compare as the values do.
pub(in super::super) struct SourceColumn {
    pub(in super::super) values: Column<u64>,
    /// What the numbers stand for, of texts.
    pub(in super::super) texts: Option<StrColumn>,
}

impl SourceColumn {
    fn of_text(texts: StrColumn) -> Self {
        Self {
            values: texts.ords().clone(),
            texts: Some(texts),
        }
    }

    fn of_numbers<T: MonotonicallyMappableToU64>(column: Column<T>) -> Self {
        Self {
            values: column.to_u64_monotonic(),
            texts: None,
        }
    }
}

/// The texts that numbers of a text column stand for; `ordinals` ascend.
pub(in super::super) fn texts_of(
    column: &StrColumn,
    ordinals: &[u64],
) -> tantivy::Result<Vec<String>> {
    let mut texts = Vec::with_capacity(ordinals.len());
    let mut all_utf8 = true;
    let all_found = column
        .dictionary()
        .sorted_ords_to_term_cb(ordinals, |bytes| match std::str::from_utf8(bytes) {
            Ok(text) => texts.push(text.to_owned()),
            Err(_) => all_utf8 = false,
        })?;
    if all_found && all_utf8 {
        Ok(texts)
    } else {
        Err(damaged().into())
    }
}

/// A dictionary that lacks what its column speaks of.
pub(in super::super) fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a dictionary of texts is damaged",
    )
}

/// The numbers of `false` and `true` among the texts of a boolean attribute, where it has them. The others
/// do not fit its type.
pub(in super::super) fn booleans_of(texts: &StrColumn) -> tantivy::Result<[Option<u64>; 2]> {
    let number = |value| texts.dictionary().term_ord(boolean_text(value));
    Ok([number(false)?, number(true)?])
}

/// Numbers, or dates in milliseconds.
pub(in super::super) trait Number: sparse::Numeric {
    /// The JSON field of their columns.
    const JSON: &str;
}

impl Number for f64 {
    const JSON: &str = NUMBERS;
}

impl Number for i64 {
    const JSON: &str = DATES;
}

/// The numbers or dates of an attribute, `None` where no object of the segment has one.
pub(in super::super) fn open_number<T: Number>(
    segment: &Segment<'_>,
    attribute: u32,
) -> tantivy::Result<Option<Column<T>>>
where
    DynamicColumn: Into<Option<Column<T>>>,
{
    let own = own_number::<T>(segment, attribute)?;
    let Some(values) = sparse::values(segment, attribute)? else {
        return Ok(own);
    };
    let name = name_of_both(T::JSON, attribute);
    segment.made(&name, || values.numbers(segment, attribute, own.as_ref()))
}

/// Latitudes and longitudes of an attribute, in the same order; `None` where no object of the segment has a
/// point. Also where no search is.
pub(in super::super) fn open_points(
    segment: &SegmentReader,
    attribute: u32,
) -> tantivy::Result<Option<(Column<f64>, Column<f64>)>> {
    let part = |part| {
        let name = column_name(NUMBERS, attribute, part);
        segment.fast_fields().column_opt::<f64>(&name)
    };
    let own = part(Part::Latitude)?.zip(part(Part::Longitude)?);
    let segment = Segment::alone(segment);
    match sparse::values(&segment, attribute)? {
        Some(values) => values.points(&segment, attribute, own),
        None => Ok(own),
    }
}

/// First value of a document in a column that may be absent.
pub(in super::super) fn first<T>(column: Option<&Column<T>>, doc: DocId) -> Option<T>
where
    T: PartialOrd + Copy + Debug + Send + Sync + 'static,
{
    column.and_then(|column| column.first(doc))
}

/// The part of an attribute a column holds.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Part {
    Whole,
    Latitude,
    Longitude,
}

/// Key of an attribute's column below its JSON field. Has no dot, which would be a path.
pub(in super::super) fn push_column_key(out: &mut String, attribute: u32, part: Part) {
    let suffix = match part {
        Part::Whole => "",
        Part::Latitude => "_lat",
        Part::Longitude => "_lon",
    };
    write!(out, "{attribute}{suffix}").expect("writing to a string does not fail");
}

/// Text a boolean is indexed by.
pub(in super::super) fn boolean_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Name that the values of an attribute are kept by, wherever they lie.
fn name_of_both(json: &str, attribute: u32) -> String {
    format!("{json}+{attribute}")
}

/// Name a column of an attribute is opened with.
pub(in super::super) fn column_name(json: &str, number: u32, part: Part) -> String {
    let mut name = format!("{json}.");
    push_column_key(&mut name, number, part);
    name
}
