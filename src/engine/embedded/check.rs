//! Looks whether the stores and indexes of a data folder are whole and agree, and makes an index
//! again on request. Checking changes nothing and may be done beside a running server.

use std::collections::BTreeSet;
use std::path::Path;

use super::catalog::{Budget, Catalog};
use super::index::{Index, IndexError, VersionId};
use super::store::{self, Reader, StoreError, codec, heads, log, versions};
use super::{CLOSE_WITHIN, folder, internal, lock, rebuild};
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::{EngineError, EngineSettings, Sequence};

/// What was found out about one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteReport {
    pub objects: u64,
    /// Contents in the store, those included that wait to be deleted.
    pub versions: u64,
    /// Objects the index shows.
    pub indexed: u64,
    /// Groups of writes the index has yet to take from the log. The server does that by itself.
    pub groups_behind: u64,
    /// Everything that is wrong, in words; empty for a good site.
    pub findings: Findings,
}

/// A bounded list of what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub listed: Vec<String>,
    /// More of the same, not listed.
    pub more: u64,
}

impl Findings {
    /// Enough to see the pattern.
    const LISTED_MAX: usize = 20;

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    fn add(&mut self, finding: impl Into<String>) {
        if self.listed.len() < Self::LISTED_MAX {
            self.listed.push(finding.into());
        } else {
            self.more += 1;
        }
    }
}

/// The sites a data folder holds, by name.
pub fn sites(data_dir: &Path) -> Result<Vec<TrackerId>, EngineError> {
    let entries = match std::fs::read_dir(data_dir.join("sites")) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| internal("cannot read the data folder", error))?,
    };
    let mut sites: Vec<TrackerId> = entries
        .filter_map(|entry| TrackerId::new(entry.ok()?.file_name().to_str()?))
        .collect();
    sites.sort();
    Ok(sites)
}

/// Checks one site. The index is opened first and the store after it: the store is never behind, so
/// beside a running server what one has more than the other is in the log.
pub fn check(data_dir: &Path, site: &TrackerId) -> Result<SiteReport, EngineError> {
    let site_folder = folder::of_site(data_dir, site);
    let mut report = SiteReport::default();
    if !store::path(&site_folder).is_file() {
        report.findings.add("there is no store");
        return Ok(report);
    }
    check_folder(&site_folder, &mut report)
        .map_err(|error| internal("the store cannot be read", error))?;
    Ok(report)
}

/// Makes the index of a site again from its store. No server may be running on the folder.
pub fn rebuild_index(data_dir: &Path, site: Site) -> Result<(), EngineError> {
    let _lock = lock(data_dir)?;
    let budget = Budget::of(&EngineSettings::default(), 1);
    folder::remove(&rebuild::index_folder(&folder::of_site(
        data_dir,
        &site.tracker_id,
    )))
    .map_err(|error| internal("cannot delete the index", error))?;
    let catalog = Catalog::open(data_dir, site, Clock::system(), budget)
        .map_err(|error| internal("cannot open the site", error))?;
    let problem = catalog.health.index_problem();
    catalog.close(std::time::Instant::now() + CLOSE_WITHIN);
    match problem {
        None => Ok(()),
        Some(reason) => Err(super::unavailable(reason)),
    }
}

fn check_folder(site_folder: &Path, report: &mut SiteReport) -> Result<(), StoreError> {
    /// Page cache of a check, in bytes.
    const CACHE_BYTES: u64 = 16 << 20;
    let reader = Reader::open(site_folder, CACHE_BYTES)?;
    let store_id = store::read_meta(&reader)?.id;
    let index = Index::open(&rebuild::index_folder(site_folder), store_id);
    let snapshot = reader.snapshot()?;
    check_pages(&snapshot, &mut report.findings)?;
    let current = check_heads(&snapshot, report)?;
    check_versions(&snapshot, &current, report)?;
    match index {
        Ok((index, at)) => check_index(&snapshot, &index, at, &current, report),
        Err(error) => {
            report
                .findings
                .add(format!("{error}; the next start makes it again"));
            Ok(())
        }
    }
}

fn check_pages(store: &Reader, findings: &mut Findings) -> Result<(), StoreError> {
    let mut statement = store.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let finding: String = row.get(0)?;
        if finding != "ok" {
            findings.add(format!("store file: {finding}"));
        }
    }
    Ok(())
}
