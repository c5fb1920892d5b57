//! Documents of a batch (docs/reference/10-swiftype.md §3 to §5): the plan decides, here keys are looked up
//! and what was written is read back. Invariant: a receipt is written in the transaction of its document.

use std::sync::Arc;

use super::WriteBatch;
use crate::domain::{
    DocumentOutcome, DocumentPlace, DocumentProblem, FieldName, FieldValue, FoundObject, Identity,
    Object, ObjectType, Receipt, ReceiptState, StampedId, StoredDocument, Timestamp,
};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::store::documents::{self, Stamps};
use crate::engine::embedded::store::{StoreError, engines};
use crate::engine::plan::{Heads, ReadyDocument};
use crate::engine::{DocumentKey, Made, WrittenType};

/// Memory of changed documents that outcomes hold on to, in bytes; one document is always told.
const TOLD_BYTES_MAX: usize = 32 << 20;

/// How much of them outcomes hold.
#[derive(Default)]
struct Told(usize);

impl Told {
    fn outcome(&mut self, stored: StoredDocument) -> DocumentOutcome {
        let bytes = stored.object.memory_bytes();
        if self.0 > 0 && self.0 + bytes > TOLD_BYTES_MAX {
            return DocumentOutcome::WrittenUntold(stored.place);
        }
        self.0 += bytes;
        DocumentOutcome::Written(stored)
    }
}

