//! What was refused lately, so that people can be told who look for an object that is not there.

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{RefusedList, RefusedOfRequest, TrackerId};

/// Refusals of a site, of the last day. A few of them may be lost in a crash: no write waits for them.
#[async_trait]
pub trait Refusals: Send + Sync + 'static {
    /// Counts what was refused, and keeps it some time later; nothing of this fails or takes long.
    fn note_refused(&self, site: &TrackerId, refused: RefusedOfRequest);

    /// At most so many, the last first.
    async fn refused_lately(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<RefusedList, EngineError>;
}
