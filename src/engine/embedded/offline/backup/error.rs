//! What keeps a backup from being made or put back. Invariant: each is told in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::TrackerId;
use crate::engine::EngineError;
use crate::engine::embedded::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{}` is there already, and a backup is never written over anything: name another file", .0.display())]
    Exists(PathBuf),

    #[error("another backup to `{}` is being made", .0.display())]
    BeingMade(PathBuf),

    #[error(
        "no room in `{}`: {free} bytes are free, {needed} are needed and {reserve} are kept for writes",
        folder.display()
    )]
    NoRoom {
        folder: PathBuf,
        free: u64,
        needed: u64,
        reserve: u64,
    },

    #[error("no site could be copied: {0}")]
    NothingCopied(String),

    #[error("`{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },

    #[error("`{}` is not a backup: {reason}", path.display())]
    Foreign { path: PathBuf, reason: &'static str },

    #[error("`{}` is not a whole backup: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },

    #[error(
        "the backup has format {found}, written by {made_by}; this program reads format {known}: use a version that \
         is as new as the one that wrote it"
    )]
    NewerFormat {
        found: u64,
        known: u64,
        made_by: String,
    },

    #[error(
        "the store of `{site}` has format {found}, written by {made_by}; this program reads formats up to {known}: use a \
         version that is as new as the one that wrote it"
    )]
    NewerStore {
        site: TrackerId,
        found: i64,
        known: i64,
        made_by: String,
    },

    #[error("`{0}` is not in the backup")]
    NotInIt(TrackerId),

    #[error(
        "`{}` is there already: nothing was put back; with `--replace` a site takes the place of the one that is there",
        .0.display()
    )]
    Occupied(PathBuf),

    #[error("the copy of `{site}` cannot be used: {reason}")]
    Unusable { site: TrackerId, reason: String },

    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl BackupError {
    pub(super) fn unusable(site: &TrackerId, error: &StoreError) -> Self {
        Self::Unusable {
            site: site.clone(),
            reason: error.to_string(),
        }
    }
}

/// Names the file that an error is of.
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, BackupError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, BackupError> {
        self.map_err(|source| BackupError::Io {
            path: path.to_owned(),
            source,
        })
    }
}
