//! Another index beside the one that serves, when a site's settings or a newer server want its words
//! made in another way. The old one serves and follows the writes until the new one takes its place. One that is
//! damaged does neither: what is written meanwhile is read from the log by the new one.
//! Invariants: nothing that was visible becomes invisible by the exchange; a crash at any moment leaves
//! the old index or the new one, and the next start goes on from there.
//!
//! 1. The log keeps everything from now on.
//! 2. The current objects are read page by page, each page as it is then, into `index.next`.
//! 3. The log is replayed over it, what a page has already seen included, until little is left.
//! 4. The thread that indexes replays the rest, between two groups, and puts the index in its place.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use super::rebuild::{self, IndexingError, Repeats};
use crate::domain::{Scope, TypesWanted};
use crate::engine::embedded::catalog::{Catalog, Prepared, hand_over_index};
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::index::{Index, IndexSettings, IndexWriter};
use crate::engine::embedded::store::{self, listing};
use crate::engine::folder;

/// Objects read at a time; between two pages it is seen that the site is closed.
const PAGE_OBJECTS: usize = 500;
/// Groups that may be left for the thread that indexes, which does nothing else meanwhile.
const GROUPS_LEFT_MAX: u64 = 50;
/// Replays after which it takes over whatever is left: writes wait for it then, so it comes to an end.
const REPLAYS_MAX: usize = 20;

/// Between two looks whether it is this site's turn.
const TURN_PAUSE: Duration = Duration::from_millis(100);
/// Pauses after a failure.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// One at a time in this process: each takes the memory of an index writer, and a core.
static TURN: Mutex<()> = Mutex::new(());

/// Where an index is made beside the one that serves.
fn next_folder(site_folder: &Path) -> PathBuf {
    site_folder.join("index.next")
}

/// Takes away what a crash has left of a reindex.
pub(in crate::engine::embedded) fn tidy(site_folder: &Path) -> std::io::Result<()> {
    folder::remove(&next_folder(site_folder))
}

/// Starts a reindex when the index is another than it should be and none is running.
pub(in crate::engine::embedded) fn start_if_needed(catalog: &Arc<Catalog>) {
    if !catalog.reindexing.begin(|| is_needed(catalog)) {
        return;
    }
    let owned = Arc::clone(catalog);
    let spawned = std::thread::Builder::new()
        .name(format!("reindex {}", catalog.tracker_id))
        .spawn(move || reindex(&owned));
    if let Err(error) = spawned {
        drop(catalog.reindexing.running());
        tracing::error!(%error, "cannot start a thread to make another index");
    }
}

/// An index that is missing is made as it should be, by whoever makes it, and one that is closed is looked at when it is
/// opened.
fn is_needed(catalog: &Catalog) -> bool {
    let index = catalog.index.load();
    let is_other = index.as_ref().is_some_and(|index| {
        catalog.reindexing.is_asked_for()
            || index.damage().is_some()
            || index.settings() != catalog.settings()
    });
    is_other && catalog.groups.is_open()
}

/// Makes another index because somebody asked for it; whether one is begun that was not asked for before.
pub(in crate::engine::embedded) fn start_asked(catalog: &Arc<Catalog>) -> bool {
    if catalog.index.load().is_none() || !catalog.reindexing.ask_for() {
        return false;
    }
    start_if_needed(catalog);
    true
}

fn reindex(catalog: &Arc<Catalog>) {
    let running = catalog.reindexing.running();
    let mut pause = RETRY_FIRST;
    loop {
        if !is_needed(catalog) {
            break;
        }
        if let Err(error) = reindex_once(catalog) {
            tracing::error!(
                site.tracker_id = catalog.tracker_id.as_str(),
                %error,
                retry_after_s = pause.as_secs(),
                "making another index failed; the old one serves on"
            );
            if !catalog.groups.sleep_while_open(Instant::now() + pause) {
                break;
            }
            pause = (pause * 2).min(RETRY_MAX);
        }
    }
    drop(running);
    // Whoever changed the settings since the last look has seen this one running.
    start_if_needed(catalog);
}

/// Makes one index and has it put in place. Returns when it was, or when it is not wanted any more.
fn reindex_once(catalog: &Arc<Catalog>) -> Result<(), IndexingError> {
    let Some(_turn) = turn(catalog) else {
        return Ok(());
    };
    catalog.reindexing.begin_work();
    let began = Instant::now();
    let settings = catalog.settings();
    tracing::info!(
        site.tracker_id = catalog.tracker_id.as_str(),
        language = settings.language.code(),
        "making another index beside the one that serves"
    );
    let made = make(catalog, settings);
    let Some(applied) = made.inspect_err(|_| give_up(catalog))? else {
        give_up(catalog);
        return Ok(());
    };
    let (done, is_done) = mpsc::sync_channel(0);
    let prepared = Prepared {
        settings,
        applied,
        _done: done,
    };
    hand_over_index(catalog, prepared);
    // Never sent to: it ends when the other side drops it.
    let _ = is_done.recv();
    catalog.reindexing.note_made();
    tracing::info!(
        site.tracker_id = catalog.tracker_id.as_str(),
        duration_ms = began.elapsed().as_millis() as u64,
        "another index was made"
    );
    Ok(())
}

/// `None` when the site is closed, or asleep, before it is its turn.
fn turn(catalog: &Catalog) -> Option<MutexGuard<'static, ()>> {
    loop {
        match TURN.try_lock() {
            Ok(turn) => return Some(turn),
            Err(TryLockError::Poisoned(turn)) => return Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
        let is_open = catalog.groups.sleep_while_open(Instant::now() + TURN_PAUSE);
        if !is_open || !is_needed(catalog) {
            return None;
        }
    }
}

