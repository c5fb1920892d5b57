//! Connections to the file of a store. Invariant: what one that writes has committed is on the disk.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::engine::sqlite::{StoreError, read_from, write_to};

/// The file of the store in the folder of a site.
pub(in crate::engine) fn path(site_folder: &Path) -> PathBuf {
    site_folder.join("store.db")
}

pub(super) fn open_for_writing(
    site_folder: &Path,
    more_flags: OpenFlags,
    cache_bytes: u64,
) -> Result<Connection, StoreError> {
    write_to(&path(site_folder), more_flags, cache_bytes)
}

pub(super) fn open_for_reading(
    site_folder: &Path,
    cache_bytes: u64,
) -> Result<Connection, StoreError> {
    read_from(&path(site_folder), cache_bytes)
}
