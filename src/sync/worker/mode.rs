//! Which way a source is followed, and when all of it is read again without anybody asking. Invariant:
//! what changed before the triggers that note it down is read by a sync that began after them.

use std::time::{Duration, Instant};

use super::super::bookmark::{Pass, Status};
use super::super::database::{Session, catalog};
use super::{LOOK_EVERY, SyncError, Worker};
use crate::config::product_sync::AutoMode;

/// A sync of its own that failed or was called off is not begun anew before.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// A sync that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) pass: Pass,
    /// For the log.
    pub(super) why: &'static str,
}

impl Worker {
    /// Which triggers note down changes of the source, as one word; `None` without any.
    pub(super) async fn triggers(&self, session: &Session) -> Result<Option<String>, SyncError> {
        match self.handle.settings.auto {
            Some(AutoMode::Watermark | AutoMode::Compare | AutoMode::Off) => Ok(None),
            Some(AutoMode::Outbox) | None => {
                let name = &self.handle.settings.name;
                let triggers = catalog::triggers(session.client(), name).await?;
                Ok(catalog::fingerprint(&triggers))
            }
        }
    }

    /// How the source is followed when these are its triggers (docs/reference/11-product-sync.md §3).
    pub(super) fn mode_with(&self, triggers: Option<&String>) -> AutoMode {
        let settings = &self.handle.settings;
        match settings.auto {
            Some(mode) => mode,
            None if triggers.is_some() => AutoMode::Outbox,
            None if settings.watermark_column.is_some() => AutoMode::Watermark,
            None => AutoMode::Compare,
        }
    }

    /// Looks every few seconds whether triggers have come, gone or changed.
    pub(super) async fn look_for_triggers(&mut self) -> Result<(), SyncError> {
        let link = self.link()?;
        if link.triggers_looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        let triggers = self.triggers(&link.session).await?;
        let mode = self.mode_with(triggers.as_ref());
        if let Some(link) = &mut self.link {
            link.triggers_looked = Instant::now();
            link.triggers = triggers;
            if link.mode != mode {
                link.mode = mode;
                self.looked = None;
            }
        }
        self.note_connected(mode);
        Ok(())
    }

    /// Tells how the source is followed, when that is news.
    pub(super) fn note_connected(&self, mode: AutoMode) {
        let source = self.source();
        let mut live = self.handle.live();
        let is_news = live.mode != Some(mode);
        let was_away = live.disconnected_since.take().is_some();
        live.mode = Some(mode);
        if mode != AutoMode::Outbox {
            // What waits in an outbox is of no concern any more.
            (live.numbers.pending, live.numbers.lag_seconds) = (0, 0.0);
        }
        drop(live);
        if was_away {
            tracing::info!(source, "the database is back");
        }
        if !is_news {
            return;
        }
        let settings = &self.handle.settings;
        if mode == AutoMode::Compare && settings.auto.is_none() {
            let hours = settings.reconcile_every.as_secs() / 3_600;
            tracing::warn!(
                source,
                "no triggers note down changes: all rows are compared every {hours} h; with \
                 `vetrina source install {source} --config FILE --apply`, run as whoever owns the \
                 tables, changes are found within a second"
            );
        } else {
            tracing::info!(source, ?mode, "following changes");
        }
    }

    /// Whether a sync is due that nobody asked for.
    pub(super) fn due(&self) -> Option<Due> {
        let now_ms = self.now_ms();
        let is_over = |every: Duration, at: Option<i64>| {
            at.is_some_and(|at| now_ms.saturating_sub(at) >= every.as_millis() as i64)
        };
        let (bookmark, settings) = (&self.bookmark, &self.handle.settings);
        let due = |pass, why| Some(Due { pass, why });
        if bookmark.wants_full {
            return due(
                Pass::Rows,
                "a change was too large to follow, or the catalog was restored",
            );
        }
        let began = bookmark.started_at_ms;
        if let Some(every) = settings.schedule
            && (began.is_none() || is_over(every, began))
        {
            return due(Pass::Rows, "by schedule");
        }
        let link = self.link.as_ref()?;
        let has_failed = matches!(bookmark.status, Status::Failed | Status::Cancelled);
        let failed_lately = has_failed && !is_over(TRIED_AGAIN_AFTER, bookmark.finished_at_ms);
        match link.mode {
            AutoMode::Outbox => {
                // Before the first sync nothing can have been lost.
                let is_new = bookmark.committed.is_some() && link.triggers != bookmark.triggers;
                let was_tried = failed_lately && link.triggers == bookmark.triggers_at_start;
                (is_new && link.triggers.is_some() && !was_tried).then_some(Due {
                    pass: Pass::Rows,
                    why: "the triggers are new: what changed before them is found by comparing",
                })
            }
            AutoMode::Compare => {
                let read_at = bookmark.rows_read_at_ms.or(bookmark.last_success_at_ms);
                let is_due = is_over(settings.reconcile_every, read_at) && !failed_lately;
                is_due.then_some(Due {
                    pass: Pass::Rows,
                    why: "time to compare all rows",
                })
            }
            AutoMode::Watermark => {
                let compared_at = bookmark.keys_compared_at_ms;
                let is_due = is_over(settings.reconcile_every, compared_at) && !failed_lately;
                is_due.then_some(Due {
                    pass: Pass::Keys,
                    why: "time to compare all keys",
                })
            }
            AutoMode::Off => None,
        }
    }
}
