//! One site: its store and its index, held together, and what the threads that serve it share.
//! Invariant: `visible` never passes what the index has committed, `schema` never lags behind what
//! the store has.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::watch;

use super::events::{EventLog, EventSettings};
use super::figures::ReceiptCounts;
use super::health::{Health, unavailable};
use super::ids::StoreId;
use super::inbox::{Inbox, Load};
use super::index::{Index, IndexSettings, WORDS_VERSION};
use super::indexing::{self, IndexTask};
use super::jobs::Bells;
use super::names::Names;
use super::rebuild::{self, IndexingError, Trust};
use super::renewal::{self, Renewal};
use super::settings::EmbeddedSettings;
use super::store::documents::Stamps;
use super::store::{self, Readers, StoreError, attributes, engines, wal};
use super::write::Request;
use super::{damage, folder, learning};
use crate::domain::{Clock, EngineNumber, Schema, Site, TrackerId, VariantMode};
use crate::engine::embedded::ids::Sequence;
use crate::engine::{EngineCard, EngineError};

/// A search that began before a version left the index may still ask the store for it: this much
/// longer than a search may take, versions stay.
const READERS_GRACE: Duration = Duration::from_secs(5);

pub(super) struct Catalog {
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
    pub schema: ArcSwap<Schema>,
    /// `None` while it is made again.
    pub index: ArcSwapOption<Index>,
    pub readers: Readers,
    pub requests: Inbox<Request>,
    pub groups: Inbox<IndexTask>,
    pub renewal: Renewal,
    pub names: Names,
    pub events: EventLog,
    pub bells: Bells,
    pub health: Health,
    pub receipts: ReceiptCounts,
    /// Values kept although they do not fit, since the site was opened.
    pub misfits_kept: AtomicU64,
    /// How often its store was examined.
    pub examinations: AtomicU64,
    /// Transactions that its write-ahead log had lost when it was opened, at least.
    pub lost_transactions: u64,
    /// How often its index was found to be damaged.
    pub index_damages: AtomicU64,
    visible: watch::Sender<Sequence>,
    /// When each of the last sequences became visible, until they may be pruned.
    shown: Mutex<Shown>,
    #[cfg(test)]
    pub faults: Arc<store::faults::Faults>,
}

/// Heads that writers keep at hand, all sites together: some 200 bytes each while a site is written.
const HEADS_KNOWN: usize = 100_000;

/// What of the engine's settings one site may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub disk_reserve_bytes: u64,
    /// Page cache of the store of this site, readers and writer together.
    pub page_cache_bytes: u64,
    /// Heads the writer of this site keeps at hand.
    pub heads_known: usize,
    /// What one index writer fills before it writes a segment.
    pub index_memory_bytes: usize,
    pub write_queue: Load,
    pub search_timeout: Duration,
    pub events: EventSettings,
}

impl Budget {
    pub(super) fn of(settings: &EmbeddedSettings, sites: usize) -> Self {
        Self {
            disk_reserve_bytes: settings.disk_reserve_bytes,
            page_cache_bytes: settings.page_cache_bytes / sites.max(1) as u64,
            heads_known: HEADS_KNOWN / sites.max(1),
            index_memory_bytes: settings.index_memory_bytes,
            write_queue: Load {
                entries: settings.write_queue_requests,
                size: settings.write_queue_bytes,
            },
            search_timeout: Duration::from_millis(settings.search_timeout_ms),
            events: settings.events,
        }
    }
}

#[derive(Debug, Default)]
struct Shown {
    waiting: VecDeque<(Sequence, Instant)>,
    /// No reader needs what groups up to here removed.
    prunable: Sequence,
    /// How often something was shown, and when last.
    times: u64,
    last: Option<Instant>,
}

impl Catalog {
    /// What its index has to be made from.
    pub(super) fn settings(&self) -> IndexSettings {
        let site = self.site.load();
        IndexSettings {
            store: self.store_id,
            language: site.language,
            has_stand_ins: site.variants == VariantMode::Best,
            has_words_by_attribute: site.words_by_attribute,
            has_links: site.search_links,
            words_version: WORDS_VERSION,
        }
    }

    /// What ids of its documents are made of.
    pub(super) fn stamps(&self) -> Stamps {
        Stamps {
            engine: EngineNumber::of(&self.tracker_id),
            engine_created_at: self.card.created_at,
        }
    }

