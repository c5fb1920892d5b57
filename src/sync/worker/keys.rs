//! A sync that reads only keys: what the catalog has of a row that is there stays, what it does not have is
//! read. Its commit deletes the rest, as that of a full sync does.

use super::full::Tries;
use super::writing::Read;
use super::{SyncError, Worker};
use crate::domain::{RowState, SourceRow};

/// Keys of one page.
const KEYS_PAGE: usize = 1_000;

impl Worker {
    /// Marks what the catalog has of every row that is there, and reads what it does not have.
    pub(super) async fn read_all_keys(&mut self) -> Result<(), SyncError> {
        loop {
            self.require_going_on()?;
            let keys = self.keys_page().await?;
            let is_last = keys.len() < KEYS_PAGE;
            let last_key = keys.iter().rev().find_map(Clone::clone);
            self.bookmark.indexed += keys.len() as u64;
            self.bookmark.last_key = last_key.or(self.bookmark.last_key.take());
            let rows: Vec<String> = keys.into_iter().flatten().collect();
            let written = self.write(|| Read {
                rows: rows.iter().map(|key| stays(key)).collect(),
                errors: Vec::new(),
            });
            let unknown = written.await?.unknown;
            self.reread_and_write(&unknown).await?;
            if is_last {
                return Ok(());
            }
            self.changes_between_pages().await?;
        }
    }

    async fn keys_page(&self) -> Result<Vec<Option<String>>, SyncError> {
        let mut tries = Tries::default();
        loop {
            match self.ask_keys().await {
                Ok(keys) => return Ok(keys),
                Err(error) => self.wait_for_database(&mut tries, error).await?,
            }
        }
    }

    async fn ask_keys(&self) -> Result<Vec<Option<String>>, SyncError> {
        let reader = self.database()?.reader().await?;
        let after = self.bookmark.last_key.as_deref();
        Ok(self
            .link()?
            .statements
            .keys(&reader, after, KEYS_PAGE)
            .await?)
    }
}

fn stays(key: &str) -> SourceRow {
    SourceRow {
        key: key.to_owned(),
        state: RowState::Stays,
    }
}
