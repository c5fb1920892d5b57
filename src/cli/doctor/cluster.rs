//! The cluster that the configuration names: whether it can be used, and how it is. Invariant: no password is ever printed.

use std::sync::Arc;

use super::{Finding, Patient};
use crate::config::{Backend, Config, OpenSearch};
use crate::domain::Clock;
use crate::engine::opensearch::{Examination, OpenSearchCatalogs};
use crate::server;

const OF: &str = "cluster";

/// From here on a cluster moves shards away, unless it was told another share.
const DISK_WATERMARK: f64 = 0.85;

/// Nothing where catalogs lie in the data folder.
pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let Some(config) = &patient.config else {
        return Vec::new();
    };
    match &config.opensearch {
        Some(cluster) if config.backend == Backend::OpenSearch => match ask(config, cluster) {
            Ok(examination) => told(&examination),
            Err(error) => vec![Finding::fault(OF, super::super::with_causes(&*error))],
        },
        _ => Vec::new(),
    }
}

fn ask(config: &Config, cluster: &OpenSearch) -> Result<Examination, super::Failure> {
    let sites = config.sites.iter().map(|entry| entry.site.clone());
    let settings = server::cluster_settings(config, cluster)?;
    let catalogs = OpenSearchCatalogs::new(settings, sites.collect(), Clock::system())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(Arc::new(catalogs).examine())?)
}

fn told(examination: &Examination) -> Vec<Finding> {
    if let Some(reason) = &examination.unusable {
        return vec![Finding::fault(OF, reason)];
    }
    let cluster = &examination.cluster;
    let version = cluster.version.as_deref().unwrap_or("?");
    let nodes = cluster.nodes;
    let mut findings = vec![if version.starts_with("2.") {
        Finding::ok(OF, format!("OpenSearch {version}; nodes: {nodes}"))
    } else {
        let words = format!("OpenSearch {version} is not tested with this program; nodes: {nodes}");
        Finding::warning(OF, words)
    }];
    if cluster.unassigned_shards > 0 {
        let words = format!(
            "{} shards are on no node: add nodes, or set fewer `replicas`",
            cluster.unassigned_shards
        );
        findings.push(Finding::warning(OF, words));
    }
    if let Some(used) = cluster.disk_used.filter(|used| *used >= DISK_WATERMARK) {
        let words = format!(
            "{:.0} % of the disk of a node is used: at its watermarks the cluster takes no more shards, then no writes",
            used * 100.0
        );
        findings.push(Finding::warning(OF, words));
    }
    for site in &examination.sites {
        let id = &site.site;
        if site.is_made_otherwise {
            let words = "its index was made with other settings than the configuration says: a server makes another one, unless \
                servers with other settings do so in turn";
            findings.push(Finding::warning("site", format!("{id}: {words}")));
        }
        findings.push(match (&site.problem, site.documents) {
            (Some(problem), _) => Finding::fault("site", format!("{id}: {problem}")),
            (None, Some(documents)) => {
                Finding::ok("site", format!("{id}: can be used; documents: {documents}"))
            }
            (None, None) => Finding::ok(
                "site",
                format!("{id}: has no index yet; the first write makes it"),
            ),
        });
    }
    findings
}
