//! Files of a batch (docs/reference/02-content.md §8): the plan decides what an object is, here its row follows.
//! Invariant: what was fetched is written with its row in one transaction, and only for the ticket it was fetched for.

use super::WriteBatch;
use super::changes::FileWork;
use crate::domain::{FileEnd, FileTask, Identity};
use crate::engine::embedded::store::StoreError;
use crate::engine::embedded::store::files;
use crate::engine::plan::Content;

impl WriteBatch<'_> {
    /// The object was put.
    pub(super) fn follow_file(&mut self, content: &Content) -> Result<(), StoreError> {
        let (object, now) = (&content.object, self.now);
        let transaction = &mut self.heads.transaction;
        match object.file_url() {
            Some(url) => {
                transaction.notes_files();
                let is_new = content.is_new_file;
                self.files_changed |= files::ask(transaction, &object.identity, url, now, is_new)?;
                Ok(())
            }
            None => self.forget_file(&object.identity.clone()),
        }
    }

    /// The object is deleted, or is no file.
    pub(super) fn forget_file(&mut self, identity: &Identity) -> Result<(), StoreError> {
        if self.heads.transaction.has_files() {
            self.files_changed |= files::forget(&self.heads.transaction, identity)?;
        }
        Ok(())
    }

    /// Many objects are deleted.
    pub(super) fn forget_gone_files(&mut self) -> Result<(), StoreError> {
        if self.heads.transaction.has_files() {
            self.files_changed |= files::forget_gone(&self.heads.transaction)?;
        }
        Ok(())
    }

    pub(super) fn file_work(&self) -> Result<FileWork, StoreError> {
        if !self.files_changed {
            return Ok(FileWork::AsBefore);
        }
        files::next_due(&self.heads.transaction).map(FileWork::Next)
    }

    /// Has files fetched again; how many of the objects are some.
    pub(in crate::engine::embedded) fn refetch_files(
        &mut self,
        identities: &[Identity],
    ) -> Result<u64, StoreError> {
        self.execute()?;
        let mut count = 0;
        for identity in identities {
            let is_file = files::ask_again(&self.heads.transaction, identity, self.now)?;
            count += u64::from(is_file);
        }
        self.files_changed |= count > 0;
        Ok(count)
    }

    /// Takes over what came of a try; `false` where the object names that file no more.
    pub(in crate::engine::embedded) fn finish_file(
        &mut self,
        task: &FileTask,
        end: FileEnd,
    ) -> Result<bool, StoreError> {
        self.execute()?;
        let row = files::row(&self.heads.transaction, &task.identity)?;
        let Some(mut row) = row.filter(|row| row.ticket == task.ticket) else {
            return Ok(false);
        };
        self.files_changed = true;
        let identity = &task.identity;
        let tried = self
            .plan
            .take_over(&mut self.heads, identity, &row.url, end)?;
        self.execute()?;
        let Some(tried) = tried else {
            files::forget(&self.heads.transaction, identity)?;
            return Ok(false);
        };
        row.end(task, tried, self.now);
        files::keep(&self.heads.transaction, identity, &row)?;
        Ok(true)
    }
}
