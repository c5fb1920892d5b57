//! An engine that answers every search as it is told.

use std::sync::Mutex;

use async_trait::async_trait;

use crate::domain::{SearchQuery, SearchResults, TrackerId};
use crate::engine::{EngineError, Search};

pub(super) type Answer = Box<dyn Fn() -> Option<Result<SearchResults, EngineError>> + Send + Sync>;

/// Answers every search alike, or never when told nothing; keeps the last query. Is not written to.
pub(super) struct FakeEngine {
    pub(super) answer: Answer,
    pub(super) asked: Mutex<Option<SearchQuery>>,
}

#[async_trait]
impl Search for FakeEngine {
    async fn search(
        &self,
        _site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        *self.asked.lock().expect("no test panics with it") = Some(query);
        match (self.answer)() {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}
