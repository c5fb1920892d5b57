//! Figures of sites that the cluster has to be asked for. Invariant: who wants them waits for moments, whatever the cluster does: what
//! it does not say by then is told as it was last, with how old that is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Notify;

use super::client::{Call, CallError};
use super::cluster::Cluster;
use super::control::Control;
use super::layout::names::Names;
use super::rounds;
use super::site::OpenSite;
use crate::domain::{FileCounts, TrackerId};
use crate::engine::EngineError;
use crate::engine::stats::JobStats;

/// How long somebody waits for newer ones.
const WAIT: Duration = Duration::from_millis(250);

/// Sites whose control is read in one request.
const SITES_AT_ONCE: usize = 200;

/// What the cluster has of a site.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) names: usize,
    pub(super) documents: u64,
    pub(super) jobs: JobStats,
    pub(super) files: FileCounts,
}

/// What is known of all sites that somebody has asked about.
#[derive(Clone, Default)]
pub(super) struct Told {
    pub(super) of_sites: HashMap<TrackerId, Figures>,
    /// When the cluster said so.
    pub(super) at: Option<Instant>,
}

#[derive(Default)]
pub(super) struct FiguresKept(Arc<Shared>);

#[derive(Default)]
struct Shared {
    last: Mutex<Arc<Told>>,
    /// Of those who want them one asks for all.
    is_asking: AtomicBool,
    has_asked: Notify,
}

/// Whoever asks has ended, whatever came of it.
struct Asking(Arc<Shared>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.is_asking.store(false, Ordering::Release);
        self.0.has_asked.notify_waiters();
    }
}

impl Shared {
    fn last(&self) -> MutexGuard<'_, Arc<Told>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FiguresKept {
    /// As they are, or were last.
    pub(super) async fn told(&self, cluster: &Arc<Cluster>, sites: &[Arc<OpenSite>]) -> Arc<Told> {
        if cluster.health.check().is_ok() {
            let asked = self.0.has_asked.notified();
            self.ask(Arc::clone(cluster), sites.to_vec());
            // Otherwise it goes on, for the next one.
            let _ = tokio::time::timeout(WAIT, asked).await;
        }
        Arc::clone(&self.0.last())
    }

    fn ask(&self, cluster: Arc<Cluster>, sites: Vec<Arc<OpenSite>>) {
        if self.0.is_asking.swap(true, Ordering::AcqRel) {
            return;
        }
        let asking = Asking(Arc::clone(&self.0));
        tokio::spawn(async move {
            match of_all(&cluster, &sites).await {
                Ok(of_sites) => {
                    let at = Some(Instant::now());
                    *asking.0.last() = Arc::new(Told { of_sites, at });
                }
                Err(error) => {
                    tracing::warn!(%error, "the figures of the cluster cannot be read");
                }
            }
        });
    }
}

async fn of_all(
    cluster: &Cluster,
    sites: &[Arc<OpenSite>],
) -> Result<HashMap<TrackerId, Figures>, EngineError> {
    let documents = cluster.documents().await?;
    let mut controls = Vec::with_capacity(sites.len());
    for some in sites.chunks(SITES_AT_ONCE) {
        controls.extend(rounds::controls(cluster, some).await?);
    }
    let has_files = |control: &Option<Control>| {
        let files = control.as_ref().map(|control| control.files.changes);
        files.is_some_and(|changes| changes > 0)
    };
    let files = if controls.iter().any(has_files) {
        cluster.file_counts().await?
    } else {
        HashMap::new()
    };
    let mut all = HashMap::with_capacity(sites.len());
    for (site, control) in sites.iter().zip(controls) {
        let control = control.unwrap_or_default();
        let figures = Figures {
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
        };
        all.insert(site.id.clone(), figures);
    }
    Ok(all)
}

impl Cluster {
    /// Documents that searches see, by alias.
    pub(super) async fn documents(&self) -> Result<HashMap<String, u64>, CallError> {
        let all = self.names.all();
        let path = format!("/{all}/_stats/docs?filter_path=indices.*.primaries.docs.count");
        let told: Value = self.client.call(&Call::get(path)).await?.read()?;
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
