//! Why a site does not do all it should. Invariant: read-only is for good, until an operator has
//! looked and the server is started again.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::EngineError;
use crate::engine::embedded::error::{RETRY_AFTER_S, unavailable};
use crate::engine::embedded::store::{Severity, StoreError};

/// How long a failed write batch counts when no other one comes to show that writes work again.
const STORE_PROBLEM_LASTS: Duration = Duration::from_secs(60);

/// What became of a write that cannot be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) enum Failure {
    /// Nothing of it.
    NotDone,
    /// The disk failed while it was made durable: the next start finds all of it or nothing.
    InDoubt,
}

#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Health {
    read_only: OnceLock<String>,
    /// Why the last write batch failed; gone with the next one that does not.
    store: Mutex<Option<(Instant, String)>>,
    /// Why the index cannot follow the store; gone when it has caught up.
    index: Mutex<Option<String>>,
}

impl Health {
    /// Takes note of a store error, logs it once, and says what to answer.
    pub(in crate::engine::embedded) fn store_failed(
        &self,
        site: &str,
        error: &StoreError,
    ) -> Severity {
        let severity = error.severity();
        match severity {
            Severity::Final => {
                let reason = format!("read-only after a disk error: {error}");
                if self.read_only.set(reason).is_ok() {
                    tracing::error!(site.tracker_id = site, %error, "site is read-only from now on");
                }
            }
            Severity::DiskFull | Severity::Passing => {
                tracing::warn!(site.tracker_id = site, %error, "writes failed");
                let reason = format!("last write failed: {error}");
                set(&self.store, Some((Instant::now(), reason)));
            }
        }
        severity
    }

    /// Takes no writes from now on.
    pub(in crate::engine::embedded) fn close_writes(&self, reason: String) {
        // The first reason stands.
        let _ = self.read_only.set(reason);
    }

    pub(in crate::engine::embedded) fn store_works(&self) {
        set(&self.store, None);
    }

    pub(in crate::engine::embedded) fn index_failed(&self, reason: String) {
        set(&self.index, Some(reason));
    }

    pub(in crate::engine::embedded) fn index_works(&self) {
        set(&self.index, None);
    }

    pub(in crate::engine::embedded) fn index_problem(&self) -> Option<String> {
        get(&self.index)
    }

    /// Why nothing may be written, if so.
    pub(in crate::engine::embedded) fn read_only(&self) -> Option<&str> {
        self.read_only.get().map(String::as_str)
    }

    /// The answer to a write that cannot be done now.
    pub(in crate::engine::embedded) fn refusal(&self) -> EngineError {
        let reason = match self.read_only() {
            Some(reason) => reason.to_owned(),
            None => self
                .store_problem()
                .unwrap_or_else(|| "writes failed".to_owned()),
        };
        unavailable(reason)
    }

    /// The answer to a write that failed.
    pub(in crate::engine::embedded) fn answer(&self, failure: Failure) -> EngineError {
        match failure {
            Failure::NotDone => self.refusal(),
            Failure::InDoubt => EngineError::InDoubt {
                retry_after_s: RETRY_AFTER_S,
            },
        }
    }

    fn store_problem(&self) -> Option<String> {
        let (since, reason) = get(&self.store)?;
        (since.elapsed() < STORE_PROBLEM_LASTS).then_some(reason)
    }

    /// Everything that is wrong, as one sentence.
    pub(in crate::engine::embedded) fn problem(&self) -> Option<String> {
        let reasons: Vec<String> = [
            self.read_only.get().cloned(),
            self.store_problem(),
            get(&self.index),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

fn get<T: Clone>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set<T>(slot: &Mutex<Option<T>>, reason: Option<T>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = reason;
}
