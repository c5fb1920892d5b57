//! What is looked at again and again while catalogs are open: how the cluster is, and whether another process has left a job
//! or a sweep undone. Invariant: rounds hold nothing open; they end with the catalogs.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::client::CallError;
use super::cluster::Cluster;
use super::control::{self, Control};
use super::expunge::{self, Expunged};
use super::purge::Looks;
use super::site::{DocumentWork, OpenSite};
use super::{OpenSearchCatalogs, jobs};
use crate::domain::TrackerId;
use crate::engine::EngineError;

/// Between two looks at the cluster.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two looks whether another process has left a job.
const ROUND_EVERY: Duration = Duration::from_secs(2);
/// Of those rounds one in so many looks at all that is to be looked for.
const SITES_EVERY: u32 = 3;
/// One in so many looks for what is gone from indices.
const EXPUNGED_EVERY: u32 = 10;
/// Between two looks whether something of a site has expired.
const PURGE_EVERY: Duration = Duration::from_secs(10 * 60);
/// Sites that are looked at in one request.
const SITES_AT_ONCE: usize = 200;

/// When it was last looked whether a site has something that has expired.
type Purged = HashMap<TrackerId, (Instant, Looks)>;

/// Looks for the first time, and goes on with it.
pub(super) async fn begin(catalogs: &Arc<OpenSearchCatalogs>) {
    look_at_cluster(catalogs).await;
    tokio::spawn(keep_looking(Arc::downgrade(catalogs)));
    tokio::spawn(go_on(Arc::downgrade(catalogs)));
}

/// Beside the rounds: they wait for a cluster that does not answer.
async fn keep_looking(catalogs: Weak<OpenSearchCatalogs>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(catalogs) = catalogs.upgrade() else {
            return;
        };
        look_at_cluster(&catalogs).await;
    }
}

async fn go_on(catalogs: Weak<OpenSearchCatalogs>) {
    let (mut round, mut purged) = (0_u32, Purged::new());
    let mut expunged = Expunged::new();
    loop {
        {
            let Some(catalogs) = catalogs.upgrade() else {
                return;
            };
            if catalogs.cluster.health.check().is_ok() {
                let looked = if round % SITES_EVERY == 0 {
                    look_at_sites(&catalogs, &mut purged).await
                } else {
                    look_at_work(&catalogs).await
                };
                if let Err(error) = looked {
                    tracing::debug!(%error, "what other processes left is not looked for");
                }
                if round % EXPUNGED_EVERY == EXPUNGED_EVERY - 1 {
                    expunge_all(&catalogs, &mut expunged).await;
                }
            }
        }
        tokio::time::sleep(ROUND_EVERY).await;
        round = round.wrapping_add(1);
    }
}

/// Beside everything else: it may take minutes.
async fn expunge_all(catalogs: &OpenSearchCatalogs, expunged: &mut Expunged) {
    let cluster = &catalogs.cluster;
    let indices = match expunge::to_expunge(cluster, expunged).await {
        Ok(indices) => indices,
        Err(error) => {
            tracing::debug!(%error, "nobody knows how much of indices is gone");
            return;
        }
    };
    if indices.is_empty() {
        return;
    }
    let cluster = Arc::clone(cluster);
    tokio::spawn(async move {
        for index in indices {
            if let Err(error) = expunge::expunge(&cluster, &index).await {
                tracing::debug!(index, %error, "what is gone from an index still counts in the weight of its words");
            }
        }
    });
}

async fn look_at_cluster(catalogs: &OpenSearchCatalogs) {
    let cluster = &catalogs.cluster;
    cluster.health.look(&cluster.client, &cluster.names).await;
}

/// Whether somebody has left work that others wait for; where one request says so of all sites.
async fn look_at_work(catalogs: &OpenSearchCatalogs) -> Result<(), CallError> {
    let sites = catalogs.all();
    if sites.len() > SITES_AT_ONCE {
        return Ok(());
    }
    let controls = controls(&catalogs.cluster, &sites).await?;
    for (site, control) in sites.iter().zip(controls) {
        if let Some(control) = control {
            take_up(site, &control).await;
        }
    }
    Ok(())
}

async fn take_up(site: &Arc<OpenSite>, control: &Control) {
    if !control.jobs.open.is_empty() {
        jobs::ring(site);
    }
    if let Some(rebuild) = &control.rebuild {
        site.watch_rebuild(rebuild).await;
    }
}

async fn look_at_sites(
    catalogs: &OpenSearchCatalogs,
    purged: &mut Purged,
) -> Result<(), CallError> {
    if let Err(error) = look_at_engines(catalogs).await {
        tracing::debug!(%error, "engines that others made or removed are not looked for");
    }
    let sites: Vec<Arc<OpenSite>> = catalogs.all();
    for some in sites.chunks(SITES_AT_ONCE) {
        for (site, control) in some.iter().zip(controls(&catalogs.cluster, some).await?) {
            let Some(control) = control else {
                continue;
            };
            site.is_frozen.store(control.is_frozen, Ordering::Release);
            take_up(site, &control).await;
            purge(catalogs, site, &control, purged).await;
            if control.documents.receipts.has_old(site.now()) {
                forget_receipts(site).await;
            }
            site.look_after_events();
            if let Err(error) = site.follow_settings(&control).await {
                tracing::debug!(site.tracker_id = %site.id, %error, "nobody knows what its index is made with");
            }
            if !control.dead.is_empty() {
                site.sweep();
            }
        }
    }
    Ok(())
}

async fn look_at_engines(catalogs: &OpenSearchCatalogs) -> Result<(), EngineError> {
    catalogs.engines_now().await?;
    catalogs.end_removals().await
}

async fn forget_receipts(site: &Arc<OpenSite>) {
    if let Err(error) = site.document_step(DocumentWork::ForgetReceipts).await {
        tracing::debug!(site.tracker_id = %site.id, %error, "old receipts stay for a while");
    }
}

async fn purge(
    catalogs: &OpenSearchCatalogs,
    site: &Arc<OpenSite>,
    control: &Control,
    purged: &mut Purged,
) {
    let now = Instant::now();
    let last = purged.get(&site.id);
    let passed = last.map(|(last, _)| now.saturating_duration_since(*last));
    if passed.is_some_and(|passed| passed < PURGE_EVERY) {
        return;
    }
    let (at, looks) = purged
        .entry(site.id.clone())
        .or_insert_with(|| (now, Looks::default()));
    *at = now;
    let passed = passed.unwrap_or_default();
    match site
        .purge(control, catalogs.expired_retention, looks, passed)
        .await
    {
        Ok(0) => {}
        Ok(purged) => {
            tracing::info!(site.tracker_id = %site.id, purged, "expired objects deleted");
        }
        Err(error) => {
            tracing::warn!(site.tracker_id = %site.id, %error, "cannot look for expired objects");
        }
    }
}

/// What sites say of themselves, in their order; nothing of those that were never written to.
pub(super) async fn controls(
    cluster: &Cluster,
    sites: &[Arc<OpenSite>],
) -> Result<Vec<Option<Control>>, CallError> {
    let ids: Vec<String> = sites.iter().map(|site| control::id(&site.id)).collect();
    let found = match cluster.get_all(&cluster.names.control(), &ids).await {
        Ok(found) => found,
        // Nobody has written anything yet.
        Err(error) if error.is("index_not_found_exception") => return Ok(vec![None; ids.len()]),
        Err(error) => return Err(error),
    };
    let read = |document: Option<Box<serde_json::value::RawValue>>| {
        serde_json::from_str(document?.get()).ok()
    };
    Ok(found.into_iter().map(read).collect())
}
