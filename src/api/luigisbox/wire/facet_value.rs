//! The parameters and the answer of a search for values of one facet
//! (docs/reference/06-autocomplete-and-others.md §2).

use serde::Serialize;

use super::correction::corrected_query;
use super::facet::Facet;
use super::search::{BadSearch, Presentation, read_search};
use crate::domain::{
    FacetKind, FacetRequest, Page, SearchQuery, SearchResults, Timestamp, ValuePattern,
};
use crate::http::query_string::QueryString;

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadFacetValue {
    Search(BadSearch),
    /// None or several facets.
    NotOneFacet,
}

impl From<BadSearch> for BadFacetValue {
    fn from(bad: BadSearch) -> Self {
        Self::Search(bad)
    }
}

/// The facet is on an attribute of numbers, dates or yes and no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAText;

/// What concerns the answer.
#[derive(Debug)]
pub struct FacetValueRequest {
    presentation: Presentation,
    /// As typed.
    typed: String,
    facet: FacetRequest,
}

/// Reads the parameters: those of the search whose values are counted, and what is looked for among them.
pub fn read_facet_value(
    query: &QueryString,
    now: Timestamp,
) -> Result<(SearchQuery, FacetValueRequest), BadFacetValue> {
    let (mut search, presentation) = read_search(query, now)?;
    let [facet] = search.facets.as_mut_slice() else {
        return Err(BadFacetValue::NotOneFacet);
    };
    let typed = query.scalar("facet_q").unwrap_or_default().to_owned();
    facet.values_with = ValuePattern::new(&typed);
    let facet = facet.clone();
    search.page = Page {
        offset: 0,
        limit: 0,
    };
    search.dynamic_facets = None;
    search.quicksearch.clear();
    let asked = FacetValueRequest {
        presentation,
        typed,
        facet,
    };
    Ok((search, asked))
}

/// The body of an answer.
#[derive(Serialize)]
pub struct FacetValueBody<'a> {
    results: Results<'a>,
}

#[derive(Serialize)]
struct Results<'a> {
    query: &'a str,
    corrected_query: Option<String>,
    facet_value_query: &'a str,
    filters: &'a [String],
    filters_negative: &'a [String],
    facets: [Facet<'a>; 1],
}

impl<'a> FacetValueBody<'a> {
    pub fn new(results: &'a SearchResults, asked: &'a FacetValueRequest) -> Result<Self, NotAText> {
        let facet = match results.facets.first() {
            Some(counts) if matches!(counts.kind, FacetKind::Text(_)) => {
                Facet::new(counts, results.total_hits)
            }
            Some(_) => return Err(NotAText),
            // Nothing ever had the attribute.
            None => Facet::of_no_values(asked.facet.field.as_str()),
        };
        Ok(Self {
            results: Results {
                query: &asked.presentation.query_text,
                corrected_query: results.correction.as_ref().map(corrected_query),
                facet_value_query: &asked.typed,
                filters: &asked.presentation.filters,
                filters_negative: &asked.presentation.filters_negative,
                facets: [facet],
            },
        })
    }
}
