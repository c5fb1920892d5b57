//! The one task of a source. It turns in a circle: connect, go on with a sync if there is one to run,
//! follow what changed, wait. Invariant: whatever goes wrong is told in the status, waited out, and tried
//! again; only its handle ends a worker.
//!
//! | file | for |
//! |---|---|
//! | `full` | a full sync, page by page, and its commit |
//! | `changes` | the outbox, or the watermark |
//! | `keys` | the same for keys alone |
//! | `link` | the connection, and what becomes of it |
//! | `mode` | which way is followed, and when all rows are read without anybody asking |
//! | `writing` | rows into the catalog, with the bookmark |

mod changes;
mod full;
mod keys;
mod link;
mod mode;
mod writing;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bookmark::{Begun, Bookmark, Pass, Status};
use super::database::DbError;
use super::handle::{Handle, Request};
use crate::config::product_sync::AutoMode;
use crate::domain::{Clock, SourceName};
use crate::engine::Sources;
use link::Link;
use mode::Due;

/// How often the outbox is looked at without a wake-up, the watermark read, and the triggers looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often a source without auto-indexing looks whether its time has come.
const IDLE: Duration = Duration::from_secs(60);

/// After a wake-up, for what comes right behind it.
const COALESCE: Duration = Duration::from_millis(50);

/// Connecting is tried again after pauses up to this.
const RECONNECT_PAUSE_MAX: Duration = Duration::from_secs(5);

const RETRY_PAUSE_FIRST: Duration = Duration::from_millis(200);

pub(super) struct Worker {
    /// Tells its bookmarks from those of others.
    name: String,
    handle: Arc<Handle>,
    /// Sources of the same catalog.
    others: Vec<SourceName>,
    catalogs: Arc<dyn Sources>,
    clock: Clock,
    bookmark: Bookmark,
    /// The bookmark as the catalog had it when it was read or saved here last.
    kept: Option<String>,
    /// Somebody who had the source has looked where it was left.
    is_taken_up: bool,
    link: Option<Link>,
    /// Keys that changed since the snapshot of a sync was taken; `None` without one.
    drained: Option<HashSet<String>>,
    warned_of_lag: Option<Instant>,
    looked: Option<Instant>,
    /// How often in a row the database has refused what a running sync needs.
    refusals: u32,
}

#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("another server works on this source")]
    Elsewhere,
    /// The server ends, or the source is taken off it.
    #[error("stopping")]
    Stopping,
    #[error("cancelled")]
    Cancelled,
    /// The sync cannot succeed.
    #[error("{0}")]
    Failed(String),
}

impl Worker {
    pub(super) fn new(
        handle: Arc<Handle>,
        others: Vec<SourceName>,
        catalogs: Arc<dyn Sources>,
        clock: Clock,
    ) -> Self {
        Self {
            name: uuid::Uuid::new_v4().to_string(),
            handle,
            others,
            catalogs,
            clock,
            bookmark: Bookmark::default(),
            kept: None,
            is_taken_up: false,
            link: None,
            drained: None,
            warned_of_lag: None,
            looked: None,
            refusals: 0,
        }
    }

    pub(super) async fn run(mut self) {
        if self.read_bookmark().await.is_err() {
            return;
        }
        let mut pause = RETRY_PAUSE_FIRST;
        loop {
            match self.turn().await {
                Ok(()) => {
                    pause = RETRY_PAUSE_FIRST;
                    self.refusals = 0;
                    self.handle.live().problem = None;
                }
                Err(SyncError::Stopping) => return,
                Err(error) => {
                    if self.note_failure(&error).await.is_err() {
                        return;
                    }
                    self.pause(pause).await;
                    pause = (pause * 2).min(RECONNECT_PAUSE_MAX);
                }
            }
        }
    }

    async fn turn(&mut self) -> Result<(), SyncError> {
        self.require_running()?;
        self.have_it_if_asked().await?;
        self.begin_what_is_due().await?;
        self.cancel_if_asked().await?;
        if !self.needs_link() {
            self.link = None;
            // Nobody misses a connection that nothing is read over.
            self.handle.live().disconnected_since = None;
            self.wait_unlinked().await?;
            // Meanwhile another server may have read the source.
            return self.read_bookmark().await.map(drop);
        }
        self.connect().await?;
        if self.bookmark.status == Status::Interrupted && self.bookmark.is_resumable(self.now_ms())
        {
            self.bookmark.status = Status::Running;
            self.bookmark.finished_at_ms = None;
            tracing::info!(source = self.source(), "Resuming product sync");
        }
        if self.bookmark.is_running() {
            self.sync().await?;
        }
        if self.link.is_none() {
            return Ok(());
        }
        self.follow_changes().await?;
        self.wait().await;
        Ok(())
    }

    fn source(&self) -> &str {
        self.handle.settings.name.as_str()
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millis()
    }

