//! Sites of a backup put in their places, with no server on the data folder. Invariant: a site that is there stays as it
//! is until the one that takes its place was unpacked, compared with its checksums, opened, and looked through; each
//! place holds the one or the other at every moment.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use super::archive::ArchiveReader;
use super::error::{At, BackupError};
use super::manifest::{Manifest, SiteCopy};
use super::verify::{copy, next};
use crate::domain::{Clock, TrackerId};
use crate::engine::embedded::offline::check::{self, SiteReport};
use crate::engine::embedded::settings::EmbeddedSettings;
use crate::engine::embedded::sites::{self, registry};
use crate::engine::embedded::store::{self, Reader, StoreError};
use crate::engine::{events, folder};

/// Page cache of a look at what was unpacked, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// What is to be put back.
pub struct Restore<'r> {
    pub data_dir: &'r Path,
    pub file: &'r Path,
    /// Of the file, which [was verified](super::verify()).
    pub manifest: &'r Manifest,
    /// One site of it, or all.
    pub site: Option<&'r TrackerId>,
    /// Whether sites that are there are given up for those of the backup.
    pub replaces: bool,
    /// How a source goes on that has been read further than the backup knows, of its bookmark.
    pub bookmark: &'r dyn Fn(&str) -> String,
    pub clock: Clock,
}

/// A site that is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredSite {
    pub site: TrackerId,
    pub objects: u64,
    pub as_of: String,
    /// What was wrong with single objects when they were copied.
    pub findings: Vec<String>,
}

