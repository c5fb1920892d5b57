//! A search as the engine takes it.

use super::facet::FacetRequest;
use super::filter::Filters;
use super::sort::SortKey;
use super::time::Timestamp;

/// What the visitor typed, trimmed, never blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryText(String);

impl QueryText {
    /// Longest query text looked at; the rest is cut off.
    pub const CHARS_MAX: usize = 512;

    /// `None` when the text is blank.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.chars().take(Self::CHARS_MAX).collect()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// `None` lists everything the filters let through.
    pub text: Option<QueryText>,
    /// Whether what the site's rules say of the text is done.
    pub uses_rules: bool,
    pub filters: Filters,
    /// Empty: by relevance.
    pub sort: Vec<SortKey>,
    pub page: Page,
    pub facets: Vec<FacetRequest>,
    /// Objects inactive at this instant are not found.
    pub now: Timestamp,
}

/// A window of the ordered results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: usize,
    pub limit: usize,
}

impl Page {
    /// Hits beyond this rank are never returned (contract 05 §2).
    pub const RANK_MAX: usize = 10_000;
    /// Most hits of one page.
    pub const LIMIT_MAX: usize = 200;

    /// Whether the window reaches past [`Self::RANK_MAX`]; such a page has no hits.
    pub fn is_beyond_reach(self) -> bool {
        self.offset.saturating_add(self.limit) > Self::RANK_MAX
    }
}
