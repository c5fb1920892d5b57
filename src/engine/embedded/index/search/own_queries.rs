//! Objects of type `query` that a shop has sent itself, by their texts, so that a recorded query of the same text does
//! not stand beside one (docs/reference/06-autocomplete-and-others.md §6.6). Invariant: a segment is looked through
//! once; who is gone or not in its time meanwhile is asked for each search.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::context::Search;
use crate::domain::{AttributeType, QUERY_TYPE, RecordedQuery, Timestamp};
use crate::engine::embedded::index::rank::hit_titles::titles;
use crate::engine::embedded::index::segments::columns::{Address, Part, column_name, first};
use crate::engine::embedded::index::segments::schema::{ACTIVE_FROM, ACTIVE_TO, ATTRIBUTES};
use crate::engine::embedded::index::segments::segment::Segment;

/// Objects of a segment that are looked at; a recorded query may stand beside a further one.
const OBJECTS_MAX: usize = 100_000;

/// What looking at one costs, in units of work.
const LOOKED_AT: u64 = 4;

/// Texts that are the same but for case, accents and blanks are one.
#[derive(Clone, Debug, Default)]
pub struct OwnQueries(HashSet<u64>);

impl OwnQueries {
    /// Whether the shop has an object of this folded text.
    pub fn has(&self, folded: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&number_of(folded))
    }
}

fn number_of(folded: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded.hash(&mut hasher);
    hasher.finish()
}

/// Those of a segment, ascending.
type InSegment = Arc<[(DocId, u64)]>;

impl Search<'_> {
    pub(super) fn own_queries(&self, now: Timestamp) -> tantivy::Result<OwnQueries> {
        let mut own = HashSet::new();
        let Some((number, AttributeType::Text)) = self.schema.get("title") else {
            return Ok(OwnQueries(own));
        };
        let name = column_name(ATTRIBUTES, number, Part::Whole);
        let now = now.as_millis();
        for (at, segment) in self.segments.iter().enumerate() {
            let here: Option<InSegment> = segment.kept(&name, || self.queries_in(at, segment))?;
            let Some(here) = here else { continue };
            self.shared.effort().spend(here.len() as u64 * LOOKED_AT)?;
            let from = segment.numbers::<i64>(ACTIVE_FROM)?;
            let to = segment.numbers::<i64>(ACTIVE_TO)?;
            let is_there = |doc: DocId| {
                !segment.is_deleted(doc)
                    && first(from.as_ref(), doc).is_none_or(|from| from <= now)
                    && first(to.as_ref(), doc).is_none_or(|to| now < to)
            };
            let alive = here.iter().filter(|(doc, _)| is_there(*doc));
            own.extend(alive.map(|(_, number)| *number));
        }
        Ok(OwnQueries(own))
    }

    /// `None` where the segment has none.
    fn queries_in(&self, at: usize, segment: &Segment<'_>) -> tantivy::Result<Option<InSegment>> {
        let field = self.fields.object_type;
        let term = Term::from_field_text(field, QUERY_TYPE);
        let index = segment.inverted_index(field)?;
        let Some(mut having) = index.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(None);
        };
        let mut addresses = Vec::new();
        while having.doc() != TERMINATED && addresses.len() < OBJECTS_MAX {
            addresses.push(Address {
                segment: at,
                doc: having.doc(),
            });
            having.advance();
        }
        let titles = titles(&addresses, self.segments, self.schema)?;
        let numbered: BTreeSet<(DocId, u64)> = titles
            .into_iter()
            .map(|(address, title)| {
                let folded = RecordedQuery::fold_typed(&title);
                (address.doc, number_of(&folded))
            })
            .collect();
        Ok(Some(numbered.into_iter().collect()))
    }
}
