//! What a backup says of itself: JSON, the last file in it. Invariant: one that was read names sites by their ids, each
//! once, and of each what makes it up.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::BackupError;
use crate::domain::TrackerId;

/// What this program writes. A later one is refused, never guessed at.
const FORMAT: u64 = 1;

/// The manifest in the archive; its checksum as `b3sum --check` reads it.
pub(super) const NAME: &str = "manifest.json";
pub(super) const SUM_NAME: &str = "manifest.json.b3";

/// Files of a site.
pub(super) const STORE: &str = "store.db";
pub(super) const EVENTS: &str = "events.db";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) backup_format: u64,
    /// Program and version.
    pub made_by: String,
    pub made_at: String,
    pub sites: Vec<SiteCopy>,
    /// Sites that were to be in it and are not.
    pub left_out: Vec<LeftOut>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCopy {
    #[serde(with = "tracker_id")]
    pub site: TrackerId,
    /// All that was acknowledged before is in it.
    pub as_of: String,
    pub objects: u64,
    /// The last write in it that searches show.
    pub last_sequence: u64,
    pub store_format: i64,
    pub(super) files: Vec<FileCopy>,
    /// What is wrong with single objects, and what of the site is not in it, in words.
    pub findings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    #[serde(with = "tracker_id")]
    pub site: TrackerId,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileCopy {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) blake3: String,
}

impl Manifest {
    pub(super) fn new(made_at: String) -> Self {
        Self {
            backup_format: FORMAT,
            made_by: concat!("vetrina ", env!("CARGO_PKG_VERSION")).to_owned(),
            made_at,
            sites: Vec::new(),
            left_out: Vec::new(),
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("it has no keys but texts");
        json.push(b'\n');
        json
    }

    /// Reads the manifest of the backup at `path`.
    pub(super) fn read(json: &[u8], path: &Path) -> Result<Self, BackupError> {
        let damaged = |reason: String| BackupError::Damaged {
            path: path.to_owned(),
            reason,
        };
        // The format first: the rest is this format's.
        let said: Said = serde_json::from_slice(json)
            .map_err(|error| damaged(format!("its manifest cannot be read: {error}")))?;
        if said.backup_format != FORMAT {
            return Err(BackupError::NewerFormat {
                found: said.backup_format,
                known: FORMAT,
                made_by: said.made_by,
            });
        }
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| damaged(format!("its manifest cannot be read: {error}")))?;
        let mut sites: Vec<&TrackerId> = manifest.sites.iter().map(|copy| &copy.site).collect();
        sites.sort();
        sites.dedup();
        let is_of_sites = sites.len() == manifest.sites.len()
            && manifest.sites.iter().all(SiteCopy::has_its_files);
        if !is_of_sites {
            return Err(damaged(
                "its manifest names other files than a site has".to_owned(),
            ));
        }
        Ok(manifest)
    }

    pub(super) fn site(&self, site: &TrackerId) -> Result<&SiteCopy, BackupError> {
        let found = self.sites.iter().find(|copy| copy.site == *site);
        found.ok_or_else(|| BackupError::NotInIt(site.clone()))
    }
}

impl SiteCopy {
    /// The file by its name in the archive.
    pub(super) fn archived(&self, file: &str) -> String {
        format!("sites/{}/{file}", self.site)
    }

    pub fn bytes(&self) -> u64 {
        let bytes = self.files.iter().map(|file| file.bytes);
        bytes.fold(0, u64::saturating_add)
    }

    fn has_its_files(&self) -> bool {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        names == [STORE] || names == [STORE, EVENTS]
    }
}

/// What every format says.
#[derive(Deserialize)]
struct Said {
    backup_format: u64,
    #[serde(default)]
    made_by: String,
}

mod tracker_id {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use crate::domain::TrackerId;

    pub(super) fn serialize<S: Serializer>(id: &TrackerId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TrackerId, D::Error> {
        let text = String::deserialize(from)?;
        TrackerId::new(&text).ok_or_else(|| de::Error::custom("a site has no such id"))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = |name: &str| FileCopy {
            name: name.to_owned(),
            bytes: 3,
            blake3: blake3::hash(b"abc").to_hex().to_string(),
        };
        let mut manifest = Manifest::new("2026-11-29T00:00:00+00:00".to_owned());
        manifest.sites.push(SiteCopy {
            site: TrackerId::new("shop-1").unwrap(),
            as_of: "2026-11-29T00:00:00+00:00".to_owned(),
            objects: 2,
            last_sequence: 7,
            store_format: 1,
            files: vec![file(STORE), file(EVENTS)],
            findings: Vec::new(),
        });
        manifest
    }

    fn read(json: &[u8]) -> Result<Manifest, BackupError> {
        Manifest::read(json, Path::new("a.vetrina"))
    }

    #[test]
    fn it_reads_back_what_it_wrote() {
        let manifest = manifest();
        assert_eq!(read(&manifest.write()).unwrap(), manifest);
        assert_eq!(manifest.sites[0].bytes(), 6);
        assert_eq!(manifest.sites[0].archived(STORE), "sites/shop-1/store.db");
    }

    #[test]
    fn another_format_is_refused_before_anything_else_is_read() {
        let later =
            br#"{"backup_format":2,"made_by":"vetrina 9.1.0","sites":{"a":"of another form"}}"#;
        let told = read(later).unwrap_err().to_string();
        assert!(
            told.contains("format 2, written by vetrina 9.1.0; this program reads format 1"),
            "{told}"
        );
    }

    #[test]
    fn what_names_other_files_than_a_site_has_is_refused() {
        let ways: [fn(&mut Manifest); 4] = [
            |manifest| manifest.sites[0].files[0].name = "../../etc/passwd".to_owned(),
            |manifest| manifest.sites[0].files.swap(0, 1),
            |manifest| manifest.sites[0].files.clear(),
            |manifest| manifest.sites.push(manifest.sites[0].clone()),
        ];
        for spoil in ways {
            let mut changed = manifest();
            spoil(&mut changed);
            assert!(
                matches!(read(&changed.write()), Err(BackupError::Damaged { .. })),
                "{changed:?}"
            );
        }
        let text = String::from_utf8(manifest().write()).unwrap();
        let elsewhere = text.replace("shop-1", "../shop");
        assert!(matches!(
            read(elsewhere.as_bytes()),
            Err(BackupError::Damaged { .. })
        ));
    }
}
