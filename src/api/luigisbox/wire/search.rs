//! The parameters and the answer of a search (contract 05 §2, §4).

use serde::Serialize;
use uuid::Uuid;

use super::correction::corrected_query;
use super::facet::{Facet, TooManyFacets, read_facets};
use super::filter::{FilterTooComplex, SentFilters};
use super::hit::{HitForm, Hits};
use super::paging::Paging;
use super::redirect::redirected;
use super::trim::Trim;
use crate::domain::{
    Direction, FieldName, QueryText, SearchQuery, SearchResults, Site, SortKey, Timestamp,
};
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
    query_text: String,
    uses_rules: bool,
    filters: Vec<String>,
    filters_negative: Vec<String>,
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
    let uses_rules = query.scalar("use_fixits").is_none_or(is_on);
    let search = SearchQuery {
        text: QueryText::new(query_text),
        uses_rules,
        filters: sent.filters,
        sort: read_sort(query.scalar("sort").unwrap_or_default()),
        page: paging.window(),
        facets: read_facets(query.scalar("facets").unwrap_or_default())?,
        ..SearchQuery::everything(now)
    };
    let presentation = Presentation {
        query_text: query_text.to_owned(),
        uses_rules,
        filters: sent.positive,
        filters_negative: sent.negative,
        paging,
        trim: Trim::read(query.scalar("hit_fields"), query.scalar("remove_fields")),
    };
    Ok((search, presentation))
}

/// Everything but these is off.
fn is_on(boolean: &str) -> bool {
    matches!(boolean, "1" | "true")
}

impl Presentation {
    /// Where the visitor is better sent, by a rule of the site.
    fn suggested_url(&self, site: &Site) -> Option<String> {
        let text = QueryText::new(&self.query_text).filter(|_| self.uses_rules)?;
        let url = site.rules.for_query(&text)?.redirect.as_deref()?;
        Some(redirected(url, &self.query_text))
    }
}

/// Most attributes results are ordered by; further ones are ignored.
const SORT_KEYS_MAX: usize = 10;

/// Reads `a:desc,b:asc`. Without a direction it is ascending; a key with another direction is ignored.
fn read_sort(list: &str) -> Vec<SortKey> {
    list.split(',')
        .filter_map(|key| sort_key(key.trim()))
        .take(SORT_KEYS_MAX)
        .collect()
}

fn sort_key(text: &str) -> Option<SortKey> {
    let (field, direction) = text.rsplit_once(':').unwrap_or((text, "asc"));
    let direction = match direction {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        _ => return None,
    };
    (!field.is_empty()).then(|| SortKey {
        field: FieldName::new(field),
        direction,
    })
}

/// The body of an answer.
#[derive(Serialize)]
pub struct Answer<'a> {
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
    quicksearch_hits: [&'a str; 0],
    facets: Vec<Facet<'a>>,
    suggested_facet: Option<Facet<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_url: Option<String>,
    total_hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<String>,
    campaigns: [&'a str; 0],
}

impl<'a> Answer<'a> {
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
                quicksearch_hits: [],
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
