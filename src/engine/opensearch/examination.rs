//! A cluster as an operator asks about it before a server is started. Invariant: nothing is changed by it, and nothing is made.

use std::collections::HashMap;
use std::sync::Arc;

use super::layout::made::Made;
use super::{OpenSearchCatalogs, rounds};
use crate::domain::TrackerId;
use crate::engine::EngineError;
use crate::engine::stats::ClusterStats;

/// Sites that are read of at once.
const SITES_AT_ONCE: usize = 200;

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
    /// It was made with other settings than this configuration has.
    pub is_made_otherwise: bool,
}

impl OpenSearchCatalogs {
    pub async fn examine(self: &Arc<Self>) -> Result<Examination, EngineError> {
        let cluster = &self.cluster;
        cluster.health.look(&cluster.client, &cluster.names).await;
        let condition = cluster.health.condition();
        let documents = match condition.unusable {
            Some(_) => HashMap::default(),
            None => cluster.documents().await?,
        };
        let (control, all) = (cluster.names.control(), self.all());
        let mut made = Vec::with_capacity(all.len());
        if condition.unusable.is_none() {
            for some in all.chunks(SITES_AT_ONCE) {
                let controls = rounds::controls(cluster, some).await?.into_iter();
                made.extend(controls.map(|control| control.and_then(|control| control.made)));
            }
        }
        let made = made.into_iter().chain(std::iter::repeat(None));
        let sites = all.into_iter().zip(made).map(|(site, made)| ExaminedSite {
            is_made_otherwise: made.is_some_and(|made| made != Made::of(&site.settings())),
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
