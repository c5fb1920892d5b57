//! A batch of writes, in one transaction: what its plan says is done here, and nothing is decided but numbers.
//! Invariant: what the transaction does and what the index is told are the same effects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::changes::{FileWork, IndexGroup};
use super::heads::StoreHeads;
use super::new_version::{KeptBytes, NewVersion};
use crate::domain::{
    CommitOutcome, GenerationCommit, Identity, ObjectType, Outcome, Receipt, RowOutcome, Schema,
    SourceCommit, SourceCommitOutcome, Timestamp, TypeConflicts, UpdateByQuery,
};
use crate::engine::embedded::ids::{Sequence, VersionId};
use crate::engine::embedded::store::heads::{self, Head};
use crate::engine::embedded::store::log::{self, Added, Operations};
use crate::engine::embedded::store::{
    self, Damaged, StoreError, Transaction, attributes, codec, documents, receipts,
    refused_uploads, sources, versions,
};
use crate::engine::plan::{
    self, Edit, Effect, Plan, Put, ReadyRow, ReadyRows, SchemaEffect, Sweep,
};

pub(in crate::engine::embedded) struct WriteBatch<'w> {
    pub(super) heads: StoreHeads<'w>,
    pub(super) plan: Plan<VersionId>,
    /// Attributes from this number on are of this batch.
    attributes_from: u32,
    /// Places in the order from here on are given by this batch.
    first_seen_before: u64,
    /// Versions of this batch that are still current.
    pub(super) added: BTreeMap<VersionId, NewVersion>,
    pub(super) kept: KeptBytes,
    /// Versions of earlier batches that are not current any more.
    removed: Vec<VersionId>,
    /// Something that had attributes is not there any more.
    has_lost: bool,
    /// Given out by this batch; they need its sequence.
    pub(super) receipts: Vec<Receipt>,
    /// Places whose heads were written or deleted, while some are damaged.
    rewritten: Vec<u64>,
    /// Whether something went whose version nobody knows.
    has_strays: bool,
    /// Whether there is another file to be fetched, or one less.
    pub(super) files_changed: bool,
    pub(super) now: Timestamp,
}

/// What a batch is begun with: the state of its site.
pub(in crate::engine::embedded) struct Given {
    pub(in crate::engine::embedded) schema: Arc<Schema>,
    pub(in crate::engine::embedded) conflicts: TypeConflicts,
    pub(in crate::engine::embedded) damaged: Arc<Damaged>,
    /// How much memory it may take beside what requests brought.
    pub(in crate::engine::embedded) bytes_max: usize,
    /// Whether somebody fetches files.
    pub(in crate::engine::embedded) fetches_files: bool,
    pub(in crate::engine::embedded) now: Timestamp,
}

/// What everybody else has to learn of a batch.
pub(in crate::engine::embedded) struct Committed {
    /// Visible once the index has committed it.
    pub(in crate::engine::embedded) sequence: Sequence,
    pub(in crate::engine::embedded) schema: Arc<Schema>,
    /// `None` when nothing that can be found has changed.
    pub(in crate::engine::embedded) for_index: Option<IndexGroup>,
    /// Given out, and on the disk.
    pub(in crate::engine::embedded) receipts: Vec<Receipt>,
    /// Values that do not fit the types of their attributes.
    pub(in crate::engine::embedded) misfits_kept: u64,
    /// There may be attributes that nobody has any more.
    pub(in crate::engine::embedded) has_lost: bool,
    pub(in crate::engine::embedded) files: FileWork,
}

impl<'w> WriteBatch<'w> {
    pub(in crate::engine::embedded) fn begin(
        writer: &'w mut store::Writer,
        given: Given,
    ) -> Result<Self, StoreError> {
        let Given {
            schema,
            conflicts,
            damaged,
            bytes_max,
            fetches_files,
            now,
        } = given;
        let transaction = writer.begin()?;
        Ok(Self {
            first_seen_before: transaction.counters.next_first_seen,
            heads: StoreHeads {
                transaction,
                damaged,
            },
            attributes_from: schema.next_number(),
            plan: Plan::new(schema, conflicts, codec::encode_hashed)
                .bounded_to(bytes_max / 2)
                .fetching_files(fetches_files),
            added: BTreeMap::new(),
            kept: KeptBytes::at_most(bytes_max / 2),
            removed: Vec::new(),
            has_lost: false,
            receipts: Vec::new(),
            rewritten: Vec::new(),
            has_strays: false,
            files_changed: false,
            now,
        })
    }

