//! The sites made over the API, which no configuration names: made while the server runs, found again at its next start.
//! Invariant: a folder under `sites` is a whole site or none; what a crash leaves of one that was being
//! made or removed has a name that no site has, and goes at the next start.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::domain::{Site, Timestamp, TrackerId};
use crate::engine::embedded::store::engines::{self, NewEngine};
use crate::engine::embedded::store::{self, Reader, StoreError};
use crate::engine::folder;

/// A tracker id never starts like this.
const UNFINISHED: &str = ".unfinished-";

/// Makes the folder of a new site; `false` when there is one, whoever it belongs to.
pub(in crate::engine::embedded) fn make(
    data_dir: &Path,
    site: &Site,
    name: String,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let place = folder::of_site(data_dir, &site.tracker_id);
    if place.exists() {
        return Ok(false);
    }
    let building = unfinished(data_dir);
    folder::create(&building)?;
    let engine = NewEngine {
        name,
        language: site.language,
    };
    let made = store::make(&building, now, &engine).and_then(|()| {
        fs::rename(&building, &place)?;
        folder::sync_parent(&place)?;
        Ok(())
    });
    if made.is_err() {
        folder::remove(&building)?;
    }
    made.map(|()| true)
}

/// Removes the folder of a site that is closed.
pub(in crate::engine::embedded) fn remove(data_dir: &Path, site: &TrackerId) -> io::Result<()> {
    let place = folder::of_site(data_dir, site);
    let removed = unfinished(data_dir);
    match fs::rename(&place, &removed) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        renamed => renamed?,
    }
    folder::sync_parent(&place)?;
    folder::remove(&removed)
}

/// Removes what a crash left, and tells of the sites that are there as [`look`] does.
pub(in crate::engine::embedded) fn find(
    data_dir: &Path,
    configured: &HashSet<TrackerId>,
) -> io::Result<Vec<Site>> {
    for entry in entries(data_dir)? {
        if entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(UNFINISHED))
        {
            folder::remove(&entry.path())?;
        }
    }
    look(data_dir, configured)
}

/// Sites in the data folder that were made here and are not among the configured ones. A store that
/// cannot be read is left alone, and told. Nothing is changed.
pub(in crate::engine::embedded) fn look(
    data_dir: &Path,
    configured: &HashSet<TrackerId>,
) -> io::Result<Vec<Site>> {
    let mut sites = Vec::new();
    for entry in entries(data_dir)? {
        let file_name = entry.file_name();
        let Some(file_name) = file_name.to_str() else {
            continue;
        };
        let Some(tracker_id) = TrackerId::new(file_name) else {
            continue;
        };
        if configured.contains(&tracker_id) || !store::path(&entry.path()).is_file() {
            continue;
        }
        match Reader::open(&entry.path(), 0).and_then(|reader| engines::made(&reader)) {
            Ok(Some(engine)) => sites.push(site(tracker_id, &engine)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(
                    site.tracker_id = tracker_id.as_str(),
                    %error,
                    "cannot read whose store this is; it is not served"
                );
            }
        }
    }
    Ok(sites)
}

fn entries(data_dir: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(data_dir.join("sites")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

fn site(tracker_id: TrackerId, engine: &NewEngine) -> Site {
    Site {
        language: engine.language,
        ..Site::of_documents(tracker_id)
    }
}

/// A folder beside those of the sites, for what is being made or removed.
pub(in crate::engine::embedded) fn unfinished(data_dir: &Path) -> PathBuf {
    let name = format!("{UNFINISHED}{}", uuid::Uuid::new_v4().simple());
    data_dir.join("sites").join(name)
}
