//! What the public endpoints have in common (contract 01 §7, 07 §6). Invariant: nothing is signed, and
//! any web page may call them.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::search_error::SearchError;
use crate::api::AppState;
use crate::domain::{Site, TrackerId};
use crate::http::query_string::QueryString;
use crate::http::request_log::name_site;

/// The site that `tracker_id` names. Whether it may use the signed API does not matter here.
pub(super) fn site_asked(app: &AppState, query: &QueryString) -> Result<Arc<Site>, SearchError> {
    let named = query.scalar("tracker_id").ok_or(SearchError::NoTracker)?;
    let sites = app.sites.load();
    let site = TrackerId::new(named).and_then(|id| sites.by_id.get(&id).cloned());
    let site = site.ok_or_else(|| SearchError::UnknownTracker(named.to_owned()))?;
    name_site(&site.tracker_id);
    Ok(site)
}

/// Lets every web page read the answer, errors included. A layer of the public routes.
pub(super) async fn allow_any_origin(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}