impl Restore<'_> {
    /// Puts all wanted sites in their places, or none.
    pub fn run(&self) -> Result<Vec<RestoredSite>, BackupError> {
        let wanted = self.wanted()?;
        let _lock = sites::lock(self.data_dir)?;
        for copy in &wanted {
            self.require_place(&copy.site)?;
        }
        self.require_room(&wanted)?;
        let unpacked = self.unpack(&wanted)?;
        let mut restored = Vec::new();
        for one in &unpacked {
            restored.push(self.prepare(one)?);
        }
        let folders: Vec<_> = unpacked.iter().map(|one| one.folder.as_path()).collect();
        let place = |one: &Unpacked<'_>| folder::of_site(self.data_dir, &one.copy.site);
        let places: Vec<_> = unpacked.iter().map(place).collect();
        put_in_places(&folders, &places)?;
        Ok(restored)
    }

    fn wanted(&self) -> Result<Vec<&SiteCopy>, BackupError> {
        let wanted = match self.site {
            Some(site) => vec![self.manifest.site(site)?],
            None => self.manifest.sites.iter().collect(),
        };
        for copy in &wanted {
            if copy.store_format > store::FORMAT {
                return Err(BackupError::NewerStore {
                    site: copy.site.clone(),
                    found: copy.store_format,
                    known: store::FORMAT,
                    made_by: self.manifest.made_by.clone(),
                });
            }
        }
        Ok(wanted)
    }

    fn require_place(&self, site: &TrackerId) -> Result<(), BackupError> {
        let place = folder::of_site(self.data_dir, site);
        let is_free = match fs::read_dir(&place) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            entries => entries.at(&place)?.next().is_none(),
        };
        if is_free || self.replaces {
            Ok(())
        } else {
            Err(BackupError::Occupied(place))
        }
    }

    fn require_room(&self, wanted: &[&SiteCopy]) -> Result<(), BackupError> {
        let bytes = wanted.iter().map(|copy| copy.bytes());
        let needed = bytes.fold(0, u64::saturating_add);
        let free = folder::free_bytes(self.data_dir).at(self.data_dir)?;
        let reserve = EmbeddedSettings::default().disk_reserve_bytes;
        if free < needed.saturating_add(reserve) {
            return Err(BackupError::NoRoom {
                folder: self.data_dir.to_owned(),
                free,
                needed,
                reserve,
            });
        }
        Ok(())
    }

    /// Unpacks the wanted sites beside those that are there. The file is read once more, and compared once more.
    fn unpack<'m>(&self, wanted: &[&'m SiteCopy]) -> Result<Vec<Unpacked<'m>>, BackupError> {
        let mut unpacked = Vec::new();
        for copy in wanted {
            let one = Unpacked {
                copy,
                folder: registry::unfinished(self.data_dir),
            };
            folder::create(&one.folder).at(&one.folder)?;
            unpacked.push(one);
        }
        let mut archive = ArchiveReader::open(self.file).at(self.file)?;
        let mut left: usize = wanted.iter().map(|copy| copy.files.len()).sum();
        while let Some(entry) = next(&mut archive, self.file)? {
            let place = unpacked.iter().find_map(|one| one.place(&entry.name));
            let Some((place, blake3)) = place else {
                copy(&mut archive, &entry, &mut std::io::sink(), self.file)?;
                continue;
            };
            let mut out = File::create_new(&place).at(&place)?;
            let sum = copy(&mut archive, &entry, &mut out, self.file)?;
            out.sync_all().at(&place)?;
            if sum.to_hex().as_str() != blake3 {
                return Err(self.changed());
            }
            left -= 1;
        }
        if left > 0 {
            return Err(self.changed());
        }
        Ok(unpacked)
    }

    fn changed(&self) -> BackupError {
        BackupError::Damaged {
            path: self.file.to_owned(),
            reason: "it changed while it was read".to_owned(),
        }
    }

    /// Makes a site of what was unpacked, and looks through all of it.
    fn prepare(&self, one: &Unpacked<'_>) -> Result<RestoredSite, BackupError> {
        let copy = one.copy;
        let site = &copy.site;
        let report = self
            .open_and_look(&one.folder)
            .map_err(|error| BackupError::unusable(site, &error))?;
        let fault = events::check::faults(&one.folder).into_iter().next();
        let fault = fault.map(|fault| format!("events: {fault}"));
        let differs = || {
            let (found, told) = (report.objects, copy.objects);
            (found != told).then(|| format!("it has {found} objects, its manifest says {told}"))
        };
        if let Some(reason) = fault.or_else(differs) {
            return Err(BackupError::Unusable {
                site: site.clone(),
                reason,
            });
        }
        self.give_to_owner(&one.folder)?;
        folder::sync_parent(&store::path(&one.folder)).at(&one.folder)?;
        Ok(RestoredSite {
            site: site.clone(),
            objects: report.objects,
            as_of: copy.as_of.clone(),
            findings: report.findings.into_lines(),
        })
    }

    fn open_and_look(&self, site_folder: &Path) -> Result<SiteReport, StoreError> {
        let reader = Reader::open(site_folder, CACHE_BYTES)?;
        store::read_meta(&reader)?;
        if let Some(finding) = store::findings(&reader, 1)?.first() {
            return Err(StoreError::Damaged(finding.clone()));
        }
        let mut report = SiteReport::default();
        check::check_objects(&reader, &mut report)?;
        drop(reader);
        store::settle(site_folder, self.clock.now(), self.bookmark)?;
        Ok(report)
    }

    /// Whoever owns the data folder is who the server runs as; this may be run by somebody else, such as root.
    fn give_to_owner(&self, site_folder: &Path) -> Result<(), BackupError> {
        let owner = |path: &Path| -> std::io::Result<(u32, u32)> {
            let metadata = fs::metadata(path)?;
            Ok((metadata.uid(), metadata.gid()))
        };
        let (user, group) = owner(self.data_dir).at(self.data_dir)?;
        let mut paths = vec![site_folder.to_owned()];
        for entry in fs::read_dir(site_folder).at(site_folder)? {
            paths.push(entry.at(site_folder)?.path());
        }
        for path in paths {
            // Another group alone keeps nobody from anything.
            if owner(&path).at(&path)?.0 != user {
                chown(&path, Some(user), Some(group)).at(&path)?;
            }
        }
        Ok(())
    }
}

