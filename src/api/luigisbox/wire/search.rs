//! The parameters and the answer of a search (docs/reference/05-search.md §2, §4).

use serde::Serialize;
use uuid::Uuid;

use super::context::{read_place, read_signals};
use super::correction::corrected_query;
use super::facet::{Facet, TooManyFacets, read_dynamic_facets, read_facets};
use super::filter::{FilterTooComplex, SentFilters};
use super::hit::{HitForm, Hits};
use super::paging::Paging;
use super::quicksearch::read_quicksearch;
use super::redirect::suggested_url;
use super::sort::{read_sort, read_type_sorts};
use super::trim::Trim;
use crate::domain::{QueryText, ResultSet, SearchQuery, SearchResults, Site, Timestamp};
use crate::http::query_string::QueryString;

/// Why parameters are refused. Everything else that is wrong with one is ignored or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSearch {
    FilterTooComplex,
    TooManyFacets,
}

impl From<FilterTooComplex> for BadSearch {
    fn from(_: FilterTooComplex) -> Self {
        Self::FilterTooComplex
    }
}

impl From<TooManyFacets> for BadSearch {
    fn from(_: TooManyFacets) -> Self {
        Self::TooManyFacets
    }
}

/// The parameters of a search that concern its answer rather than its finding.
#[derive(Clone, Debug)]
pub struct Presentation {
    pub(super) query_text: String,
    uses_rules: bool,
    pub(super) filters: Vec<String>,
    pub(super) filters_negative: Vec<String>,
    paging: Paging,
    trim: Trim,
}

/// Reads the parameters; unknown ones are ignored.
pub fn read_search(
    query: &QueryString,
    now: Timestamp,
) -> Result<(SearchQuery, Presentation), BadSearch> {
    let query_text = query.scalar("q").unwrap_or_default();
    let sent = SentFilters::read(query)?;
    let paging = Paging::read(query);
    let list = |name| query.scalar(name).unwrap_or_default();
    let uses_rules = query.scalar("use_fixits").is_none_or(is_on);
    let trim = Trim::read(query.scalar("hit_fields"), query.scalar("remove_fields"));
    let search = SearchQuery {
        text: QueryText::new(query_text),
        uses_rules,
        result_set: ResultSet::Narrow,
        filters: sent.filters,
        preferred: sent.preferred,
        sort: read_sort(list("sort")),
        type_sorts: read_type_sorts(query),
        signals: read_signals(query),
        place: read_place(query),
        page: paging.window(),
        facets: read_facets(list("facets"))?,
        dynamic_facets: read_dynamic_facets(list("dynamic_facets_size")),
        quicksearch: read_quicksearch(list("quicksearch_types")),
        all_variants: query.scalar("non_collapsed_variants").is_some_and(is_on),
        explain: query.scalar("explain").is_some_and(is_on),
        finds_queries: true,
        heeds_visitors: true,
        projection: trim.projection().clone(),
        ..SearchQuery::everything(now)
    };
    let presentation = Presentation {
        query_text: query_text.to_owned(),
        uses_rules,
        filters: sent.positive,
        filters_negative: sent.negative,
        paging,
        trim,
    };
    Ok((search, presentation))
}

/// Everything but these is off (docs/reference/05-search.md §1).
pub(super) fn is_on(boolean: &str) -> bool {
    matches!(boolean, "1" | "true")
}

impl Presentation {
    /// Where the visitor is better sent, by a rule of the site.
    fn suggested_url(&self, site: &Site) -> Option<String> {
        suggested_url(site, &self.query_text).filter(|_| self.uses_rules)
    }
}

/// The body of an answer.
#[derive(Serialize)]
pub struct SearchBody<'a> {
    results: Results<'a>,
    next_page: Option<String>,
    guid: String,
}

#[derive(Serialize)]
struct Results<'a> {
    query: &'a str,
    corrected_query: Option<String>,
    filters: &'a [String],
    filters_negative: &'a [String],
    accepted_filters: [&'a str; 0],
    hits: Hits<'a>,
    quicksearch_hits: Hits<'a>,
    facets: Vec<Facet<'a>>,
    suggested_facet: Option<Facet<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_url: Option<String>,
    total_hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<String>,
    campaigns: [&'a str; 0],
}

impl<'a> SearchBody<'a> {
    /// `query` holds the parameters of this request, `search_url` is where the next page is asked for.
    pub fn new(
        results: &'a SearchResults,
        presentation: &'a Presentation,
        site: &Site,
        query: &QueryString,
        search_url: &str,
    ) -> Self {
        let total_hits = results.total_hits;
        let facets = results.facets.iter();
        let form = HitForm {
            attributes: site.attributes_form,
            trim: &presentation.trim,
            is_listed: false,
        };
        let next = presentation.paging.next(query, total_hits);
        Self {
            results: Results {
                query: &presentation.query_text,
                corrected_query: results.correction.as_ref().map(corrected_query),
                filters: &presentation.filters,
                filters_negative: &presentation.filters_negative,
                accepted_filters: [],
                hits: Hits::new(&results.hits, form),
                quicksearch_hits: Hits::new(&results.quicksearch_hits, form),
                facets: facets.map(|facet| Facet::new(facet, total_hits)).collect(),
                suggested_facet: None,
                suggested_url: presentation.suggested_url(site),
                total_hits,
                offset: presentation.paging.offset(results.hits.len()),
                campaigns: [],
            },
            next_page: next.map(|next| format!("{search_url}?{next}")),
            guid: Uuid::new_v4().to_string(),
        }
    }
}
