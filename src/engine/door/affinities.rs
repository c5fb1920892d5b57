//! What the events of a site say of objects and of single clients, for recommendations
//! (docs/reference/06-autocomplete-and-others.md §7.3).

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{ClientHistory, ClientId, Identity, ObjectType, TrackerId};

/// An object that goes with others.
#[derive(Clone, Debug, PartialEq)]
pub struct Companion {
    pub identity: Identity,
    pub object_type: ObjectType,
    /// Above zero; the greater the more.
    pub score: f64,
}

/// What was bought together, and what clients did.
#[async_trait]
pub trait Affinities: Send + Sync + 'static {
    /// What goes with these objects, with as many of them as possible, the best first, none of them among it. Whether
    /// it is still there is not looked at. A pair that was bought together too seldom is never among it.
    async fn bought_with(
        &self,
        site: &TrackerId,
        items: Vec<Identity>,
        limit: usize,
    ) -> Result<Vec<Companion>, EngineError>;

    /// What is kept of a client or a customer at this moment.
    async fn history(
        &self,
        site: &TrackerId,
        client: ClientId,
    ) -> Result<ClientHistory, EngineError>;
}
