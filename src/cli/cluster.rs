//! The cluster of a configuration, for commands that work on it beside servers.

use std::sync::Arc;

use super::Failure;
use crate::config::Config;
use crate::domain::{Clock, Site};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::server;

/// Opens these sites of it; an error where it cannot be used.
pub(super) async fn open(
    config: &Config,
    sites: Vec<Site>,
) -> Result<Arc<OpenSearchCatalogs>, Failure> {
    let Some(cluster) = &config.opensearch else {
        return Err("the configuration has no section `[opensearch]`".into());
    };
    let settings = server::cluster_settings(config, cluster)?;
    let catalogs = Arc::new(OpenSearchCatalogs::new(settings, sites, Clock::system())?);
    catalogs.begin().await;
    match catalogs.unusable() {
        Some(reason) => {
            Err(format!("the cluster of `[opensearch]` cannot be used: {reason}").into())
        }
        None => Ok(catalogs),
    }
}
