//! The thread that lets the index follow the store. It exists while there is something to index,
//! and a minute longer.
//! Invariant: groups are applied whole, in order, none twice; what is visible is a prefix of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::awake;
use super::rebuild::{self, IndexingError};
use crate::engine::embedded::batch::IndexGroup;
use crate::engine::embedded::catalog::{Catalog, IndexTask, QUEUE_LIMIT, Share};
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::index::{IndexEntry, IndexError, IndexWriter};
use crate::engine::queue::{Left, Put, Room, Taken, start_worker};

/// Between these the queue adapts to how fast the index is.
const OPERATIONS_MAX: usize = 6_000;
/// Below this the cost of a commit as such outweighs that of what it holds.
const OPERATIONS_MIN: usize = 1_500;
/// How long what waits may take from the first group to the end of its commit, when more comes than
/// can be indexed. A group may come just too late for one round and has to wait for the next: twice
/// this stays below a second.
const ROUND: Duration = Duration::from_millis(400);

/// A commit holds at most about this many operations: its cost grows faster than its size.
const COMMIT_OPERATIONS: usize = QUEUE_LIMIT.size;
/// When nothing more comes, a commit waits as long as the last one took, within these bounds: a client
/// that pauses between small batches does not keep a large index committing all the time.
const COMMIT_IDLE_MIN: Duration = Duration::from_millis(50);
const COMMIT_IDLE_MAX: Duration = Duration::from_millis(150);
/// When more keeps coming, it waits this long.
const COMMIT_AGE: Duration = Duration::from_millis(300);

/// Without writes for so long, an index is made ready for searches alone.
const TIDY_AFTER: Duration = Duration::from_secs(5);
/// An index writer owns threads and memory, so it goes when there is nothing to write.
const LEAVE_AFTER: Duration = Duration::from_secs(60);

/// Pause before the first attempt to repair an index.
pub(super) const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Starts the thread when there is none, for an index that needs repair.
pub(in crate::engine::embedded) fn ensure_running(catalog: &Arc<Catalog>) {
    if catalog.groups.claim() == Put::NeedsWorker {
        start(catalog);
    }
}

pub(in crate::engine::embedded) fn start(catalog: &Arc<Catalog>) {
    start_worker(
        &catalog.budget.shared.indexing,
        catalog.clone(),
        |catalog| &catalog.groups,
        work,
        |catalog, _| {
            // A panic. The groups are in the log; the next thread repairs the index from there.
            catalog
                .health
                .index_failed("indexing ended unexpectedly".to_owned());
            if catalog
                .groups
                .sleep_while_open(Instant::now() + RETRY_FIRST)
            {
                ensure_running(catalog);
            }
        },
    );
}

fn work(catalog: &Arc<Catalog>) -> Left {
    let mut session = Session {
        catalog,
        writer: None,
        applied: catalog.visible(),
        pending: Pending::default(),
        commit_idle: COMMIT_IDLE_MIN,
        is_tidy: false,
    };
    let is_closed = catalog.index.load().is_none() && catalog.asleep.load().is_none();
    if is_closed || catalog.health.index_problem().is_some() {
        session.repair();
    }
    loop {
        let taken = catalog.groups.take(Some(session.deadline()));
        let closed = matches!(taken, Taken::Closed);
        if let Err(error) = session.go_on(taken) {
            tracing::error!(
                site.tracker_id = catalog.tracker_id.as_str(),
                %error,
                "indexing failed"
            );
            catalog
                .health
                .index_failed(format!("indexing failed: {error}"));
            session.repair();
        }
        if closed && catalog.groups.try_leave() {
            return Left::Done;
        }
        if session.pending.is_empty() && session.is_wanted() {
            session.rest();
            let has_all = catalog.groups.try_leave();
            return if has_all { Left::Done } else { Left::Again };
        }
        if session.has_nothing_to_do() {
            session.rest();
            if catalog.groups.try_leave() {
                return Left::Done;
            }
        }
    }
}

pub(super) struct Session<'c> {
    pub(super) catalog: &'c Arc<Catalog>,
    pub(super) writer: Option<IndexWriter>,
    /// The last group given to the writer.
    pub(super) applied: Sequence,
    pub(super) pending: Pending<'c>,
    /// How long a commit waits when nothing more comes.
    commit_idle: Duration,
    /// Nothing has come since the small segments were put together.
    is_tidy: bool,
}

/// What was given to the writer and is not visible yet.
#[derive(Debug)]
pub(super) struct Pending<'c> {
    operations: usize,
    /// Of the groups, given back when searches see them.
    rooms: Vec<(Room<'c, IndexTask>, Share)>,
    first: Instant,
    last: Instant,
}

impl Default for Pending<'_> {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            operations: 0,
            rooms: Vec::new(),
            first: now,
            last: now,
        }
    }
}

impl<'c> Pending<'c> {
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    fn add(&mut self, operations: usize, room: Room<'c, IndexTask>, share: Share) {
        let now = Instant::now();
        if self.is_empty() {
            self.first = now;
        }
        self.last = now;
        self.rooms.push((room, share));
        self.operations += operations;
    }
}

impl<'c> Session<'c> {
    /// Whether its place, or what it has open, is needed elsewhere.
    fn is_wanted(&self) -> bool {
        let is_sent = self.catalog.presence.is_sent_to_sleep();
        is_sent || self.catalog.budget.shared.indexing.is_wanted()
    }

