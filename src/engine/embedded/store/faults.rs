//! Disk faults for tests. A full disk is `SQLite`'s own: its file may not grow past a number of pages.
//! A failed fsync cannot be had from a healthy disk: the commit is replaced by the error it would be.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use rusqlite::{Connection, ffi};

use super::StoreError;

#[derive(Debug)]
pub(in crate::engine::embedded) struct Faults {
    pages_max: AtomicI64,
    sync_fails: AtomicBool,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            pages_max: AtomicI64::new(i64::from(u32::MAX - 1)),
            sync_fails: AtomicBool::new(false),
        }
    }
}

impl Faults {
    /// The file is as large as the disk lets it be.
    pub(in crate::engine::embedded) fn fill_disk(&self) {
        self.pages_max.store(1, Ordering::SeqCst);
    }

    /// The file may grow to so many pages.
    pub(in crate::engine::embedded) fn leave_pages(&self, pages_max: i64) {
        self.pages_max.store(pages_max, Ordering::SeqCst);
    }

    pub(in crate::engine::embedded) fn free_disk(&self) {
        self.pages_max
            .store(i64::from(u32::MAX - 1), Ordering::SeqCst);
    }

    /// The next commits fail to reach the disk.
    pub(in crate::engine::embedded) fn break_sync(&self, broken: bool) {
        self.sync_fails.store(broken, Ordering::SeqCst);
    }

    /// `SQLite` never lowers the limit below the present size of the file.
    pub(super) fn limit_file(&self, connection: &Connection) -> Result<(), StoreError> {
        let pages_max = self.pages_max.load(Ordering::SeqCst);
        connection.query_row(&format!("PRAGMA max_page_count = {pages_max}"), [], |_| {
            Ok(())
        })?;
        Ok(())
    }

    pub(super) fn fail_sync(&self) -> Result<(), StoreError> {
        if self.sync_fails.load(Ordering::SeqCst) {
            let failure = ffi::Error::new(ffi::SQLITE_IOERR_FSYNC);
            return Err(rusqlite::Error::SqliteFailure(failure, None).into());
        }
        Ok(())
    }
}