/// Half an index is of no use, and the disk may be full of it.
fn give_up(catalog: &Catalog) {
    catalog.reindexing.need_after(None);
    if let Err(error) = tidy(&catalog.folder) {
        tracing::warn!(
            site.tracker_id = catalog.tracker_id.as_str(),
            %error,
            "an unfinished index cannot be removed"
        );
    }
}

/// Makes an index up to some group; `None` when it is not wanted any more.
fn make(catalog: &Catalog, settings: IndexSettings) -> Result<Option<Sequence>, IndexingError> {
    let folder = next_folder(&catalog.folder);
    folder::remove(&folder)?;
    // Everything first: what is pruned until the next line is of groups the pages have seen.
    catalog.reindexing.need_after(Some(Sequence::default()));
    let start = last_sequence(catalog)?;
    catalog.reindexing.need_after(Some(start));
    let index = Index::create(&folder, settings)?;
    let mut writer = writer(catalog, &index)?;
    if !fill(catalog, &mut writer, settings)? {
        return Ok(None);
    }
    writer.commit(start)?;
    let mut applied = start;
    for _ in 0..REPLAYS_MAX {
        let last = last_sequence(catalog)?;
        if last.0 - applied.0 <= GROUPS_LEFT_MAX {
            break;
        }
        if !is_wanted(catalog, settings) {
            return Ok(None);
        }
        follow(catalog, &mut writer, applied, last)?;
        applied = last;
        catalog.reindexing.need_after(Some(applied));
    }
    writer.close()?;
    Ok(Some(applied))
}

/// Half of what the writer of the serving index may take, which goes on beside this one.
fn writer(catalog: &Catalog, index: &Index) -> Result<IndexWriter, IndexingError> {
    Ok(index.writer_in(catalog.budget.shared.index_memory_beside())?)
}

fn is_wanted(catalog: &Catalog, settings: IndexSettings) -> bool {
    catalog.groups.is_open() && catalog.settings() == settings
}

fn last_sequence(catalog: &Catalog) -> Result<Sequence, IndexingError> {
    let meta = catalog.readers.with(|reader| store::read_meta(reader))?;
    Ok(meta.counters.last_sequence)
}

/// Adds every object, each as it is when its page is read; `false` when the index is not wanted any
/// more.
fn fill(
    catalog: &Catalog,
    writer: &mut IndexWriter,
    settings: IndexSettings,
) -> Result<bool, IndexingError> {
    let scope = Scope {
        types: TypesWanted::All,
        active_at: None,
    };
    let mut after = 0;
    while is_wanted(catalog, settings) {
        let read = catalog.readers.with(|reader| {
            // A short look each time: a long one would keep the store's journal from being emptied.
            let snapshot = reader.snapshot()?;
            let page = listing::page(&snapshot, &scope, after, PAGE_OBJECTS, reader.damaged())?;
            // Never behind what the store has, so it knows what the page holds.
            let schema = catalog.schema.load();
            for head in &page {
                if !rebuild::add_current(writer, &schema, reader, head)? {
                    tracing::error!(
                        site.tracker_id = catalog.tracker_id.as_str(),
                        version = head.version.0,
                        "object has no content in the store; run `vetrina check`"
                    );
                }
            }
            Ok::<_, IndexingError>(page.last().map(|head| head.first_seen))
        });
        match read? {
            None => return Ok(true),
            Some(last) => after = last,
        }
    }
    Ok(false)
}

/// Replays groups, which may be of what the pages have seen, and commits.
fn follow(
    catalog: &Catalog,
    writer: &mut IndexWriter,
    from: Sequence,
    to: Sequence,
) -> Result<(), IndexingError> {
    let schema = catalog.schema.load();
    catalog
        .readers
        .with(|reader| rebuild::replay(writer, &schema, reader, from..to, Repeats::Possible))?;
    writer.commit(to)?;
    Ok(())
}

/// Puts a prepared index in the place of the one that serves, which holds everything up to `applied`.
/// Called between two groups by the thread that indexes, whose writer is closed. One that is not wanted
/// any more, or cannot be finished, is thrown away; else this is the last group it holds.
pub(in crate::engine::embedded) fn exchange(
    catalog: &Catalog,
    prepared: &Prepared,
    applied: Sequence,
) -> Result<Option<Sequence>, IndexingError> {
    if !is_wanted(catalog, prepared.settings) || !is_needed(catalog) {
        give_up(catalog);
        return Ok(None);
    }
    if let Err(error) = finish(catalog, prepared, applied) {
        tracing::error!(
            site.tracker_id = catalog.tracker_id.as_str(),
            %error,
            "another index could not be finished; the old one serves on"
        );
        give_up(catalog);
        return Ok(None);
    }
    rebuild::put_in_place(catalog, &next_folder(&catalog.folder)).map(Some)
}

fn finish(catalog: &Catalog, prepared: &Prepared, applied: Sequence) -> Result<(), IndexingError> {
    if prepared.applied < applied {
        let (index, at) = Index::open(&next_folder(&catalog.folder), catalog.store_id)?;
        let mut writer = writer(catalog, &index)?;
        follow(catalog, &mut writer, at, applied)?;
        // A merge must not go on in a folder that is moved.
        writer.close()?;
    }
    Ok(())
}
