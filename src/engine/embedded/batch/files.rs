//! Files of a batch (docs/reference/02-content.md §8): the plan decides what an object is, here its row follows.
//! Invariant: what was fetched is written with its row in one transaction, and only for the ticket it was fetched for.

use super::WriteBatch;
use super::changes::FileWork;
use crate::domain::{FieldName, FieldValue, FileEnd, FileState, FileTask, Identity, Outcome};
use crate::engine::embedded::store::StoreError;
use crate::engine::embedded::store::files::{self, Tried};
use crate::engine::plan::{Content, Heads, why_not_kept};

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
        let row = files::asked(&self.heads.transaction, &task.identity, task.ticket)?;
        let Some((url, asked_at)) = row else {
            return Ok(false);
        };
        self.files_changed = true;
        let is_taken = self.take_over(&task.identity, &url, end)?;
        if is_taken && asked_at > task.asked_at {
            files::wait_again(&self.heads.transaction, &task.identity)?;
        }
        Ok(is_taken)
    }

    fn take_over(
        &mut self,
        identity: &Identity,
        url: &str,
        end: FileEnd,
    ) -> Result<bool, StoreError> {
        match end {
            FileEnd::Found {
                file,
                validators,
                bytes,
                due,
            } => {
                let put = self.put_found(identity, url, file.into_attributes())?;
                let reason = match put {
                    None => return self.is_no_file(identity),
                    Some(Outcome::Refused(refusal)) => Some(why_not_kept(&refusal)),
                    Some(Outcome::Applied | Outcome::AppliedWith(_)) => None,
                };
                let is_kept = reason.is_none();
                self.note_try(
                    identity,
                    &Tried {
                        state: if is_kept {
                            FileState::Fetched
                        } else {
                            FileState::Failed
                        },
                        due: due.filter(|_| is_kept),
                        reason: reason.as_deref(),
                        fetched: is_kept.then_some((&validators, bytes)),
                        is_gone: false,
                        is_in_vain: !is_kept,
                    },
                )
            }
            FileEnd::Unchanged { due } => {
                if !self.put_state(identity, url, FileState::Fetched, true)? {
                    return self.is_no_file(identity);
                }
                self.note_try(
                    identity,
                    &Tried {
                        state: FileState::Fetched,
                        due,
                        reason: None,
                        fetched: None,
                        is_gone: false,
                        is_in_vain: false,
                    },
                )
            }
            FileEnd::Later { reason, due } => self.note_try(
                identity,
                &Tried {
                    state: FileState::Waiting,
                    due: Some(due),
                    reason: Some(&reason),
                    fetched: None,
                    is_gone: false,
                    is_in_vain: true,
                },
            ),
            FileEnd::Failed { reason, is_gone } => {
                if !self.put_state(identity, url, FileState::Failed, !is_gone)? {
                    return self.is_no_file(identity);
                }
                self.note_try(
                    identity,
                    &Tried {
                        state: FileState::Failed,
                        due: None,
                        reason: Some(&reason),
                        fetched: None,
                        is_gone,
                        is_in_vain: true,
                    },
                )
            }
        }
    }

    fn note_try(&mut self, identity: &Identity, tried: &Tried<'_>) -> Result<bool, StoreError> {
        files::note(&self.heads.transaction, identity, tried, self.now)?;
        Ok(true)
    }

    fn is_no_file(&mut self, identity: &Identity) -> Result<bool, StoreError> {
        files::forget(&self.heads.transaction, identity)?;
        Ok(false)
    }

    /// Has the object say how its file is, and keep what was found of it, or not; `false` where it is not there.
    fn put_state(
        &mut self,
        identity: &Identity,
        url: &str,
        state: FileState,
        keeps_found: bool,
    ) -> Result<bool, StoreError> {
        let mut found = Vec::new();
        if keeps_found && let Some(head) = self.heads.head(identity)? {
            let object = self.heads.content(&head)?;
            found = object.map(|object| object.found()).unwrap_or_default();
        }
        let (name, value) = state.attribute();
        found.retain(|(of, _)| *of != name);
        found.push((name, value));
        // What the site has no room for is said by the row alone.
        Ok(self.put_found(identity, url, found)?.is_some())
    }

    fn put_found(
        &mut self,
        identity: &Identity,
        url: &str,
        found: Vec<(FieldName, FieldValue)>,
    ) -> Result<Option<Outcome>, StoreError> {
        let outcome = self.plan.put_found(&mut self.heads, identity, url, found)?;
        self.execute()?;
        Ok(outcome)
    }
}
