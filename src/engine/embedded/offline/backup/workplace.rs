//! Where a backup is made: a folder beside its file, for its owner alone. Invariant: nothing in it is ever taken for a
//! backup; what a crash leaves of it goes with the next backup to the same file.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::error::{At, BackupError};
use crate::engine::folder;

pub(super) struct Workplace {
    folder: PathBuf,
    _lock: folder::Lock,
}

impl Workplace {
    /// Of the backup that is to become `file`.
    pub(super) fn enter(file: &Path) -> Result<Self, BackupError> {
        let mut name = file.as_os_str().to_owned();
        name.push(".unfinished");
        let folder = PathBuf::from(name);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).at(&folder);
            }
            _ => {}
        }
        let lock = folder::Lock::take(&folder).at(&folder)?;
        let lock = lock.ok_or_else(|| BackupError::BeingMade(file.to_owned()))?;
        let place = Self {
            folder,
            _lock: lock,
        };
        place.clear_site()?;
        match fs::remove_file(place.archive()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at(&place.folder),
            _ => Ok(place),
        }
    }

    pub(super) fn archive(&self) -> PathBuf {
        self.folder.join("archive")
    }

    /// Where the files of one site are copied to.
    pub(super) fn site(&self) -> PathBuf {
        self.folder.join("site")
    }

    /// Makes it a new folder.
    pub(super) fn clear_site(&self) -> Result<(), BackupError> {
        let site = self.site();
        folder::remove(&site)
            .and_then(|()| fs::create_dir(&site))
            .at(&site)
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed now goes with the next backup.
        let _ = folder::remove(&self.folder);
    }
}