/// The files of a site, beside its place; gone when it is dropped, unless it took its place.
struct Unpacked<'m> {
    copy: &'m SiteCopy,
    folder: PathBuf,
}

impl Unpacked<'_> {
    /// Where the file of this name in the archive belongs, and its checksum.
    fn place(&self, archived: &str) -> Option<(PathBuf, &str)> {
        let mut files = self.copy.files.iter();
        let file = files.find(|file| self.copy.archived(&file.name) == archived)?;
        Some((self.folder.join(&file.name), &file.blake3))
    }
}

impl Drop for Unpacked<'_> {
    fn drop(&mut self) {
        // What cannot be removed now goes at the next start: its name is that of no site.
        let _ = folder::remove(&self.folder);
    }
}

/// Puts each folder in its place, and what is there where the folder was: all of them, or none.
fn put_in_places(folders: &[&Path], places: &[PathBuf]) -> Result<(), BackupError> {
    let pairs = || folders.iter().zip(places);
    for (number, (new, place)) in pairs().enumerate() {
        if let Err(error) = put_in_place(new, place).at(place) {
            for (new, place) in pairs().take(number) {
                // It was there a moment ago, so it can be there again; if not, it is whole where it is.
                let _ = if new.exists() {
                    exchange(new, place)
                } else {
                    fs::rename(place, new)
                };
            }
            return Err(error);
        }
    }
    Ok(())
}

fn put_in_place(new: &Path, place: &Path) -> std::io::Result<()> {
    if place.exists() {
        exchange(new, place)?;
    } else {
        fs::rename(new, place)?;
    }
    folder::sync_parent(place)
}

#[cfg(target_os = "linux")]
fn exchange(new: &Path, place: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    match renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE) {
        // Some file systems cannot.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => exchange_in_steps(new, place),
        exchanged => Ok(exchanged?),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(new: &Path, place: &Path) -> std::io::Result<()> {
    exchange_in_steps(new, place)
}

/// A crash in between leaves the one that was there under a name that no start clears away.
fn exchange_in_steps(new: &Path, place: &Path) -> std::io::Result<()> {
    let mut aside = place.as_os_str().to_owned();
    aside.push(".before-restore");
    let aside = PathBuf::from(aside);
    fs::rename(place, &aside)?;
    fs::rename(new, place)?;
    fs::rename(&aside, new)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    #[test]
    fn where_one_folder_cannot_take_its_place_none_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, word) in [
            ("new1", "new"),
            ("new2", "new"),
            ("new3", "new"),
            ("a", "old"),
        ] {
            fs::create_dir(path(name)).unwrap();
            fs::write(path(name).join("word"), word).unwrap();
        }
        let new = ["new1", "new2", "new3"].map(path);
        let new: Vec<&Path> = new.iter().map(PathBuf::as_path).collect();
        let places = [path("a"), path("b"), path("nowhere/c")];
        put_in_places(&new, &places).unwrap_err();
        assert_eq!(fs::read(path("a/word")).unwrap(), b"old");
        assert!(!path("b").exists());
        fs::create_dir(path("nowhere")).unwrap();
        put_in_places(&new, &places).unwrap();
        for place in &places {
            assert_eq!(fs::read(place.join("word")).unwrap(), b"new");
        }
    }

    #[test]
    fn two_folders_change_places_both_ways() {
        for exchange in [exchange, exchange_in_steps] {
            let folder = tempfile::tempdir().unwrap();
            let (new, place) = (folder.path().join("new"), folder.path().join("1234-5678"));
            for (path, word) in [(&new, "new"), (&place, "old")] {
                fs::create_dir(path).unwrap();
                fs::write(path.join("word"), word).unwrap();
            }
            exchange(&new, &place).unwrap();
            assert_eq!(fs::read(place.join("word")).unwrap(), b"new");
            assert_eq!(fs::read(new.join("word")).unwrap(), b"old");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        }
    }
}
