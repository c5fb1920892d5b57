//! The facets of one search. Those that share the main query are counted over the documents it found; a facet
//! whose own field is filtered asks again without that filter (docs/reference/05-search.md §7): once for all
//! facets on the field, and where several ask, among documents that have the words, which are looked up once.
//! Invariant: counts are of hits, whatever page of them is shown.

use std::sync::Arc;

use tantivy::DocId;

use super::collapse::{Masters, Standing};
use super::collector::Collected;
use super::context::{PreparedQuery, Search};
use super::facet_plan::{FacetGroup, FacetPlan};
use crate::domain::{DynamicFacets, FacetCounts, FacetKind, FacetRequest, FieldName, SearchQuery};
use crate::engine::asked::is_filtered;
use crate::engine::embedded::index::facets::cache::Known;
use crate::engine::embedded::index::facets::counting;
use crate::engine::embedded::index::facets::docs::{DocsBySegment, SegmentDocs};
use crate::engine::embedded::index::facets::dynamic;
use crate::engine::embedded::index::query::matcher::{Filter, Matcher};
use crate::engine::facets::{Counted, Source};

/// Counting that costs less is done anew, in units of work. Tests keep everything, so that all of them ask what is kept.
const KEPT_WORK_MIN: u64 = if cfg!(test) { 1 } else { 16_384 };

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

    pub(super) fn facets(
        &self,
        asked: &PreparedQuery<'_>,
        mut plan: FacetPlan<'_>,
        main: &Collected,
    ) -> tantivy::Result<Vec<FacetCounts>> {
        let groups = self.counts_of_groups(asked, &mut plan, main)?;
        let mut by_place: Vec<Option<&Counted>> = vec![None; plan.facets.len()];
        for (group, counts) in plan.groups.iter().zip(&groups) {
            for (&at, counts) in group.places.iter().zip(&**counts) {
                by_place[at] = Some(counts);
            }
        }
        let counted = plan.facets.iter().zip(by_place);
        let mut counted: Vec<FacetCounts> = counted
            .filter_map(|((request, _), counts)| {
                let Counted { kind, misfits } = counts?.clone();
                Some(FacetCounts {
                    field: request.field.clone(),
                    kind,
                    misfits,
                })
            })
            .collect();
        if let Some(dynamic) = asked.query.dynamic_facets {
            self.add_dynamic(asked, main, dynamic, &mut counted)?;
        }
        Ok(counted)
    }

    /// The counts of each group of facets. What is kept costs what was spent on it.
    fn counts_of_groups(
        &self,
        asked: &PreparedQuery<'_>,
        plan: &mut FacetPlan<'_>,
        main: &Collected,
    ) -> tantivy::Result<Vec<Arc<Vec<Counted>>>> {
        let effort = self.shared.effort();
        let shares_words = plan.shares_words(asked);
        let is_widened = |group: &&FacetGroup<'_>| group.except.is_some();
        let mut widened = plan.groups.iter().filter(is_widened);
        let needs_words = shares_words && widened.any(|group| group.known.is_none());
        let spent_before = effort.spent();
        let with_words = needs_words.then(|| self.docs_with_words(asked));
        let with_words = with_words.transpose()?;
        let mut shared_work = effort.spent() - spent_before;
        let mut counts = Vec::with_capacity(plan.groups.len());
        for group in &mut plan.groups {
            if let Some(known) = group.known.take() {
                effort.spend(known.work)?;
                if shares_words && !needs_words && group.except.is_some() {
                    effort.spend(known.shared_work.saturating_sub(shared_work))?;
                    shared_work = shared_work.max(known.shared_work);
                }
                counts.push(known.counts);
                continue;
            }
            let spent_before = effort.spent();
            let widened = match group.except {
                None => None,
                Some(field) => {
                    let matcher = self.matcher(asked, Some(field.as_str()))?;
                    Some(match &with_words {
                        Some(with_words) => self.docs_of(&matcher, with_words)?,
                        None => self.docs(&matcher)?,
                    })
                }
            };
            let docs = widened.as_ref().unwrap_or(&main.docs);
            let facets = group.places.iter().map(|&at| plan.facets[at]);
            let of_group = facets.map(|(request, source)| self.count(request, source, docs));
            let of_group = Arc::new(of_group.collect::<tantivy::Result<Vec<_>>>()?);
            let work = effort.spent() - spent_before;
            if let Some(key) = group.key.filter(|_| work >= KEPT_WORK_MIN) {
                let known = Known {
                    counts: Arc::clone(&of_group),
                    counted_at: asked.query.now,
                    work,
                    shared_work,
                };
                self.facet_cache.insert(key, known);
            }
            counts.push(of_group);
        }
        Ok(counts)
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
            let mut counts = if is_filtered(asked.query, &request.field) {
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
