//! What a group of writes does with documents (contract 10 §4, §5).
//! Invariant: a document is written with everything it declares, or leaves no trace; a receipt is
//! written in the transaction of its document.

use std::sync::Arc;

use super::Group;
use crate::domain::{
    Change, DeclaredField, DocumentOutcome, DocumentPlace, DocumentProblem, FieldChanges,
    FieldName, FieldType, FieldValue, FoundObject, Identity, Mismatch, Object, ObjectKey,
    ObjectPatch, ObjectType, Outcome, Receipt, ReceiptState, StampedId, StoredDocument, Timestamp,
};
use crate::engine::embedded::edit::{Element, Repeats};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::store::documents::{self, Stamps};
use crate::engine::embedded::store::sources::Origins;
use crate::engine::embedded::store::{StoreError, engines};
use crate::engine::{DocumentKey, Extraction, PutMode, WrittenType};

/// An edit of a document as it waits for the writer.
#[derive(Debug)]
pub(in crate::engine::embedded) enum ReadyEdit {
    Put {
        element: Element,
        declared: Vec<(FieldName, FieldType)>,
        mode: PutMode,
    },
    Update {
        key: DocumentKey,
        fields: FieldChanges,
    },
    Delete(DocumentKey),
    Refuse(DocumentProblem),
}

type OrProblem<T> = Result<Result<T, DocumentProblem>, StoreError>;

