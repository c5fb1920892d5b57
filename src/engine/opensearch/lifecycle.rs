//! Sites that come and go, and how they are. Invariant: nothing here asks the cluster for more than a few answers, however many
//! sites there are.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;

use super::OpenSearchCatalogs;
use super::events::SiteEvents;
use super::figures::Figures;
use super::lease::MOVED;
use super::rebuild::BEING_MADE;
use super::site::OpenSite;
use crate::domain::{Schema, Site, TrackerId};
use crate::engine::stats::{
    ClusterStats, EngineStats, IndexStats, OpenSiteStats, ReceiptStats, SiteStats, StoreStats,
};
use crate::engine::{EngineError, Lifecycle, Readiness, SiteProblem};

/// Seconds after which somebody may come again who waited in vain.
const LATE_COME_AGAIN_S: u32 = 5;

/// For what waits at the end: a little less than whoever closes this has patience.
const CLOSE_WITHIN: Duration = Duration::from_millis(3_500);

/// How long somebody waits who looks at a page.
const LOOK_WITHIN: Duration = Duration::from_secs(2);

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
        let figures = self.figures.told(&self.cluster, some).await;
        let condition = self.cluster.health.condition();
        let control = self.cluster.names.control();
        let by_site = some.iter().map(|site| SiteStats {
            site: site.id.clone(),
            is_well: condition.illness(&site.alias, &control).is_none(),
            open: Some(of_site(site, figures.of_sites.get(&site.id))),
        });
        EngineStats {
            sites: all.len(),
            sites_awake: all.len(),
            by_site: by_site.collect(),
            cluster: Some(ClusterStats {
                figures_age: figures.at.map(|at| at.elapsed()),
                ..condition.stats()
            }),
            ..EngineStats::default()
        }
    }

    async fn rebuild_index(&self, site: &TrackerId) -> Result<bool, EngineError> {
        self.site(site)?.begin_rebuild().await
    }

    fn look_within(&self) -> Option<Duration> {
        Some(LOOK_WITHIN)
    }

    async fn close(&self) {
        let all = self.all();
        if let Some(reason) = &self.cluster.health.condition().unusable {
            tell_of_what_waits(&all, reason);
            for site in all {
                drop(site.end());
            }
            return;
        }
        let leaving = async {
            let mut closing = JoinSet::new();
            for site in &all {
                let site = Arc::clone(site);
                closing.spawn(async move {
                    site.close().await;
                    site.keep_refused(true).await;
                });
            }
            while closing.join_next().await.is_some() {}
            self.sharing.leave(&self.cluster).await;
        };
        if tokio::time::timeout(CLOSE_WITHIN, leaving).await.is_err() {
            tell_of_what_waits(&all, "it does not answer in time");
        }
    }
}

/// What was acknowledged is in the cluster; so what is lost at the end nobody counts on.
fn tell_of_what_waits(sites: &[Arc<OpenSite>], reason: &str) {
    let writes: usize = sites.iter().map(|site| site.waiting().0).sum();
    tracing::warn!(
        reason,
        writes,
        "closed without the cluster: writes that waited were given up, and nobody was told that they are done"
    );
}

fn of_site(site: &OpenSite, kept: Option<&Figures>) -> OpenSiteStats {
    use std::sync::atomic::Ordering::Relaxed;
    let (requests, bytes) = site.waiting();
    let (written, visible) = site.numbers();
    let index = kept.map(|kept| IndexStats {
        documents: kept.documents,
        segments: 0,
    });
    OpenSiteStats {
        write_queue_requests: requests,
        write_queue_bytes: bytes,
        writes_refused: site.counts.writes_refused.load(Relaxed),
        objects_refused: site.refused.count(),
        misfits_kept: site.counts.misfits_kept.load(Relaxed),
        names: kept.map_or(0, |kept| kept.names),
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
