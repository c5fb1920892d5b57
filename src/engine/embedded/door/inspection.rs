//! Looks into a catalog. Invariant: each is one read of the store, off the async threads and among the searches.

use async_trait::async_trait;

use crate::domain::{Identity, Inspected, ObjectType, Sample, Survey, TrackerId};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::store;
use crate::engine::{EngineError, Inspection};

#[async_trait]
impl Inspection for EmbeddedEngine {
    async fn survey(&self, site: &TrackerId) -> Result<Survey, EngineError> {
        self.read_store(site, store::survey::of_all).await
    }

    async fn sample(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Sample, EngineError> {
        let limit = limit.min(Sample::OBJECTS_MAX);
        self.read_store(site, move |store| {
            store::survey::sample(store, &object_type, limit)
        })
        .await
    }

    async fn inspect(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<Inspected>, EngineError> {
        self.read_store(site, move |store| store::survey::inspect(store, &identity))
            .await
    }
}
