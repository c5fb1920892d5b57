//! Whether the file of a store is as long as it says. `SQLite` reads what is beyond its end as zeros, and only when
//! somebody asks for it. Invariant: a file that was cut is neither served nor written to.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::connection::open_for_reading;
use super::{StoreError, findings, wal};

const HEADER_BYTES: usize = 100;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Page cache of a look at the whole file, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// Refuses a store that was cut. One that looks like that may have been left by a crash while the write-ahead log was
/// moved into it, so it is looked at as a whole first.
pub(in crate::engine::embedded) fn require_whole(site_folder: &Path) -> Result<(), StoreError> {
    let path = super::path(site_folder);
    let length = match path.metadata() {
        Ok(file) if file.len() > 0 => file.len(),
        // A new one.
        _ => return Ok(()),
    };
    let Some(missing) = missing_pages(site_folder, length)? else {
        return Ok(());
    };
    let store = open_for_reading(site_folder, CACHE_BYTES)?;
    match findings(&store, 1)?.first() {
        None => Ok(()),
        Some(finding) => Err(StoreError::Damaged(format!(
            "`store.db` was cut, at least {missing} pages are missing ({}); restore it, or delete the folder of the \
             site and send the catalog again",
            finding.replace('\n', " ")
        ))),
    }
}

/// Pages that the file should have and that the log has not either; `None` where none is missing.
fn missing_pages(site_folder: &Path, length: u64) -> io::Result<Option<u64>> {
    let mut header = [0; HEADER_BYTES];
    let is_read = File::open(super::path(site_folder))?.read_exact(&mut header);
    if is_read.is_err() || header[..16] != *MAGIC {
        // Not even the first page.
        return Ok(Some(1));
    }
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 1 << 16,
        bytes => u64::from(bytes).max(1),
    };
    let pages = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
    let there = length / page_bytes;
    if there >= u64::from(pages) {
        return Ok(None);
    }
    let in_log = wal::pages(&wal::path(site_folder))?;
    let missing = (there as u32 + 1..=pages).filter(|page| !in_log.contains(page));
    let missing = missing.count() as u64;
    Ok((missing > 0).then_some(missing))
}
