//! What is found.

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{SearchQuery, SearchResults, TrackerId};

/// Searches of a site.
#[async_trait]
pub trait Search: Send + Sync + 'static {
    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError>;

    /// What it can be asked for. The rest is refused with [`EngineError::Unsupported`].
    fn capabilities(&self) -> SearchCapabilities {
        SearchCapabilities::ALL
    }
}

/// What not every backend finds, or not exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchCapabilities {
    /// Words in single attributes, and values that are the same as a whole text.
    pub single_attributes: bool,
    /// Boosts by a function where no text is looked for.
    pub boosts_without_text: bool,
    /// Why hits stand where they stand.
    pub explanations: bool,
    /// Hits of a text that are put in their order by everything that has a say in it; further ones come behind them.
    pub ranked_hits_max: Option<usize>,
}

impl SearchCapabilities {
    pub const ALL: Self = Self {
        single_attributes: true,
        boosts_without_text: true,
        explanations: true,
        ranked_hits_max: None,
    };
}
