//! Whether `SQLite` will find in its write-ahead log all that was committed to it. It takes the log up to the first
//! frame that is not what was written, and says nothing of what stood behind. Invariant: what is called lost here
//! was acknowledged; what a crash cuts off is not.
//!
//! Proof of a loss is a transaction behind the point where reading stops that is followed by more of the same log:
//! the next transaction begins when the one before is on the disk. The last transaction of a log is no proof: a
//! crash leaves such a one half written. Frames of an earlier use of the file have other salts.
//! The form is that of <https://www.sqlite.org/fileformat2.html#walformat>.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::connection;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// Of pages of a store; a multiple of eight.
const PAGE_BYTES: usize = 4096;

/// With the lowest bit set where words of checksums are big-endian.
const MAGIC: u32 = 0x377f_0682;

/// The log beside the store.
pub(in crate::engine::embedded) fn path(site_folder: &Path) -> PathBuf {
    connection::path(site_folder).with_extension("db-wal")
}

/// Where a damaged log is kept for whoever wants to look, until it is taken away.
pub(in crate::engine::embedded) fn kept_path(site_folder: &Path) -> PathBuf {
    connection::path(site_folder).with_extension("db-wal.damaged")
}

/// What a log holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Survey {
    /// Transactions that `SQLite` finds.
    pub found: u64,
    /// Transactions that were on the disk and that it does not find, at least.
    pub lost: u64,
}

/// Reads a log that nobody writes to. None is an empty one.
pub(in crate::engine::embedded) fn survey(log: &Path) -> io::Result<Survey> {
    match File::open(log) {
        Ok(file) => read(BufReader::with_capacity(1 << 20, file), |_| {}),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Survey::default()),
        Err(error) => Err(error),
    }
}

/// Numbers of the pages that `SQLite` finds in the log. None is an empty one.
pub(in crate::engine::embedded) fn pages(log: &Path) -> io::Result<BTreeSet<u32>> {
    let mut pages = BTreeSet::new();
    match File::open(log) {
        Ok(file) => {
            read(BufReader::with_capacity(1 << 20, file), |page| {
                pages.insert(page);
            })?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(pages)
}

/// [`survey`] where somebody may be writing: what is lost is lost at every look.
pub(in crate::engine::embedded) fn survey_beside_a_writer(log: &Path) -> io::Result<Survey> {
    const LOOKS: usize = 3;
    const BETWEEN: std::time::Duration = std::time::Duration::from_millis(50);
    let mut seen = survey(log)?;
    for _ in 1..LOOKS {
        if seen.lost == 0 {
            break;
        }
        std::thread::sleep(BETWEEN);
        seen = survey(log)?;
    }
    Ok(seen)
}

/// Keeps a copy of a damaged log, before it is written over. An earlier one stays.
pub(in crate::engine::embedded) fn keep(site_folder: &Path) -> io::Result<()> {
    let kept = kept_path(site_folder);
    if !kept.exists() {
        std::fs::copy(path(site_folder), &kept)?;
        File::open(&kept)?.sync_all()?;
    }
    Ok(())
}

/// Each page that is found is given to `each`, also one that a crash left without the end of its transaction.
fn read(mut log: impl Read, mut each: impl FnMut(u32)) -> io::Result<Survey> {
    let mut survey = Survey::default();
    let mut header = [0; HEADER_BYTES];
    if !fill(&mut log, &mut header)? {
        return Ok(survey);
    }
    let magic = word(&header, 0);
    let words = if magic & 1 == 0 {
        u32::from_le_bytes as fn([u8; 4]) -> u32
    } else {
        u32::from_be_bytes
    };
    let mut sum = Sum(0, 0);
    sum.add(&header[..24], words);
    let is_header_sound = magic & !1 == MAGIC && sum == Sum::at(&header, 24);
    // What a damaged header says of its frames counts for nothing.
    let (words, page_bytes) = match word(&header, 8) {
        _ if !is_header_sound => (u32::from_ne_bytes as fn(_) -> _, PAGE_BYTES),
        1 => (words, 1 << 16),
        bytes => (words, bytes as usize),
    };
    let mut salts: [u8; 8] = header[16..24].try_into().expect("eight bytes");
    // Whether `SQLite` still reads.
    let mut is_read = is_header_sound;
    // Where it does not: the end of a transaction that was followed by nothing yet.
    let mut unproven = 0;
    let mut is_first = true;
    let mut frame = vec![0; FRAME_HEADER_BYTES + page_bytes];
    while fill(&mut log, &mut frame)? {
        if is_first && !is_header_sound {
            // The salts may be what is damaged.
            salts.copy_from_slice(&frame[8..16]);
        }
        let before = std::mem::replace(&mut sum, Sum::at(&frame, 16));
        let mut expected = before;
        expected.add(&frame[..8], words);
        expected.add(&frame[FRAME_HEADER_BYTES..], words);
        let is_sound = frame[8..16] == salts && word(&frame, 0) != 0 && expected == sum;
        // The first one has nothing to be compared with where the header is damaged.
        let is_sound = is_sound && (is_header_sound || !is_first);
        is_first = false;
        let is_commit = word(&frame, 4) != 0;
        is_read &= is_sound;
        if is_read {
            each(word(&frame, 0));
            survey.found += u64::from(is_commit);
        } else if frame[8..16] == salts {
            // Of this log, and so is the one before it, if its checksum leads here.
            if is_sound {
                survey.lost += std::mem::take(&mut unproven);
            }
            unproven += u64::from(is_commit && is_sound);
        }
    }
    if !is_header_sound {
        // It is on the disk before anything else of the log is, so the last transaction was read, too.
        survey.lost += unproven;
    }
    Ok(survey)
}

/// Whether there was as much as that.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The checksum of a log, over all of it up to some point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum(u32, u32);

impl Sum {
    fn at(bytes: &[u8], at: usize) -> Self {
        Self(word(bytes, at), word(bytes, at + 4))
    }

    fn add(&mut self, bytes: &[u8], words: fn([u8; 4]) -> u32) {
        for pair in bytes.chunks_exact(8) {
            let (first, second) = pair.split_at(4);
            let value = |bytes: &[u8]| words(bytes.try_into().expect("four bytes"));
            self.0 = self.0.wrapping_add(value(first)).wrapping_add(self.1);
            self.1 = self.1.wrapping_add(value(second)).wrapping_add(self.0);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;
