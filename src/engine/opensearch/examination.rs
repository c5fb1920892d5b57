//! A cluster as an operator asks about it before a server is started. Invariant: nothing is changed by it, and nothing is made.

use std::collections::HashMap;
use std::sync::Arc;

use super::OpenSearchCatalogs;
use crate::domain::TrackerId;
use crate::engine::EngineError;
use crate::engine::stats::ClusterStats;

/// What was found.
#[derive(Debug)]
pub struct Examination {
    pub cluster: ClusterStats,
    /// Why it cannot be used.
    pub unusable: Option<String>,
    pub sites: Vec<ExaminedSite>,
}

#[derive(Debug)]
pub struct ExaminedSite {
    pub site: TrackerId,
    /// `None` where it has no index yet.
    pub documents: Option<u64>,
    pub problem: Option<String>,
}

impl OpenSearchCatalogs {
    pub async fn examine(self: &Arc<Self>) -> Result<Examination, EngineError> {
        let cluster = &self.cluster;
        cluster.health.look(&cluster.client, &cluster.names).await;
        let condition = cluster.health.condition();
        let documents = match condition.unusable {
            Some(_) => HashMap::default(),
            None => self.documents().await?,
        };
        let control = cluster.names.control();
        let sites = self.all().into_iter().map(|site| ExaminedSite {
            documents: documents.get(&site.alias).copied(),
            problem: condition
                .illness(&site.alias, &control)
                .map(|illness| illness.reason),
            site: site.id.clone(),
        });
        Ok(Examination {
            sites: sites.collect(),
            unusable: condition.unusable.clone(),
            cluster: condition.stats(),
        })
    }
}
