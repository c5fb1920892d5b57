//! Catalogs kept in step with `PostgreSQL`: a full sync reads every row of a source, auto-indexing follows
//! what changes (docs/reference/11-product-sync.md). Invariant: everything written for a source is written by
//! its one worker, which reads a row right before it writes it, so a later write never carries an older
//! state.
//!
//! | file | for |
//! |---|---|
//! | `worker` | the one task of a source: full sync, changes, waiting |
//! | `handle` | what the worker and those who ask share |
//! | `bookmark` | how far a source has been read, kept in the catalog |
//! | `status` | what can be known of a source |
//! | `row`, `json` | a row as an object, or why it is none |
//! | `database` | connections and all SQL |
//! | `inspect` | what is wrong with a source, found out before anything runs |
//! | `outbox` | the tables and triggers of auto-indexing: printed, applied, taken away |

mod bookmark;
mod database;
mod handle;
mod inspect;
mod json;
mod outbox;
mod row;
mod status;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

pub use bookmark::{Pass, Phase, RowError, Status, of_restored};
pub use inspect::{Finding, Severity, inspect};
pub use outbox::{OutboxReport, apply, install_sql, outbox_report, uninstall_sql};
pub use status::{Numbers, SourceStatus};

pub use crate::config::product_sync::AutoMode;
use crate::config::product_sync::SourceSettings;
use crate::domain::Clock;
use crate::engine::{Lifecycle, Sources};
use handle::{Handle, Requested};
use worker::Worker;

/// For everything that is looked at before a sync is said to be started.
const START_WITHIN: Duration = Duration::from_secs(2);

/// For workers to finish the page they are at.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// All sources, each with its worker.
pub struct Syncs {
    catalogs: Arc<dyn Sources>,
    lifecycle: Arc<dyn Lifecycle>,
    clock: Clock,
    sources: Mutex<Vec<Running>>,
}

struct Running {
    handle: Arc<Handle>,
    task: JoinHandle<()>,
}

/// What is asked of a sync.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// Skips the shrink guard.
    pub forced: bool,
    pub pass: Pass,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    New {
        sync_id: String,
    },
    /// Nothing was started.
    AlreadyRunning {
        sync_id: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error("no source has this name")]
    UnknownSource,
    #[error("no source is configured")]
    NoSources,
    #[error("the catalog cannot be written")]
    CatalogUnavailable,
    #[error("the database does not answer")]
    DatabaseUnavailable,
}

