//! Connections that read. Each search takes one, so that none waits for another.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::{StoreError, codec, open_for_reading, versions};
use crate::domain::{Object, Timestamp};
use crate::engine::embedded::index::VersionId;

/// One version, read back.
#[derive(Clone, Debug)]
pub(in crate::engine::embedded) struct StoredObject {
    /// Without its generation, which only the head knows.
    pub object: Object,
    pub updated_at: Timestamp,
    /// Length of the stored JSON, in bytes: a measure of what the object weighs.
    pub json_bytes: usize,
}

pub(in crate::engine::embedded) struct Reader {
    connection: Connection,
}

impl Reader {
    pub(in crate::engine::embedded) fn open(
        site_folder: &Path,
        cache_bytes: u64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            connection: open_for_reading(site_folder, cache_bytes)?,
        })
    }

    /// Runs several reads on one state of the store, whatever is written meanwhile.
    pub(in crate::engine::embedded) fn snapshot(
        &self,
    ) -> Result<rusqlite::Transaction<'_>, StoreError> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// `None` when the version was deleted, or never was.
    pub(in crate::engine::embedded) fn object(
        &self,
        version: VersionId,
    ) -> Result<Option<StoredObject>, StoreError> {
        let Some(found) = versions::find(&self.connection, version)? else {
            return Ok(None);
        };
        let json = codec::unpack(&found.body)?;
        Ok(Some(StoredObject {
            object: codec::decode(&json, None)?,
            updated_at: found.updated_at,
            json_bytes: json.len(),
        }))
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Readers of one store, kept for the next use.
pub(in crate::engine::embedded) struct Readers {
    site_folder: PathBuf,
    cache_bytes: u64,
    idle: Mutex<Vec<Reader>>,
}

impl Readers {
    /// More are opened when needed and closed after use.
    const IDLE_MAX: usize = 4;

    pub(in crate::engine::embedded) fn new(site_folder: PathBuf, cache_bytes: u64) -> Self {
        Self {
            site_folder,
            cache_bytes: cache_bytes / Self::IDLE_MAX as u64,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Lends a reader; one whose work failed is not used again.
    pub(in crate::engine::embedded) fn with<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.site_folder, self.cache_bytes)?,
        };
        let result = work(&reader)?;
        let mut idle = self.lock();
        if idle.len() < Self::IDLE_MAX {
            idle.push(reader);
        }
        Ok(result)
    }

    /// Closes every reader that is not at work.
    pub(in crate::engine::embedded) fn close_idle(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
