//! One search: top hits, count, facets and quicksearch. Invariant: all of it is one state of the index,
//! that of one searcher.

use std::sync::Arc;

use tantivy::Searcher;

use super::faceting::is_filtered;
use super::found::Found;
use super::found::FoundHit;
use super::highlight::Marker;
use super::pass::{PageHit, Pass};
use crate::domain::{
    FieldFilter, Filters, Language, Page, QueryText, Quicksearch, Schema, SearchQuery, Site,
    TypeSort, Typos, VariantMode,
};
use crate::engine::EngineError;
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::expand::spelling::Dictionary;
use crate::engine::embedded::index::expand::synonyms::SynonymsCache;
use crate::engine::embedded::index::expand::wording::Wording;
use crate::engine::embedded::index::query::filter::{FilterReader, asked_types};
use crate::engine::embedded::index::query::filtering::Filtering;
use crate::engine::embedded::index::query::filtering::work_a_document;
use crate::engine::embedded::index::query::matches::{Filter, Matcher};
use crate::engine::embedded::index::query::ruled::Ruled;
use crate::engine::embedded::index::query::scope::Scope;
use crate::engine::embedded::index::query::shared::Shared;
use crate::engine::embedded::index::query::text::TextQuery;
use crate::engine::embedded::index::query::whole::{SoughtText, WholeText};
use crate::engine::embedded::index::rank::preferred::Preferred;
use crate::engine::embedded::index::rank::relevance::SignalInputs;
use crate::engine::embedded::index::rank::resemblance::{SampleCache, Samples};
use crate::engine::embedded::index::rank::sort::SortOrder;
use crate::engine::embedded::index::segments::columns::TYPE_NAME;
use crate::engine::embedded::index::segments::columns::first;
use crate::engine::embedded::index::segments::schema::{IndexFields, STAND_IN, VERSION_ID};
use crate::engine::embedded::index::segments::segment::Segment;

/// Most `prefer[]` wishes of one search; further ones are ignored.
const WISHES_MAX: usize = 20;

/// What a search looks at: one state of the index and the site's settings.
pub(in super::super) struct Search<'a> {
    pub(in super::super) searcher: &'a Searcher,
    /// Those of the searcher, in its order.
    pub(in super::super) segments: &'a [Segment<'a>],
    pub(in super::super) fields: &'a IndexFields,
    pub(in super::super) schema: &'a Schema,
    pub(in super::super) site: &'a Site,
    /// As the index was made, which may not be what the site says by now.
    pub(in super::super) language: Language,
    pub(in super::super) variants: VariantMode,
    /// Whether the index has the words of each attribute apart.
    pub(in super::super) has_words_by_attribute: bool,
    pub(in super::super) synonyms: &'a SynonymsCache,
    pub(in super::super) samples: &'a SampleCache,
    pub(in super::super) shared: &'a Shared,
}