impl Syncs {
    pub fn new(
        catalogs: Arc<dyn Sources>,
        lifecycle: Arc<dyn Lifecycle>,
        clock: Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            catalogs,
            lifecycle,
            clock,
            sources: Mutex::default(),
        })
    }

    /// Works on these sources from now on. One that is as before goes on undisturbed; one that changed
    /// goes on where it was, under its new settings.
    pub fn follow(&self, settings: &[SourceSettings]) {
        let mut sources = self.sources();
        let mut before: Vec<Running> = sources.drain(..).collect();
        for wanted in settings {
            let same_name = |running: &Running| running.handle.settings.name == wanted.name;
            let found = before
                .iter()
                .position(same_name)
                .map(|at| before.swap_remove(at));
            sources.push(match found {
                Some(running) if running.handle.settings == *wanted => running,
                found => self.start_worker(wanted, found, settings),
            });
        }
        for removed in before {
            tracing::info!(
                source = removed.handle.settings.name.as_str(),
                "source removed"
            );
            removed.handle.stop();
        }
    }

    /// The worker before has to end first.
    fn start_worker(
        &self,
        wanted: &SourceSettings,
        before: Option<Running>,
        all: &[SourceSettings],
    ) -> Running {
        let handle = Arc::new(Handle::new(wanted.clone()));
        if let Some(before) = &before {
            handle.take_over(&before.handle);
        }
        let is_other =
            |other: &&SourceSettings| other.tracker == wanted.tracker && other.name != wanted.name;
        let others = all.iter().filter(is_other).map(|other| other.name.clone());
        let catalogs = Arc::clone(&self.catalogs);
        let clock = self.clock.clone();
        let worker = Worker::new(Arc::clone(&handle), others.collect(), catalogs, clock);
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                drop(before.task.await);
            }
            worker.run().await;
        });
        Running { handle, task }
    }

    /// Starts a full sync of one source or of all, and returns once it is on disk as begun.
    pub async fn start(&self, which: Option<&str>, ask: Ask) -> Result<Started, StartError> {
        let deadline = Instant::now() + START_WITHIN;
        let handles = self.named(which)?;
        if handles.is_empty() {
            return Err(StartError::NoSources);
        }
        self.require_catalogs(&handles)?;
        require_databases(&handles, deadline).await?;
        let sync_id = uuid::Uuid::new_v4().to_string();
        let mut already = None;
        let mut begun = Vec::new();
        for handle in &handles {
            match handle.request(&sync_id, ask.forced, ask.pass) {
                Requested::Started(promise) => begun.push(promise),
                Requested::AlreadyRunning { sync_id } => already = already.or(Some(sync_id)),
            }
        }
        if let (true, Some(sync_id)) = (begun.is_empty(), already) {
            return Ok(Started::AlreadyRunning { sync_id });
        }
        for promise in begun {
            // Late: the worker is at something that takes its time, and begins behind it.
            drop(tokio::time::timeout_at(deadline, promise).await);
        }
        Ok(Started::New { sync_id })
    }

    fn require_catalogs(&self, handles: &[Arc<Handle>]) -> Result<(), StartError> {
        let readiness = self.lifecycle.readiness();
        let is_concerned = |handle: &Arc<Handle>| {
            let mut sites = readiness.problems.iter().map(|problem| &problem.site);
            sites.any(|site| *site == handle.settings.tracker)
        };
        if readiness.serving == 0 || handles.iter().any(is_concerned) {
            return Err(StartError::CatalogUnavailable);
        }
        Ok(())
    }

    pub fn status(&self, which: Option<&str>) -> Result<Vec<SourceStatus>, StartError> {
        let now_ms = self.clock.now().as_millis();
        let handles = self.named(which)?;
        Ok(handles.iter().map(|handle| handle.status(now_ms)).collect())
    }

    /// Whether there was anything to cancel.
    pub fn cancel(&self, which: Option<&str>) -> Result<bool, StartError> {
        let handles = self.named(which)?;
        Ok(handles
            .iter()
            .fold(false, |any, handle| handle.cancel() | any))
    }

    /// Ends all workers; what they have begun is gone on with at the next start.
    pub async fn close(&self) {
        let running: Vec<Running> = self.sources().drain(..).collect();
        for source in &running {
            source.handle.stop();
        }
        let deadline = Instant::now() + STOP_WITHIN;
        for source in running {
            let abort = source.task.abort_handle();
            if tokio::time::timeout_at(deadline, source.task)
                .await
                .is_err()
            {
                abort.abort();
            }
        }
    }

    fn named(&self, which: Option<&str>) -> Result<Vec<Arc<Handle>>, StartError> {
        let sources = self.sources();
        let is_wanted =
            |handle: &&Arc<Handle>| which.is_none_or(|name| handle.settings.name.as_str() == name);
        let handles = sources.iter().map(|running| &running.handle);
        let handles: Vec<Arc<Handle>> = handles.filter(is_wanted).cloned().collect();
        if handles.is_empty() && which.is_some() {
            return Err(StartError::UnknownSource);
        }
        Ok(handles)
    }

    fn sources(&self) -> MutexGuard<'_, Vec<Running>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks all of them at once.
async fn require_databases(handles: &[Arc<Handle>], deadline: Instant) -> Result<(), StartError> {
    let mut asked = JoinSet::new();
    for handle in handles {
        let handle = Arc::clone(handle);
        asked.spawn(async move {
            let reached = handle.reach().await;
            if let Err(error) = &reached {
                let source = handle.settings.name.as_str();
                tracing::warn!(source, %error, "a sync cannot start");
            }
            reached.is_ok()
        });
    }
    while let Ok(answer) = tokio::time::timeout_at(deadline, asked.join_next()).await {
        match answer {
            None => return Ok(()),
            Some(Ok(true)) => {}
            Some(_) => break,
        }
    }
    Err(StartError::DatabaseUnavailable)
}
