//! What the file may take and what it leaves of the disk, which it shares with the catalog. Anybody may send events:
//! they end long before the shop's own writes do. Invariant: what a batch may still need is free beside what is kept.

use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::{EventLog, Surroundings, file};
use crate::engine::folder;
use crate::engine::sqlite::StoreError;

/// As much again as writes of the shop keep: a disk that is full for events has room for those.
const RESERVES: u64 = 2;

/// What a turn of housekeeping may take before it gives anything back: pages of the log.
const CLEARING_BYTES: u64 = 16 << 20;

impl Surroundings<'_> {
    /// Whether more may be written at all.
    pub(super) fn ensure_room(&self) -> Result<(), StoreError> {
        self.ensure_free(self.reserve_with(file::WRITER_CACHE_BYTES))
    }

    /// The same in the middle of a transaction: what it has changed is in the log but for what the cache holds, and
    /// moves into the file later, which grows by what it is short of.
    pub(super) fn ensure_room_for(&self, transaction: &Connection) -> Result<(), StoreError> {
        let of_file = file::path(self.folder).metadata()?.len();
        let after = pages(transaction, "page_count")? * pages(transaction, "page_size")?;
        let growth = after.saturating_sub(of_file);
        self.ensure_free(self.reserve_with(file::WRITER_CACHE_BYTES + growth))
    }

    fn reserve_with(&self, needed: u64) -> u64 {
        let reserves = self.disk_reserve_bytes.saturating_mul(RESERVES);
        reserves.saturating_add(needed)
    }

    /// For what the shop asks for itself.
    pub(super) fn ensure_reserve(&self) -> Result<(), StoreError> {
        self.ensure_free(self.disk_reserve_bytes)
    }

    /// For a turn of housekeeping.
    pub(super) fn ensure_room_to_clear(&self) -> Result<(), StoreError> {
        self.ensure_free(self.disk_reserve_bytes.saturating_add(CLEARING_BYTES))
    }

    fn ensure_free(&self, reserve: u64) -> Result<(), StoreError> {
        let free = folder::free_bytes(self.folder)?;
        if free < reserve {
            return Err(StoreError::DiskReserve { free, reserve });
        }
        Ok(())
    }
}

impl EventLog {
    pub(super) fn set_file_bytes(&self, bytes: u64) {
        self.file_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn file_bytes(&self) -> u64 {
        self.file_bytes.load(Ordering::Relaxed)
    }

    /// That the file takes what it may, if so: nothing is counted until something has gone.
    pub(in crate::engine) fn full(&self) -> Option<StoreError> {
        let (bytes, max) = (self.file_bytes(), self.settings.file_bytes_max);
        (bytes >= max).then_some(StoreError::FileFull { bytes, max })
    }
}

/// What is in the file, without what is free in it.
pub(super) fn used_bytes(file: &Connection) -> Result<u64, StoreError> {
    let used = pages(file, "page_count")?.saturating_sub(pages(file, "freelist_count")?);
    Ok(used * pages(file, "page_size")?)
}

/// A number that the head of the file says.
fn pages(file: &Connection, which: &str) -> Result<u64, StoreError> {
    let number = file.pragma_query_value(None, which, |row| row.get::<_, i64>(0))?;
    Ok(number as u64)
}
