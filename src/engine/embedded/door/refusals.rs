//! What was refused, on its way to the store and back. Invariant: whoever notes something waits for no disk.

use async_trait::async_trait;

use crate::domain::{RefusedList, RefusedOfRequest, TrackerId};
use crate::engine::embedded::catalog::{Request, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::store;
use crate::engine::{EngineError, Refusals};

#[async_trait]
impl Refusals for EmbeddedEngine {
    fn note_refused(&self, site: &TrackerId, refused: RefusedOfRequest) {
        // A site that is not served keeps nothing.
        let Ok(catalog) = self.catalog(site) else {
            return;
        };
        if catalog.refused.note(refused, catalog.clock.now()) {
            // The writer looks when it has done something, and before it goes: this is for one that is not there. One
            // that has too much to do looks all the same.
            let (request, _) = Request::task(|_| Ok(()));
            let _ = submit(&catalog, request);
        }
    }

    async fn refused_lately(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<RefusedList, EngineError> {
        let now = self.catalog(site)?.clock.now();
        self.read_store(site, move |store| store::refused::list(store, limit, now))
            .await
    }
}