    /// When to do something although nothing came.
    fn deadline(&self) -> Instant {
        if self.is_wanted() {
            self.pending.first
        } else if self.pending.is_empty() {
            let tidies = self.writer.is_some() && !self.is_tidy;
            self.pending.last + if tidies { TIDY_AFTER } else { LEAVE_AFTER }
        } else {
            (self.pending.last + self.commit_idle).min(self.pending.first + COMMIT_AGE)
        }
    }

    fn has_nothing_to_do(&self) -> bool {
        self.pending.is_empty() && self.deadline() <= Instant::now()
    }

    fn go_on(&mut self, taken: Taken<'c, IndexTask>) -> Result<(), IndexingError> {
        let commit_now = match taken {
            Taken::Entry(IndexTask::Exchange(prepared), _room) => return self.exchange(&prepared),
            Taken::Entry(IndexTask::Apply(group, share), room) if self.is_abandoned() => {
                self.pending.add(group.operations(), room, share);
                self.abandon(group.sequence);
                false
            }
            Taken::Nothing | Taken::Closed if self.is_abandoned() => {
                self.abandon(self.applied);
                false
            }
            Taken::Entry(IndexTask::Apply(group, share), room) => {
                self.pending.add(group.operations(), room, share);
                self.apply(&group)?;
                self.pending.operations >= COMMIT_OPERATIONS || self.deadline() <= Instant::now()
            }
            Taken::Nothing if self.pending.is_empty() => {
                let is_time = self.deadline() <= Instant::now() && !self.is_wanted();
                return if is_time { self.tidy() } else { Ok(()) };
            }
            Taken::Nothing | Taken::Closed => true,
        };
        if commit_now && !self.pending.is_empty() {
            self.commit()?;
        }
        Ok(())
    }

    /// Ends when the merges have begun: what comes while they run is not kept waiting.
    fn tidy(&mut self) -> Result<(), IndexingError> {
        if let Some(writer) = &mut self.writer
            && !self.is_tidy
        {
            writer.tidy(self.applied)?;
            self.is_tidy = true;
        }
        Ok(())
    }

    fn apply(&mut self, group: &IndexGroup) -> Result<(), IndexingError> {
        if group.sequence <= self.applied {
            // A repair has already read it from the log.
            return Ok(());
        }
        if group.sequence.0 != self.applied.0 + 1 {
            return Err(IndexingError::Gap {
                at: self.applied,
                next: group.sequence,
            });
        }
        if self.writer.is_none() {
            self.open_writer()?;
        }
        let Some(writer) = &mut self.writer else {
            // It turned out to be damaged.
            self.abandon(group.sequence);
            return Ok(());
        };
        if group.sequence <= self.applied {
            // Who woke the site up has read it from the log.
            return Ok(());
        }
        // Published before the group was handed over, so it knows every attribute of the group.
        let schema = self.catalog.schema.load();
        for (&version, new) in &group.added {
            let Some(kept) = &new.kept else {
                let readers = &self.catalog.readers;
                readers.with(|reader| {
                    rebuild::add_version(writer, &schema, reader, version, new.first_seen)
                })?;
                continue;
            };
            let entry = IndexEntry {
                version,
                first_seen: new.first_seen,
                updated_at: new.updated_at,
                object: &kept.object,
                derived: &kept.derived,
            };
            writer.add(&schema, &entry)?;
        }
        if !group.removed.is_empty() {
            writer.delete(&group.removed)?;
        }
        self.applied = group.sequence;
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), IndexingError> {
        let full = self.pending.operations >= COMMIT_OPERATIONS || self.catalog.groups.is_pressed();
        self.is_tidy = false;
        if let Some(writer) = &mut self.writer {
            let began = Instant::now();
            writer.commit(self.applied)?;
            self.commit_idle = began.elapsed().clamp(COMMIT_IDLE_MIN, COMMIT_IDLE_MAX);
            self.catalog.publish(self.applied);
        }
        if full || self.catalog.groups.is_pressed() {
            self.adapt_backlog();
        }
        self.pending = Pending::default();
        Ok(())
    }

    /// Lets about as much wait as can be indexed in [`ROUND`], in small steps: one round says little.
    fn adapt_backlog(&self) {
        let took = self.pending.first.elapsed().as_secs_f64();
        let step = (ROUND.as_secs_f64() / took).clamp(0.8, 1.25);
        let operations = (self.catalog.groups.size_limit() as f64 * step) as usize;
        self.catalog
            .groups
            .set_size_limit(operations.clamp(OPERATIONS_MIN, OPERATIONS_MAX));
    }

    /// Ends the writer and the merges it has begun.
    pub(super) fn rest(&mut self) {
        if let Some(Err(error)) = self.writer.take().map(IndexWriter::close) {
            // Nothing is lost: merges are begun again with the next commit.
            tracing::warn!(
                site.tracker_id = self.catalog.tracker_id.as_str(),
                %error,
                "merging the index failed"
            );
        }
    }

    /// Opens the index, where it sleeps, and a writer of it. None where the index is damaged.
    fn open_writer(&mut self) -> Result<(), IndexingError> {
        // Whoever opens it beside may write to it, too.
        let _opening = self.catalog.opening();
        awake::wake(self.catalog);
        let index = self.catalog.index.load_full();
        let index = index.ok_or(IndexError::Unusable {
            reason: "not open".to_owned(),
        })?;
        self.applied = self.applied.max(self.catalog.visible());
        if index.damage().is_none() {
            let memory = self.catalog.budget.shared.index_memory();
            self.writer = Some(index.writer_in(memory)?);
        }
        Ok(())
    }
}
