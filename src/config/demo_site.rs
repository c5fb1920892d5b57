//! The site a server has when it was told of none. Invariant: its key is random, made once for a
//! data folder and kept there, readable by the owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::secret::Secret;
use super::{ConfiguredSite, SiteThrottle};
use crate::domain::{
    AttributesForm, Language, ResultSet, Site, TrackerId, TypeConflicts, VariantMode,
};

/// Tracker id of the demo site.
pub const DEMO_TRACKER_ID: &str = "1234-5678";

pub(super) const FILE_NAME: &str = "demo-site.toml";

#[derive(Deserialize)]
struct DemoFile {
    private_key: Secret<String>,
}

/// The demo site of a data folder, made at the first start.
pub(super) fn open(data_dir: &Path, throttle: SiteThrottle) -> io::Result<ConfiguredSite> {
    Ok(ConfiguredSite {
        site: Site {
            tracker_id: TrackerId::new(DEMO_TRACKER_ID).expect("the constant is a tracker id"),
            api_allowed: true,
            variants: VariantMode::default(),
            attributes_form: AttributesForm::default(),
            type_conflicts: TypeConflicts::default(),
            language: Language::default(),
            rules: Arc::default(),
            words_by_attribute: false,
            search_links: false,
            result_set: ResultSet::default(),
            commit_guard_percent: 0,
            commit_keeps_refused: false,
        },
        private_keys: vec![key(data_dir)?],
        throttle,
    })
}

fn key(data_dir: &Path) -> io::Result<Secret<String>> {
    let path = data_dir.join(FILE_NAME);
    match fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text)
            .map(|file: DemoFile| file.private_key)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "no `private_key` in it")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(data_dir)?;
            make(&path)
        }
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> io::Result<Secret<String>> {
    // Two of 122 random bits each, from the system's source.
    let key = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "# Key of the demo site; made at the first start.")?;
    writeln!(file, "tracker_id = \"{DEMO_TRACKER_ID}\"")?;
    writeln!(file, "private_key = \"{key}\"")?;
    file.sync_all()?;
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_the_owner_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data_dir = folder.path().join("data");
        let first = key(&data_dir).expect("a new key");
        assert_eq!(first.expose().len(), 64);
        assert_eq!(key(&data_dir).expect("the same key"), first);
        let metadata = fs::metadata(data_dir.join(FILE_NAME)).expect("the file exists");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        let other = tempfile::tempdir().expect("a temporary folder");
        assert_ne!(key(other.path()).expect("another key"), first);
    }
}
