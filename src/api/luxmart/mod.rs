//! The `LuxMart` dialect (docs/reference/11-product-sync.md §1): an administrator starts a full sync and
//! looks how far it is; everybody searches. Invariant: every body of a started sync holds texts only, under
//! status 200: a client decodes it into a map of texts and takes any other status for a failure.

mod describe;
mod error;
mod search;
mod sync;
mod token;
mod wire;

use std::sync::Arc;

use axum::Extension;
use axum::middleware::from_fn;

use crate::api::AppState;
use crate::api::cross_origin::allow_any_origin;
use crate::api::openapi::Described;
use crate::auth::RoleTokens;
use crate::domain::{ObjectType, TrackerId};
use crate::sync::Syncs;

/// What this dialect has beside the state of all.
pub struct FrontDoor {
    pub tokens: RoleTokens,
    pub syncs: Arc<Syncs>,
    /// What 503 says while a catalog cannot be written.
    pub unavailable_error: String,
    /// Where the first source leads: what the search looks into.
    pub searched: Option<Searched>,
}

/// A catalog, and the type of its objects where it is one.
pub struct Searched {
    pub tracker: TrackerId,
    pub object_type: Option<ObjectType>,
}

/// Every route of this API, in the spelling that `http` brings paths to.
pub fn routes(door: Arc<FrontDoor>) -> Described<AppState> {
    let searched = Described::new()
        .on(describe::search(), search::search)
        .wrap(|router| router.layer(from_fn(allow_any_origin)));
    Described::new()
        .on(describe::start(), sync::start)
        .on(describe::status(), sync::status)
        .on(describe::cancel(), sync::cancel)
        .merge(searched)
        .wrap(|router| router.layer(Extension(door)))
        .with_schemas(describe::schemas())
}
