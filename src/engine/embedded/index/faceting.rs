//! The facets of one search. Those that share the main query are counted over the documents it found; a
//! facet whose own field is filtered asks again without that filter (contract 05 §7). Invariant: counts are
//! of hits, whatever page of them is shown.

use super::collect::{Asked, Search};
use super::columns::Source;
use super::dynamic;
use super::facets::{self, Counted, DocsBySegment, SegmentDocs};
use super::masters::{Masters, Standing};
use super::matches::Matcher;
use super::pass::Walked;
use crate::domain::{DynamicFacets, FacetCounts, FacetKind, FacetRequest, FieldName, SearchQuery};

impl Search<'_> {
    /// Facets on attributes that were never indexed are left out; on hidden ones none can be asked for.
    pub(super) fn known_facets<'q>(
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

    pub(super) fn facets(
        &self,
        asked: &Asked<'_>,
        facets: Vec<(&FacetRequest, Source)>,
        main: &Walked,
    ) -> tantivy::Result<Vec<FacetCounts>> {
        let mut counted = Vec::with_capacity(facets.len());
        for (request, source) in facets {
            let Counted { kind, misfits } = self.count(asked, request, source, main)?;
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
        asked: &Asked<'_>,
        main: &Walked,
        dynamic: DynamicFacets,
        counted: &mut Vec<FacetCounts>,
    ) -> tantivy::Result<()> {
        let facets_max = (counted.len() + dynamic.facets_max).min(FacetRequest::FACETS_MAX);
        // What is useless is counted in vain, so not for ever.
        let counted_max = 4 * dynamic.facets_max;
        let choices = dynamic::choices(self.segments, self.schema, &main.docs)?;
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
            let mut counts = self.count(asked, &request, choice.source, main)?;
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
        asked: &Asked<'_>,
        request: &FacetRequest,
        source: Source,
        main: &Walked,
    ) -> tantivy::Result<Counted> {
        if !is_filtered(asked.query, request) {
            return facets::count(self.segments, source, request, &main.docs);
        }
        let except = Some(request.field.as_str());
        let matcher = self.matcher(asked, &asked.query.filters, except)?;
        facets::count(self.segments, source, request, &self.docs(&matcher)?)
    }

    fn docs(&self, matcher: &Matcher<'_>) -> tantivy::Result<DocsBySegment> {
        let segments = self.segments.iter().enumerate();
        segments
            .map(|(at, segment)| {
                let mut docs = SegmentDocs::default();
                let mut masters = Masters::open(segment, matcher.variants().collapse)?;
                matcher.for_each(at, segment, |doc, _| {
                    docs.push(doc, masters.standing(doc) == Standing::Sibling);
                })?;
                Ok(docs)
            })
            .collect()
    }
}

/// Whether a filter that the facet must not see applies.
pub(super) fn is_filtered(query: &SearchQuery, facet: &FacetRequest) -> bool {
    let any_of = &query.filters.any_of;
    any_of.iter().any(|filter| facet.field == filter.field)
}
