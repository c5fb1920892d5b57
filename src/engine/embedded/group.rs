//! What a group of writes does to the store, in one transaction.
//! Invariant: an element of a batch is applied whole or refused whole; a refused one leaves no
//! trace, not even in the schema.

mod admission;
mod content;
mod document_types;
mod documents;
mod many;
mod mentioned;
mod names;
mod recalled;
mod rows;
mod staged;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::edit::{Edit, Element, Repeats};
use super::ids::VersionId;
use super::indexing::{IndexGroup, NewVersion};
use super::store::log::{self, Added, Operations};
use super::store::{
    self, Damaged, StoreError, Transaction, attributes, codec, heads, heads::Head, receipts,
    versions,
};
use crate::domain::{
    Judged, MisfitRule, ObjectKey, ObjectPatch, Outcome, Receipt, Refusal, Schema, Timestamp,
    TypeConflicts, derive,
};
use crate::engine::Extraction;
use crate::engine::embedded::ids::Sequence;
pub(super) use documents::ReadyEdit;
pub(super) use rows::{PreparedRow, PreparedRows};
use staged::{Put, Staged};
use store::sources::Origins;

pub(super) struct Group<'w> {
    transaction: Transaction<'w>,
    /// With the attributes this group brought.
    schema: Arc<Schema>,
    /// Attributes from this number on are of this group.
    attributes_from: u32,
    /// What the site does with values that do not fit.
    conflicts: TypeConflicts,
    /// Such values that were kept.
    misfits_kept: u64,
    /// Places in the order from here on are given by this group.
    first_seen_before: u64,
    /// Versions of this group that are still current.
    added: BTreeMap<VersionId, NewVersion>,
    /// Versions of earlier groups that are not current any more.
    removed: Vec<VersionId>,
    /// Something that had attributes is not there any more.
    has_lost: bool,
    /// Admitted and not yet written.
    staged: Staged,
    /// Given out by this group; they need its sequence.
    receipts: Vec<Receipt>,
    damaged: Arc<Damaged>,
    /// Places whose heads were written or deleted, while some are damaged.
    rewritten: Vec<u64>,
    /// Whether something went whose version nobody knows.
    has_strays: bool,
    now: Timestamp,
}

/// What everybody else has to learn of a group.
pub(super) struct Committed {
    /// Visible once the index has committed it.
    pub sequence: Sequence,
    pub schema: Arc<Schema>,
    /// `None` when nothing that can be found has changed.
    pub for_index: Option<IndexGroup>,
    /// Given out, and on the disk.
    pub receipts: Vec<Receipt>,
    /// Values that do not fit the types of their attributes.
    pub misfits_kept: u64,
    /// There may be attributes that nobody has any more.
    pub has_lost: bool,
}

impl<'w> Group<'w> {
    pub(super) fn begin(
        writer: &'w mut store::Writer,
        schema: Arc<Schema>,
        conflicts: TypeConflicts,
        damaged: Arc<Damaged>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let transaction = writer.begin()?;
        Ok(Self {
            first_seen_before: transaction.counters.next_first_seen,
            transaction,
            attributes_from: schema.next_number(),
            schema,
            conflicts,
            misfits_kept: 0,
            added: BTreeMap::new(),
            removed: Vec::new(),
            has_lost: false,
            staged: Staged::default(),
            receipts: Vec::new(),
            damaged,
            rewritten: Vec::new(),
            has_strays: false,
            now,
        })
    }

