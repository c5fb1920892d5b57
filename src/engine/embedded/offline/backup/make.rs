//! A backup made, beside a server that runs and writes or without one. Invariant: of each site all that was acknowledged
//! before its copy began is in it, a write batch whole or not at all, and what is in it was looked at.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::archive::ArchiveWriter;
use super::error::{At, BackupError};
use super::manifest::{self, EVENTS, FileCopy, LeftOut, Manifest, STORE, SiteCopy};
use super::workplace::Workplace;
use crate::domain::{Clock, TrackerId};
use crate::engine::embedded::offline::check::{self, Findings, SiteReport};
use crate::engine::embedded::settings::EmbeddedSettings;
use crate::engine::embedded::store::{self, Moment, Reader, Severity, StoreError};
use crate::engine::{events, folder};

/// Page cache of a look at a copy, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// Writes a backup of these sites to a file that is not there yet. A site that cannot be copied is left out, and named;
/// without any there is no backup.
pub fn make(
    data_dir: &Path,
    sites: &[TrackerId],
    file: &Path,
    clock: &Clock,
) -> Result<Manifest, BackupError> {
    require_nothing(file)?;
    require_room(data_dir, sites, file)?;
    let place = Workplace::enter(file)?;
    let mut manifest = Manifest::new(clock.now().to_string());
    let seconds = (clock.now().as_millis() / 1_000).max(0) as u64;
    let path = place.archive();
    let mut archive = ArchiveWriter::create(&path, seconds).at(&path)?;
    for site in sites {
        let as_of = clock.now().to_string();
        match copy_site(&folder::of_site(data_dir, site), &place)? {
            Ok(looked) => {
                let copy = SiteCopy {
                    site: site.clone(),
                    as_of,
                    objects: looked.objects,
                    last_sequence: looked.last_sequence,
                    store_format: looked.store_format,
                    files: Vec::new(),
                    findings: looked.findings,
                };
                manifest.sites.push(add_site(&mut archive, copy, &place)?);
            }
            Err(reason) => manifest.left_out.push(LeftOut {
                site: site.clone(),
                reason,
            }),
        }
    }
    if manifest.sites.is_empty() {
        let told = manifest.left_out.iter();
        let told = told.map(|left| format!("`{}`: {}", left.site, left.reason));
        return Err(BackupError::NothingCopied(
            told.collect::<Vec<_>>().join("; "),
        ));
    }
    add_manifest(&mut archive, &manifest).at(&path)?;
    archive.finish().at(&path)?;
    require_nothing(file)?;
    fs::rename(&path, file)
        .and_then(|()| folder::sync_parent(file))
        .at(file)?;
    Ok(manifest)
}

fn require_nothing(file: &Path) -> Result<(), BackupError> {
    match file.symlink_metadata() {
        Ok(_) => Err(BackupError::Exists(file.to_owned())),
        Err(_) => Ok(()),
    }
}

/// The file grows to the size of all sites, and the largest of them lies beside it once more. What the disk keeps for
/// writes is not touched: it may be the one that the server writes to.
fn require_room(data_dir: &Path, sites: &[TrackerId], file: &Path) -> Result<(), BackupError> {
    let of_site = |site: &TrackerId| -> u64 {
        let site_folder = folder::of_site(data_dir, site);
        let files = [store::path(&site_folder), events::path(&site_folder)];
        let with_logs = files.iter().flat_map(|file| {
            let mut log = file.as_os_str().to_owned();
            log.push("-wal");
            [file.clone(), PathBuf::from(log)]
        });
        with_logs
            .map(|file| fs::metadata(file).map_or(0, |file| file.len()))
            .sum()
    };
    let by_site: Vec<u64> = sites.iter().map(of_site).collect();
    let needed = by_site.iter().sum::<u64>() + by_site.iter().max().unwrap_or(&0);
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let free = folder::free_bytes(parent).at(parent)?;
    let reserve = EmbeddedSettings::default().disk_reserve_bytes;
    if free < needed.saturating_add(reserve) {
        return Err(BackupError::NoRoom {
            folder: parent.to_owned(),
            free,
            needed,
            reserve,
        });
    }
    Ok(())
}

