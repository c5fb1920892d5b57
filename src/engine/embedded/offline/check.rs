//! Looks whether the stores and indexes of a data folder are whole and agree. Checking changes nothing and may be done beside a running server.

use std::collections::BTreeSet;
use std::path::Path;

use crate::domain::TrackerId;
use crate::engine::EngineError;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::follow::rebuild;
use crate::engine::embedded::ids::{Sequence, VersionId};
use crate::engine::embedded::index::Index;
use crate::engine::embedded::sites::ahead;
use crate::engine::embedded::store::heads::{self, Head};
use crate::engine::embedded::store::{
    self, Connection, Reader, StoreError, codec, files, log, versions, wal,
};
use crate::engine::{events, folder};

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
    /// There is none: the next start makes it from the store, which is all that counts.
    pub lacks_index: bool,
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

    /// One a line.
    pub(super) fn into_lines(self) -> Vec<String> {
        let mut lines = self.listed;
        if self.more > 0 {
            lines.push(format!("and {} more", self.more));
        }
        lines
    }

    pub(super) fn add(&mut self, finding: impl Into<String>) {
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
    for fault in events::check::faults(&site_folder) {
        report.findings.add(format!("events: {fault}"));
    }
    check_folder(&site_folder, &mut report)
        .map_err(|error| internal("the store cannot be read", error))?;
    Ok(report)
}

fn check_folder(site_folder: &Path, report: &mut SiteReport) -> Result<(), StoreError> {
    /// Page cache of a check, in bytes.
    const CACHE_BYTES: u64 = 16 << 20;
    check_earlier_logs(site_folder, &mut report.findings);
    if let Some(lost) = lost_transactions(site_folder)? {
        report.findings.add(lost);
    }
    let reader = Reader::open(site_folder, CACHE_BYTES)?;
    check_ahead(site_folder, &mut report.findings);
    let store_id = store::read_meta(&reader)?.id;
    let index_folder = rebuild::index_folder(site_folder);
    let index = Index::open(&index_folder, store_id);
    let snapshot = reader.snapshot()?;
    check_pages(&snapshot, &mut report.findings)?;
    let current = check_objects(&snapshot, report)?;
    check_files(&snapshot, &mut report.findings)?;
    match index {
        Ok((index, at)) => check_index(&snapshot, &index, at, &current, report),
        Err(_) if !index_folder.exists() => {
            report.lacks_index = true;
            Ok(())
        }
        Err(error) => {
            report
                .findings
                .add(format!("{error}; the next start makes it again"));
            Ok(())
        }
    }
}

fn check_pages(store: &Connection, findings: &mut Findings) -> Result<(), StoreError> {
    for finding in store::findings(store, Findings::LISTED_MAX)? {
        findings.add(format!("store file: {finding}"));
    }
    Ok(())
}

/// What is to be fetched is of objects that are there.
fn check_files(store: &Connection, findings: &mut Findings) -> Result<(), StoreError> {
    match files::count_strays(store)? {
        0 => {}
        strays => findings.add(format!("files of objects that are not there: {strays}")),
    }
    Ok(())
}

/// Whether all that was committed to the write-ahead log is found; what is not, in words.
pub(super) fn lost_transactions(site_folder: &Path) -> Result<Option<String>, StoreError> {
    let lost = wal::survey_beside_a_writer(&wal::path(site_folder))?.lost;
    let told = || format!("write-ahead log: damaged; transactions lost, at least: {lost}");
    Ok((lost > 0).then(told))
}

/// Whether it was found at the starts before.
pub(super) fn check_earlier_logs(site_folder: &Path, findings: &mut Findings) {
    if wal::kept_path(site_folder).exists() {
        findings.add(
            "write-ahead log: it was damaged at a start, and writes are lost; send the catalog again, then take \
             `store.db-wal.damaged` away",
        );
    }
}

/// Whether an index was put aside that knew more than the store.
pub(super) fn check_ahead(site_folder: &Path, findings: &mut Findings) {
    if ahead::kept_folder(site_folder).exists() {
        findings.add(
            "the index knew of writes that the store does not have: put the right `store.db` and `store.db-wal` back, \
             or take `index.ahead` away and send the catalog again",
        );
    }
}

/// The next group of the log; what is damaged ends it.
fn next_of_log(
    store: &Connection,
    at: Sequence,
    findings: &mut Findings,
) -> Result<Option<(Sequence, log::Operations)>, StoreError> {
    match log::next_after(store, at) {
        Err(error @ StoreError::LogEntry(_)) => {
            findings.add(error.to_string());
            Ok(None)
        }
        next => next,
    }
}