    /// For what is no object and is written with the objects of the group.
    pub(super) fn transaction(&self) -> &Transaction<'w> {
        &self.transaction
    }

    /// Whether this group made what is in this place.
    fn is_new(&self, first_seen: u64) -> bool {
        first_seen >= self.first_seen_before
    }

    pub(super) fn apply(&mut self, edit: &Edit) -> Result<Outcome, StoreError> {
        match edit {
            Edit::Replace(element) => self.replace(element, &Origins::default(), self.sent()),
            Edit::Recall(recalled) => self.recall(recalled),
            Edit::Patch(patch) => self.patch(patch, self.conflicts),
            Edit::Delete(key) => self.delete(key),
            Edit::Refuse(refusal) => Ok(Outcome::Refused(refusal.clone())),
        }
    }

    /// The rule for what was sent whole.
    fn sent(&self) -> MisfitRule<'static> {
        MisfitRule {
            conflicts: self.conflicts,
            judged: Judged::All,
        }
    }

    /// `rule` is that of the object itself; what was extracted from it was sent whole.
    fn replace(
        &mut self,
        element: &Element,
        from: &Origins,
        rule: MisfitRule<'_>,
    ) -> Result<Outcome, StoreError> {
        let mut puts = Vec::with_capacity(element.objects.len());
        for (position, encoded) in element.objects.iter().enumerate() {
            let origin = from.of(position);
            let identity = &encoded.object.identity;
            if encoded.is_mention
                && let Some(current) = self.current(identity)?
                && current.object_type == encoded.object.object_type
            {
                puts.extend(self.mention(current, encoded, origin)?);
                continue;
            }
            let staged = self.staged.get(identity);
            if staged.is_some_and(|put| put.is_of(encoded, origin.as_ref())) {
                continue;
            }
            let before = match staged {
                Some(put) => put.before().cloned(),
                None => self.transaction.head(identity)?,
            };
            puts.push(match before {
                // The same content was admitted when it came first, and types never change.
                Some(head) if head.hash == encoded.hash && !self.is_damaged(head.version) => {
                    Put::Known {
                        identity: identity.clone(),
                        head,
                        generation: encoded.object.generation.clone(),
                        origin,
                    }
                }
                before => Put::New {
                    encoded: Arc::clone(encoded),
                    derived: derive(&encoded.object),
                    before,
                    origin,
                },
            });
        }
        let kept = match admission::admit_all(&mut self.schema, element, &puts, rule) {
            Ok(kept) => kept,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        for put in puts {
            self.staged.put(put);
        }
        if kept.is_empty() {
            return Ok(Outcome::Applied);
        }
        self.misfits_kept += kept.iter().map(|of| of.misfits.count()).sum::<u64>();
        Ok(Outcome::AppliedWith(kept))
    }

    /// Writes what is staged. Whatever reads or changes the store in another way needs this first.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        for put in self.staged.take() {
            self.put(put)?;
        }
        Ok(())
    }

    fn put(&mut self, put: Put) -> Result<(), StoreError> {
        let (encoded, derived, before, origin) = match put {
            Put::Known {
                identity,
                head,
                generation,
                origin,
            } => {
                if head.generation != generation || head.origin != origin {
                    let moved = Head {
                        generation,
                        origin,
                        ..head
                    };
                    self.transaction.move_head(&identity, moved)?;
                }
                return Ok(());
            }
            Put::New {
                encoded,
                derived,
                before,
                origin,
            } => (encoded, derived, before, origin),
        };
        let object = &encoded.object;
        let first_seen = match before {
            Some(head) => {
                self.transaction.note_end_of(&head);
                self.forget(head.version)?;
                head.first_seen
            }
            None => self.transaction.counters.take_first_seen(),
        };
        let version = self.transaction.counters.take_version();
        let body = codec::pack(&encoded.json);
        versions::add(&self.transaction, version, &body, self.now)?;
        let head = Head {
            object_type: object.object_type.clone(),
            generation: object.generation.clone(),
            version,
            hash: encoded.hash,
            first_seen,
            active: object.schedule(),
            origin,
        };
        self.transaction.put_head(&object.identity, head)?;
        self.rewritten(first_seen);
        let new = NewVersion {
            first_seen,
            updated_at: self.now,
            object: object.clone(),
            derived,
        };
        self.added.insert(version, new);
        Ok(())
    }

    /// Only what the patch names is judged: the rest was let in before.
    pub(super) fn patch(
        &mut self,
        patch: &ObjectPatch,
        conflicts: TypeConflicts,
    ) -> Result<Outcome, StoreError> {
        self.flush()?;
        let Some(head) = self.transaction.head(&patch.identity)? else {
            return Ok(Outcome::Refused(Refusal::NotFound));
        };
        // One that is damaged is not there, until it is sent again as a whole.
        let Some(current) = self.content(&head)? else {
            return Ok(Outcome::Refused(Refusal::NotFound));
        };
        let from = Origins {
            own: head.origin,
            extracted: None,
        };
        let patched = match patch.apply(&current) {
            Ok(patched) => patched,
            Err(problems) => return Ok(Outcome::Refused(Refusal::Malformed(problems))),
        };
        if let Err(mismatch) = self.declare_patched(&patched)? {
            return Ok(Outcome::Refused(Refusal::SchemaMismatch(mismatch)));
        }
        let extraction = match patch.nested {
            Some(_) => Extraction::Extract,
            None => Extraction::Leave,
        };
        let element = Element::new(patched, extraction, &mut Repeats::default());
        let rule = MisfitRule {
            conflicts,
            judged: Judged::Only(&patch.fields),
        };
        self.replace(&element, &from, rule)
    }

    fn delete(&mut self, key: &ObjectKey) -> Result<Outcome, StoreError> {
        self.flush()?;
        match self.transaction.head(&key.identity)? {
            Some(head) if head.object_type == key.object_type => {
                self.transaction.delete_head(&key.identity, &head)?;
                self.rewritten(head.first_seen);
                self.forget(head.version)?;
                Ok(Outcome::Applied)
            }
            _ => Ok(Outcome::Refused(Refusal::NotFound)),
        }
    }

    /// Deletes versions the index has not shown since `upto`, at most `budget` rows.
    pub(super) fn prune(&mut self, upto: Sequence, budget: usize) -> Result<(), StoreError> {
        log::prune(&self.transaction, upto, budget)
    }

    /// What is in the place is as it should be when the group is committed.
    fn rewritten(&mut self, first_seen: u64) {
        if self.damaged.count() > 0 {
            self.rewritten.push(first_seen);
        }
    }

    /// No head names the version any more. The index may still show it, unless it is of this group.
    fn forget(&mut self, version: VersionId) -> Result<(), StoreError> {
        if version == heads::NO_VERSION {
            self.has_strays = true;
            return Ok(());
        }
        self.has_lost = true;
        if self.added.remove(&version).is_some() {
            versions::delete(&self.transaction, version)?;
        } else {
            self.removed.push(version);
        }
        Ok(())
    }

    /// Everything is on the disk when this returns.
    pub(super) fn commit(mut self) -> Result<Committed, StoreError> {
        self.flush()?;
        for (number, name, kind) in self.schema.added_since(self.attributes_from) {
            attributes::add(&self.transaction, number, name, kind)?;
        }
        self.removed.sort_unstable();
        let added = self.added.iter().map(|(&version, new)| Added {
            version,
            first_seen: new.first_seen,
        });
        let operations = Operations {
            added: added.collect(),
            removed: self.removed,
        };
        if !operations.is_empty() {
            let sequence = Sequence(self.transaction.counters.last_sequence.0 + 1);
            self.transaction.counters.last_sequence = sequence;
            log::append(&self.transaction, sequence, &operations)?;
        }
        self.transaction.keep_last_writes(self.now)?;
        let sequence = self.transaction.counters.last_sequence;
        for receipt in &self.receipts {
            receipts::add(&self.transaction, receipt, sequence)?;
        }
        self.transaction.commit()?;
        self.damaged.forget(&operations.removed);
        self.damaged.forget_heads(&self.rewritten);
        if self.has_strays {
            self.damaged.note_stray();
        }
        let for_index = (!operations.is_empty()).then_some(IndexGroup {
            sequence,
            added: self.added,
            removed: operations.removed,
        });
        Ok(Committed {
            sequence,
            schema: self.schema,
            for_index,
            receipts: self.receipts,
            misfits_kept: self.misfits_kept,
            has_lost: self.has_lost,
        })
    }
}