impl Group<'_> {
    /// `None` when there is no such document type, and none of the documents makes it.
    pub(in crate::engine::embedded) fn write_documents(
        &mut self,
        stamps: Stamps,
        of: &WrittenType,
        edits: Vec<ReadyEdit>,
    ) -> Result<Option<Vec<DocumentOutcome>>, StoreError> {
        let object_type = &of.object_type;
        if self.schema.document_types().get(object_type).is_some() {
            return self.write_known(stamps, object_type, edits).map(Some);
        }
        match &of.made_as {
            Some(name) => self.write_making(stamps, object_type, name, edits),
            None => Ok(None),
        }
    }

    pub(super) fn write_known(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        edits: Vec<ReadyEdit>,
    ) -> Result<Vec<DocumentOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(edits.len());
        let mut put: Vec<(usize, Arc<Object>)> = Vec::new();
        for (at, edit) in edits.into_iter().enumerate() {
            let outcome = match edit {
                ReadyEdit::Put {
                    element,
                    declared,
                    mode,
                } => match self.put_document(object_type, &element, &declared, mode)? {
                    Ok(object) => {
                        put.push((at, object));
                        // Put in its place below, when all are written.
                        Ok(DocumentOutcome::Deleted)
                    }
                    Err(problem) => Err(problem),
                },
                ReadyEdit::Update { key, fields } => self
                    .update_document(stamps, object_type, &key, &fields)?
                    .map(DocumentOutcome::Written),
                ReadyEdit::Delete(key) => self
                    .delete_document(stamps, object_type, &key)?
                    .map(|()| DocumentOutcome::Deleted),
                ReadyEdit::Refuse(problem) => Err(problem),
            };
            outcomes.push(outcome.unwrap_or_else(DocumentOutcome::Refused));
        }
        self.flush()?;
        for (at, object) in put {
            outcomes[at] = self.stored(stamps, object)?.map_or(
                DocumentOutcome::Refused(DocumentProblem::NotFound),
                DocumentOutcome::Written,
            );
        }
        Ok(outcomes)
    }

    /// Keeps a receipt for each outcome, in order.
    pub(in crate::engine::embedded) fn give_receipts(
        &mut self,
        object_type: &ObjectType,
        external_ids: Vec<Option<String>>,
        outcomes: Vec<DocumentOutcome>,
    ) -> Result<Vec<Receipt>, StoreError> {
        let count = outcomes.len() as u64;
        let last = engines::take_receipt_numbers(&self.transaction, count)?;
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
                    DocumentOutcome::Written(stored) => ReceiptState::Complete(stored.place),
                    DocumentOutcome::Deleted => ReceiptState::Failed(DocumentProblem::NotFound),
                    DocumentOutcome::Refused(problem) => ReceiptState::Failed(problem),
                },
            })
            .collect();
        self.receipts.extend(receipts.iter().cloned());
        Ok(receipts)
    }

    /// What a patch made of a document has to go with what was declared, and may bring what was not.
    pub(super) fn declare_patched(
        &mut self,
        patched: &Object,
    ) -> Result<Result<(), Mismatch>, StoreError> {
        if !patched.is_document() {
            return Ok(Ok(()));
        }
        let types = match self.schema.types_of_changed(patched) {
            Ok(types) => types,
            Err(mismatch) => return Ok(Err(mismatch)),
        };
        // Beyond the bound new attributes are kept and returned only.
        let _full = self.declare(&patched.object_type, &types)?;
        Ok(Ok(()))
    }

    fn put_document(
        &mut self,
        object_type: &ObjectType,
        element: &Element,
        declared: &[(FieldName, FieldType)],
        mode: PutMode,
    ) -> OrProblem<Arc<Object>> {
        let object = Arc::clone(&element.objects[0].object);
        if mode == PutMode::Create && self.is_there(&object.identity)? {
            return Ok(Err(DocumentProblem::Exists));
        }
        if let Err(problem) = self.declare(object_type, declared)? {
            return Ok(Err(problem));
        }
        match self.replace(element, &Origins::default(), self.sent())? {
            Outcome::Applied | Outcome::AppliedWith(_) => Ok(Ok(object)),
            Outcome::Refused(_) => Ok(Err(DocumentProblem::ShopRules)),
        }
    }

    fn is_there(&mut self, identity: &Identity) -> Result<bool, StoreError> {
        Ok(self.staged.get(identity).is_some() || self.transaction.head(identity)?.is_some())
    }

    /// Gives types to what the document type did not know; nothing when one of them is another already.
    fn declare(
        &mut self,
        object_type: &ObjectType,
        declared: &[(FieldName, FieldType)],
    ) -> OrProblem<()> {
        let new = match self.schema.check_declared(object_type, declared) {
            Ok(new) => new,
            Err(problem) => return Ok(Err(problem)),
        };
        if !new.is_empty() {
            self.transaction.note_write(object_type);
        }
        for declaration in new {
            let schema = Arc::make_mut(&mut self.schema);
            let field: DeclaredField = schema.declare(object_type, declaration);
            documents::add_field(&self.transaction, object_type, &field)?;
        }
        Ok(Ok(()))
    }

    fn update_document(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        key: &DocumentKey,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> OrProblem<StoredDocument> {
        self.flush()?;
        let found = documents::resolve(&self.transaction, stamps, object_type, &key.0)?;
        let Some((identity, head)) = found else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let Some(current) = self.content(&head)? else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let known = |name: &FieldName| current.fields.contains(name.as_str());
        if !fields.iter().all(|(name, _)| known(name)) {
            let known = current.fields.iter().map(|(name, _)| name.clone());
            let known = known.collect();
            return Ok(Err(DocumentProblem::UnknownField { known }));
        }
        if !current.is_document() {
            return self.update_shop_object(stamps, &identity, fields);
        }
        let fields = match self.read_as_declared(object_type, fields) {
            Ok(fields) => fields,
            Err(problem) => return Ok(Err(problem)),
        };
        let patch = patch_of(identity, fields);
        let Ok(changed) = patch.apply(&current) else {
            return Ok(Err(DocumentProblem::ShopRules));
        };
        let element = Element::new(changed, Extraction::Leave, &mut Repeats::default());
        let object = Arc::clone(&element.objects[0].object);
        let from = Origins {
            own: head.origin,
            extracted: None,
        };
        self.replace(&element, &from, self.sent())?;
        self.flush()?;
        Ok(self
            .stored(stamps, object)?
            .ok_or(DocumentProblem::NotFound))
    }

    /// An object of a shop keeps the rules it was written under.
    fn update_shop_object(
        &mut self,
        stamps: Stamps,
        identity: &Identity,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> OrProblem<StoredDocument> {
        let patch = patch_of(identity.clone(), fields.to_vec());
        if let Outcome::Refused(_) = self.patch(&patch, self.conflicts)? {
            return Ok(Err(DocumentProblem::ShopRules));
        }
        self.flush()?;
        let Some(head) = self.transaction.head(identity)? else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let Some(object) = self.content(&head)?.map(Arc::new) else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        Ok(self
            .stored(stamps, object)?
            .ok_or(DocumentProblem::NotFound))
    }

    fn read_as_declared(
        &self,
        object_type: &ObjectType,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> Result<FieldChanges, DocumentProblem> {
        let document_type = self.schema.document_types().get(object_type);
        let read = |(name, value): &(FieldName, Option<FieldValue>)| {
            let declared = document_type.and_then(|known| known.field(name.as_str()));
            let (Some(value), Some(declared)) = (value, declared) else {
                return Ok((name.clone(), value.clone()));
            };
            let expected = declared.field_type;
            let accepted = expected.accept(value.clone());
            let accepted = accepted.ok_or_else(|| DocumentProblem::BadValue {
                field: name.clone(),
                expected,
            })?;
            Ok((name.clone(), Some(accepted)))
        };
        fields.iter().map(read).collect()
    }

    fn delete_document(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> OrProblem<()> {
        self.flush()?;
        let found = documents::resolve(&self.transaction, stamps, object_type, &key.0)?;
        let Some((identity, head)) = found else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let key = ObjectKey {
            identity,
            object_type: head.object_type,
        };
        match self.delete(&key)? {
            Outcome::Applied | Outcome::AppliedWith(_) => Ok(Ok(())),
            Outcome::Refused(_) => Ok(Err(DocumentProblem::NotFound)),
        }
    }

    /// An object that was just written, as it lies in the store. One that was there and was not created
    /// as a document keeps the id it had until now.
    fn stored(
        &mut self,
        stamps: Stamps,
        object: Arc<Object>,
    ) -> Result<Option<StoredDocument>, StoreError> {
        let Some(head) = self.transaction.head(&object.identity)? else {
            return Ok(None);
        };
        let created = if self.is_new(head.first_seen) {
            self.now
        } else {
            stamps.engine_created_at
        };
        let created_at = documents::created_at(&self.transaction, head.first_seen, created)?;
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
        Ok(documents::updated_at(&self.transaction, version)?.unwrap_or(self.now))
    }
}

fn patch_of(identity: Identity, fields: FieldChanges) -> ObjectPatch {
    ObjectPatch {
        identity,
        object_type: None,
        generation: Change::Keep,
        active_from: Change::Keep,
        active_to: Change::Keep,
        fields,
        nested: None,
    }
}
