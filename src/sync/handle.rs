//! What a source's worker and everybody who asks about it share. Invariant: the lock is held for
//! moments, never across anything that waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};

use super::bookmark::{Bookmark, Pass, Status};
use super::database::{Database, DbError};
use super::status::{Numbers, SourceStatus};
use crate::config::product_sync::{AutoMode, SourceSettings};

pub(super) struct Handle {
    pub(super) settings: SourceSettings,
    /// A connection string that cannot be read is told when it is used.
    pub(super) database: Result<Database, DbError>,
    live: Mutex<Live>,
    /// There is something to look at: a request, an end.
    pub(super) command: Notify,
}

#[derive(Default)]
pub(super) struct Live {
    pub(super) bookmark: Bookmark,
    pub(super) numbers: Numbers,
    /// `None` until the database was asked.
    pub(super) mode: Option<AutoMode>,
    pub(super) disconnected_since: Option<Instant>,
    /// Why nothing goes on at the moment.
    pub(super) problem: Option<String>,
    pub(super) request: Option<Request>,
    /// Starts when the running sync has ended.
    pub(super) rerun: Option<Request>,
    pub(super) cancel: bool,
    pub(super) stop: bool,
}

/// Somebody wants a sync.
pub(super) struct Request {
    pub(super) sync_id: String,
    pub(super) forced: bool,
    pub(super) pass: Pass,
    /// Told when the sync is on disk as begun.
    pub(super) begun: Option<oneshot::Sender<()>>,
}

/// What one server tells another one that works on the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "lowercase")]
enum Asked {
    Sync {
        sync_id: String,
        forced: bool,
        pass: Pass,
    },
    Cancel,
}

/// What a request came to.
pub(super) enum Requested {
    /// Completes when the sync is on disk as begun.
    Started(oneshot::Receiver<()>),
    AlreadyRunning {
        sync_id: String,
    },
}

impl Handle {
    pub(super) fn new(settings: SourceSettings) -> Self {
        Self {
            database: Database::new(&settings),
            settings,
            live: Mutex::default(),
            command: Notify::new(),
        }
    }

    /// Goes on where the handle before was, with what was asked of it and is not begun; ends that one.
    pub(super) fn take_over(&self, before: &Self) {
        let mut old = before.live();
        let mut new = self.live();
        new.bookmark = old.bookmark.clone();
        new.numbers = old.numbers;
        new.request = old.request.take();
        new.rerun = old.rerun.take();
        new.cancel = old.cancel;
        old.stop = true;
        before.command.notify_one();
    }

    pub(super) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request(&self, sync_id: &str, forced: bool, pass: Pass) -> Requested {
        let mut live = self.live();
        let (begun, promise) = oneshot::channel();
        let request = Request {
            sync_id: sync_id.to_owned(),
            forced,
            pass,
            begun: Some(begun),
        };
        let running = match &live.request {
            Some(before) => Some(before.sync_id.clone()),
            None => live
                .bookmark
                .is_running()
                .then(|| live.bookmark.sync_id.clone()),
        };
        if let Some(sync_id) = running {
            // Nothing else would catch what changed behind the running one.
            let follows = matches!(live.mode, Some(AutoMode::Outbox | AutoMode::Watermark));
            if !follows {
                live.rerun = Some(request);
            }
            return Requested::AlreadyRunning { sync_id };
        }
        live.request = Some(request);
        live.cancel = false;
        drop(live);
        self.command.notify_one();
        Requested::Started(promise)
    }

    /// Whether there was anything to cancel.
    pub(super) fn cancel(&self) -> bool {
        let mut live = self.live();
        let is_cut_off = live.bookmark.status == Status::Interrupted;
        let is_running = live.bookmark.is_running() || is_cut_off || live.request.is_some();
        live.cancel = is_running;
        live.rerun = None;
        drop(live);
        self.command.notify_one();
        is_running
    }

    /// What the server that works on the source has to know: what was asked of this one. Until it is seen to be begun it is
    /// told again.
    pub(super) fn asked_for(&self) -> Vec<String> {
        let mut live = self.live();
        let cancelled = std::mem::take(&mut live.cancel).then_some(Asked::Cancel);
        let sync = live.request.as_ref().map(|request| Asked::Sync {
            sync_id: request.sync_id.clone(),
            forced: request.forced,
            pass: request.pass,
        });
        let asked = cancelled.into_iter().chain(sync);
        asked
            .filter_map(|asked| serde_json::to_string(&asked).ok())
            .collect()
    }

    /// Another server says what was asked of it.
    pub(super) fn hear(&self, words: &str) {
        match serde_json::from_str(words) {
            Ok(Asked::Cancel) => {
                self.cancel();
            }
            Ok(Asked::Sync {
                sync_id,
                forced,
                pass,
            }) => {
                let is_known = {
                    let live = self.live();
                    let asked = live.request.iter().chain(&live.rerun);
                    let mut known = asked.map(|request| &request.sync_id);
                    live.bookmark.sync_id == sync_id || known.any(|known| *known == sync_id)
                };
                if !is_known {
                    self.request(&sync_id, forced, pass);
                }
            }
            Err(error) => tracing::debug!(%error, "another server says what nobody understands"),
        }
    }

    /// What was asked for was begun by another server.
    pub(super) fn note_begun(&self, sync_id: &str) {
        let mut live = self.live();
        let is_begun = |request: &mut Request| request.sync_id == sync_id;
        if let Some(begun) = live.request.take_if(is_begun).and_then(|one| one.begun) {
            // Whoever asked may have gone.
            let _ = begun.send(());
        }
    }

    pub(super) fn stop(&self) {
        self.live().stop = true;
        self.command.notify_one();
    }

    pub(super) async fn reach(&self) -> Result<(), DbError> {
        match &self.database {
            Ok(database) => database.reach().await,
            Err(error) => Err(DbError::Unfit(error.to_string())),
        }
    }

    pub(super) fn status(&self, now_ms: i64) -> SourceStatus {
        let live = self.live();
        let away = live.disconnected_since.map(|since| since.elapsed());
        SourceStatus::of(
            &self.settings,
            &live,
            away.unwrap_or(Duration::ZERO),
            now_ms,
        )
    }
}
