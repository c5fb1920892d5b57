//! Takes what is due, as many at a time as there are places, and no more of one host than may be asked at once.
//! Invariant: a ticket is worked on once at a time, and no host keeps the files of others waiting.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::Setup;
use super::one::One;
use super::spool::Spool;
use crate::domain::{Clock, FileTask, FileTicket, Timestamp, TrackerId};
use crate::engine::Files;
use crate::telemetry::metrics::Metrics;

/// Longest sleep: clocks are set, and times are compared with the clock of the moment.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Before a site that could not be asked is asked again, or a disk that was full is looked at.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Worker {
    pub(super) files: Arc<dyn Files>,
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) spool: Spool,
    pub(super) setup: ArcSwap<Setup>,
    pub(super) program: PathBuf,
    pub(super) has_changed: Notify,
    pub(super) is_closed: Notify,
}

type Key = (TrackerId, FileTicket);

/// What is being fetched, and of whom.
#[derive(Default)]
struct Running {
    hosts: HashMap<Key, String>,
    /// Sites take turns at being first.
    turn: usize,
    /// The disk is below its reserve, and that was said.
    is_full: bool,
}

impl Worker {
    pub(super) async fn work(self: Arc<Self>) {
        let mut running = Running::default();
        let mut tasks: JoinSet<Key> = JoinSet::new();
        loop {
            // Whoever says what is due may not answer.
            let wake_in = tokio::select! {
                () = self.is_closed.notified() => break,
                wake_in = self.start_due(&mut running, &mut tasks) => wake_in,
            };
            self.metrics.downloads_running(running.hosts.len());
            tokio::select! {
                () = self.is_closed.notified() => break,
                Some(ended) = tasks.join_next() => match ended {
                    Ok(key) => drop(running.hosts.remove(&key)),
                    Err(error) => {
                        tracing::error!(%error, "fetching a file ended unexpectedly");
                        // Whose it was is not known: all the others are seen to their end first.
                        tasks.abort_all();
                        while tasks.join_next().await.is_some() {}
                        running.hosts.clear();
                    }
                },
                () = self.files.more_files() => {}
                () = self.has_changed.notified() => {}
                () = tokio::time::sleep(wake_in) => {}
            }
        }
        tasks.shutdown().await;
        self.metrics.downloads_running(0);
    }

    /// Fills the places there are; when to look again if nothing happens.
    async fn start_due(
        self: &Arc<Self>,
        running: &mut Running,
        tasks: &mut JoinSet<Key>,
    ) -> Duration {
        let has_room = self.spool.has_room();
        if !has_room && !running.is_full {
            tracing::warn!("files are not fetched below the disk reserve");
        } else if has_room && running.is_full {
            tracing::info!("files are fetched again, the disk has room");
        }
        running.is_full = !has_room;
        if !has_room {
            return TROUBLE_PAUSE;
        }
        let setup = self.setup.load_full();
        let places = setup.settings.downloads_concurrent_max;
        let now = self.clock.now();
        let mut wake_in = SLEEP_MAX;
        let mut sites = match self.files.sites_with_files().await {
            Ok(sites) => sites,
            Err(error) => {
                // Whoever keeps the catalogs says what is wrong with them.
                tracing::debug!(%error, "files to be fetched cannot be looked up");
                return TROUBLE_PAUSE;
            }
        };
        sites.sort();
        let turn = running.turn % sites.len().max(1);
        sites.rotate_left(turn);
        running.turn = running.turn.wrapping_add(1);
        for (site, due) in sites {
            if due > now {
                wake_in = wake_in.min(until(now, due));
                continue;
            }
            while running.hosts.len() < places {
                let free = places - running.hosts.len();
                let due = self.due(&site, running, free, &setup).await;
                let Ok(due) = due else {
                    wake_in = wake_in.min(TROUBLE_PAUSE);
                    break;
                };
                if due.is_empty() {
                    break;
                }
                for task in due {
                    let key = (site.clone(), task.ticket);
                    running.hosts.insert(key, task.host());
                    let one = One {
                        worker: Arc::clone(self),
                        setup: Arc::clone(&setup),
                        site: site.clone(),
                        task,
                    };
                    tasks.spawn(one.work());
                }
            }
        }
        wake_in
    }

    /// Files of a site that are due and may be fetched beside what runs.
    async fn due(
        &self,
        site: &TrackerId,
        running: &Running,
        free: usize,
        setup: &Setup,
    ) -> Result<Vec<FileTask>, ()> {
        let per_host = setup.settings.downloads_per_host_max;
        let mut of_hosts: HashMap<String, usize> = HashMap::new();
        for host in running.hosts.values() {
            *of_hosts.entry(host.clone()).or_default() += 1;
        }
        let is_busy = |(host, count): (&String, &usize)| (*count >= per_host).then(|| host.clone());
        let busy = of_hosts.iter().filter_map(is_busy).collect();
        // Those that run are due as well.
        let limit = free + running.hosts.len();
        let due = self.files.due_files(site, busy, limit).await;
        let due = due.map_err(|error| {
            let site = site.as_str();
            tracing::warn!(site.tracker_id = site, %error, "files to be fetched cannot be looked up");
        })?;
        let mut taken = Vec::with_capacity(free);
        for task in due {
            let of_host = of_hosts.entry(task.host()).or_default();
            let is_running = running.hosts.contains_key(&(site.clone(), task.ticket));
            if taken.len() < free && !is_running && *of_host < per_host {
                *of_host += 1;
                taken.push(task);
            }
        }
        Ok(taken)
    }
}

fn until(now: Timestamp, due: Timestamp) -> Duration {
    let millis = due.as_millis().saturating_sub(now.as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