    fn require_running(&self) -> Result<(), SyncError> {
        if self.handle.live().stop {
            return Err(SyncError::Stopping);
        }
        Ok(())
    }

    /// Where several servers have a catalog, a sync is begun and called off by the one that has the source.
    async fn have_it_if_asked(&mut self) -> Result<(), SyncError> {
        let is_asked = self.is_asked() || self.handle.live().cancel;
        if is_asked && self.catalogs.are_shared() {
            self.connect().await?;
        }
        Ok(())
    }

    /// Begins a sync that somebody asked for, or whose time has come.
    async fn begin_what_is_due(&mut self) -> Result<(), SyncError> {
        let asked = {
            let mut live = self.handle.live();
            let is_running = self.bookmark.is_running();
            let rerun = if is_running { None } else { live.rerun.take() };
            live.request.take().or(rerun)
        };
        match asked {
            Some(request) => self.begin(request).await,
            None if self.bookmark.is_running() => Ok(()),
            None => match self.due() {
                Some(Due { pass, why }) => {
                    tracing::info!(source = self.source(), why, "a product sync is due");
                    self.begin(own_request(pass)).await
                }
                None => Ok(()),
            },
        }
    }

    /// A sync that waits for its connection can be cancelled as well.
    async fn cancel_if_asked(&mut self) -> Result<(), SyncError> {
        let is_unfinished = self.bookmark.is_resumable(self.now_ms());
        if !is_unfinished || !std::mem::take(&mut self.handle.live().cancel) {
            return Ok(());
        }
        let now_ms = self.now_ms();
        self.bookmark.end(Status::Cancelled, None, now_ms);
        self.save().await?;
        tracing::info!(source = self.source(), "product sync cancelled");
        Ok(())
    }

    async fn begin(&mut self, mut request: Request) -> Result<(), SyncError> {
        let generation = self.new_generation();
        let triggers = self.link.as_ref().and_then(|link| link.triggers.clone());
        let begun = Begun {
            sync_id: request.sync_id,
            generation,
            pass: request.pass,
            forced: request.forced,
            query_hash: self.query_hash(),
            triggers,
        };
        let now_ms = self.now_ms();
        self.bookmark.begin(begun, now_ms);
        self.drained = None;
        self.save().await?;
        if let Some(begun) = request.begun.take() {
            // Whoever asked may have gone.
            let _ = begun.send(());
        }
        let (source, sync_id) = (self.source(), self.bookmark.sync_id.as_str());
        match self.bookmark.pass {
            Pass::Rows => {
                tracing::info!(
                    source,
                    sync_id,
                    "Starting full product sync to Elasticsearch..."
                );
            }
            Pass::Keys => tracing::info!(source, sync_id, "Comparing keys with the catalog"),
        }
        Ok(())
    }

    /// The Unix time in milliseconds; never one that was given before.
    fn new_generation(&self) -> String {
        let given = [&self.bookmark.generation, &self.bookmark.committed];
        let given = given
            .into_iter()
            .flatten()
            .filter_map(|text| text.parse::<i64>().ok());
        let last = given.max().unwrap_or(0);
        self.now_ms().max(last + 1).to_string()
    }

    fn query_hash(&self) -> String {
        let settings = &self.handle.settings;
        let read = format!("{}\n{:?}", settings.query, settings.object_type);
        blake3::hash(read.as_bytes()).to_hex()[..16].to_owned()
    }

    fn needs_link(&self) -> bool {
        let has_work = self.bookmark.is_running() || self.bookmark.is_resumable(self.now_ms());
        has_work || self.handle.settings.auto != Some(AutoMode::Off)
    }

    async fn pause(&self, longest: Duration) {
        tokio::select! {
            () = self.handle.command.notified() => {}
            () = tokio::time::sleep(longest) => {}
        }
    }

    async fn wait(&mut self) {
        let Some(link) = &self.link else { return };
        if link.mode == AutoMode::Off || self.is_asked() {
            return;
        }
        tokio::select! {
            () = link.session.wait(LOOK_EVERY) => {}
            () = self.handle.command.notified() => return,
        }
        if link.session.was_woken() {
            tokio::time::sleep(COALESCE).await;
        }
    }

    fn is_asked(&self) -> bool {
        let live = self.handle.live();
        live.request.is_some() || live.rerun.is_some() || live.stop || self.due().is_some()
    }

    /// Without auto-indexing there is nothing to do but to wait for somebody to ask.
    async fn wait_unlinked(&mut self) -> Result<(), SyncError> {
        if self.is_asked() {
            return Ok(());
        }
        self.pause(IDLE).await;
        Ok(())
    }
}

/// A sync that nobody asked for.
fn own_request(pass: Pass) -> Request {
    Request {
        sync_id: uuid::Uuid::new_v4().to_string(),
        forced: false,
        pass,
        begun: None,
    }
}
