//! One search: top hits, count, facets and quicksearch.

use super::context::{PreparedQuery, Search};
use std::sync::Arc;

use super::collector::{Collector, PageHit, Places};
use super::found::{Found, FoundHit};
use super::own_queries::OwnQueries;
use crate::domain::{Language, Page, Quicksearch, Schema, SearchQuery};
use crate::engine::EngineError;
use crate::engine::asked::{self, filters_of};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::query::filtering::{Filtering, work_a_document};
use crate::engine::embedded::index::query::matcher::Filter;
use crate::engine::embedded::index::rank::sort::SortOrder;
use crate::engine::embedded::index::segments::columns::first;
use crate::engine::embedded::index::segments::schema::{STAND_IN, VERSION_ID};

impl Search<'_> {
    pub(in super::super) fn run(&self, query: &SearchQuery) -> Result<Found, EngineError> {
        asked::check_distances(query, self.schema)?;
        let sorts = Sorts::new(self.schema, query, self.language)?;
        let found = self.find(query, &sorts);
        found.map_err(|source| match self.shared.effort().stopped() {
            Some(stop) => stop.into(),
            None => EngineError::Internal {
                context: "search failed in the index",
                source: source.into(),
            },
        })
    }

    fn find(&self, query: &SearchQuery, sorts: &Sorts) -> tantivy::Result<Found> {
        let text = query.text.as_ref().map(|text| self.text(text, query));
        let text = text.transpose()?;
        let pins = self.pins(query)?;
        let chosen = self.result_set(text.as_ref(), &pins, query)?;
        let asked = PreparedQuery {
            query,
            text: text.as_ref(),
            chosen: chosen.as_deref(),
            pins: &pins,
            preferred: &self.preferred(query)?,
            filtering: &Filtering::of(query, &self.reader(query)),
        };
        let own_queries = if query.finds_queries {
            self.own_queries(query.now)?
        } else {
            OwnQueries::default()
        };
        if query.quicksearch_alone {
            let suggested = self.quicksearch(&asked, sorts)?;
            return Ok(Found {
                hits: Vec::new(),
                total_hits: 0,
                facets: Vec::new(),
                marker: self.marker(asked.text),
                correction: None,
                witnesses: Vec::new(),
                quicksearch_hits: self.hits(&suggested)?,
                partial_words: self.partial_words(asked.text, &suggested)?,
                own_queries,
            });
        }
        let facets = self.facet_plan(&asked)?;
        let main = Collector {
            matcher: &self.matcher(&asked, None)?,
            sort: sorts.main.as_ref(),
            signals: &asked.signals(),
            pins: asked.pins,
            page: query.page,
            keeps_docs: facets.counts_found() || query.dynamic_facets.is_some(),
            places: Places::ByRank,
        }
        .walk(self)?;
        let mut hits = self.hits(&main.hits)?;
        if query.explain {
            let explained = self.explain(&asked, &main)?;
            for (hit, explanation) in hits.iter_mut().zip(explained) {
                hit.explanation = Some(Arc::new(explanation));
            }
        }
        let in_the_way = chosen.as_ref().map_or(&[][..], |set| &set.in_the_way);
        let correction = asked
            .text
            .and_then(|text| text.words.correction(in_the_way));
        let witnesses = correction
            .as_ref()
            .map(|it| self.witnesses(it))
            .transpose()?;
        Ok(Found {
            facets: self.facets(&asked, facets, &main)?,
            total_hits: main.total,
            marker: self.marker(asked.text),
            correction,
            witnesses: witnesses.unwrap_or_default(),
            hits,
            quicksearch_hits: self.hits(&self.quicksearch(&asked, sorts)?)?,
            partial_words: Vec::new(),
            own_queries,
        })
    }

    /// The first hits of each type asked for, one type after the other.
    fn quicksearch(
        &self,
        asked: &PreparedQuery<'_>,
        sorts: &Sorts,
    ) -> tantivy::Result<Vec<PageHit>> {
        let mut hits = Vec::new();
        let groups = asked.query.quicksearch.iter().take(Quicksearch::TYPES_MAX);
        for (group, sort) in groups.zip(&sorts.quicksearch) {
            let filters = filters_of(asked.query, group);
            let filter = Filter {
                query: self
                    .reader(asked.query)
                    .query(&filters, None, asked.query.all_variants),
                work: work_a_document(&filters),
            };
            let walked = Collector {
                matcher: &self.matching(
                    asked,
                    filter,
                    &filters,
                    asked
                        .chosen
                        .and_then(|set| set.quicksearch.get(&group.object_type)),
                )?,
                sort: sort.as_ref(),
                signals: &asked.signals(),
                pins: asked.pins,
                page: Page {
                    offset: 0,
                    limit: group.limit,
                },
                keeps_docs: false,
                places: self.places(asked.query, group)?,
            }
            .walk(self)?;
            hits.extend(walked.hits);
        }
        Ok(hits)
    }

    fn places(&self, query: &SearchQuery, group: &Quicksearch) -> tantivy::Result<Places> {
        if !query.quicksearch_alone {
            return Ok(Places::ByRank);
        }
        let Some(attribute) = &group.led_to_by else {
            return Ok(Places::Various);
        };
        let name = attribute.as_str();
        let led_to = self
            .led_to
            .of(name, self.schema, self.searcher, self.segments)?;
        Ok(led_to.map_or(Places::Various, Places::ByLedTo))
    }

    fn hits(&self, page: &[PageHit]) -> tantivy::Result<Vec<FoundHit>> {
        let segments = self.segments.iter();
        let columns = segments.map(|segment| {
            Ok((
                segment.numbers_or_none::<u64>(VERSION_ID)?,
                segment.numbers::<u64>(STAND_IN)?,
            ))
        });
        let columns = columns.collect::<tantivy::Result<Vec<_>>>()?;
        let hits = page.iter().filter_map(|hit| {
            let address = hit.address;
            let (versions, stand_ins) = &columns[address.segment];
            Some(FoundHit {
                version: VersionId(versions.first(address.doc)?),
                stand_in: first(stand_ins.as_ref(), address.doc).map(|at| at as usize),
                exact: hit.exact,
                score: hit.score,
                explanation: None,
            })
        });
        Ok(hits.collect())
    }
}

/// Every order a search asks for.
struct Sorts {
    main: Option<SortOrder>,
    /// One for each quicksearch.
    quicksearch: Vec<Option<SortOrder>>,
}

impl Sorts {
    fn new(schema: &Schema, query: &SearchQuery, language: Language) -> Result<Self, EngineError> {
        let main = asked::sorts_of_hits(query);
        let quicksearch = query.quicksearch.iter().map(|group| {
            let sort = asked::sort_of(query, group);
            let keys = sort.map_or(&[][..], |sort| &sort.keys);
            SortOrder::new(schema, &query.place, keys, &[], language)
        });
        Ok(Self {
            main: SortOrder::new(schema, &query.place, &query.sort, &main, language)?,
            quicksearch: quicksearch.collect::<Result<_, _>>()?,
        })
    }
}
