//! Makes the index of a site again, beside the one that serves. Invariant: how far it is stands in the control of the site, so
//! whoever finds one that stands still goes on with it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::control::Rebuild;
use super::site::{Done, OpenSite, RebuildStep, RebuildWork, Work};
use crate::engine::EngineError;

/// Times that it is copied again where the two do not hold the same.
const ROUNDS_MAX: usize = 3;
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl OpenSite {
    /// Begins; `false` where one is being made.
    pub(super) async fn begin_rebuild(self: &Arc<Self>) -> Result<bool, EngineError> {
        match self.rebuild_step(RebuildWork::Begin).await? {
            RebuildStep::Begun => {
                self.go_on_with_rebuild();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Goes on with one that another process began and has not gone on with.
    pub(super) fn watch_rebuild(self: &Arc<Self>, rebuild: Rebuild) {
        let mut seen = self
            .rebuild_seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match *seen {
            Some((known, since)) if known == rebuild => {
                if since.elapsed() >= self.patience() {
                    self.go_on_with_rebuild();
                }
            }
            _ => *seen = Some((rebuild, Instant::now())),
        }
    }

    fn go_on_with_rebuild(self: &Arc<Self>) {
        if self.is_rebuilt.swap(true, Ordering::AcqRel) {
            return;
        }
        let site = Arc::clone(self);
        tokio::spawn(async move {
            let mut pause = PAUSE_FIRST;
            while !site.is_closed() {
                match site.rebuild_through().await {
                    Ok(()) => break,
                    Err(error) => {
                        tracing::warn!(site.tracker_id = %site.id, %error, "another index waits to be made");
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(PAUSE_MAX);
                    }
                }
            }
            site.is_rebuilt.store(false, Ordering::Release);
        });
    }

    async fn rebuild_through(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut rounds = 0;
        loop {
            if self.is_closed() {
                return Ok(());
            }
            match self.rebuild_step(RebuildWork::Copy).await? {
                RebuildStep::Through => {}
                RebuildStep::More => continue,
                _ => return Ok(()),
            }
            let switched = self.rebuild_step(RebuildWork::Switch).await?;
            let RebuildStep::Differs { has, copied } = switched else {
                tracing::info!(site.tracker_id = %self.id, "another index serves");
                break;
            };
            rounds += 1;
            tracing::warn!(site.tracker_id = %self.id, has, copied, "another index does not hold the same");
            if rounds == ROUNDS_MAX {
                tracing::error!(site.tracker_id = %self.id, "another index is given up");
                self.rebuild_step(RebuildWork::GiveUp).await?;
                break;
            }
        }
        self.rebuild_step(RebuildWork::Clean).await?;
        Ok(())
    }

    async fn rebuild_step(self: &Arc<Self>, work: RebuildWork) -> Result<RebuildStep, EngineError> {
        match self.write(Work::Rebuild(work), 1).await? {
            (Done::Rebuild(step), _) => Ok(step),
            (other, _) => Err(EngineError::Internal {
                context: "the writer did something else",
                source: format!("{other:?}").into(),
            }),
        }
    }
}