impl Search<'_> {
    pub(in super::super) fn run(&self, query: &SearchQuery) -> Result<Found, EngineError> {
        self.reader(query).check_distances(query)?;
        let sorts = Sorts::new(self.schema, query)?;
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
        let asked = Asked {
            query,
            text: text.as_ref(),
            ruled: &self.ruled(query)?,
            preferred: &self.preferred(query)?,
            filtering: &Filtering::of(query, &self.reader(query)),
        };
        let facets = self.known_facets(query);
        let mut counted = facets.iter();
        let counts_main = counted.any(|(request, _)| !is_filtered(query, request));
        let main = Pass {
            matcher: &self.matcher(&asked, None)?,
            sort: sorts.main.as_ref(),
            signals: &asked.signals(),
            ruled: asked.ruled,
            page: query.page,
            keeps_docs: counts_main || query.dynamic_facets.is_some(),
        }
        .walk(self)?;
        let mut hits = self.hits(&main.hits)?;
        if query.explain {
            let explained = self.explain(&asked, &main)?;
            for (hit, explanation) in hits.iter_mut().zip(explained) {
                hit.explanation = Some(Arc::new(explanation));
            }
        }
        Ok(Found {
            facets: self.facets(&asked, facets, &main)?,
            total_hits: main.total,
            marker: self.marker(asked.text),
            correction: asked.text.and_then(|text| text.words.correction()).cloned(),
            hits,
            quicksearch_hits: self.quicksearch(&asked, sorts)?,
        })
    }

    fn text(&self, text: &QueryText, query: &SearchQuery) -> tantivy::Result<SoughtText> {
        let synonyms = self.synonyms.of(&self.site.rules, self.language);
        let wording = Wording {
            language: self.language,
            rules: query.uses_rules.then_some((&*synonyms.0, &synonyms.1)),
        };
        let by_attribute = self.has_words_by_attribute;
        let scope = query.scope.as_ref();
        let scope = scope.map(|s| {
            let effort = self.shared.effort();
            Scope::new(s, self.fields, self.schema, by_attribute, effort)
        });
        let (reader, attributes) = (self.reader(query), &query.whole_values);
        let mut whole = WholeText::new(text, attributes, &reader, self.searcher)?;
        if scope.is_none() {
            whole = whole.or_code(text, self.fields, self.searcher)?;
        }
        // Nobody misspells a code and hits upon another.
        let typos = if whole.is_code() {
            Typos::Off
        } else {
            query.typos
        };
        let (last_word, fields) = (query.last_word, *self.fields);
        let dictionary = Dictionary::new(self.searcher, &fields, self.shared.effort());
        let words = TextQuery::new(text, last_word, typos, scope, fields, wording, &dictionary)?;
        Ok(SoughtText { words, whole })
    }

    fn marker(&self, text: Option<&SoughtText>) -> Marker {
        let text = text.map(|text| &text.words);
        let terms = text.into_iter().flat_map(TextQuery::terms);
        let begun = text.and_then(TextQuery::begun).map(str::to_owned);
        Marker::new(terms.map(str::to_owned), begun, self.language)
    }

    /// What the rules of the site put first or leave out for this query.
    fn ruled(&self, query: &SearchQuery) -> tantivy::Result<Ruled> {
        let text = query.text.as_ref().filter(|_| query.uses_rules);
        match text.and_then(|text| self.site.rules.for_query(text)) {
            Some(rule) => Ruled::find(self.searcher, self.fields, rule),
            None => Ok(Ruled::default()),
        }
    }

    pub(in super::super) fn samples(&self) -> Samples<'_> {
        Samples {
            cache: self.samples,
            searcher: self.searcher,
        }
    }

    fn reader<'q>(&'q self, query: &'q SearchQuery) -> FilterReader<'q> {
        FilterReader {
            fields: self.fields,
            schema: self.schema,
            variants: self.variants,
            place: &query.place,
            shared: self.shared,
        }
    }

    fn preferred(&self, query: &SearchQuery) -> tantivy::Result<Preferred> {
        let reader = self.reader(query);
        let wishes = query.preferred.iter().take(WISHES_MAX);
        let wishes = wishes.map(|wish| reader.one(&wish.field, &wish.value));
        Preferred::new(self.searcher, wishes, self.shared.effort())
    }

    /// What the search asks for, the `f[]` filters on the field `except` left out.
    pub(in super::super) fn matcher<'t>(
        &'t self,
        asked: &Asked<'t>,
        except: Option<&str>,
    ) -> tantivy::Result<Matcher<'t>> {
        let (query, reader) = (asked.query, self.reader(asked.query));
        let filter = Filter {
            query: asked.filtering.query(query, &reader, except),
            work: asked.filtering.work_a_document(query),
        };
        self.matching(asked, filter, &query.filters)
    }

    /// The same with a filter of its own; what becomes of variants the filters of the search say.
    pub(in super::super) fn matching<'t>(
        &'t self,
        asked: &Asked<'t>,
        filter: Filter,
        filters: &Filters,
    ) -> tantivy::Result<Matcher<'t>> {
        let Asked {
            query, text, ruled, ..
        } = *asked;
        let variants = self.reader(query).variants(filters, query.all_variants);
        let (searcher, effort) = (self.searcher, self.shared.effort());
        Matcher::new(searcher, filter, text, ruled, variants, query.now, effort)
    }

    /// The first hits of each type asked for, one type after the other.
    fn quicksearch(&self, asked: &Asked<'_>, sorts: &Sorts) -> tantivy::Result<Vec<FoundHit>> {
        let mut hits = Vec::new();
        let groups = asked.query.quicksearch.iter().take(Quicksearch::TYPES_MAX);
        for (group, sort) in groups.zip(&sorts.quicksearch) {
            let of_type = FieldFilter {
                field: TYPE_NAME.into(),
                value: group.object_type.as_str().to_owned(),
            };
            let filters = Filters {
                all_of: vec![of_type],
                by_type: asked.query.filters.by_type.clone(),
                ..Filters::default()
            };
            let filter = Filter {
                query: self
                    .reader(asked.query)
                    .query(&filters, None, asked.query.all_variants),
                work: work_a_document(&filters),
            };
            let walked = Pass {
                matcher: &self.matching(asked, filter, &filters)?,
                sort: sort.as_ref(),
                signals: &asked.signals(),
                ruled: asked.ruled,
                page: Page {
                    offset: 0,
                    limit: group.limit,
                },
                keeps_docs: false,
            }
            .walk(self)?;
            hits.extend(self.hits(&walked.hits)?);
        }
        Ok(hits)
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

/// A query as far as it was looked up before anything is found.
pub(in super::super) struct Asked<'a> {
    pub(in super::super) query: &'a SearchQuery,
    pub(in super::super) text: Option<&'a SoughtText>,
    ruled: &'a Ruled,
    preferred: &'a Preferred,
    filtering: &'a Filtering,
}

