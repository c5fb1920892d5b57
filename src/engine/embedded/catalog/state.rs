//! One site: its store and its index, held together, and what those who work on it share.
//! Invariant: `visible` never passes what the index has committed, `schema` never lags behind what
//! the store has.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::budget::Budget;
use super::files_due::FilesDue;
use super::health::Health;
use super::index_work::{IndexTask, QUEUE_LIMIT};
use super::job_bells::JobBells;
use super::name_look::NameLook;
use super::receipt_counts::ReceiptCounts;
use super::reindexing::Reindexing;
use super::request::Request;
use super::visibility::Visible;
use super::wakefulness::{Asleep, Presence};
use crate::domain::{Clock, EngineNumber, FileEnd, Schema, Site, TrackerId, VariantMode};
use crate::engine::embedded::error::unavailable;
use crate::engine::embedded::ids::{Sequence, StoreId};
use crate::engine::embedded::index::{Index, IndexSettings, LAYOUT, WORDS_VERSION};
use crate::engine::embedded::store::documents::Stamps;
use crate::engine::embedded::store::{self, Readers, wal};
use crate::engine::events::EventLog;
use crate::engine::folder;
use crate::engine::queue::WorkQueue;
use crate::engine::refused_notes::RefusedNotes;
use crate::engine::stats::StoreStats;
use crate::engine::unseen_texts::{Place, UnseenTexts};
use crate::engine::{EngineCard, EngineError};

pub(in crate::engine::embedded) struct Catalog {
    pub tracker_id: TrackerId,
    /// Its settings, exchanged while it is served.
    pub site: ArcSwap<Site>,
    /// What it is as an engine of documents.
    pub card: EngineCard,
    /// Of this site, with the store and the index in it.
    pub folder: PathBuf,
    pub store_id: StoreId,
    pub clock: Clock,
    pub budget: Budget,
    pub workers: Workers,
    pub schema: ArcSwap<Schema>,
    /// `None` while it is made again, or the site is asleep.
    pub index: ArcSwapOption<Index>,
    pub asleep: ArcSwapOption<Asleep>,
    pub presence: Presence,
    pub(super) opening: Mutex<()>,
    pub(super) known_stats: Mutex<Option<StoreStats>>,
    pub readers: Readers,
    pub requests: WorkQueue<Request>,
    pub groups: WorkQueue<IndexTask>,
    pub reindexing: Reindexing,
    pub names: NameLook,
    pub events: EventLog,
    pub bells: JobBells,
    pub files: FilesDue,
    pub health: Health,
    pub receipts: ReceiptCounts,
    pub refused: RefusedNotes,
    /// Values kept although they do not fit, since the site was opened.
    pub misfits_kept: AtomicU64,
    /// How often its store was examined.
    pub examinations: AtomicU64,
    /// Transactions that its write-ahead log had lost when it was opened, at least.
    pub lost_transactions: u64,
    /// Groups of writes that an index knew of and its store does not have.
    pub groups_lost: u64,
    /// How often its index was found to be damaged.
    pub index_damages: AtomicU64,
    visible: Visible,
    unseen_texts: UnseenTexts<Sequence>,
    #[cfg(test)]
    pub faults: Arc<store::faults::Faults>,
}

/// What a catalog is made of: its store, and what it may use.
pub(in crate::engine::embedded) struct Opened {
    pub folder: PathBuf,
    pub store_id: StoreId,
    pub card: EngineCard,
    pub schema: Schema,
    pub readers: Readers,
    pub lost_transactions: u64,
    pub groups_lost: u64,
    pub clock: Clock,
    pub budget: Budget,
    pub workers: Workers,
}

/// Starts the workers of the two queues. Named by whoever opens the site: what puts work into a queue need not know
/// who does it.
#[derive(Clone, Copy)]
pub(in crate::engine::embedded) struct Workers {
    pub write: fn(&Arc<Catalog>),
    pub index: fn(&Arc<Catalog>),
}

impl Catalog {
    /// What its index has to be made from.
    pub(in crate::engine::embedded) fn settings(&self) -> IndexSettings {
        let site = self.site.load();
        IndexSettings {
            store: self.store_id,
            language: site.language,
            has_stand_ins: site.variants == VariantMode::Best,
            has_words_by_attribute: site.words_by_attribute,
            has_links: site.search_links,
            layout: LAYOUT,
            words_version: WORDS_VERSION,
        }
    }

    /// What ids of its documents are made of.
    pub(in crate::engine::embedded) fn stamps(&self) -> Stamps {
        Stamps {
            engine: EngineNumber::of(&self.tracker_id),
            engine_created_at: self.card.created_at,
        }
    }

    /// A site whose store is open. Nothing of it is visible yet.
    pub(in crate::engine::embedded) fn new(site: Site, opened: Opened) -> Self {
        let Opened {
            folder,
            store_id,
            card,
            schema,
            readers,
            lost_transactions,
            groups_lost,
            clock,
            budget,
            workers,
        } = opened;
        let files = FilesDue::new(Arc::clone(&budget.shared.files_bell));
        let (write_queue, events) = (budget.write_queue, budget.events);
        Self {
            tracker_id: site.tracker_id.clone(),
            site: ArcSwap::from_pointee(site),
            card,
            folder,
            store_id,
            clock,
            budget,
            workers,
            schema: ArcSwap::from_pointee(schema),
            index: ArcSwapOption::empty(),
            asleep: ArcSwapOption::empty(),
            presence: Presence::default(),
            opening: Mutex::default(),
            known_stats: Mutex::default(),
            readers,
            requests: WorkQueue::new(write_queue),
            groups: WorkQueue::new(QUEUE_LIMIT),
            reindexing: Reindexing::default(),
            names: NameLook::default(),
            events: EventLog::new(events),
            bells: JobBells::default(),
            files,
            health: Health::default(),
            receipts: ReceiptCounts::default(),
            refused: RefusedNotes::default(),
            misfits_kept: AtomicU64::default(),
            examinations: AtomicU64::default(),
            lost_transactions,
            groups_lost,
            index_damages: AtomicU64::default(),
            visible: Visible::default(),
            unseen_texts: UnseenTexts::default(),
            #[cfg(test)]
            faults: Arc::default(),
        }
    }

