//! What the public endpoints have in common (docs/reference/01-auth.md §7,
//! docs/reference/07-http-principles.md §6). Invariant: nothing is signed, and any web page may call them and
//! read every answer, failures included.

use std::sync::Arc;

use super::search_error::SearchError;
use crate::api::AppState;
pub(super) use crate::api::cross_origin::{allow_any_origin, preflight};
use crate::domain::Site;
use crate::http::ClientAddress;
use crate::http::query_string::QueryString;
use crate::http::request_log::name_site;
use crate::throttle::Group;

/// The site that `tracker_id` names, once its clients and this one may ask for more. Whether it may
/// use the signed API does not matter here.
pub(super) async fn site_asked(
    app: &AppState,
    query: &QueryString,
    group: Group,
    client: Option<ClientAddress>,
) -> Result<Arc<Site>, SearchError> {
    let named = query.scalar("tracker_id").ok_or(SearchError::NoTracker)?;
    let site = app.site_named(named).await?;
    let site = site.ok_or_else(|| SearchError::UnknownTracker(named.to_owned()))?;
    name_site(&site.tracker_id);
    app.admit(group, &site.tracker_id, client).outcome?;
    Ok(site)
}