    /// Opens the site's store and index, making what is missing. The index is current when this
    /// returns, unless it cannot be made now: then it is tried again in the background. One whose words
    /// were made in another way serves until a better one is made.
    pub(super) fn open(
        data_dir: &Path,
        site: Site,
        clock: Clock,
        budget: Budget,
    ) -> Result<Arc<Self>, StoreError> {
        let folder = folder::of_site(data_dir, &site.tracker_id);
        folder::create(&folder)?;
        let lost_transactions = damage::look_for_lost_writes(&site.tracker_id, &folder)?;
        let meta = store::open_or_create(&folder, clock.now())?;
        let readers = Readers::new(folder.clone(), budget.page_cache_bytes / 2);
        let (schema, card) = readers.with(|reader| {
            let schema = learning::learn(&folder, reader, attributes::load(reader)?)?;
            Ok::<_, StoreError>((schema, engines::card(reader)?))
        })?;
        let catalog = Arc::new(Self {
            tracker_id: site.tracker_id.clone(),
            site: ArcSwap::from_pointee(site),
            card,
            folder,
            store_id: meta.id,
            clock,
            budget,
            schema: ArcSwap::from_pointee(schema),
            index: ArcSwapOption::empty(),
            readers,
            requests: Inbox::new(budget.write_queue),
            groups: Inbox::new(indexing::QUEUE_LIMIT),
            renewal: Renewal::default(),
            names: Names::default(),
            events: EventLog::new(budget.events),
            bells: Bells::default(),
            health: Health::default(),
            receipts: ReceiptCounts::default(),
            misfits_kept: AtomicU64::default(),
            examinations: AtomicU64::default(),
            lost_transactions,
            index_damages: AtomicU64::default(),
            visible: watch::Sender::new(Sequence::default()),
            shown: Mutex::default(),
            #[cfg(test)]
            faults: Arc::default(),
        });
        renewal::tidy(&catalog.folder)?;
        match rebuild::open_index(&catalog, Trust::Yes) {
            Ok(applied) => {
                catalog.show(applied);
                // No search of an earlier process is still running.
                catalog.shown().prunable = applied;
                damage::verify_beside(&catalog);
                renewal::start_if_needed(&catalog);
            }
            Err(error) => {
                tracing::error!(
                    site.tracker_id = catalog.tracker_id.as_str(),
                    %error,
                    "the index is not up to date; trying again in the background"
                );
                catalog.index_failed(&error);
                indexing::ensure_running(&catalog);
            }
        }
        Ok(catalog)
    }

    /// Serves the site with other settings from the next search on.
    pub(super) fn change_settings(self: &Arc<Self>, site: Site) {
        self.site.store(Arc::new(site));
        renewal::start_if_needed(self);
    }

    /// Everything that keeps the site from doing all it should, as one sentence.
    pub(super) fn problem(&self) -> Option<String> {
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
    pub(super) fn index_failed(&self, error: &IndexingError) {
        let serves = self.index.load().is_some();
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
    pub(super) fn serves(&self) -> bool {
        let index = self.index.load();
        index.as_ref().is_some_and(|index| index.damage().is_none())
    }

    pub(super) fn visible(&self) -> Sequence {
        *self.visible.borrow()
    }

    /// Everything up to the sequence can be found from now on.
    pub(super) fn publish(&self, sequence: Sequence) {
        self.visible.send_replace(sequence);
        let (mut shown, now) = (self.shown(), Instant::now());
        shown.waiting.push_back((sequence, now));
        shown.times += 1;
        shown.last = Some(now);
    }

    /// The same, unless it was published before.
    pub(super) fn show(&self, sequence: Sequence) {
        if self.commits().0 == 0 || sequence > self.visible() {
            self.publish(sequence);
        }
    }

    /// Whether the disk has too little room for the next commit of the index, whatever it is said to have failed of.
    pub(super) fn has_no_room(&self) -> bool {
        /// A commit makes some ten files of a few pages at least.
        const BYTES_MIN: u64 = 1 << 20;
        folder::free_bytes(&self.folder).is_ok_and(|free| free < BYTES_MIN)
    }

    /// How often the index showed something new, and how long ago it last did.
    pub(super) fn commits(&self) -> (u64, Duration) {
        let shown = self.shown();
        let age = shown.last.map(|last| last.elapsed());
        (shown.times, age.unwrap_or_default())
    }

    pub(super) async fn wait_visible(&self, sequence: Sequence) -> Result<(), EngineError> {
        let mut visible = self.visible.subscribe();
        visible
            .wait_for(|visible| *visible >= sequence)
            .await
            .map(|_| ())
            .map_err(|_| unavailable("shutting down"))
    }

    /// Versions removed by groups up to here are out of every reader's reach.
    pub(super) fn prunable(&self) -> Sequence {
        let readers_gone_after = self.budget.search_timeout + READERS_GRACE;
        let mut shown = self.shown();
        while let Some(&(sequence, since)) = shown.waiting.front() {
            if since.elapsed() < readers_gone_after {
                break;
            }
            shown.prunable = sequence;
            shown.waiting.pop_front();
        }
        self.renewal.bound(shown.prunable)
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nothing more in, writes and indexes what is in, and ends the threads. What does not get
    /// done until the deadline is in the log and is done at the next start.
    pub(super) fn close(&self, deadline: Instant) {
        self.bells.close();
        self.bells.wait_unattended(deadline);
        self.requests.close();
        let written = self.requests.wait_unattended(deadline);
        self.names.wait_ended(deadline);
        self.groups.close();
        let renewed = self.renewal.wait_ended(deadline);
        let indexed = renewed && self.groups.wait_unattended(deadline);
        if !written || !indexed {
            tracing::warn!(
                site.tracker_id = self.tracker_id.as_str(),
                "closing before everything was indexed; the next start goes on"
            );
        }
        self.events.close(deadline);
        self.readers.close_idle();
    }
}
