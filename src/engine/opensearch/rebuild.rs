//! Makes the index of a site again, beside the one that serves. Invariant: how far it is stands in the control of the site, so
//! whoever finds one that stands still goes on with it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::OpenSearchCatalogs;
use super::control::{Control, Rebuild};
use super::layout::made::Made;
use super::site::{Done, OpenSite, RebuildStep, RebuildWork, Work, mixed_up};
use crate::domain::TrackerId;
use crate::engine::EngineError;

/// Times that it is copied again where the two do not hold the same.
const ROUNDS_MAX: usize = 3;
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Seconds after which a client may come again that searches an index that is being made.
const COME_AGAIN_S: u32 = 5;
/// What is told where servers do not agree.
pub(super) const CONTESTED: &str = "servers with other settings have the index of this site made in turn: give them the same \
    configuration; until then, or for a day, it stays as it is";
/// Why an index of another version is not searched.
pub(super) const BEING_MADE: &str = "its index is being made again for this version of the server";

impl OpenSearchCatalogs {
    /// Has another index made, or waits for the one that is being made; whether another one serves then.
    pub async fn rebuild(&self, site: &TrackerId) -> Result<bool, EngineError> {
        let site = self.site(site)?;
        site.made().await?;
        let before = site.cluster.serving_index(&site.alias).await?;
        site.begin_rebuild().await?;
        while site.is_being_rebuilt().await? {
            tokio::time::sleep(PAUSE_FIRST).await;
        }
        Ok(site.cluster.serving_index(&site.alias).await? != before)
    }
}

impl OpenSite {
    async fn is_being_rebuilt(&self) -> Result<bool, EngineError> {
        let control = self.cluster.control(&self.id).await?;
        Ok(control.is_some_and(|(control, _)| control.rebuild.is_some()))
    }

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

    /// Sees to it that the index is what the settings say: after a start, and after other settings. Whoever has other settings
    /// than this process looks for itself, and not again and again: two who do not agree would never end. Where they are started
    /// in turn, an index that was made for the same settings twice in a day is made no more, and that is told.
    pub(super) async fn follow_settings(
        self: &Arc<Self>,
        control: &Control,
    ) -> Result<(), EngineError> {
        if control.made.is_none() {
            self.made().await?;
        }
        let made = self.made_with(control);
        let can_be_searched = made.can_be_searched();
        self.is_searchable.store(can_be_searched, Ordering::Release);
        if self.is_followed.swap(true, Ordering::AcqRel) || self.is_as_set(control) {
            return Ok(());
        }
        let (version, language) = (made.version, made.language.as_str());
        tracing::info!(site.tracker_id = %self.id, version, language, "the index is not what the settings say");
        let site = Arc::clone(self);
        tokio::spawn(async move { site.have_it_as_set().await });
        Ok(())
    }

    fn is_as_set(&self, control: &Control) -> bool {
        let is_moved = control.is_frozen;
        is_moved
            || control.rebuild.is_none() && self.made_with(control) == Made::of(&self.settings())
    }

    async fn have_it_as_set(self: &Arc<Self>) {
        let mut pause = PAUSE_FIRST;
        while !self.is_leaving() {
            match self.try_to_have_it_as_set().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(site.tracker_id = %self.id, %error, "another index waits to be begun");
                }
            }
            self.pause(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Whether it is. Of several processes that find that it is not one begins.
    async fn try_to_have_it_as_set(self: &Arc<Self>) -> Result<bool, EngineError> {
        let control = self.cluster.control(&self.id).await?;
        let control = control.map(|(control, _)| control).unwrap_or_default();
        if self.is_as_set(&control) {
            return Ok(true);
        }
        if control.rebuild.is_some() {
            return Ok(false);
        }
        match self.rebuild_step(RebuildWork::Follow).await? {
            RebuildStep::Begun => self.go_on_with_rebuild(),
            RebuildStep::Contested => {
                let (serves, wanted) = (self.made_with(&control), Made::of(&self.settings()));
                tracing::error!(site.tracker_id = %self.id, ?serves, ?wanted, "{CONTESTED}");
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    /// Whether the index that serves can be searched.
    pub(super) fn check_searchable(&self, control: &Control) -> Result<(), EngineError> {
        if self.made_with(control).can_be_searched() {
            return Ok(());
        }
        Err(EngineError::Unavailable {
            reason: BEING_MADE.to_owned(),
            retry_after_s: COME_AGAIN_S,
        })
    }

    /// Goes on with one that another process began and has not gone on with.
    pub(super) async fn watch_rebuild(self: &Arc<Self>, rebuild: &Rebuild) {
        if self.is_rebuilt.load(Ordering::Acquire) {
            return;
        }
        if rebuild.is_left || self.has_stood_still(rebuild) {
            self.go_on_with_rebuild();
        } else if let Err(error) = self.note_lease().await {
            tracing::debug!(site.tracker_id = %self.id, %error, "nobody knows who writes");
        }
    }

    /// For so long that its process is given up.
    fn has_stood_still(&self, rebuild: &Rebuild) -> bool {
        let mut seen = self
            .rebuild_seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match &*seen {
            Some((known, since)) if known == rebuild => since.elapsed() >= self.patience(),
            _ => {
                *seen = Some((rebuild.clone(), Instant::now()));
                false
            }
        }
    }

    fn go_on_with_rebuild(self: &Arc<Self>) {
        if self.is_leaving() || self.is_rebuilt.swap(true, Ordering::SeqCst) {
            return;
        }
        let site = Arc::clone(self);
        tokio::spawn(async move {
            let mut pause = PAUSE_FIRST;
            while !site.is_leaving() {
                match site.rebuild_through().await {
                    Ok(()) => break,
                    Err(error) => {
                        tracing::warn!(site.tracker_id = %site.id, %error, "another index waits to be made");
                        site.pause(pause).await;
                        pause = (pause * 2).min(PAUSE_MAX);
                    }
                }
            }
            site.is_rebuilt.store(false, Ordering::SeqCst);
            site.has_stopped();
        });
    }

    async fn rebuild_through(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut rounds = 0;
        loop {
            if self.is_leaving() {
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

    pub(super) async fn rebuild_step(
        self: &Arc<Self>,
        work: RebuildWork,
    ) -> Result<RebuildStep, EngineError> {
        match self.write(Work::Rebuild(work), 1).await? {
            (Done::Rebuild(step), _) => Ok(step),
            (other, _) => Err(mixed_up(&other)),
        }
    }
}
