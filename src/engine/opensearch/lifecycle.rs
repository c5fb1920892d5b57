//! Sites that come and go, and how they are. Invariant: nothing here asks the cluster for more than a few answers, however many
//! sites there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::task::JoinSet;

use super::client::{Call, CallError};
use super::control::Control;
use super::events::SiteEvents;
use super::layout::names::Names;
use super::lease::MOVED;
use super::rebuild::BEING_MADE;
use super::site::OpenSite;
use super::{OpenSearchCatalogs, rounds};
use crate::domain::{FileCounts, Schema, Site, TrackerId};
use crate::engine::stats::{
    EngineStats, IndexStats, JobStats, OpenSiteStats, ReceiptStats, SiteStats, StoreStats,
};
use crate::engine::{EngineError, Lifecycle, Readiness, SiteProblem};

/// Seconds after which somebody may come again who waited in vain.
const LATE_COME_AGAIN_S: u32 = 5;

/// For what waits at the end.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

#[async_trait]
impl Lifecycle for OpenSearchCatalogs {
    async fn open_site(&self, site: Site) {
        self.open(site);
    }

    async fn close_site(&self, site: &TrackerId) {
        self.close(site).await;
    }

    fn late(&self) -> EngineError {
        EngineError::Unavailable {
            reason: "the cluster did not answer in time".to_owned(),
            retry_after_s: LATE_COME_AGAIN_S,
        }
    }

    fn readiness(&self) -> Readiness {
        let condition = self.cluster.health.condition();
        let control = self.cluster.names.control();
        let mut readiness = Readiness::default();
        for site in self.all() {
            let is_searchable = site.is_searchable.load(Ordering::Acquire);
            let uncounted = site.events.as_ref().and_then(SiteEvents::problem);
            let problem = |reason: String| SiteProblem {
                site: site.id.clone(),
                reason,
            };
            match condition.illness(&site.alias, &control) {
                None if is_searchable => {
                    readiness.serving += 1;
                    readiness.problems.extend(uncounted.map(problem));
                    if site.is_frozen.load(Ordering::Acquire) {
                        readiness.problems.push(problem(MOVED.to_owned()));
                    }
                }
                None => readiness.problems.push(problem(BEING_MADE.to_owned())),
                Some(illness) => {
                    readiness.serving += usize::from(illness.is_readable);
                    readiness.problems.push(SiteProblem {
                        site: site.id.clone(),
                        reason: illness.reason,
                    });
                }
            }
        }
        readiness
    }

    async fn stats(&self, sites_max: usize) -> EngineStats {
        let all = self.all();
        let some = &all[..all.len().min(sites_max)];
        let kept = match self.kept(some).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%error, "the stats of the cluster cannot be read");
                some.iter().map(|_| None).collect()
            }
        };
        let condition = self.cluster.health.condition();
        let control = self.cluster.names.control();
        let by_site = some.iter().zip(kept).map(|(site, kept)| SiteStats {
            site: site.id.clone(),
            is_well: condition.illness(&site.alias, &control).is_none(),
            open: Some(of_site(site, kept)),
        });
        EngineStats {
            sites: all.len(),
            sites_awake: all.len(),
            by_site: by_site.collect(),
            cluster: Some(condition.stats()),
            ..EngineStats::default()
        }
    }

    async fn rebuild_index(&self, site: &TrackerId) -> Result<bool, EngineError> {
        self.site(site)?.begin_rebuild().await
    }

    async fn close(&self) {
        let mut closing = JoinSet::new();
        for site in self.all() {
            closing.spawn(async move {
                site.close().await;
                site.keep_refused(true).await;
            });
        }
        let all = async { while closing.join_next().await.is_some() {} };
        if tokio::time::timeout(CLOSE_WITHIN, all).await.is_err() {
            tracing::warn!("what waited to be written was given up");
        }
        self.sharing.leave(&self.cluster).await;
    }
}

/// What the cluster has of a site.
struct Kept {
    names: usize,
    documents: u64,
    jobs: JobStats,
    files: FileCounts,
}

impl OpenSearchCatalogs {
    async fn kept(&self, sites: &[Arc<OpenSite>]) -> Result<Vec<Option<Kept>>, EngineError> {
        self.cluster.health.check()?;
        let documents = self.documents().await?;
        let controls = rounds::controls(self, sites).await?;
        let has_files = |control: &Option<Control>| {
            let files = control.as_ref().map(|control| control.files.changes);
            files.is_some_and(|changes| changes > 0)
        };
        let files = if controls.iter().any(has_files) {
            self.file_counts().await?
        } else {
            HashMap::new()
        };
        let mut all = Vec::with_capacity(sites.len());
        for (site, control) in sites.iter().zip(controls) {
            let control = control.unwrap_or_default();
            all.push(Some(Kept {
                names: control.attributes as usize,
                documents: documents.get(&site.alias).copied().unwrap_or(0),
                files: files.get(&site.alias).copied().unwrap_or_default(),
                jobs: if control.jobs.open.is_empty() {
                    JobStats {
                        complete: control.jobs.complete,
                        failed: control.jobs.failed,
                        ..JobStats::default()
                    }
                } else {
                    site.job_stats(&control.jobs).await?
                },
            }));
        }
        Ok(all)
    }

    /// Documents that searches see, by alias.
    pub(super) async fn documents(&self) -> Result<HashMap<String, u64>, CallError> {
        let all = self.cluster.names.all();
        let path = format!("/{all}/_stats/docs?filter_path=indices.*.primaries.docs.count");
        let told: Value = self.cluster.client.call(&Call::get(path)).await?.read()?;
        let mut documents = HashMap::new();
        for (index, told) in told["indices"].as_object().into_iter().flatten() {
            let count = told["primaries"]["docs"]["count"].as_u64();
            if let (Some((alias, _)), Some(count)) = (Names::of_index(index), count) {
                // While another index is being made, there are two.
                let known: &mut u64 = documents.entry(alias.to_owned()).or_default();
                *known = count.max(*known);
            }
        }
        Ok(documents)
    }
}

fn of_site(site: &OpenSite, kept: Option<Kept>) -> OpenSiteStats {
    use std::sync::atomic::Ordering::Relaxed;
    let (requests, bytes) = site.waiting();
    let (written, visible) = site.numbers();
    let index = kept.as_ref().map(|kept| IndexStats {
        documents: kept.documents,
        segments: 0,
    });
    OpenSiteStats {
        write_queue_requests: requests,
        write_queue_bytes: bytes,
        writes_refused: site.counts.writes_refused.load(Relaxed),
        objects_refused: site.refused.count(),
        misfits_kept: site.counts.misfits_kept.load(Relaxed),
        names: kept.as_ref().map_or(0, |kept| kept.names),
        names_max: Schema::ATTRIBUTES_MAX,
        visible,
        events: site
            .events
            .as_ref()
            .map(SiteEvents::stats)
            .unwrap_or_default(),
        index,
        store: kept.map(|kept| StoreStats {
            written,
            jobs: kept.jobs,
            receipts: ReceiptStats {
                complete: site.counts.receipts_complete.load(Relaxed),
                failed: site.counts.receipts_failed.load(Relaxed),
                ..ReceiptStats::default()
            },
            files: kept.files,
        }),
        ..OpenSiteStats::default()
    }
}
