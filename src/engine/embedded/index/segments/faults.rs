//! Disk faults for tests: no file of an index below a folder can be made or grow.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static FULL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The disk of this folder has no byte left, or has room again.
pub(in crate::engine::embedded) fn fill_disk(folder: &Path, is_full: bool) {
    let mut full = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    full.retain(|other| other != folder);
    if is_full {
        full.push(folder.to_owned());
    }
}

pub(in super::super) fn require_room(file: &Path) -> io::Result<()> {
    let full = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    if full.iter().any(|folder| file.starts_with(folder)) {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
}
