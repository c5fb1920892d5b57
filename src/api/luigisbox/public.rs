//! What the public endpoints have in common (contract 01 §7, 07 §6). Invariant: nothing is signed, any
//! web page may call them, and no answer is kept by a cache.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::search_error::SearchError;
use crate::api::AppState;
use crate::domain::{Site, TrackerId};
use crate::http::query_string::QueryString;

/// The site that `tracker_id` names. Whether it may use the signed API does not matter here.
pub(super) fn site_asked(app: &AppState, query: &QueryString) -> Result<Arc<Site>, SearchError> {
    let named = query.scalar("tracker_id").ok_or(SearchError::NoTracker)?;
    let sites = app.sites.load();
    let site = TrackerId::new(named).and_then(|id| sites.by_id.get(&id).cloned());
    site.ok_or_else(|| SearchError::UnknownTracker(named.to_owned()))
}

/// Headers of every answer, errors included. A layer of the public routes.
pub(super) async fn public_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
