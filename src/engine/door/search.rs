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
}
