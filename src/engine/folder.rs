//! Folders on a disk: where things lie in the data folder, how much room there is, and that only one process works in one.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::TrackerId;

/// The folder of a site; it can be copied, restored or deleted alone.
pub(super) fn of_site(data_dir: &Path, site: &TrackerId) -> PathBuf {
    data_dir.join("sites").join(site.as_str())
}

/// Makes the folder and its parents so that they survive a power loss.
pub(super) fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        create(parent)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_parent(folder)
}

/// Makes the last rename, creation or removal of the entry durable.
pub(super) fn sync_parent(entry: &Path) -> io::Result<()> {
    match entry
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// Removes the folder and what is in it; it need not be there.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Space left for us on the disk the folder lies on, in bytes.
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Says that this process works on the data folder, until dropped or dead.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// `None` when another process has it.
    pub(super) fn take(data_dir: &Path) -> io::Result<Option<Self>> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data_dir.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