impl WriteBatch<'_> {
    pub(in crate::engine::embedded) fn create_document_type(
        &mut self,
        object_type: &ObjectType,
        name: &str,
        since: Option<Timestamp>,
    ) -> Made {
        let since = since.unwrap_or(self.now);
        self.plan.create_document_type(object_type, name, since)
    }

    /// Deletes the type and every object of it; whether it was there.
    pub(in crate::engine::embedded) fn delete_document_type(
        &mut self,
        object_type: &ObjectType,
    ) -> Result<bool, StoreError> {
        self.execute()?;
        let Some(sweep) = self.plan.delete_document_type(object_type) else {
            return Ok(false);
        };
        self.sweep(&sweep)?;
        Ok(true)
    }

    /// `None` when there is no such document type, and none of the documents makes it.
    pub(in crate::engine::embedded) fn write_documents(
        &mut self,
        stamps: Stamps,
        of: &WrittenType,
        edits: Vec<ReadyDocument>,
    ) -> Result<Option<Vec<DocumentOutcome>>, StoreError> {
        let object_type = &of.object_type;
        let types = self.plan.schema().document_types();
        if types.get(object_type).is_some() {
            return self.write_known(stamps, object_type, edits).map(Some);
        }
        match &of.made_as {
            Some(name) => self.write_making(stamps, object_type, name, edits),
            None => Ok(None),
        }
    }

    /// Writes documents to a type that is not there; `None` when no document is accepted, which makes none.
    fn write_making(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        name: &str,
        edits: Vec<ReadyDocument>,
    ) -> Result<Option<Vec<DocumentOutcome>>, StoreError> {
        let is_put = |edit: &ReadyDocument| matches!(edit, ReadyDocument::Put { .. });
        if !edits.iter().any(is_put) {
            return Ok(None);
        }
        let point = self.plan.schema_point();
        if self.create_document_type(object_type, name, None) != Made::New {
            return Ok(None);
        }
        let outcomes = self.write_known(stamps, object_type, edits)?;
        let is_refused = |outcome: &DocumentOutcome| matches!(outcome, DocumentOutcome::Refused(_));
        if !outcomes.iter().all(is_refused) {
            return Ok(Some(outcomes));
        }
        // As if it had never been there.
        self.plan.restore(point);
        Ok(None)
    }

    fn write_known(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        edits: Vec<ReadyDocument>,
    ) -> Result<Vec<DocumentOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(edits.len());
        let mut put: Vec<(usize, Arc<Object>)> = Vec::new();
        let mut told = Told::default();
        for (at, edit) in edits.into_iter().enumerate() {
            let outcome = match edit {
                ReadyDocument::Put {
                    element,
                    declared,
                    mode,
                } => {
                    let heads = &mut self.heads;
                    let planned =
                        self.plan
                            .put_document(heads, object_type, &element, &declared, mode)?;
                    if planned.is_ok() {
                        self.forget_refused_element(&element)?;
                    }
                    planned.map(|object| {
                        put.push((at, object));
                        // Put in its place below, when all are written.
                        DocumentOutcome::Deleted
                    })
                }
                ReadyDocument::Update { key, fields } => self
                    .update_document(stamps, object_type, &key, &fields)?
                    .map(|stored| told.outcome(stored)),
                ReadyDocument::Delete(key) => self
                    .delete_document(stamps, object_type, &key)?
                    .map(|()| DocumentOutcome::Deleted),
                ReadyDocument::Refuse(problem) => Err(problem),
            };
            outcomes.push(outcome.unwrap_or_else(DocumentOutcome::Refused));
        }
        self.execute()?;
        for (at, object) in put {
            outcomes[at] = self.stored(stamps, object)?.map_or(
                DocumentOutcome::Refused(DocumentProblem::NotFound),
                DocumentOutcome::Written,
            );
        }
        Ok(outcomes)
    }

    fn update_document(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        key: &DocumentKey,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> Result<Result<StoredDocument, DocumentProblem>, StoreError> {
        let Some(identity) = self.resolve(stamps, object_type, key)? else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let heads = &mut self.heads;
        let object = match self.plan.update_document(heads, &identity, fields)? {
            Ok(object) => object,
            Err(problem) => return Ok(Err(problem)),
        };
        self.execute()?;
        let stored = self.stored(stamps, object)?;
        Ok(stored.ok_or(DocumentProblem::NotFound))
    }

    fn delete_document(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<Result<(), DocumentProblem>, StoreError> {
        match self.resolve(stamps, object_type, key)? {
            Some(identity) => self
                .plan
                .delete_document(&mut self.heads, object_type, identity),
            None => Ok(Err(DocumentProblem::NotFound)),
        }
    }

    /// Keys may be ids that only the store knows, so it has to have what was planned before.
    fn resolve(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<Option<Identity>, StoreError> {
        self.execute()?;
        let transaction = &self.heads.transaction;
        let found = documents::resolve(transaction, stamps, object_type, &key.0)?;
        Ok(found.map(|(identity, _)| identity))
    }

    /// An object that was just written, as it lies in the store. One that was there and was not created
    /// as a document keeps the id it had until now.
    fn stored(
        &mut self,
        stamps: Stamps,
        object: Arc<Object>,
    ) -> Result<Option<StoredDocument>, StoreError> {
        let Some(head) = self.heads.head(&object.identity)? else {
            return Ok(None);
        };
        let created = if self.is_new(head.first_seen) {
            self.now
        } else {
            stamps.engine_created_at
        };
        let transaction = &self.heads.transaction;
        let created_at = documents::created_at(transaction, head.first_seen, created)?;
        Ok(Some(StoredDocument {
            object: FoundObject::new(object),
            place: DocumentPlace {
                first_seen: head.first_seen,
                created_at,
            },
            updated_at: self.updated_at(head.version)?,
        }))
    }

    fn updated_at(&self, version: VersionId) -> Result<Timestamp, StoreError> {
        if self.added.contains_key(&version) {
            return Ok(self.now);
        }
        let updated_at = documents::updated_at(&self.heads.transaction, version)?;
        Ok(updated_at.unwrap_or(self.now))
    }

    /// Keeps a receipt for each outcome, in order.
    pub(in crate::engine::embedded) fn give_receipts(
        &mut self,
        object_type: &ObjectType,
        external_ids: Vec<Option<String>>,
        outcomes: Vec<DocumentOutcome>,
    ) -> Result<Vec<Receipt>, StoreError> {
        let count = outcomes.len() as u64;
        let last = engines::take_receipt_numbers(&self.heads.transaction, count)?;
        let second = self.now.second();
        let first = last - count;
        let receipts: Vec<Receipt> = (first + 1..)
            .zip(external_ids.into_iter().zip(outcomes))
            .map(|(number, (external_id, outcome))| Receipt {
                second,
                counter: StampedId::counter_of(number),
                object_type: object_type.clone(),
                external_id,
                state: match outcome {
                    DocumentOutcome::Written(StoredDocument { place, .. })
                    | DocumentOutcome::WrittenUntold(place) => ReceiptState::Complete(place),
                    DocumentOutcome::Deleted => ReceiptState::Failed(DocumentProblem::NotFound),
                    DocumentOutcome::Refused(problem) => ReceiptState::Failed(problem),
                },
            })
            .collect();
        self.receipts.extend(receipts.iter().cloned());
        Ok(receipts)
    }
}
