//! Brings an index in step with its store: by the log when it is a little behind, from the heads
//! when it is missing, damaged or of another store. One that was only made in another way serves on,
//! and `reindex` makes a better one.
//! Invariant: the folder `index` is always a whole index or none; a crash at any step leaves a state
//! the next start can go on from.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{fs, io};

use crate::domain::{Schema, derive};
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::ids::{Sequence, VersionId};
use crate::engine::embedded::index::{Index, IndexEntry, IndexError, IndexWriter};
use crate::engine::embedded::store::{
    self, Reader, Severity, StoreError, StoredObject, attributes, heads, log,
};
use crate::engine::folder;

#[derive(Debug, thiserror::Error)]
pub(in crate::engine::embedded) enum IndexingError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("index folder: {0}")]
    Folder(#[from] io::Error),
    #[error("after group {} came group {}", at.0, next.0)]
    Gap { at: Sequence, next: Sequence },
    #[error("catching up ended unexpectedly")]
    Panicked,
}

impl IndexingError {
    /// Nothing is wrong but that there is no room.
    pub(in crate::engine::embedded) fn is_of_full_disk(&self) -> bool {
        match self {
            Self::Index(error) => error.is_of_full_disk(),
            Self::Store(error) => error.severity() == Severity::DiskFull,
            Self::Folder(error) => error.kind() == io::ErrorKind::StorageFull,
            Self::Gap { .. } | Self::Panicked => false,
        }
    }
}

/// Objects between two lines of progress.
const PROGRESS_EVERY: u64 = 50_000;

pub(in crate::engine::embedded) fn index_folder(site_folder: &Path) -> PathBuf {
    site_folder.join("index")
}

/// Where an index is made before it takes its place.
fn new_folder(site_folder: &Path) -> PathBuf {
    site_folder.join("index.new")
}

/// Where an index lies that is being replaced.
fn old_folder(site_folder: &Path) -> PathBuf {
    site_folder.join("index.old")
}

/// Takes away what a crash has left beside the index, and puts one back that was just being replaced.
pub(in crate::engine::embedded) fn tidy(site_folder: &Path) -> io::Result<()> {
    let (place, old) = (index_folder(site_folder), old_folder(site_folder));
    if !place.exists() && old.exists() {
        fs::rename(&old, &place)?;
    }
    folder::remove(&old)?;
    folder::remove(&new_folder(site_folder))
}

/// Opens the index of a site that was asleep, as it is; makes it again when it cannot be used. What it lacks is in the
/// queue of its worker, or on the way there.
pub(super) fn reopen_index(catalog: &Catalog) -> Result<Sequence, IndexingError> {
    open_or_make(catalog, Trust::Yes, |_, at| Ok(at))
}

/// Opens the site's index and brings it up to date; makes it again when it cannot be used. One that is whole
/// serves before it is up to date, since that may fail. One that is damaged neither serves nor follows.
pub(in crate::engine::embedded) fn open_index(
    catalog: &Catalog,
    trust: Trust,
) -> Result<Sequence, IndexingError> {
    open_or_make(catalog, trust, |index, at| {
        let catch_up = || {
            catalog
                .readers
                .with(|reader| catch_up(catalog, index, at, reader))
        };
        catch_unwind(AssertUnwindSafe(catch_up)).unwrap_or(Err(IndexingError::Panicked))
    })
}

