//! Whether a file is a whole backup. Invariant: it is read to its end, and each byte of it stands under a checksum.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use blake3::Hash;

use super::archive::{ArchiveReader, Entry};
use super::error::{At, BackupError};
use super::manifest::{self, Manifest};

/// Longest manifest that is read, in bytes.
const MANIFEST_BYTES_MAX: u64 = 64 << 20;
/// Most files of a backup.
const ENTRIES_MAX: usize = 1_000_000;

/// Reads all of the file; what it says of itself when it is a whole backup.
pub fn verify(file: &Path) -> Result<Manifest, BackupError> {
    let found = read(file)?;
    let damaged = |reason: String| BackupError::Damaged {
        path: file.to_owned(),
        reason,
    };
    let (Some(json), Some(line)) = (&found.manifest, &found.manifest_sum) else {
        return Err(damaged("it has no manifest".to_owned()));
    };
    let sum = blake3::hash(json);
    if *line != format!("{sum}  {}\n", manifest::NAME).into_bytes() {
        return Err(damaged("its manifest has another checksum".to_owned()));
    }
    let manifest = Manifest::read(json, file)?;
    let mut contents = found.contents;
    for copy in &manifest.sites {
        for expected in &copy.files {
            let name = copy.archived(&expected.name);
            let (bytes, sum) = contents
                .remove(&name)
                .ok_or_else(|| damaged(format!("`{name}` is not in it")))?;
            if bytes != expected.bytes || sum.to_hex().as_str() != expected.blake3 {
                return Err(damaged(format!("`{name}` has another checksum")));
            }
        }
    }
    match contents.keys().next() {
        None => Ok(manifest),
        Some(name) => Err(damaged(format!("its manifest does not name `{name}`"))),
    }
}

#[derive(Default)]
struct Found {
    contents: BTreeMap<String, (u64, Hash)>,
    manifest: Option<Vec<u8>>,
    manifest_sum: Option<Vec<u8>>,
}

fn read(file: &Path) -> Result<Found, BackupError> {
    let mut archive = ArchiveReader::open(file).at(file)?;
    let mut found = Found::default();
    while let Some(entry) = next(&mut archive, file)? {
        let is_new = match entry.name.as_str() {
            manifest::NAME => found.manifest.is_none(),
            manifest::SUM_NAME => found.manifest_sum.is_none(),
            name => !found.contents.contains_key(name),
        };
        if !is_new || found.contents.len() >= ENTRIES_MAX {
            return Err(BackupError::Damaged {
                path: file.to_owned(),
                reason: format!("`{}` is in it more than once", entry.name),
            });
        }
        match entry.name.as_str() {
            manifest::NAME => found.manifest = Some(text(&mut archive, &entry, file)?),
            manifest::SUM_NAME => found.manifest_sum = Some(text(&mut archive, &entry, file)?),
            _ => {
                let sum = copy(&mut archive, &entry, &mut io::sink(), file)?;
                found.contents.insert(entry.name, (entry.bytes, sum));
            }
        }
    }
    Ok(found)
}

fn text(archive: &mut ArchiveReader, entry: &Entry, file: &Path) -> Result<Vec<u8>, BackupError> {
    if entry.bytes > MANIFEST_BYTES_MAX {
        return Err(BackupError::Foreign {
            path: file.to_owned(),
            reason: "its manifest is too long",
        });
    }
    let mut text = Vec::new();
    copy(archive, entry, &mut text, file)?;
    Ok(text)
}

pub(super) fn next(archive: &mut ArchiveReader, file: &Path) -> Result<Option<Entry>, BackupError> {
    archive.next().map_err(|error| told(error, file))
}

pub(super) fn copy(
    archive: &mut ArchiveReader,
    entry: &Entry,
    out: &mut impl Write,
    file: &Path,
) -> Result<Hash, BackupError> {
    archive.copy(entry, out).map_err(|error| told(error, file))
}

fn told(error: io::Error, file: &Path) -> BackupError {
    let path = file.to_owned();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::Damaged {
            path,
            reason: "it ends early".to_owned(),
        },
        io::ErrorKind::InvalidData => BackupError::Foreign {
            path,
            reason: "it has parts of another form",
        },
        _ => BackupError::Io {
            path,
            source: error,
        },
    }
}
