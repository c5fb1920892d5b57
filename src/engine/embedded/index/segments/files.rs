//! The files of an index on the disk, and whether they are what was written. Invariant: a list of
//! segments that is read is one that was written, letter by letter; what no list names is a leftover
//! of a write that was never committed, and is no damage.
//!
//! tantivy ends each file of a segment with a checksum, but not the list of them, `meta.json`. It gets one
//! here, as a first entry that other versions ignore; a list without one is taken as it is.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::footer::Footer;
use tantivy::directory::{
    DirectoryLock, FileHandle, FileSlice, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::index::SegmentComponent;
use tantivy::{Directory, HasLen};

use super::held::HeldFiles;

/// The list of segments.
pub(in super::super) const META: &str = "meta.json";

/// Begins a list that has a checksum: of all that follows, the brace in front included.
const SEAL: &str = "{\"crc32\":";
/// So that the seal is always as long.
const DIGITS: usize = 10;

#[derive(Clone, Debug)]
pub(in super::super) struct Files {
    maps: MmapDirectory,
    held: Arc<HeldFiles>,
    folder: PathBuf,
}

impl Files {
    pub(in super::super) fn open(folder: &Path) -> tantivy::Result<Self> {
        Ok(Self {
            maps: MmapDirectory::open(folder)?,
            held: Arc::default(),
            folder: folder.to_owned(),
        })
    }

    /// A test may have filled the disk.
    #[cfg_attr(not(test), expect(clippy::unused_self, clippy::unnecessary_wraps))]
    fn require_room(&self) -> io::Result<()> {
        #[cfg(test)]
        super::faults::require_room(&self.folder)?;
        Ok(())
    }
}

impl Directory for Files {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        match self.held.open(&self.folder, path) {
            Ok(Some(held)) => Ok(held),
            Ok(None) => self.maps.get_file_handle(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(OpenReadError::FileDoesNotExist(path.to_owned()))
            }
            Err(error) => Err(OpenReadError::wrap_io_error(error, path.to_owned())),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.held.forget(path);
        self.maps.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.maps.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.require_room()
            .map_err(|error| OpenWriteError::wrap_io_error(error, path.to_owned()))?;
        self.held.forget(path);
        self.maps.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let content = self.maps.atomic_read(path)?;
        if path != Path::new(META) {
            return Ok(content);
        }
        unseal(content).map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.require_room()?;
        if path == Path::new(META) {
            self.maps.atomic_write(path, &seal(content))
        } else {
            self.maps.atomic_write(path, content)
        }
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.maps.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.maps.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.maps.watch(callback)
    }
}

/// A JSON object with entries gets the checksum as one more.
fn seal(json: &[u8]) -> Vec<u8> {
    let Some(entries) = json.strip_prefix(b"{") else {
        return json.to_vec();
    };
    let checksum = crc32fast::hash(json);
    let mut sealed = format!("{SEAL}{checksum:DIGITS$},").into_bytes();
    sealed.extend_from_slice(entries);
    sealed
}

fn unseal(content: Vec<u8>) -> io::Result<Vec<u8>> {
    let Some(sealed) = content.strip_prefix(SEAL.as_bytes()) else {
        return Ok(content);
    };
    let damaged = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "the list of segments is damaged",
        )
    };
    let (digits, entries) = sealed.split_at_checked(DIGITS).ok_or_else(damaged)?;
    let entries = entries.strip_prefix(b",").ok_or_else(damaged)?;
    let json = [b"{", entries].concat();
    let is_whole = std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.trim_start().parse().ok())
        == Some(crc32fast::hash(&json));
    is_whole.then_some(json).ok_or_else(damaged)
}

/// Files of the segments that the last commit shows.
pub(in super::super) fn committed(index: &tantivy::Index) -> tantivy::Result<HashSet<PathBuf>> {
    let list = index.load_metas()?;
    let mut files = list.list_segment_files();
    for segment in list
        .segments
        .iter()
        .filter(|segment| !segment.has_deletes())
    {
        // Named all the same, by a stamp that a leftover may have.
        files.remove(&segment.relative_path(SegmentComponent::Delete));
    }
    Ok(files)
}