/// `follow` brings an index that is whole, of that sequence, up to date.
fn open_or_make(
    catalog: &Catalog,
    trust: Trust,
    follow: impl FnOnce(&Index, Sequence) -> Result<Sequence, IndexingError>,
) -> Result<Sequence, IndexingError> {
    tidy(&catalog.folder)?;
    let opened = Index::open(&index_folder(&catalog.folder), catalog.store_id)
        .map_err(IndexingError::from)
        .and_then(|(index, at)| {
            let index = as_before(catalog, index);
            if trust == Trust::No || index.is_verified_first() {
                index.verify();
            }
            let index = Arc::new(index);
            catalog
                .readers
                .with(|reader| require_reach(at, &store::read_meta(reader)?))?;
            catalog.index.store(Some(Arc::clone(&index)));
            catalog.show(at);
            if index.damage().is_some() {
                return Ok(at);
            }
            follow(&index, at)
        });
    match opened {
        Ok(applied) => Ok(applied),
        Err(IndexingError::Index(IndexError::Unusable { reason })) => {
            tracing::info!(
                site.tracker_id = catalog.tracker_id.as_str(),
                reason,
                "making the index from the store"
            );
            rebuild_index(catalog)
        }
        Err(error) => Err(error),
    }
}

/// With what all indexes share, and what this one knew when it was closed.
fn as_before(catalog: &Catalog, index: Index) -> Index {
    let index = index.sharing(&catalog.budget.shared.caches);
    let asleep = catalog.asleep.load();
    let learnt = asleep.as_ref().and_then(|asleep| asleep.learnt.clone());
    match learnt {
        Some(learnt) => index.knowing(learnt),
        None => index,
    }
}

/// Whether large indexes may serve before they are verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::embedded) enum Trust {
    Yes,
    No,
}

/// An index the log cannot bring up to date is unusable.
fn require_reach(at: Sequence, store: &store::Meta) -> Result<(), IndexingError> {
    let last = store.counters.last_sequence;
    if at > last || at < store.pruned_to {
        return Err(unusable(format!(
            "it holds group {}, the log those from {} to {}",
            at.0,
            store.pruned_to.0 + 1,
            last.0
        )));
    }
    Ok(())
}

/// Makes the site's index again from its store and puts it in place of the one there is.
pub(in crate::engine::embedded) fn rebuild_index(
    catalog: &Catalog,
) -> Result<Sequence, IndexingError> {
    let began = Instant::now();
    let building = new_folder(&catalog.folder);
    folder::remove(&building)?;
    let made = catalog
        .readers
        .with(|reader| fill(catalog, &building, reader));
    let (applied, objects) = match made {
        Ok(made) => made,
        Err(error) => {
            // Half an index is of no use, and the disk may be full of it.
            folder::remove(&building)?;
            return Err(error);
        }
    };
    put_in_place(catalog, &building)?;
    tracing::info!(
        site.tracker_id = catalog.tracker_id.as_str(),
        objects,
        duration_ms = began.elapsed().as_millis() as u64,
        "index made from the store"
    );
    Ok(applied)
}

/// Replays what the log has after `at`.
fn catch_up(
    catalog: &Catalog,
    index: &Index,
    at: Sequence,
    reader: &Reader,
) -> Result<Sequence, IndexingError> {
    let snapshot = reader.snapshot()?;
    let meta = store::read_meta(&snapshot)?;
    require_reach(at, &meta)?;
    let last = meta.counters.last_sequence;
    if at == last {
        return Ok(at);
    }
    // Of the snapshot, not the published one: that may be a moment behind the log.
    let schema = attributes::load(&snapshot)?;
    let mut writer = index.writer_in(catalog.budget.shared.index_memory())?;
    replay(&mut writer, &schema, reader, at..last, Repeats::No)?;
    writer.commit(last)?;
    Ok(last)
}

/// Whether the index may already hold some of what it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::embedded) enum Repeats {
    No,
    Possible,
}

/// Gives the writer the groups after the start of the range, its end included.
pub(in crate::engine::embedded) fn replay(
    writer: &mut IndexWriter,
    schema: &Schema,
    reader: &Reader,
    groups: Range<Sequence>,
    repeats: Repeats,
) -> Result<(), IndexingError> {
    let mut applied = groups.start;
    while applied < groups.end {
        let next = match log::next_after(reader, applied) {
            Err(error @ StoreError::LogEntry(_)) => return Err(unusable(error.to_string())),
            next => next?,
        };
        let Some((sequence, operations)) = next.filter(|(next, _)| next.0 == applied.0 + 1) else {
            return Err(unusable(format!("the log has no group {}", applied.0 + 1)));
        };
        if repeats == Repeats::Possible {
            let added: Vec<_> = operations.added.iter().map(|added| added.version).collect();
            writer.delete(&added)?;
        }
        for added in &operations.added {
            add_version(writer, schema, reader, added.version, added.first_seen)?;
        }
        if !operations.removed.is_empty() {
            writer.delete(&operations.removed)?;
        }
        applied = sequence;
    }
    Ok(())
}

