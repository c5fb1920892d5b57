//! One signal of the documents of a segment, read from a column. Invariant: what is the same for all is read once.

use tantivy::DocId;
use tantivy::columnar::{Cardinality, Column};

use crate::domain::{AttributeType, Schema};
use crate::engine::embedded::index::segments::columns::{SourceColumn, booleans_of, open_number};
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::facets::Source;

/// One signal of a segment's documents. Most of them are often the same for all: `boost` is 0 where
/// none was sent.
pub(super) enum Signal<T> {
    Same(Option<T>),
    Differing(Column<T>),
}

impl<T> Signal<T>
where
    T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static,
{
    pub(super) fn new(column: Option<Column<T>>) -> Self {
        match column {
            None => Self::Same(None),
            Some(column) => {
                let (least, greatest) = (column.min_value(), column.max_value());
                let all_have_one = column.get_cardinality() == Cardinality::Full;
                if all_have_one && least == greatest {
                    Self::Same(Some(least))
                } else {
                    Self::Differing(column)
                }
            }
        }
    }

    #[inline]
    pub(super) fn of(&self, doc: DocId) -> Option<T> {
        match self {
            Self::Same(value) => *value,
            Self::Differing(column) => column.first(doc),
        }
    }

    /// Nothing of the segment is above this, where it is anything.
    fn greatest(&self) -> Option<T> {
        match self {
            Self::Same(value) => *value,
            Self::Differing(column) => Some(column.max_value()),
        }
    }
}

/// A signal that is a number; a boolean is 1 or 0.
pub(super) enum NumberSignal {
    Number(Signal<f64>),
    /// By their number in the segment's dictionary, and which of them are `false` and `true`.
    Boolean(Column<u64>, [Option<u64>; 2]),
}

impl NumberSignal {
    pub(super) fn open(
        segment: &Segment<'_>,
        schema: &Schema,
        name: Option<&str>,
    ) -> tantivy::Result<Self> {
        Ok(match name.and_then(|name| schema.get(name)) {
            Some((number, AttributeType::Numeric)) => {
                Self::Number(Signal::new(open_number(segment, number)?))
            }
            Some((number, AttributeType::Boolean)) => {
                match Source::Boolean(number).open(segment)? {
                    Some(SourceColumn {
                        values,
                        texts: Some(texts),
                    }) => Self::Boolean(values, booleans_of(&texts)?),
                    _ => Self::Number(Signal::Same(None)),
                }
            }
            _ => Self::Number(Signal::Same(None)),
        })
    }

    /// Nothing of the segment is above this, where it is anything.
    pub(super) fn greatest(&self) -> Option<f64> {
        match self {
            Self::Number(signal) => signal.greatest(),
            Self::Boolean(..) => Some(1.0),
        }
    }

    /// Asked several times of every document that is ranked, mostly of a signal that is the same for all.
    #[inline]
    pub(super) fn of(&self, doc: DocId) -> Option<f64> {
        match self {
            Self::Number(signal) => signal.of(doc),
            Self::Boolean(values, known) => truth_of(values, *known, doc),
        }
    }
}

/// 1 or 0 by the first value of the document that is `false` or `true`, as they are numbered.
fn truth_of(values: &Column<u64>, [no, yes]: [Option<u64>; 2], doc: DocId) -> Option<f64> {
    let mut values = values.values_for_doc(doc);
    let known = values.find(|value| [no, yes].contains(&Some(*value)))?;
    let is_true = Some(known) == yes;
    Some(f64::from(u8::from(is_true)))
}