    /// Everything that keeps the site from doing all it should, as one sentence.
    pub(in crate::engine::embedded) fn problem(&self) -> Option<String> {
        let reserve = self.budget.disk_reserve_bytes;
        let full = folder::free_bytes(&self.folder)
            .is_ok_and(|free| free < reserve)
            .then(|| "the disk is full, writes are refused".to_owned());
        let index = self.index.load();
        let damaged_index = index.as_ref().and_then(|index| index.damage());
        let has_lost = self.lost_transactions > 0 || wal::kept_path(&self.folder).exists();
        let left_out = self.readers.damaged().count();
        let problems = [
            full,
            has_lost.then(|| {
                format!(
                    "the write-ahead log was damaged and writes are lost, transactions: {}; send the catalog again, \
                     then take `store.db-wal.damaged` away and start again",
                    self.lost_transactions
                )
            }),
            self.health.problem(),
            self.events.problem(),
            damaged_index
                .map(|what| format!("the index is damaged and is being made again: {what}")),
            (left_out > 0).then(|| {
                format!(
                    "objects left out because the store is damaged: {left_out}; send them again"
                )
            }),
        ];
        let problems: Vec<String> = problems.into_iter().flatten().collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    }

    /// Takes note that the index cannot follow the store, and how far behind it serves.
    pub(in crate::engine::embedded) fn index_failed(&self, error: &dyn fmt::Display) {
        let serves = self.serves();
        let written = self.readers.with(|reader| store::read_meta(reader));
        let reason = match written {
            Ok(meta) if serves => {
                let (at, last) = (self.visible().0, meta.counters.last_sequence.0);
                format!("the index serves group {at} of {last} and cannot go on: {error}")
            }
            _ => error.to_string(),
        };
        self.health.index_failed(reason);
    }

    /// Whether searches are answered.
    pub(in crate::engine::embedded) fn serves(&self) -> bool {
        let index = self.index.load();
        match index.as_ref() {
            Some(index) => index.damage().is_none(),
            None => self.asleep.load().is_some(),
        }
    }

    pub(in crate::engine::embedded) fn visible(&self) -> Sequence {
        self.visible.sequence()
    }

    /// Everything up to the sequence can be found from now on.
    pub(in crate::engine::embedded) fn publish(&self, sequence: Sequence) {
        self.visible.publish(sequence);
        self.unseen_texts.shown(sequence);
    }

    /// The same, unless it was published before.
    pub(in crate::engine::embedded) fn show(&self, sequence: Sequence) {
        if self.commits().0 == 0 || sequence > self.visible() {
            self.publish(sequence);
        }
    }

    /// The same, of a site that was just opened: no search of an earlier process is still running.
    pub(in crate::engine::embedded) fn show_first(&self, sequence: Sequence) {
        self.show(sequence);
        self.visible.has_no_readers_before(sequence);
    }

    /// Whether the disk has too little room for the next commit of the index, whatever it is said to have failed of.
    pub(in crate::engine::embedded) fn has_no_room(&self) -> bool {
        /// A commit makes some ten files of a few pages at least.
        const BYTES_MIN: u64 = 1 << 20;
        folder::free_bytes(&self.folder).is_ok_and(|free| free < BYTES_MIN)
    }

    /// How often the index showed something new, and how long ago it last did.
    pub(in crate::engine::embedded) fn commits(&self) -> (u64, Duration) {
        self.visible.commits()
    }

    /// Waits until few texts of files are written and not shown, where this brings one. `None` as well once nothing is
    /// shown any more.
    pub(in crate::engine::embedded) async fn place_for_text(&self, end: &FileEnd) -> Option<Place> {
        self.unseen_texts.place_for(end).await
    }

    /// The place is taken until everything up to the sequence is shown.
    pub(in crate::engine::embedded) fn keep_until_shown(&self, place: Place, sequence: Sequence) {
        self.unseen_texts.keep(place, sequence);
        // It may have been shown before it was told here.
        self.unseen_texts.shown(self.visible());
    }

    pub(in crate::engine::embedded) async fn wait_visible(
        &self,
        sequence: Sequence,
    ) -> Result<(), EngineError> {
        if self.visible.wait_for(sequence).await {
            Ok(())
        } else {
            Err(unavailable("shutting down"))
        }
    }

    /// Versions removed by groups up to here are out of every reader's reach.
    pub(in crate::engine::embedded) fn prunable(&self) -> Sequence {
        let prunable = self.visible.prunable(self.budget.search_timeout);
        self.reindexing.bound(prunable)
    }

    /// Takes note of what a read found out about the store.
    pub(in crate::engine::embedded) fn note_store(&self) {
        if let Some(error) = self.readers.damaged().take_file_error() {
            self.health.store_failed(self.tracker_id.as_str(), &error);
        }
    }
}
