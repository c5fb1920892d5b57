//! Objects an update by query may mean, out of the index instead of out of every object. Invariant:
//! every object that matches is among them; whoever asks compares each with its criteria.

use tantivy::query::{BooleanQuery, EnableScoring, Occur, Query};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocSet, Searcher, SegmentReader, Term};

use super::filter::{FilterReader, any, term};
use super::shared::Shared;
use crate::domain::{
    Condition, Matcher, ObjectType, Place, Schema, TypedValue, VariantMode, Wanted,
};
use crate::engine::EngineError;
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::Index;
use crate::engine::embedded::index::segments::schema::{FIRST_SEEN, VERSION_ID};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    pub first_seen: u64,
    pub version: VersionId,
}

impl Index {
    /// Everything of the types that the last commit shows and that may match, in order of first
    /// appearance, whatever its schedule. `None` when the index cannot tell any apart, or is damaged.
    pub fn candidates(
        &self,
        schema: &Schema,
        types: &[ObjectType],
        matcher: &Matcher<'_>,
    ) -> Option<Vec<Candidate>> {
        let found = self.guarded(|| {
            let found = self.candidates_unguarded(schema, types, matcher);
            found.map_err(|error| EngineError::Internal {
                context: "the index could not be searched",
                source: error.into(),
            })
        });
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, "looking at every object instead");
            None
        })
    }

    fn candidates_unguarded(
        &self,
        schema: &Schema,
        types: &[ObjectType],
        matcher: &Matcher<'_>,
    ) -> tantivy::Result<Option<Vec<Candidate>>> {
        let filters = FilterReader {
            fields: &self.fields,
            schema,
            // Whatever they are hits of, what matches is looked for.
            variants: VariantMode::Separate,
            place: &Place::default(),
            shared: &Shared::default(),
            segments: &self.segments,
        };
        let values = matcher.wanted();
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = values
            .filter_map(|(name, wanted)| Some((Occur::Must, having(&filters, name, wanted)?)))
            .collect();
        if clauses.is_empty() {
            return Ok(None);
        }
        let types = types.iter().map(|object_type| {
            term(Term::from_field_text(
                self.fields.object_type,
                object_type.as_str(),
            ))
        });
        clauses.push((Occur::Must, any(types.collect())));
        let found = find(&self.reader.searcher(), &BooleanQuery::new(clauses))?;
        Ok(Some(found))
    }
}

/// Finds at least the objects that have the value; `None` when that would be all.
fn having(filters: &FilterReader<'_>, name: &str, wanted: &Wanted<'_>) -> Option<Box<dyn Query>> {
    let condition = match wanted {
        // Points have no terms. A number in a text attribute has one, that of its text, but equal
        // numbers have several texts.
        Wanted::AsStored(_) | Wanted::Typed(TypedValue::Geo { .. }) => return None,
        Wanted::Typed(TypedValue::Text(text)) => Condition::Text(text.clone().into_owned()),
        Wanted::Typed(TypedValue::Numeric(number)) => Condition::Number(*number),
        Wanted::Typed(TypedValue::Large(number)) => Condition::Large(*number),
        Wanted::Typed(TypedValue::Boolean(boolean)) => Condition::Boolean(*boolean),
        Wanted::Typed(TypedValue::Date(at)) => Condition::Date(*at),
    };
    filters.holding(name, condition)
}

fn find(searcher: &Searcher, query: &dyn Query) -> tantivy::Result<Vec<Candidate>> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let mut found = Vec::new();
    for segment in searcher.segment_readers() {
        let mut scorer = weight.scorer(segment, 1.0)?;
        collect(segment, scorer.as_mut(), &mut found)?;
    }
    found.sort_unstable();
    // Variants that stand for an object are found beside it.
    found.dedup();
    Ok(found)
}

fn collect(
    segment: &SegmentReader,
    docs: &mut dyn DocSet,
    found: &mut Vec<Candidate>,
) -> tantivy::Result<()> {
    let first_seen = segment.fast_fields().u64(FIRST_SEEN)?;
    let version = segment.fast_fields().u64(VERSION_ID)?;
    let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
    loop {
        let filled = docs.fill_buffer(&mut block);
        let alive = block[..filled]
            .iter()
            .filter(|&&doc| !segment.is_deleted(doc));
        found.extend(alive.filter_map(|&doc| {
            Some(Candidate {
                first_seen: first_seen.first(doc)?,
                version: VersionId(version.first(doc)?),
            })
        }));
        if filled < block.len() {
            return Ok(());
        }
    }
}
