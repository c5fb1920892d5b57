//! Batches of work on the events of a site, and what keeps them from being counted. Invariant: what failed half way is
//! nowhere, and is made again from the file.

use std::path::Path;
use std::sync::TryLockError;

use super::desk::{Batch, Desk};
use super::live::Live;
use super::work::Work;
use super::{EventLog, Surroundings, Trouble, has_file, is_final, lock};
use crate::domain::{Faults, Recorded, day_of};
use crate::engine::sqlite::StoreError;

impl EventLog {
    /// Does all of it in one transaction; what became of each event is counted.
    pub(in crate::engine) fn batch(
        &self,
        around: &Surroundings<'_>,
        works: &[Work],
    ) -> Result<Vec<Vec<Recorded>>, StoreError> {
        let Batch { recorded, faults } = self.write(around, works)?;
        *lock(&self.trouble) = None;
        self.counts.note_faults(&faults);
        for one in recorded.iter().flatten() {
            self.counts.note(*one);
        }
        Ok(recorded)
    }

    pub(super) fn write(
        &self,
        around: &Surroundings<'_>,
        works: &[Work],
    ) -> Result<Batch, StoreError> {
        let mut desk = lock(&self.desk);
        let is_needed = works.iter().any(Work::needs_file);
        if desk.is_none() && !is_needed && !has_file(around.folder) {
            self.set_live(Live::empty(day_of(around.now)));
            return Ok(Batch {
                recorded: works.iter().map(|_| Vec::new()).collect(),
                faults: Faults::default(),
            });
        }
        if works.iter().any(|work| work.events() > 0) {
            around.ensure_room()?;
        }
        // What failed half way is made again from the file.
        let mut at_work = match desk.take() {
            Some(at_work) => at_work,
            None => self.open_desk(around)?,
        };
        let done = at_work.batch(self, around, works)?;
        if !at_work.is_idle(around.now) {
            *desk = Some(at_work);
        }
        Ok(done)
    }

    fn open_desk(&self, around: &Surroundings<'_>) -> Result<Desk, StoreError> {
        let is_first = !has_file(around.folder);
        let desk = Desk::open(self, around)?;
        if is_first && self.live_day().is_none() {
            self.set_live(Live::empty(day_of(around.now)));
        }
        Ok(desk)
    }

    /// Whether the file says something that the tables in memory do not, as of a day.
    pub(in crate::engine) fn is_behind(&self, site_folder: &Path, today: i64) -> bool {
        self.settings.enabled && self.live_day() != Some(today) && has_file(site_folder)
    }

    /// Whether the file is open: somebody has written to it lately, or does now. Who does is not waited for.
    pub(in crate::engine) fn is_at_work(&self) -> bool {
        match self.desk.try_lock() {
            Ok(desk) => desk.is_some(),
            Err(TryLockError::Poisoned(desk)) => desk.into_inner().is_some(),
            Err(TryLockError::WouldBlock) => true,
        }
    }

    /// After a panic: nothing of what was held is to be trusted.
    pub(in crate::engine) fn give_up(&self) {
        *lock(&self.desk) = None;
    }

    /// Takes note of events that found no room.
    pub(in crate::engine) fn note_overload(&self, work: &Work) {
        self.counts.note_overload(work.events());
    }

    /// Why nothing is counted until somebody has looked, if so.
    pub(in crate::engine) fn is_over(&self) -> Option<String> {
        let trouble = lock(&self.trouble);
        trouble
            .as_ref()
            .filter(|trouble| trouble.is_final)
            .map(|trouble| trouble.reason.clone())
    }

    /// Takes note of an error, and tells it once.
    pub(in crate::engine) fn failed(&self, site: &str, error: &StoreError) -> String {
        let is_final = is_final(error);
        let reason = error.to_string();
        let told = lock(&self.trouble).replace(Trouble {
            reason: reason.clone(),
            is_final,
        });
        if told.is_none_or(|told| told.reason != reason) {
            tracing::error!(site.tracker_id = site, %error, is_final, "events cannot be counted");
        }
        reason
    }
}
