//! The facets of one search. Those that share the main query are counted over the documents it found; a facet
//! whose own field is filtered asks again without that filter (docs/reference/05-search.md §7): once for all
//! facets on the field, and where several ask, among documents that have the words, which are looked up once.
//! Invariant: counts are of hits, whatever page of them is shown.

use std::collections::HashMap;

use tantivy::DocId;

use super::collapse::{Masters, Standing};
use super::collector::Collected;
use super::context::{PreparedQuery, Search};
use crate::domain::{
    DynamicFacets, FacetCounts, FacetKind, FacetRequest, FieldName, SearchQuery, ShownName,
};
use crate::engine::embedded::index::facets::counting::{self, Counted};
use crate::engine::embedded::index::facets::docs::{DocsBySegment, SegmentDocs};
use crate::engine::embedded::index::facets::dynamic;
use crate::engine::embedded::index::query::matcher::{Filter, Matcher};
use crate::engine::embedded::index::segments::columns::Source;

impl Search<'_> {
    /// Facets on attributes that were never indexed are left out; on hidden ones none can be asked for.
    pub(in super::super) fn known_facets<'q>(
        &self,
        query: &'q SearchQuery,
    ) -> Vec<(&'q FacetRequest, Source)> {
        let facets = query.facets.iter().take(FacetRequest::FACETS_MAX);
        facets
            .filter_map(|request| {
                let source = Source::find(self.schema, request.field.as_str())?;
                Some((request, source))
            })
            .collect()
    }

    pub(in super::super) fn facets(
        &self,
        asked: &PreparedQuery<'_>,
        facets: Vec<(&FacetRequest, Source)>,
        main: &Collected,
    ) -> tantivy::Result<Vec<FacetCounts>> {
        let mut widened = self.widened(asked, &facets)?.into_iter();
        let mut counted = Vec::with_capacity(facets.len());
        for (request, source) in facets {
            let counts = if is_filtered(asked.query, request) {
                widened.next()
            } else {
                None
            };
            let Counted { kind, misfits } = match counts {
                Some(counts) => counts,
                None => self.count(request, source, &main.docs)?,
            };
            counted.push(FacetCounts {
                field: request.field.clone(),
                kind,
                misfits,
            });
        }
        if let Some(dynamic) = asked.query.dynamic_facets {
            self.add_dynamic(asked, main, dynamic, &mut counted)?;
        }
        Ok(counted)
    }

    fn add_dynamic(
        &self,
        asked: &PreparedQuery<'_>,
        main: &Collected,
        dynamic: DynamicFacets,
        counted: &mut Vec<FacetCounts>,
    ) -> tantivy::Result<()> {
        let facets_max = (counted.len() + dynamic.facets_max).min(FacetRequest::FACETS_MAX);
        // What is useless is counted in vain, so not for ever.
        let counted_max = 4 * dynamic.facets_max;
        let choices = {
            let effort = self.shared.effort();
            dynamic::choices(self.segments, self.schema, &main.docs, effort)?
        };
        for choice in choices.into_iter().take(counted_max) {
            if counted.len() >= facets_max {
                break;
            }
            let field = self.schema.name(choice.attribute);
            let is_asked =
                |field: &FieldName| asked.query.facets.iter().any(|facet| facet.field == *field);
            let field = field.filter(|field| !is_asked(field));
            // One value alone would not say whether there are others.
            let values_max = dynamic.values_max.max(2);
            let request = field.and_then(|field| FacetRequest::new(field.as_str(), values_max));
            let Some(request) = request else {
                continue;
            };
            let mut counts = if is_filtered(asked.query, &request) {
                let docs = self.docs(&self.matcher(asked, Some(request.field.as_str()))?)?;
                self.count(&request, choice.source, &docs)?
            } else {
                self.count(&request, choice.source, &main.docs)?
            };
            if choice.is_useful(&counts) {
                if let FacetKind::Text(values) = &mut counts.kind {
                    values.truncate(dynamic.values_max);
                }
                counts.misfits.truncate(dynamic.values_max);
                counted.push(FacetCounts {
                    field: request.field,
                    kind: counts.kind,
                    misfits: counts.misfits,
                });
            }
        }
        Ok(())
    }

    fn count(
        &self,
        request: &FacetRequest,
        source: Source,
        docs: &DocsBySegment,
    ) -> tantivy::Result<Counted> {
        let effort = self.shared.effort();
        counting::count(self.segments, source, request, docs, effort)
    }

    /// Counts of the facets whose own field is filtered, in order.
    fn widened(
        &self,
        asked: &PreparedQuery<'_>,
        facets: &[(&FacetRequest, Source)],
    ) -> tantivy::Result<Vec<Counted>> {
        let facets = facets.iter();
        let facets = facets.filter(|(request, _)| is_filtered(asked.query, request));
        let filtered: Vec<&(&FacetRequest, Source)> = facets.collect();
        let mut by_field: Vec<(&ShownName, Vec<usize>)> = Vec::new();
        for (at, (request, _)) in filtered.iter().enumerate() {
            let known = by_field
                .iter_mut()
                .find(|(field, _)| **field == request.field);
            match known {
                Some((_, places)) => places.push(at),
                None => by_field.push((&request.field, vec![at])),
            }
        }
        // With one such facet nothing is shared, and its filters may skip most of what has the words.
        let with_words = match asked.text {
            Some(_) if by_field.len() > 1 => Some(self.docs_with_words(asked)?),
            _ => None,
        };
        let mut counts = HashMap::with_capacity(filtered.len());
        for (field, places) in by_field {
            let matcher = self.matcher(asked, Some(field.as_str()))?;
            let docs = match &with_words {
                Some(with_words) => self.docs_of(&matcher, with_words)?,
                None => self.docs(&matcher)?,
            };
            for at in places {
                let (request, source) = filtered[at];
                counts.insert(at, self.count(request, *source, &docs)?);
            }
        }
        let counts = (0..filtered.len()).filter_map(|at| counts.remove(&at));
        Ok(counts.collect())
    }

    /// What the search finds without its filters.
    fn docs_with_words(&self, asked: &PreparedQuery<'_>) -> tantivy::Result<Vec<Vec<DocId>>> {
        let filters = &asked.query.filters;
        let chosen = asked.chosen.map(|set| &set.main);
        let matcher = self.matching(asked, Filter::default(), filters, chosen)?;
        let segments = self.segments.iter().enumerate();
        let docs = segments.map(|(at, segment)| {
            let mut docs = Vec::new();
            matcher.for_each(at, segment, 0, |doc, _| docs.push(doc))?;
            Ok(docs)
        });
        docs.collect()
    }

    /// What of these documents the filters let through.
    fn docs_of(
        &self,
        matcher: &Matcher<'_>,
        among: &[Vec<DocId>],
    ) -> tantivy::Result<DocsBySegment> {
        let segments = self.segments.iter().zip(among);
        segments
            .map(|(segment, among)| {
                let mut docs = SegmentDocs::default();
                let mut masters = Masters::open(segment, matcher.variants().collapse)?;
                matcher.for_each_of(segment, among, |doc| {
                    docs.push(doc, masters.standing(doc) == Standing::Sibling);
                })?;
                Ok(docs)
            })
            .collect()
    }

    fn docs(&self, matcher: &Matcher<'_>) -> tantivy::Result<DocsBySegment> {
        let segments = self.segments.iter().enumerate();
        segments
            .map(|(at, segment)| {
                let mut docs = SegmentDocs::default();
                let mut masters = Masters::open(segment, matcher.variants().collapse)?;
                matcher.for_each(at, segment, 1, |doc, _| {
                    docs.push(doc, masters.standing(doc) == Standing::Sibling);
                })?;
                Ok(docs)
            })
            .collect()
    }
}

/// Whether a filter that the facet must not see applies.
pub(in super::super) fn is_filtered(query: &SearchQuery, facet: &FacetRequest) -> bool {
    let any_of = &query.filters.any_of;
    any_of.iter().any(|filter| facet.field == filter.field)
}
