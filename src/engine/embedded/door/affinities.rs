//! What goes with what and what clients did, read of the file of events for each answer: what was forgotten is in no
//! answer any more. Invariant: nothing here blocks an async thread.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{ClientHistory, ClientId, Identity, TrackerId};
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store::StoreError;
use crate::engine::events;
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
        let found = read(catalog, move |folder| {
            events::companions_of(folder, &items, first_week)
        });
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
        read(catalog, move |folder| events::history_of(folder, &client)).await
    }
}

/// Nothing where the file cannot be read: a broken one takes away what was learnt of it and no more.
async fn read<T: Default + Send + 'static>(
    catalog: Arc<Catalog>,
    look: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, EngineError> {
    let read = tokio::task::spawn_blocking(move || {
        let read = look(&catalog.folder);
        let site = catalog.tracker_id.as_str();
        catalog.events.read_or_nothing(site, read)
    });
    read.await
        .map_err(|error| internal("events could not be read", error))
}
