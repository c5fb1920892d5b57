//! For operators and what watches over the server: is it alive, can it serve. No dialect of its own.

mod describe;
mod exposition;
mod health;
mod looks;
mod proxies;
mod sources;

use std::net::IpAddr;

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use axum::routing::{MethodRouter, any, get};
use axum::{Extension, Router};

use super::AppState;
use super::openapi::Described;
use crate::http::ClientAddress;
pub use looks::{SourceLook, SyncAsked};
pub use sources::Sources;

pub(super) fn routes(sources: Sources) -> Described<AppState> {
    Described::new()
        .on(describe::alive(), health::alive)
        .on(describe::ready(), health::ready)
        .on(describe::metrics(), exposition::show)
        .wrap(|router| router.layer(Extension(sources)))
        .with_schemas(describe::schemas())
}

/// Whether somebody asks from this machine, no proxy for somebody else, and no page of elsewhere: that could have a
/// browser ask under a name of its own that leads here.
pub fn is_on_this_machine(client: Option<ClientAddress>, uri: &Uri, headers: &HeaderMap) -> bool {
    let is_here = client.is_some_and(|ClientAddress(address)| address.is_loopback());
    is_here && !proxies::have_passed(headers) && names_this_machine(uri, headers)
}

/// Whether the request is for an address that no name server has a say in.
fn names_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST);
    let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let Some(authority) = uri.authority().or(named.as_ref()) else {
        return false;
    };
    let host = authority.host().trim_matches(['[', ']']);
    let is_localhost = |name: &str| name.eq_ignore_ascii_case("localhost");
    is_localhost(host)
        || host
            .rsplit_once('.')
            .is_some_and(|(_, end)| is_localhost(end))
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// What other paths say while the engine opens.
pub(super) fn starting() -> MethodRouter {
    any(health::starting)
}

/// The same paths while the engine opens.
pub(super) fn starting_routes() -> Router {
    Router::new()
        .route("/health", get(health::alive))
        .fallback(health::starting)
}
