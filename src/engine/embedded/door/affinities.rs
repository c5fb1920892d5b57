//! What goes with what and what clients did, read of the file of events for each answer: what was forgotten is in no
//! answer any more. Invariant: nothing here blocks an async thread.

use async_trait::async_trait;

use crate::domain::{ClientHistory, ClientId, Identity, TrackerId};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::events;
use crate::engine::embedded::store::StoreError;
use crate::engine::{Affinities, Companion, EngineError};

#[async_trait]
impl Affinities for EmbeddedEngine {
    async fn bought_with(
        &self,
        site: &TrackerId,
        items: Vec<Identity>,
        limit: usize,
    ) -> Result<Vec<Companion>, EngineError> {
        let catalog = self.catalog(site)?;
        let first_week = catalog.events.first_week(catalog.clock.now());
        let found = read(move || events::companions_of(&catalog.folder, &items, first_week));
        let mut found = found.await?;
        found.truncate(limit);
        Ok(found)
    }

    async fn history(
        &self,
        site: &TrackerId,
        client: ClientId,
    ) -> Result<ClientHistory, EngineError> {
        let catalog = self.catalog(site)?;
        read(move || events::history_of(&catalog.folder, &client)).await
    }
}

async fn read<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, EngineError> {
    let read = tokio::task::spawn_blocking(look);
    read.await
        .map_err(|error| internal("events could not be read", error))?
        .map_err(|error| internal("cannot read the events of a site", error))
}
