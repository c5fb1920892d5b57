//! Sites that come and go, and how they are. Invariant: nothing here blocks an async thread.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{Site, TrackerId};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::unavailable;
use crate::engine::embedded::follow::{awake, reindex};
use crate::engine::embedded::sites::{CLOSE_WITHIN, Slot, stats};
use crate::engine::stats::EngineStats;
use crate::engine::{EngineError, Lifecycle, Readiness, SiteProblem};

#[async_trait]
impl Lifecycle for EmbeddedEngine {
    fn readiness(&self) -> Readiness {
        let mut readiness = Readiness::default();
        for (site, slot) in self.served.slots().iter() {
            let problem = match slot {
                Slot::Open(catalog) => {
                    readiness.serving += usize::from(catalog.serves());
                    catalog.problem()
                }
                Slot::Failed(reason) => Some(reason.clone()),
            };
            readiness.problems.extend(problem.map(|reason| SiteProblem {
                site: site.clone(),
                reason,
            }));
        }
        readiness.problems.sort_by(|a, b| a.site.cmp(&b.site));
        readiness
    }

    async fn stats(&self, sites_max: usize) -> EngineStats {
        let _one_at_a_time = self.looking.lock().await;
        let served = Arc::clone(&self.served);
        let looked = tokio::task::spawn_blocking(move || stats::look_up(&served, sites_max));
        let found = looked.await.unwrap_or_else(|error| {
            tracing::error!(%error, "looking up stats ended unexpectedly");
            EngineStats::default()
        });
        let (searches_running, searches_waiting) = self.searches.load();
        EngineStats {
            batches_preparing: self
                .preparing_max
                .saturating_sub(self.preparing.available_permits()),
            searches_running,
            searches_waiting,
            searches_abandoned: self.searches.abandoned(),
            ..found
        }
    }

    async fn open_site(&self, site: Site) {
        let served = Arc::clone(&self.served);
        let opened = tokio::task::spawn_blocking(move || served.open(site));
        if let Err(error) = opened.await {
            tracing::error!(%error, "opening a site ended unexpectedly");
        }
    }

    async fn close_site(&self, site: &TrackerId) {
        let (served, site) = (Arc::clone(&self.served), site.clone());
        let closed = tokio::task::spawn_blocking(move || served.close(&site, CLOSE_WITHIN));
        if let Err(error) = closed.await {
            tracing::error!(%error, "closing a site ended unexpectedly");
        }
    }

    async fn rebuild_index(&self, site: &TrackerId) -> Result<bool, EngineError> {
        let catalog = self.catalog(site)?;
        let begun = tokio::task::spawn_blocking(move || {
            // Of a site that sleeps it is opened first.
            awake::index(&catalog).map(|_| reindex::start_asked(&catalog))
        });
        begun.await.unwrap_or_else(|error| {
            tracing::error!(%error, "asking for another index ended unexpectedly");
            Err(unavailable("another index cannot be made now"))
        })
    }

    async fn close(&self) {
        let rounds = self.take_rounds();
        let served = Arc::clone(&self.served);
        let closed = tokio::task::spawn_blocking(move || {
            drop(rounds);
            served.close_all(CLOSE_WITHIN);
        });
        if let Err(error) = closed.await {
            tracing::error!(%error, "closing ended unexpectedly");
        }
    }
}
