//! Where files lie while they are looked at. Invariant: one that nobody looks at any more is not there, and a start
//! clears away what an end in the middle of it has left.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// In the data folder.
const FOLDER: &str = "downloads";

#[derive(Clone, Debug)]
pub(super) struct Spool {
    folder: Arc<Path>,
    /// What is left free of the disk for what matters more.
    reserve_bytes: u64,
}

/// A file that goes with this value.
#[derive(Debug)]
pub(super) struct TempFile {
    path: PathBuf,
}

impl Spool {
    /// Empty. The data folder is held by this process alone.
    pub(super) fn open(data_dir: &Path, reserve_bytes: u64) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        clear(data_dir)?;
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder: folder.into(),
            reserve_bytes,
        })
    }

    /// Whether the disk has more free than is kept of it. One that does not say is taken at its word when it is
    /// written to.
    pub(super) fn has_room(&self) -> bool {
        let Ok(disk) = rustix::fs::statvfs(&*self.folder) else {
            return true;
        };
        disk.f_bavail.saturating_mul(disk.f_frsize) >= self.reserve_bytes
    }

    /// A name that nobody else has.
    pub(super) fn file(&self) -> io::Result<TempFile> {
        // Somebody may have cleared the folder away.
        fs::create_dir_all(&self.folder)?;
        let name = uuid::Uuid::new_v4().simple().to_string();
        Ok(TempFile {
            path: self.folder.join(name),
        })
    }
}

/// Removes what an earlier process left.
pub(super) fn clear(data_dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(data_dir.join(FOLDER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl TempFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it, for nobody else to read.
    pub(super) fn create(&self) -> io::Result<File> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = OpenOptions::new();
        options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // One that was never made is not there either.
        let _ = fs::remove_file(&self.path);
    }
}
