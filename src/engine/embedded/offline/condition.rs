//! How a site lies on the disk, at a glance: what keeps it from being opened, and what it does without. Invariant:
//! looking changes nothing, may be done beside a running server, and takes no longer for a large site but for its events.

use std::fs;
use std::path::Path;

use crate::domain::TrackerId;
use crate::engine::embedded::follow::rebuild;
use crate::engine::embedded::index::Index;
use crate::engine::embedded::sites::ahead;
use crate::engine::embedded::store::{self, Reader, StoreError, engines, wal};
use crate::engine::{events, folder};

/// A write-ahead log that is larger was not emptied for long.
const LOG_BYTES_MAX: u64 = 1 << 30;

/// What was seen of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// What its store says, where it can be read.
    pub format: Option<i64>,
    /// Made over the Swiftype API: no configuration names it.
    pub is_made: bool,
    /// What keeps it from being served, or from taking writes.
    pub faults: Vec<String>,
    /// What mends itself, or that it can do without.
    pub warnings: Vec<String>,
}

/// Bytes that indexes are made of: what making another beside the largest takes.
pub fn index_bytes(data_dir: &Path, site: &TrackerId) -> u64 {
    let index = rebuild::index_folder(&folder::of_site(data_dir, site));
    let entries = fs::read_dir(index).into_iter().flatten();
    let bytes = entries.map(|entry| entry.and_then(|entry| entry.metadata()));
    bytes.flatten().map(|metadata| metadata.len()).sum()
}

/// The format of stores that this program writes.
pub const STORE_FORMAT: i64 = store::FORMAT;

/// Of a site that has a folder.
pub fn condition(data_dir: &Path, site: &TrackerId) -> Condition {
    let site_folder = folder::of_site(data_dir, site);
    let mut seen = Condition::default();
    let is_empty = fs::metadata(store::path(&site_folder)).map_or(true, |file| file.len() == 0);
    if is_empty {
        seen.faults
            .push("`store.db` is missing or empty".to_owned());
        return seen;
    }
    if let Err(error) = look(&site_folder, &mut seen) {
        seen.faults.push(error.to_string());
    }
    if ahead::kept_folder(&site_folder).exists() {
        seen.faults.push(
            "the index knew of writes that the store does not have (`index.ahead`): it takes no writes".to_owned(),
        );
    }
    if wal::kept_path(&site_folder).exists() {
        seen.warnings.push(
            "writes were lost with a damaged write-ahead log: send the catalog again, then take \
             `store.db-wal.damaged` away"
                .to_owned(),
        );
    }
    let log = fs::metadata(wal::path(&site_folder)).map_or(0, |log| log.len());
    if log > LOG_BYTES_MAX {
        seen.warnings.push(format!(
            "the write-ahead log has {log} bytes: something reads the store for very long"
        ));
    }
    for fault in events::check::faults(&site_folder) {
        seen.warnings.push(format!(
            "events are not counted ({fault}): stop the server and take `events.db` away"
        ));
    }
    seen
}

fn look(site_folder: &Path, seen: &mut Condition) -> Result<(), StoreError> {
    store::require_whole(site_folder)?;
    let reader = Reader::open(site_folder, 0)?;
    let format = store::read_format(&reader)?;
    seen.format = Some(format);
    if format < store::FORMAT {
        let to = store::FORMAT;
        seen.warnings.push(format!(
            "its store has format {format}: the next start makes it {to}; back it up before"
        ));
        return Ok(());
    }
    seen.is_made = engines::made(&reader)?.is_some();
    let id = store::read_meta(&reader)?.id;
    if let Err(error) = Index::open(&rebuild::index_folder(site_folder), id) {
        seen.warnings.push(format!(
            "{error}: the next start makes it from the store, before the site is served"
        ));
    }
    Ok(())
}
