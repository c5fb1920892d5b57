//! Files of indexes that are held in memory instead of mapped, as far as they find room. Invariant: what is held
//! is what was there when it was opened, whatever becomes of the file.
//!
//! A map of a file that is cut, or whose disk cannot be read, ends the process at the first look at what is
//! gone; no program can do anything about that. So small indexes are not mapped at all, and of larger ones
//! what came first.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tantivy::HasLen;
use tantivy::directory::{FileHandle, OwnedBytes};

/// Files of all indexes together, in bytes: those of some 30,000 usual objects. What a map takes is given back
/// when memory gets scarce, this is not.
const HELD_BYTES_MAX: usize = 32 << 20;
/// A larger file would leave too little for others.
const FILE_BYTES_MAX: usize = 8 << 20;

static HELD_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Of one folder, for as long as somebody reads them.
#[derive(Debug, Default)]
pub(in super::super) struct HeldFiles(Mutex<HashMap<PathBuf, Weak<Held>>>);

impl HeldFiles {
    /// `None` when there is no room for it.
    pub(in super::super) fn open(
        &self,
        folder: &Path,
        name: &Path,
    ) -> io::Result<Option<Arc<Held>>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = files.get(name).and_then(Weak::upgrade) {
            return Ok(Some(held));
        }
        let mut file = File::open(folder.join(name))?;
        let length = file.metadata()?.len() as usize;
        let Some(share) = Share::take(length) else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(length);
        file.read_to_end(&mut bytes)?;
        let held = Arc::new(Held {
            bytes: OwnedBytes::new(bytes),
            _share: share,
        });
        files.retain(|_, file| file.strong_count() > 0);
        files.insert(name.to_owned(), Arc::downgrade(&held));
        Ok(Some(held))
    }

    /// Another file may get the name.
    pub(in super::super) fn forget(&self, name: &Path) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.remove(name);
    }
}

/// A file in memory.
#[derive(Debug)]
pub(in super::super) struct Held {
    bytes: OwnedBytes,
    _share: Share,
}

impl HasLen for Held {
    fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl FileHandle for Held {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        Ok(self.bytes.slice(range))
    }
}

/// Part of the memory for all, given back when it is dropped.
#[derive(Debug)]
struct Share(usize);

impl Share {
    fn take(bytes: usize) -> Option<Self> {
        let fits = |held: usize| {
            let more = held.checked_add(bytes)?;
            (bytes <= FILE_BYTES_MAX && more <= HELD_BYTES_MAX).then_some(more)
        };
        HELD_BYTES
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .ok()
            .map(|_| Self(bytes))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        HELD_BYTES.fetch_sub(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stays_when_its_file_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (files, name) = (HeldFiles::default(), Path::new("a.idx"));
        std::fs::write(folder.path().join(name), b"words").unwrap();
        let held = files.open(folder.path(), name).unwrap().unwrap();
        std::fs::write(folder.path().join(name), b"").unwrap();
        assert_eq!(held.read_bytes(1..5).unwrap().as_slice(), b"ords");
        // The same for whoever opens it beside, and what is there for whoever comes later.
        let again = files.open(folder.path(), name).unwrap().unwrap();
        assert!(Arc::ptr_eq(&held, &again));
        drop((held, again));
        let later = files.open(folder.path(), name).unwrap().unwrap();
        assert_eq!(later.len(), 0);
    }

    #[test]
    fn a_file_without_room_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let name = Path::new("large");
        let file = File::create(folder.path().join(name)).unwrap();
        file.set_len(FILE_BYTES_MAX as u64 + 1).unwrap();
        let held = HeldFiles::default().open(folder.path(), name).unwrap();
        assert!(held.is_none());
    }
}