/// Gives the writer a version as it lies in the store; one that is damaged is left out.
pub(super) fn add_version(
    writer: &mut IndexWriter,
    schema: &Schema,
    reader: &Reader,
    version: VersionId,
    first_seen: u64,
) -> Result<(), IndexingError> {
    match reader.object(version)? {
        Some(found) => add_stored(writer, schema, version, first_seen, &found)?,
        None => reader.damaged().note(version, "it is not there"),
    }
    Ok(())
}

fn unusable(reason: String) -> IndexingError {
    IndexError::Unusable { reason }.into()
}

/// Makes an index of everything in the store; returns its sequence and how many objects it holds.
fn fill(
    catalog: &Catalog,
    building: &Path,
    reader: &Reader,
) -> Result<(Sequence, u64), IndexingError> {
    let index = Index::create(building, catalog.settings())?;
    let snapshot = reader.snapshot()?;
    let last = store::read_meta(&snapshot)?.counters.last_sequence;
    let schema = attributes::load(&snapshot)?;
    let mut writer = index.writer_in(catalog.budget.shared.index_memory())?;
    let mut objects = 0;
    heads::for_each(&snapshot, reader.damaged(), |identity, head| {
        if !add_current(&mut writer, &schema, reader, &head)? {
            tracing::error!(
                site.tracker_id = catalog.tracker_id.as_str(),
                object.identity = identity,
                "object has no content in the store; run `vetrina check`"
            );
        }
        objects += 1;
        if objects % PROGRESS_EVERY == 0 {
            tracing::info!(
                site.tracker_id = catalog.tracker_id.as_str(),
                objects,
                "making the index"
            );
        }
        Ok::<_, IndexingError>(())
    })?;
    writer.commit(last)?;
    Ok((last, objects))
}

/// `false` when the store does not have what the head names.
pub(in crate::engine::embedded) fn add_current(
    writer: &mut IndexWriter,
    schema: &Schema,
    reader: &Reader,
    head: &heads::Head,
) -> Result<bool, IndexingError> {
    let Some(found) = reader.current(head)? else {
        reader.damaged().note(head.version, "it is not there");
        return Ok(false);
    };
    add_stored(writer, schema, head.version, head.first_seen, &found)?;
    Ok(true)
}

/// The index entry of an object that was read from the store.
fn add_stored(
    writer: &mut IndexWriter,
    schema: &Schema,
    version: VersionId,
    first_seen: u64,
    found: &StoredObject,
) -> Result<(), IndexError> {
    let entry = IndexEntry {
        version,
        first_seen,
        updated_at: found.updated_at,
        object: &found.object,
        derived: &derive(&found.object),
    };
    writer.add(schema, &entry)
}

/// Serves with a whole index from elsewhere in the site's folder. A crash between the two renames leaves
/// the one there was beside its place, and the next start puts it back.
pub(in crate::engine::embedded) fn put_in_place(
    catalog: &Catalog,
    made: &Path,
) -> Result<Sequence, IndexingError> {
    let place = index_folder(&catalog.folder);
    let old = old_folder(&catalog.folder);
    folder::remove(&old)?;
    match fs::rename(&place, &old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs::rename(made, &place)?;
    folder::sync_parent(&place)?;
    folder::remove(&old)?;
    let (index, at) = Index::open(&place, catalog.store_id)?;
    let index = index.sharing(&catalog.budget.shared.caches);
    catalog.index.store(Some(Arc::new(index)));
    Ok(at)
}
