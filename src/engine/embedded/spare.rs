//! A little of the disk that is kept for starts: without a free byte a store cannot be opened, not even to be read.
//! Invariant: it is given up before a site is, and made again when there is room.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::engine::folder;

/// What it takes to open the files of a site: their shared memory and the first pages of their logs, with some to
/// spare.
const BYTES: usize = 512 << 10;

fn path(site_folder: &Path) -> PathBuf {
    site_folder.join("spare")
}

/// Sees to it that it is there, unless the disk is nearly full.
pub(super) fn keep(site_folder: &Path, disk_reserve_bytes: u64) -> io::Result<()> {
    let path = path(site_folder);
    if path.is_file() || folder::free_bytes(site_folder)? < disk_reserve_bytes + BYTES as u64 {
        return Ok(());
    }
    let mut spare = File::create(&path)?;
    let kept = spare
        .write_all(&vec![0xa5; BYTES])
        .and_then(|()| spare.sync_all());
    if kept.is_err() {
        let _ = fs::remove_file(&path);
    }
    kept
}

/// Gives it up where the disk has no more than that left; whether there is something to be tried again with.
pub(super) fn give_up(site_folder: &Path) -> bool {
    let has_no_room = folder::free_bytes(site_folder).is_ok_and(|free| free < BYTES as u64);
    has_no_room && fs::remove_file(path(site_folder)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_where_there_is_room_and_given_up_where_there_is_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        keep(folder.path(), u64::MAX / 2).expect("a folder that can be looked at");
        assert!(!path(folder.path()).exists(), "the disk is said to be full");
        for _ in 0..2 {
            keep(folder.path(), 0).expect("room for it");
            let spare = path(folder.path()).metadata().expect("a file");
            assert_eq!(spare.len(), BYTES as u64);
        }
        assert!(!give_up(folder.path()), "there is room");
        assert!(path(folder.path()).exists());
    }
}
