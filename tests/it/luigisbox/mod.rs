//! The Luigi's Box API as shops use it, one file per endpoint.

mod auth;
mod content;
mod content_export;
mod generation;
mod kept_refused;
mod misfits;
pub(crate) mod names;
mod nested;
mod search;
mod taken;
mod update_by_query;

use crate::support::SiteClient;

/// Identities of a type, sorted.
async fn of_type(site: &SiteClient, object_type: &str) -> Vec<String> {
    let found = site
        .search(&format!("f[]=type:{object_type}&size=100"))
        .await;
    let mut identities = found.identities();
    identities.sort();
    identities
}
