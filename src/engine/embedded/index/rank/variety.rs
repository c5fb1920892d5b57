//! Suggestions whose titles are nearly the same, by the columns that titles lie in. Invariant: titles are read of the best hits
//! alone.

use super::feedback::Titles;
use super::hit_titles::titles;
use super::relevance::Ranked;
use crate::domain::Schema;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking;

/// Fills the first places, of hits that are best first.
pub(in super::super) fn spread(
    ranked: &mut [Ranked],
    places: usize,
    segments: &[Segment<'_>],
    schema: &Schema,
) -> tantivy::Result<()> {
    let words = Titles::open(segments)?;
    ranking::spread(
        ranked,
        places,
        |address| words.sorted(*address),
        |addresses| titles(addresses, segments, schema),
    )
}
