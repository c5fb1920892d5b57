//! A catalog as people look at it.

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{Identity, Inspected, ObjectType, Sample, Survey, TrackerId};

/// Looks into a catalog as it lies in the store. Each takes a bounded time, whatever there is, and keeps nobody
/// from writing or searching.
#[async_trait]
pub trait Inspection: Send + Sync + 'static {
    /// How many objects of each type and generation there are: of all, or of an even part of
    /// [`Survey::OBJECTS_MAX`].
    async fn survey(&self, site: &TrackerId) -> Result<Survey, EngineError>;

    /// Objects of a type, at most so many and [`Sample::OBJECTS_MAX`]; also those that no search finds.
    async fn sample(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Sample, EngineError>;

    /// All there is of an object, whether a search finds it or not.
    async fn inspect(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<Inspected>, EngineError>;
}
