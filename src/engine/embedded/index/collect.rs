//! One search: top hits, count and facets. Facets that share the main query are counted over the
//! documents it found; a facet whose own field is filtered asks again without that filter (contract
//! 05 §7). Invariant: all of it is one state of the index, that of one searcher.

use tantivy::Searcher;

use super::columns::{Address, Source};
use super::facets::{self, DocsBySegment};
use super::filter::FilterReader;
use super::highlight::Marker;
use super::matches::Matcher;
use super::relevance::{Ranked, Signals, put_alike_first};
use super::ruled::Ruled;
use super::schema::{IndexFields, VERSION_ID};
use super::sort::{SortOrder, Sorted};
use super::synonyms::SynonymsCache;
use super::text::{TextQuery, Wording};
use super::top::Top;
use super::{Found, FoundHit, VersionId};
use crate::domain::{FacetCounts, FacetRequest, Language, Schema, SearchQuery, Site};
use crate::engine::EngineError;
use crate::engine::ranking;

/// What a search looks at: one state of the index and the site's settings.
pub(super) struct Search<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) fields: &'a IndexFields,
    pub(super) schema: &'a Schema,
    pub(super) site: &'a Site,
    /// Of the words in the index, which may yet be another than the site's.
    pub(super) language: Language,
    pub(super) synonyms: &'a SynonymsCache,
}

impl Search<'_> {
    pub(super) fn run(&self, query: &SearchQuery) -> Result<Found, EngineError> {
        let sort = match query.sort.as_slice() {
            [] => None,
            keys => Some(SortOrder::new(self.schema, keys)?),
        };
        self.find(query, sort.as_ref())
            .map_err(|source| EngineError::Internal {
                context: "search failed in the index",
                source: source.into(),
            })
    }

    fn find(&self, query: &SearchQuery, sort: Option<&SortOrder>) -> tantivy::Result<Found> {
        let synonyms = self.synonyms.of(&self.site.rules, self.language);
        let wording = Wording {
            language: self.language,
            rules: query.uses_rules.then_some((&*synonyms.0, &synonyms.1)),
        };
        let text = query.text.as_ref();
        let text = text.map(|text| {
            TextQuery::new(text, query.last_word, *self.fields, wording, self.searcher)
        });
        let text = text.transpose()?;
        let facets = self.known_facets(query);
        let counts_main = facets
            .iter()
            .any(|(request, _)| !is_filtered(query, request));

        let ruled = self.ruled(query)?;
        let matcher = self.matcher(query, text.as_ref(), &ruled, None)?;
        let mut main = MainPass::new(query, &ruled, counts_main);
        main.run(self, &matcher, query, sort)?;
        let is_ranked_text = text.is_some() && sort.is_none();

        let mut counted = Vec::with_capacity(facets.len());
        for (request, source) in facets {
            let kind = if is_filtered(query, request) {
                let except = Some(request.field.as_str());
                let docs = self.docs(&self.matcher(query, text.as_ref(), &ruled, except)?)?;
                facets::count(self.searcher, source, request.values_max, &docs)?
            } else {
                facets::count(self.searcher, source, request.values_max, &main.docs)?
            };
            counted.push(FacetCounts {
                field: request.field.clone(),
                kind,
            });
        }
        Ok(Found {
            total_hits: main.total,
            marker: self.marker(text.as_ref()),
            correction: text.as_ref().and_then(TextQuery::correction).cloned(),
            hits: self.hits(main.into_page(query, is_ranked_text.then_some(self.searcher))?)?,
            facets: counted,
        })
    }

    fn marker(&self, text: Option<&TextQuery>) -> Marker {
        let terms = text.into_iter().flat_map(TextQuery::terms);
        let begun = text.and_then(TextQuery::begun).map(str::to_owned);
        Marker::new(terms.map(str::to_owned), begun, self.language)
    }

    /// Facets on attributes that were never indexed are left out.
    fn known_facets<'q>(&self, query: &'q SearchQuery) -> Vec<(&'q FacetRequest, Source)> {
        let facets = query.facets.iter().take(FacetRequest::FACETS_MAX);
        facets
            .filter_map(|request| {
                let source = Source::find(self.schema, request.field.as_str())?;
                Some((request, source))
            })
            .collect()
    }

    fn matcher<'t>(
        &self,
        query: &SearchQuery,
        text: Option<&'t TextQuery>,
        ruled: &'t Ruled,
        except: Option<&str>,
    ) -> tantivy::Result<Matcher<'t>> {
        let reader = FilterReader {
            fields: self.fields,
            schema: self.schema,
            site: self.site,
        };
        let filter = reader.query(&query.filters, except);
        let variants = reader.variants(&query.filters);
        Matcher::new(self.searcher, filter, text, ruled, variants, query.now)
    }

    /// What the rules of the site put first or leave out for this query.
    fn ruled(&self, query: &SearchQuery) -> tantivy::Result<Ruled> {
        let text = query.text.as_ref().filter(|_| query.uses_rules);
        match text.and_then(|text| self.site.rules.for_query(text)) {
            Some(rule) => Ruled::find(self.searcher, self.fields, rule),
            None => Ok(Ruled::default()),
        }
    }

    fn docs(&self, matcher: &Matcher<'_>) -> tantivy::Result<DocsBySegment> {
        let segments = self.searcher.segment_readers().iter().enumerate();
        segments
            .map(|(at, segment)| {
                let mut docs = Vec::new();
                matcher.for_each(at, segment, |doc, _| docs.push(doc))?;
                Ok(docs)
            })
            .collect()
    }

    fn hits(&self, page: Vec<(Address, bool)>) -> tantivy::Result<Vec<FoundHit>> {
        let segments = self.searcher.segment_readers().iter();
        let versions = segments.map(|segment| segment.fast_fields().u64(VERSION_ID));
        let versions = versions.collect::<tantivy::Result<Vec<_>>>()?;
        let hits = page.into_iter().filter_map(|(address, exact)| {
            let version = versions[address.segment].first(address.doc)?;
            Some(FoundHit {
                version: VersionId(version),
                exact,
            })
        });
        Ok(hits.collect())
    }
}

