//! One file: fetched, read, handed over. Invariant: whatever comes of it, the engine is told, or the file stays due.

use std::sync::Arc;
use std::time::Duration;

use super::Setup;
use super::extract::Declared;
use super::fetch::{FetchError, Fetched, NewFile};
use super::retry;
use super::worker::Worker;
use crate::domain::{FileEnd, FileTask, FileTicket, FoundFile, Timestamp, TrackerId};
use crate::engine::EngineError;
use crate::telemetry::metrics::FileOutcome;

/// Tries to hand over what came of a file. After that it is fetched again.
const TAKEN_TRIES: u32 = 5;

/// Longest pause between them.
const TAKEN_PAUSE_MAX: Duration = Duration::from_secs(10);

pub(super) struct One {
    pub(super) worker: Arc<Worker>,
    pub(super) setup: Arc<Setup>,
    pub(super) site: TrackerId,
    pub(super) task: FileTask,
}

impl One {
    /// Names itself when it is done.
    pub(super) async fn work(self) -> (TrackerId, FileTicket) {
        let (end, outcome, bytes) = self.end().await;
        self.tell(&end, outcome);
        self.worker.metrics.downloaded(outcome, bytes);
        self.hand_over(end).await;
        (self.site, self.task.ticket)
    }

    async fn end(&self) -> (FileEnd, FileOutcome, u64) {
        let setup = &self.setup;
        match setup.fetcher.fetch(&self.task, &self.worker.spool).await {
            Ok(Fetched::Unchanged) => {
                let due = self.refresh_at();
                (FileEnd::Unchanged { due }, FileOutcome::Unchanged, 0)
            }
            Ok(Fetched::New(file)) => {
                let bytes = file.bytes;
                let (end, outcome) = self.read(file).await;
                (end, outcome, bytes)
            }
            Err(FetchError::Later { reason, wait }) => {
                let (end, outcome) = self.later(reason, wait);
                (end, outcome, 0)
            }
            Err(FetchError::Failed { reason, is_gone }) => {
                let end = FileEnd::Failed { reason, is_gone };
                (end, FileOutcome::Failed, 0)
            }
            Err(FetchError::Refused(refused)) => {
                let end = FileEnd::Failed {
                    reason: refused.to_string(),
                    is_gone: false,
                };
                (end, FileOutcome::Refused, 0)
            }
        }
    }

    async fn read(&self, file: NewFile) -> (FileEnd, FileOutcome) {
        let declared = Declared {
            media_type: file.media_type.as_deref(),
            file_name: file.name.as_deref(),
        };
        let read = self.setup.extractor.text_of(file.file.path(), declared);
        match read.await {
            Ok(document) => {
                let found = FoundFile {
                    content: document.text,
                    format: document.format.name(),
                    title: document.title,
                    language: document.language,
                };
                let end = FileEnd::Found {
                    file: found,
                    validators: file.validators,
                    bytes: file.bytes,
                    due: self.refresh_at(),
                };
                (end, FileOutcome::Fetched)
            }
            Err(reason) if reason.is_final() => {
                let end = FileEnd::Failed {
                    reason: reason.to_string(),
                    is_gone: false,
                };
                (end, FileOutcome::Unreadable)
            }
            Err(reason) => self.later(reason.to_string(), None),
        }
    }

    /// Another try, unless there were enough.
    fn later(&self, reason: String, asked: Option<Duration>) -> (FileEnd, FileOutcome) {
        let settings = &self.setup.settings;
        let tries = self.task.tries + 1;
        if tries >= settings.tries_max {
            let end = FileEnd::Failed {
                reason: format!("given up after {tries} tries: {reason}"),
                is_gone: false,
            };
            return (end, FileOutcome::Failed);
        }
        let spread = f64::from(uuid::Uuid::new_v4().as_fields().1) / 65_535.0;
        let wait = retry::wait(settings.first_retry, tries, asked, spread);
        let due = self.at(wait);
        (FileEnd::Later { reason, due }, FileOutcome::Later)
    }

    fn refresh_at(&self) -> Option<Timestamp> {
        self.setup
            .settings
            .refresh_after
            .map(|after| self.at(after))
    }

    fn at(&self, wait: Duration) -> Timestamp {
        let now = self.worker.clock.now().as_millis();
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(now.saturating_add(wait))
    }

    /// The URL may hold a secret, so it is not written down here.
    fn tell(&self, end: &FileEnd, outcome: FileOutcome) {
        let (site, identity) = (self.site.as_str(), self.task.identity.as_str());
        let outcome = outcome.as_str();
        macro_rules! tell {
            ($level:ident, $($told:tt)+) => {
                tracing::$level!(site.tracker_id = site, object.identity = identity, outcome, $($told)+)
            };
        }
        match end {
            FileEnd::Failed { reason, .. } => tell!(warn, reason, "a file could not be fetched"),
            FileEnd::Later { reason, .. } => tell!(info, reason, "a file is tried again later"),
            FileEnd::Found { bytes, .. } => tell!(debug, bytes, "a file was fetched"),
            FileEnd::Unchanged { .. } => {}
        }
    }

    async fn hand_over(&self, end: FileEnd) {
        let (files, site) = (&self.worker.files, &self.site);
        for tried in 1..=TAKEN_TRIES {
            let taken = files.finish_file(site, self.task.clone(), end.clone());
            let pause = match taken.await {
                Ok(_) | Err(EngineError::UnknownSite(_)) => return,
                Err(
                    EngineError::Overloaded { retry_after_s }
                    | EngineError::Unavailable { retry_after_s, .. }
                    | EngineError::InDoubt { retry_after_s },
                ) => Duration::from_secs(u64::from(retry_after_s.max(1))),
                Err(error) => {
                    tracing::error!(site.tracker_id = site.as_str(), %error, "what was fetched cannot be kept");
                    TAKEN_PAUSE_MAX
                }
            };
            // It stays due; not at once.
            let steps = f64::from(tried);
            tokio::time::sleep(pause.mul_f64(steps).min(TAKEN_PAUSE_MAX)).await;
        }
    }
}
