//! Searches: each waits for its turn and runs off the async threads.

use async_trait::async_trait;

use crate::domain::{SearchQuery, SearchResults, TrackerId, Turn};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::read::{Lane, search};
use crate::engine::{EngineError, Search};

#[async_trait]
impl Search for EmbeddedEngine {
    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        let catalog = self.catalog(site)?;
        let cache = self.cache.clone();
        let client = query.asker.client.map(Lane::Client);
        let lane = client.unwrap_or_else(|| Lane::Site(site.clone()));
        let work_done = query.asker.work_done;
        let work = move |effort: &_| search::search(&catalog, &cache, &query, effort);
        let found = self.searches.run_with_place(lane, work_done, work).await;
        found.map(|(results, place)| SearchResults {
            turn: Turn::new(place),
            ..results
        })
    }
}
