//! Connections that read. Each search takes one, so that none waits for another. Invariant: a content that is
//! damaged is noted and not there; what else there is can be read.

use std::cell::Cell;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::connection::open_for_reading;
use super::heads::Head;
use super::{Damaged, StoreError, StoredObject, contents};
use crate::domain::{AnswerMemory, Passing};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::share::{Divided, Part};
use crate::engine::sqlite::fit_cache;

pub(in crate::engine::embedded) struct Reader {
    connection: Connection,
    damaged: Arc<Damaged>,
    /// Of the page cache of all, and how large it was when the connection was told.
    part: Option<(Part, Cell<u64>)>,
}

impl Reader {
    pub(in crate::engine::embedded) fn open(
        site_folder: &Path,
        cache_bytes: u64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            connection: open_for_reading(site_folder, cache_bytes)?,
            damaged: Arc::default(),
            part: None,
        })
    }

    /// Makes the page cache no larger than the part of it is now, and larger where it has become much larger.
    fn fit(&self) -> Result<(), StoreError> {
        if let Some((part, told)) = &self.part {
            let size = part.size();
            if size < told.get() || size / 2 > told.get() {
                fit_cache(&self.connection, size)?;
                told.set(size);
            }
        }
        Ok(())
    }

    /// Runs several reads on one state of the store, whatever is written meanwhile.
    pub(in crate::engine::embedded) fn snapshot(
        &self,
    ) -> Result<rusqlite::Transaction<'_>, StoreError> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// Without its generation; `None` when the version was deleted, never was, or is damaged.
    pub(in crate::engine::embedded) fn object(
        &self,
        version: VersionId,
    ) -> Result<Option<StoredObject>, StoreError> {
        let memory = AnswerMemory::default();
        let found = self.object_within(version, &memory)?;
        Ok(found.map(|(stored, _)| stored))
    }

    /// The same, where there is room for it.
    pub(in crate::engine::embedded) fn object_within<'m>(
        &self,
        version: VersionId,
        memory: &'m AnswerMemory,
    ) -> Result<Option<(StoredObject, Passing<'m>)>, StoreError> {
        let found = contents::of_version(&self.connection, version, memory);
        self.noted(version, found)
    }

    /// What a head says is there now; `None` when it is damaged.
    pub(in crate::engine::embedded) fn current(
        &self,
        head: &Head,
    ) -> Result<Option<StoredObject>, StoreError> {
        self.noted(head.version, contents::current(&self.connection, head))
    }

    /// The same, where there is room for it.
    pub(in crate::engine::embedded) fn current_within<'m>(
        &self,
        head: &Head,
        memory: &'m AnswerMemory,
    ) -> Result<Option<(StoredObject, Passing<'m>)>, StoreError> {
        let found = contents::current_within(&self.connection, head, memory);
        self.noted(head.version, found)
    }

    fn noted<T>(
        &self,
        version: VersionId,
        read: Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(StoreError::Content(why)) => {
                self.damaged.note(version, why);
                Ok(None)
            }
            Err(error) if error.is_of_a_page() => {
                self.damaged
                    .note(version, "its page in the file cannot be read");
                self.damaged.note_file(error);
                Ok(None)
            }
            read => read,
        }
    }

    pub(in crate::engine::embedded) fn damaged(&self) -> &Damaged {
        &self.damaged
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
    /// Page cache of the readers of all sites.
    pages: Arc<Divided>,
    idle: Mutex<Vec<Reader>>,
    /// Whether they are kept for the next use.
    is_awake: AtomicBool,
    damaged: Arc<Damaged>,
}

impl Readers {
    /// More are opened when needed and closed after use.
    pub(in crate::engine::embedded) const IDLE_MAX: usize = 4;
    /// The same of all sites together: each takes two files.
    const IDLE_OF_ALL_MAX: usize = 64;

    pub(in crate::engine::embedded) fn new(site_folder: PathBuf, pages: Arc<Divided>) -> Self {
        Self {
            site_folder,
            pages,
            idle: Mutex::new(Vec::new()),
            is_awake: AtomicBool::new(true),
            damaged: Arc::default(),
        }
    }

    /// Lends a reader; one whose work failed is not used again.
    pub(in crate::engine::embedded) fn with<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.lock().pop();
        let reader = match idle {
            Some(reader) => {
                reader.fit()?;
                reader
            }
            None => self.open()?,
        };
        let result = work(&reader)?;
        let mut idle = self.lock();
        let has_room = idle.len() < Self::IDLE_MAX && self.pages.parts() <= Self::IDLE_OF_ALL_MAX;
        if has_room && self.is_awake.load(Ordering::Relaxed) {
            idle.push(reader);
        }
        Ok(result)
    }

    fn open(&self) -> Result<Reader, StoreError> {
        let part = self.pages.take();
        let size = part.size();
        let opened = Reader::open(&self.site_folder, size)?;
        Ok(Reader {
            damaged: Arc::clone(&self.damaged),
            part: Some((part, Cell::new(size))),
            ..opened
        })
    }

    /// Whether readers are kept for the next use from now on.
    pub(in crate::engine::embedded) fn keep(&self, is_awake: bool) {
        self.is_awake.store(is_awake, Ordering::Relaxed);
        if !is_awake {
            self.close_idle();
        }
    }

    /// What was found to be damaged.
    pub(in crate::engine::embedded) fn damaged(&self) -> &Arc<Damaged> {
        &self.damaged
    }

    /// Closes every reader that is not at work.
    pub(in crate::engine::embedded) fn close_idle(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