impl Asked<'_> {
    pub(in super::super) fn signals(&self) -> SignalInputs<'_> {
        SignalInputs {
            query: self.query,
            preferred: self.preferred,
        }
    }
}

/// Every order a search asks for.
struct Sorts {
    main: Option<SortOrder>,
    /// One for each quicksearch.
    quicksearch: Vec<Option<SortOrder>>,
}

impl Sorts {
    /// The order of a type is that of its quicksearch; without one it is that of the type's objects among
    /// the hits.
    fn new(schema: &Schema, query: &SearchQuery) -> Result<Self, EngineError> {
        let sorts = query.type_sorts.iter().take(TypeSort::TYPES_MAX);
        let has_quicksearch = |sort: &TypeSort| {
            let mut groups = query.quicksearch.iter();
            groups.any(|group| group.object_type == sort.object_type)
        };
        let main: Vec<&TypeSort> = sorts
            .clone()
            .filter(|sort| !has_quicksearch(sort) && may_be_hits(query, sort))
            .collect();
        let quicksearch = query.quicksearch.iter().map(|group| {
            let sort = sorts
                .clone()
                .find(|sort| sort.object_type == group.object_type);
            let keys = sort.map_or(&[][..], |sort| &sort.keys);
            SortOrder::new(schema, &query.place, keys, &[])
        });
        Ok(Self {
            main: SortOrder::new(schema, &query.place, &query.sort, &main)?,
            quicksearch: quicksearch.collect::<Result<_, _>>()?,
        })
    }
}

/// Whether the filters by type let objects of the type through.
fn may_be_hits(query: &SearchQuery, sort: &TypeSort) -> bool {
    let name = sort.object_type.as_str();
    let mut asked = asked_types(&query.filters).peekable();
    asked.peek().is_none() || asked.any(|filter| filter.value == name)
}
