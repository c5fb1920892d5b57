//! Documents of a batch (docs/reference/10-swiftype.md §3 to §5): the plan decides, here keys are looked up
//! and what was written is read back. Invariant: a receipt is written in the transaction of its document.

use std::sync::Arc;

use super::WriteBatch;
use super::heads::StoreHeads;
use crate::domain::{
    DocumentOutcome, DocumentPlace, FoundObject, Identity, Object, ObjectType, Receipt,
    StoredDocument, Timestamp,
};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::store::documents::{self, Stamps};
use crate::engine::embedded::store::{StoreError, engines};
use crate::engine::plan::{self, DocumentTarget, Element, Heads, Plan, ReadyDocument};
use crate::engine::{DocumentKey, Made, WrittenType};

/// A batch as documents are written to it.
struct Target<'b, 'w> {
    batch: &'b mut WriteBatch<'w>,
    stamps: Stamps,
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
        edits: &[ReadyDocument],
    ) -> Result<Option<Vec<DocumentOutcome>>, StoreError> {
        let mut target = Target {
            batch: self,
            stamps,
        };
        plan::write_documents(&mut target, of, edits)
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
        let receipts = plan::receipts(object_type, external_ids, outcomes, (last, self.now));
        self.receipts.extend(receipts.iter().cloned());
        Ok(receipts)
    }
}

impl<'w> DocumentTarget for Target<'_, 'w> {
    type Version = VersionId;
    type Heads = StoreHeads<'w>;

    fn now(&self) -> Timestamp {
        self.batch.now
    }

    fn parts(&mut self) -> (&mut Plan<VersionId>, &mut StoreHeads<'w>) {
        (&mut self.batch.plan, &mut self.batch.heads)
    }

    fn execute(&mut self) -> Result<(), StoreError> {
        self.batch.execute()
    }

    fn resolve(
        &mut self,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<Option<Identity>, StoreError> {
        let transaction = &self.batch.heads.transaction;
        let found = documents::resolve(transaction, self.stamps, object_type, &key.0)?;
        Ok(found.map(|(identity, _)| identity))
    }

    fn stored(&mut self, object: Arc<Object>) -> Result<Option<StoredDocument>, StoreError> {
        let Some(head) = self.batch.heads.head(&object.identity)? else {
            return Ok(None);
        };
        let created = if self.batch.is_new(head.first_seen) {
            self.batch.now
        } else {
            self.stamps.engine_created_at
        };
        let transaction = &self.batch.heads.transaction;
        let created_at = documents::created_at(transaction, head.first_seen, created)?;
        Ok(Some(StoredDocument {
            object: FoundObject::new(object),
            place: DocumentPlace {
                first_seen: head.first_seen,
                created_at,
            },
            updated_at: self.batch.updated_at(head.version)?,
        }))
    }

    fn is_taken(&mut self, element: &Element) -> Result<(), StoreError> {
        self.batch.forget_refused_element(element)
    }
}