    /// For what is no object and is written with the objects of the batch.
    pub(in crate::engine::embedded) fn transaction(&self) -> &Transaction<'w> {
        &self.heads.transaction
    }

    /// Whether this batch made what is in this place.
    pub(super) fn is_new(&self, first_seen: u64) -> bool {
        first_seen >= self.first_seen_before
    }

    pub(in crate::engine::embedded) fn apply(
        &mut self,
        edit: &Edit,
    ) -> Result<Outcome, StoreError> {
        // What one change brings along is told with it, whatever those before it have brought.
        if matches!(edit, Edit::Patch(_) | Edit::Delete(_)) || self.plan.is_full() {
            self.execute()?;
        }
        let outcome = self.plan.apply(&mut self.heads, edit)?;
        self.forget_refused_upload(edit, &outcome)?;
        Ok(outcome)
    }

    pub(in crate::engine::embedded) fn update(
        &mut self,
        update: &UpdateByQuery,
        identity: &Identity,
        object_type: &ObjectType,
    ) -> Result<Option<Outcome>, StoreError> {
        self.execute()?;
        self.plan
            .update(&mut self.heads, update, identity, object_type)
    }

    /// `None` where somebody else has read the source since.
    pub(in crate::engine::embedded) fn write_rows(
        &mut self,
        rows: &ReadyRows,
    ) -> Result<Option<Vec<RowOutcome>>, StoreError> {
        self.execute()?;
        if let Some(bookmark) = &rows.bookmark {
            let kept = sources::bookmark(&self.heads.transaction, &rows.source)?;
            if !bookmark.follows(kept.as_deref()) {
                return Ok(None);
            }
        }
        let mut outcomes = Vec::with_capacity(rows.rows.len());
        while outcomes.len() < rows.rows.len() {
            outcomes.extend(self.plan.rows(&mut self.heads, rows, outcomes.len())?);
            self.execute()?;
        }
        for ((_, row), outcome) in rows.rows.iter().zip(&outcomes) {
            let is_taken = matches!(outcome, RowOutcome::Written | RowOutcome::Unchanged);
            if let (ReadyRow::Is(element), true) = (row, is_taken) {
                self.forget_refused_element(element)?;
            }
        }
        if let Some(bookmark) = &rows.bookmark {
            sources::set_bookmark(&self.heads.transaction, &rows.source, &bookmark.text)?;
        }
        Ok(Some(outcomes))
    }

    pub(in crate::engine::embedded) fn commit_generation(
        &mut self,
        commit: &GenerationCommit,
    ) -> Result<CommitOutcome, StoreError> {
        self.execute()?;
        match plan::commit_generation(&mut self.heads, commit)? {
            Ok(sweep) => {
                let count = self.sweep(&sweep)?;
                let kept = refused_uploads::kept(&self.heads.transaction, commit)?;
                Ok(match kept.count {
                    0 => CommitOutcome::Deleted { count },
                    _ => CommitOutcome::DeletedKeeping { count, kept },
                })
            }
            Err(outcome) => Ok(outcome),
        }
    }

    pub(in crate::engine::embedded) fn commit_source(
        &mut self,
        commit: &SourceCommit,
    ) -> Result<SourceCommitOutcome, StoreError> {
        self.execute()?;
        match plan::commit_source(&mut self.heads, commit)? {
            Ok(sweep) => {
                let count = self.sweep(&sweep)?;
                Ok(SourceCommitOutcome::Deleted { count })
            }
            Err(outcome) => Ok(outcome),
        }
    }

    /// Deletes at most `limit` objects that expired before the instant; how many it found.
    pub(in crate::engine::embedded) fn purge(
        &mut self,
        before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.execute()?;
        let count = self.sweep(&Sweep::Expired { before, limit })?;
        Ok(count as usize)
    }

    /// Deletes versions the index has not shown since `upto`, at most `budget` rows.
    pub(in crate::engine::embedded) fn prune(
        &mut self,
        upto: Sequence,
        budget: usize,
    ) -> Result<(), StoreError> {
        log::prune(&self.heads.transaction, upto, budget)
    }

    /// Does what is planned. Whatever reads or changes the store in another way needs this first.
    pub(in crate::engine::embedded) fn execute(&mut self) -> Result<(), StoreError> {
        for effect in self.plan.take_effects() {
            match effect {
                Effect::Put(put) => self.put(put)?,
                Effect::Mark(mark) => {
                    let (identity, head) = mark.into_head();
                    self.heads.transaction.move_head(&identity, head)?;
                }
                Effect::Delete { identity, head } => {
                    self.heads.transaction.delete_head(&identity, &head)?;
                    self.forget_all_refused(&identity)?;
                    self.forget_file(&identity)?;
                    self.rewritten(head.first_seen);
                    self.forget(head.version)?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, put: Put<VersionId>) -> Result<(), StoreError> {
        let Put {
            content,
            derived,
            before,
            origin,
        } = put;
        let object = &content.object;
        let first_seen = match before {
            Some(head) => {
                self.heads.transaction.note_end_of(&head);
                self.forget(head.version)?;
                head.first_seen
            }
            None => self.heads.transaction.counters.take_first_seen(),
        };
        let transaction = &mut self.heads.transaction;
        let version = transaction.counters.take_version();
        let body = codec::pack(&content.body);
        versions::add(transaction, version, &body, self.now)?;
        let head = Head {
            object_type: object.object_type.clone(),
            generation: object.generation.clone(),
            version,
            hash: content.hash,
            first_seen,
            active: object.schedule(),
            origin,
        };
        transaction.put_head(&object.identity, head)?;
        self.rewritten(first_seen);
        let new = self.kept.version(first_seen, self.now, object, derived);
        self.added.insert(version, new);
        self.follow_file(&content)
    }

    /// Deletes what the sweep takes, and says how many objects that were. What was planned before has to be done.
    pub(super) fn sweep(&mut self, sweep: &Sweep) -> Result<u64, StoreError> {
        let deleted = self.heads.transaction.sweep(sweep, &self.heads.damaged)?;
        let count = deleted.len() as u64;
        if count > 0 && self.heads.transaction.has_refused_uploads() {
            refused_uploads::forget_gone(&self.heads.transaction)?;
        }
        if count > 0 {
            self.forget_gone_files()?;
        }
        for version in deleted {
            self.forget(version)?;
        }
        Ok(count)
    }

    /// What is in the place is as it should be when the batch is committed.
    pub(super) fn rewritten(&mut self, first_seen: u64) {
        if self.heads.damaged.count() > 0 {
            self.rewritten.push(first_seen);
        }
    }

    /// No head names the version any more. The index may still show it, unless it is of this batch.
    pub(super) fn forget(&mut self, version: VersionId) -> Result<(), StoreError> {
        if version == heads::NO_VERSION {
            self.has_strays = true;
            return Ok(());
        }
        self.has_lost = true;
        if let Some(new) = self.added.remove(&version) {
            self.kept.forget(&new);
            versions::delete(&self.heads.transaction, version)?;
        } else {
            self.removed.push(version);
        }
        Ok(())
    }

    /// Writes what the schema has learnt.
    fn keep_schema(&mut self) -> Result<(), StoreError> {
        let effects = self.plan.take_schema_effects();
        let transaction = &mut self.heads.transaction;
        for (number, name, kind) in self.plan.schema().added_since(self.attributes_from) {
            attributes::add(transaction, number, name, kind)?;
        }
        for effect in effects {
            match effect {
                SchemaEffect::AddType(new) => {
                    documents::add_type(transaction, &new)?;
                    transaction.note_write(&new.object_type);
                }
                SchemaEffect::AddField(object_type, field) => {
                    documents::add_field(transaction, &object_type, &field)?;
                    transaction.note_write(&object_type);
                }
                SchemaEffect::DeleteType(object_type) => {
                    documents::delete_type(transaction, &object_type)?;
                    self.has_lost = true;
                }
            }
        }
        Ok(())
    }

    /// Everything is on the disk when this returns.
    pub(in crate::engine::embedded) fn commit(mut self) -> Result<Committed, StoreError> {
        self.execute()?;
        self.keep_schema()?;
        let files = self.file_work()?;
        self.removed.sort_unstable();
        let added = self.added.iter().map(|(&version, new)| Added {
            version,
            first_seen: new.first_seen,
        });
        let operations = Operations {
            added: added.collect(),
            removed: self.removed,
        };
        let StoreHeads {
            mut transaction,
            damaged,
        } = self.heads;
        if !operations.is_empty() {
            let sequence = Sequence(transaction.counters.last_sequence.0 + 1);
            transaction.counters.last_sequence = sequence;
            log::append(&transaction, sequence, &operations)?;
        }
        transaction.keep_last_writes(self.now)?;
        let sequence = transaction.counters.last_sequence;
        for receipt in &self.receipts {
            receipts::add(&transaction, receipt, sequence)?;
        }
        transaction.commit()?;
        damaged.forget(&operations.removed);
        damaged.forget_heads(&self.rewritten);
        if self.has_strays {
            damaged.note_stray();
        }
        let for_index = (!operations.is_empty()).then_some(IndexGroup {
            sequence,
            added: self.added,
            removed: operations.removed,
        });
        Ok(Committed {
            sequence,
            schema: Arc::clone(self.plan.schema()),
            for_index,
            receipts: self.receipts,
            misfits_kept: self.plan.misfits_kept(),
            has_lost: self.has_lost,
            files,
        })
    }
}