/// What was seen of a copy.
struct Looked {
    objects: u64,
    last_sequence: u64,
    store_format: i64,
    findings: Vec<String>,
}

/// Copies the files of a site to the workplace. The inner error is why the site is not fit to be copied.
fn copy_site(site_folder: &Path, place: &Workplace) -> Result<Result<Looked, String>, BackupError> {
    place.clear_site()?;
    match copy_store_and_events(site_folder, &place.site()) {
        Ok(looked) => Ok(looked),
        Err(error) if error.severity() == Severity::DiskFull => {
            Err(std::io::Error::other(error.to_string())).at(&place.site())
        }
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn copy_store_and_events(
    site_folder: &Path,
    copy: &Path,
) -> Result<Result<Looked, String>, StoreError> {
    if !store::path(site_folder).is_file() {
        return Ok(Err("there is no store".to_owned()));
    }
    let mut report = SiteReport::default();
    if let Some(lost) = check::lost_transactions(site_folder)? {
        return Ok(Err(lost));
    }
    check::check_earlier_logs(site_folder, &mut report.findings);
    check::check_ahead(site_folder, &mut report.findings);
    // Both moments first: what was acknowledged before the copy began is in one of them.
    let events_file = events::path(site_folder);
    let events_moment = events_file.is_file().then(|| Moment::of(&events_file));
    Moment::of(&store::path(site_folder))?.copy_to(&store::path(copy))?;
    let reader = Reader::open(copy, CACHE_BYTES)?;
    if let Some(finding) = store::findings(&reader, 1)?.first() {
        return Ok(Err(format!("the store is damaged: {finding}")));
    }
    let (store_format, meta) = (store::read_format(&reader)?, store::read_meta(&reader)?);
    check::check_objects(&reader, &mut report)?;
    drop(reader);
    let events_copied = events_moment.map(|moment| moment?.copy_to(&events::path(copy)));
    add_events_findings(events_copied, copy, &mut report.findings)?;
    Ok(Ok(Looked {
        objects: report.objects,
        last_sequence: meta.counters.last_sequence.0,
        store_format,
        findings: report.findings.into_lines(),
    }))
}

/// Leaves a file of events out that is broken: a site does without.
fn add_events_findings(
    copied: Option<Result<(), StoreError>>,
    copy: &Path,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let faults = match copied {
        None => return Ok(()),
        Some(Err(error)) if error.severity() == Severity::DiskFull => return Err(error),
        Some(Err(error)) => vec![error.to_string()],
        Some(Ok(())) => events::check::faults(copy),
    };
    if faults.is_empty() {
        return Ok(());
    }
    for fault in faults {
        findings.add(format!("events are not in it: {fault}"));
    }
    match fs::remove_file(events::path(copy)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn add_site(
    archive: &mut ArchiveWriter,
    mut copy: SiteCopy,
    place: &Workplace,
) -> Result<SiteCopy, BackupError> {
    for name in [STORE, EVENTS] {
        let path = place.site().join(name);
        if !path.is_file() {
            continue;
        }
        let mut file = File::open(&path).at(&path)?;
        let bytes = file.metadata().at(&path)?.len();
        let sum = archive
            .add(&copy.archived(name), &mut file, bytes)
            .at(&path)?;
        copy.files.push(FileCopy {
            name: name.to_owned(),
            bytes,
            blake3: sum.to_hex().to_string(),
        });
    }
    Ok(copy)
}

fn add_manifest(archive: &mut ArchiveWriter, manifest: &Manifest) -> std::io::Result<()> {
    let json = manifest.write();
    let sum = archive.add(manifest::NAME, &mut &json[..], json.len() as u64)?;
    let line = format!("{sum}  {}\n", manifest::NAME);
    archive.add(manifest::SUM_NAME, &mut line.as_bytes(), line.len() as u64)?;
    Ok(())
}