/// Removes what a writer left that did not live to commit: files of the names it would give again, and
/// others that nobody would ever remove. To be called by whoever holds the lock of the writer.
pub(in super::super) fn clear_leftovers(
    folder: &Path,
    index: &tantivy::Index,
) -> tantivy::Result<()> {
    let committed = committed(index)?;
    for entry in std::fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        let Some(text) = name.to_str() else {
            continue;
        };
        // A list that was being written has a name of its own until it is whole.
        let is_ours = !text.starts_with('.') || text.starts_with(".tmp");
        if is_ours && text != META && !committed.contains(&name) {
            match std::fs::remove_file(folder.join(&name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Bytes of the files that the last commit shows.
pub(in super::super) fn committed_bytes(
    folder: &Path,
    index: &tantivy::Index,
) -> tantivy::Result<u64> {
    let files = committed(index)?;
    let bytes = files
        .iter()
        .filter_map(|name| Some(std::fs::metadata(folder.join(name)).ok()?.len()));
    Ok(bytes.sum())
}

/// Names of files whose content is not what was written; reads all of them. They are read and not mapped:
/// a map of a file that has become shorter cannot be looked at.
pub(in super::super) fn damaged(
    folder: &Path,
    index: &tantivy::Index,
) -> tantivy::Result<Vec<String>> {
    // The list itself is compared with its checksum when it is read.
    let mut damaged = Vec::new();
    for file in committed(index)? {
        let path = folder.join(&file);
        // Most segments lack some; one that is missed is missed when the segment is opened. One that was
        // merged away meanwhile is gone when it is looked for again.
        let is_there = path.exists();
        if is_there && !matches!(is_whole(&path), Ok(true)) && path.exists() {
            damaged.push(file.display().to_string());
        }
        // Of words without places the reader makes none where there should be some.
        if !is_there
            && path.extension().is_some_and(|ending| ending == "pos")
            && path.with_extension("idx").exists()
        {
            damaged.push(file.display().to_string());
        }
    }
    damaged.sort_unstable();
    Ok(damaged)
}

/// Whether a file of a segment has the checksum that its end says.
fn is_whole(path: &Path) -> io::Result<bool> {
    /// More than a description at the end may take.
    const END_BYTES: u64 = 64 << 10;
    const READ_BYTES: usize = 256 << 10;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    // What reads the description takes for granted that there is room for its length and its kind.
    if length < 2 * size_of::<u32>() as u64 {
        return Ok(false);
    }
    let end_bytes = length.min(END_BYTES);
    let mut end = vec![0; end_bytes as usize];
    file.read_exact_at(&mut end, length - end_bytes)?;
    let end = FileSlice::from(end);
    // As it will be read when the file is opened next.
    let Ok((description, before)) = Footer::extract_footer(end.clone()) else {
        return Ok(false);
    };
    if description.is_compatible().is_err() {
        return Ok(false);
    }
    let mut left = length - (end.len() - before.len()) as u64;
    let mut checksum = crc32fast::Hasher::new();
    let mut buffer = vec![0; READ_BYTES.min(left as usize)];
    while left > 0 {
        let part = buffer.len().min(left as usize);
        file.read_exact(&mut buffer[..part])?;
        checksum.update(&buffer[..part]);
        left -= part as u64;
    }
    Ok(checksum.finalize() == description.crc)
}

/// What tells that somebody else wrote to a file: what was committed is never written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// `None` when there is no such file.
    pub(in super::super) fn of(file: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(file).ok()?;
        Some(Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_one_bit_flipped_is_not_read_as_another_list() {
        let list = br#"{"segments": [{"max_doc": 20}], "opstamp": 7}"#;
        let sealed = seal(list);
        assert_eq!(unseal(sealed.clone()).unwrap(), list);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // With another name the checksum is one entry more that nobody knows, before the same list.
            if let Ok(read) = unseal(flipped) {
                assert!(read.ends_with(&list[1..]), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_list_of_before_is_read() {
        let list = b"{\n \"segments\": []}".to_vec();
        assert_eq!(unseal(list.clone()).unwrap(), list);
    }
}