/// All objects and contents of a store whose pages are sound. Returns the versions that are current.
pub(super) fn check_objects(
    store: &Connection,
    report: &mut SiteReport,
) -> Result<BTreeSet<VersionId>, StoreError> {
    let current = check_heads(store, report)?;
    // What is in doubt is a finding already.
    check_versions(store, &current, report)?;
    Ok(current)
}

/// Every head must have a content that is of it and has its hash. Returns the versions named.
fn check_heads(
    store: &Connection,
    report: &mut SiteReport,
) -> Result<BTreeSet<VersionId>, StoreError> {
    let mut current = BTreeSet::new();
    let damaged = store::Damaged::default();
    heads::for_each(store, &damaged, |identity, head| {
        report.objects += 1;
        if let Some(finding) = check_content(store, identity, &head)? {
            report
                .findings
                .add(format!("object `{identity}`: {finding}"));
        }
        if !current.insert(head.version) {
            let version = head.version.0;
            report
                .findings
                .add(format!("version {version} is current of two objects"));
        }
        Ok::<_, StoreError>(())
    })?;
    if damaged.count() > 0 {
        let count = damaged.count();
        report.findings.add(format!("{count} heads cannot be read"));
    }
    Ok(current)
}

fn check_content(
    store: &Connection,
    identity: &str,
    head: &Head,
) -> Result<Option<&'static str>, StoreError> {
    let version = match versions::find(store, head.version) {
        Ok(Some(version)) => version,
        Ok(None) => return Ok(Some("has no content")),
        Err(StoreError::Content(_)) => return Ok(Some("content has another checksum")),
        Err(error) => return Err(error),
    };
    let Ok(json) = codec::unpack(&version.body) else {
        return Ok(Some("content cannot be unpacked"));
    };
    if codec::hash(&json) != head.hash {
        return Ok(Some("content has another hash"));
    }
    let Ok(object) = codec::decode(&json, None) else {
        return Ok(Some("content cannot be read"));
    };
    let is_own = object.identity.as_str() == identity && object.object_type == head.object_type;
    Ok((!is_own).then_some("content is of another object"))
}

/// A version no head names must be waiting for its deletion.
fn check_versions(
    store: &Connection,
    current: &BTreeSet<VersionId>,
    report: &mut SiteReport,
) -> Result<(), StoreError> {
    let mut removed = BTreeSet::new();
    let mut at = Sequence(0);
    while let Some((sequence, operations)) = next_of_log(store, at, &mut report.findings)? {
        removed.extend(operations.removed);
        at = sequence;
    }
    versions::for_each_id(store, |version| {
        report.versions += 1;
        if !current.contains(&version) && !removed.contains(&version) {
            let version = version.0;
            report
                .findings
                .add(format!("version {version} belongs to no object"));
        }
    })
}

/// The index must show what the store had when the index last committed: what the heads name now,
/// without what the log has added since and with what it has removed.
fn check_index(
    store: &Connection,
    index: &Index,
    at: Sequence,
    current: &BTreeSet<VersionId>,
    report: &mut SiteReport,
) -> Result<(), StoreError> {
    let meta = store::read_meta(store)?;
    let last = meta.counters.last_sequence;
    if at > last || at < meta.pruned_to {
        report.findings.add(format!(
            "the index holds group {}, the log those from {} to {}; the next start makes it again",
            at.0,
            meta.pruned_to.0 + 1,
            last.0
        ));
        return Ok(());
    }
    report.groups_behind = last.0 - at.0;
    let mut expected = current.clone();
    let mut added_since = BTreeSet::new();
    let mut replayed = at;
    while let Some((sequence, operations)) = next_of_log(store, replayed, &mut report.findings)? {
        added_since.extend(operations.added.iter().map(|added| added.version));
        expected.extend(operations.removed);
        replayed = sequence;
    }
    expected.retain(|version| !added_since.contains(version));
    match index.versions() {
        Ok(shown) => compare(&expected, &shown, report),
        Err(error) => report.findings.add(format!("index: {error}")),
    }
    match index.damaged_files() {
        Ok(files) => {
            for file in files {
                report
                    .findings
                    .add(format!("index file `{file}` is damaged"));
            }
        }
        Err(error) => report.findings.add(format!("index: {error}")),
    }
    Ok(())
}

fn compare(expected: &BTreeSet<VersionId>, shown: &[VersionId], report: &mut SiteReport) {
    report.indexed = shown.len() as u64;
    let shown_once: BTreeSet<VersionId> = shown.iter().copied().collect();
    if shown_once.len() != shown.len() {
        let twice = shown.len() - shown_once.len();
        report
            .findings
            .add(format!("the index shows {twice} versions twice"));
    }
    for version in expected.difference(&shown_once) {
        report
            .findings
            .add(format!("the index does not show version {}", version.0));
    }
    for version in shown_once.difference(expected) {
        report.findings.add(format!(
            "the index shows version {}, which is not current",
            version.0
        ));
    }
}