/// Whether a filter that the facet must not see applies.
fn is_filtered(query: &SearchQuery, facet: &FacetRequest) -> bool {
    let any_of = &query.filters.any_of;
    any_of.iter().any(|filter| filter.field == facet.field)
}

/// The pass over everything the query finds.
struct MainPass<'r> {
    total: u64,
    ruled: &'r Ruled,
    /// By place; empty where a sort decides.
    pinned: Vec<(usize, Address, bool)>,
    ranked: Top<Ranked>,
    sorted: Vec<Sorted>,
    /// By segment; only filled when facets are counted over it.
    docs: DocsBySegment,
    keeps_docs: bool,
    /// Hits up to the end of the page; 0 when only the count is wanted.
    hits_max: usize,
}

impl<'r> MainPass<'r> {
    fn new(query: &SearchQuery, ruled: &'r Ruled, keeps_docs: bool) -> Self {
        let page = query.page;
        let hits_max = if page.limit == 0 || page.is_beyond_reach() {
            0
        } else {
            page.offset + page.limit
        };
        let ranked_max = if hits_max > 0 && query.text.is_some() {
            hits_max.max(ranking::RESEMBLANCE_HITS_MAX)
        } else {
            hits_max
        };
        Self {
            total: 0,
            ruled,
            pinned: Vec::new(),
            ranked: Top::new(ranked_max),
            sorted: Vec::new(),
            docs: Vec::new(),
            keeps_docs,
            hits_max,
        }
    }

    fn run(
        &mut self,
        search: &Search<'_>,
        matcher: &Matcher<'_>,
        query: &SearchQuery,
        sort: Option<&SortOrder>,
    ) -> tantivy::Result<()> {
        for (at, segment) in search.searcher.segment_readers().iter().enumerate() {
            let mut docs = Vec::new();
            let mut collect = |doc| {
                self.total += 1;
                if self.keeps_docs {
                    docs.push(doc);
                }
            };
            if self.hits_max == 0 {
                matcher.for_each(at, segment, |doc, _| collect(doc))?;
            } else if let Some(sort) = sort {
                let mut best = sort.in_segment(segment, self.hits_max)?;
                matcher.for_each(at, segment, |doc, text| {
                    collect(doc);
                    let exact = text.map_or(!matcher.has_text(), |text| text.met().exact);
                    best.offer(doc, exact);
                })?;
                self.sorted.extend(best.finish(at)?);
            } else {
                let signals = Signals::open(segment, search.schema, query)?;
                matcher.for_each(at, segment, |doc, text| {
                    collect(doc);
                    let address = Address { segment: at, doc };
                    if let Some(place) = self.ruled.place_of(address) {
                        let exact = text.is_some_and(|text| text.met().exact);
                        self.pinned.push((place, address, exact));
                    } else {
                        signals.offer(&mut self.ranked, address, text);
                    }
                })?;
            }
            self.docs.push(docs);
        }
        Ok(())
    }

    /// The hits of the page, and whether each met every word exactly. Those of a text that nobody
    /// sorted are looked at together once more.
    fn into_page(
        mut self,
        query: &SearchQuery,
        ranked_text: Option<&Searcher>,
    ) -> tantivy::Result<Vec<(Address, bool)>> {
        self.pinned.sort_unstable();
        let pinned = self
            .pinned
            .iter()
            .map(|&(_, address, exact)| (address, exact));
        self.sorted.sort_unstable();
        let sorted = self.sorted.iter().map(|hit| (hit.address, hit.exact));
        let mut ranked = self.ranked.into_sorted();
        if let Some(searcher) = ranked_text {
            put_alike_first(&mut ranked, searcher)?;
        }
        let ranked = ranked.iter().map(|hit| (hit.address, hit.exact));
        // A search is sorted or ranked; one of the two is empty.
        let hits = pinned.chain(sorted).chain(ranked).take(self.hits_max);
        Ok(hits.skip(query.page.offset).collect())
    }
}
