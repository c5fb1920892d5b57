//! Documents with declared types, their types and receipts (docs/reference/10-swiftype.md §3 to §7).
//! Invariant: a type that documents make is there with the first that is accepted, or was never there.

use std::sync::Arc;

use super::catalog::{Catalog, Stored, element};
use crate::domain::{
    Change, Document, DocumentOutcome, DocumentPlace, DocumentProblem, DocumentType, DocumentTypes,
    EngineNumber, FieldChanges, FieldName, FieldType, FoundObject, Identity, ObjectKey,
    ObjectPatch, ObjectType, Outcome, Receipt, ReceiptState, StampedId, StoredDocument, Timestamp,
};
use crate::engine::{DocumentEdit, DocumentKey, Extraction, Made, PutMode, WrittenType};

impl Catalog {
    pub(super) fn create_type(
        &mut self,
        object_type: &ObjectType,
        name: String,
        since: Option<Timestamp>,
    ) -> Made {
        let types = self.schema.document_types();
        if types.get(object_type).is_some() {
            return Made::Exists;
        }
        if types.len() >= DocumentTypes::MAX {
            return Made::TooMany;
        }
        let since = since.unwrap_or(self.now);
        let new = DocumentType::new(object_type.clone(), name, since);
        self.schema.add_document_type(new);
        self.schema.declare_updated_at(object_type);
        self.note_write(object_type);
        Made::New
    }

    pub(super) fn delete_type(&mut self, object_type: &ObjectType) -> bool {
        let was_there = self.schema.document_types().get(object_type).is_some();
        if was_there {
            self.delete_where(|stored| stored.object.object_type == *object_type);
            self.schema.remove_document_type(object_type);
        }
        was_there
    }

    pub(super) fn write_documents(
        &mut self,
        of: &WrittenType,
        edits: Vec<DocumentEdit>,
    ) -> Option<Vec<DocumentOutcome>> {
        let object_type = &of.object_type;
        if self.schema.document_types().get(object_type).is_some() {
            return Some(self.write_known(object_type, edits));
        }
        let name = of.made_as.clone()?;
        let before = self.clone();
        self.create_type(object_type, name, None);
        let outcomes = self.write_known(object_type, edits);
        let is_written = |outcome: &DocumentOutcome| matches!(outcome, DocumentOutcome::Written(_));
        if outcomes.iter().any(is_written) {
            return Some(outcomes);
        }
        *self = before;
        None
    }

    fn write_known(
        &mut self,
        object_type: &ObjectType,
        edits: Vec<DocumentEdit>,
    ) -> Vec<DocumentOutcome> {
        let first_new = self.next_first_seen;
        let mut put = Vec::new();
        let mut outcomes = Vec::new();
        for (at, edit) in edits.into_iter().enumerate() {
            let outcome = match edit {
                DocumentEdit::Put { document, mode } => {
                    let identity = document.object.identity.clone();
                    let done = self.put_document(object_type, document, mode);
                    if done.is_ok() {
                        put.push((at, identity));
                    }
                    done.map(|()| DocumentOutcome::Deleted)
                }
                DocumentEdit::Update { key, fields } => self
                    .update_document(object_type, &key, &fields)
                    .map(|identity| self.written(&identity, first_new)),
                DocumentEdit::Delete(key) => self
                    .delete_document(object_type, &key)
                    .map(|()| DocumentOutcome::Deleted),
                DocumentEdit::Refuse(problem) => Err(problem),
            };
            outcomes.push(outcome.unwrap_or_else(DocumentOutcome::Refused));
        }
        // Told as they are when all are written.
        for (at, identity) in put {
            outcomes[at] = self.written(&identity, first_new);
        }
        outcomes
    }

    fn put_document(
        &mut self,
        object_type: &ObjectType,
        document: Document,
        mode: PutMode,
    ) -> Result<(), DocumentProblem> {
        if mode == PutMode::Create && self.objects.contains_key(&document.object.identity) {
            return Err(DocumentProblem::Exists);
        }
        self.declare(object_type, &document.declared)?;
        let rule = self.sent();
        match self.replace(
            &element(document.object, Extraction::Leave),
            &rule,
            None,
            None,
        ) {
            Outcome::Applied | Outcome::AppliedWith(_) => Ok(()),
            Outcome::Refused(_) => Err(DocumentProblem::ShopRules),
        }
    }

    fn update_document(
        &mut self,
        object_type: &ObjectType,
        key: &DocumentKey,
        fields: &FieldChanges,
    ) -> Result<Identity, DocumentProblem> {
        let found = self.resolve(object_type, key);
        let stored = found.ok_or(DocumentProblem::NotFound)?.clone();
        let object = &stored.object;
        let mut asked = fields.iter().map(|(name, _)| name.as_str());
        if !asked.all(|name| object.fields.contains(name)) {
            let known = object.fields.iter().map(|(name, _)| name.clone()).collect();
            return Err(DocumentProblem::UnknownField { known });
        }
        let mut patch = ObjectPatch {
            identity: object.identity.clone(),
            object_type: None,
            is_file: false,
            generation: Change::Keep,
            active_from: Change::Keep,
            active_to: Change::Keep,
            fields: fields.clone(),
            nested: None,
        };
        if object.is_document() {
            patch.fields = self.read_as_declared(object_type, fields)?;
            let changed = patch
                .apply(object)
                .map_err(|_| DocumentProblem::ShopRules)?;
            let rule = self.sent();
            let changed = element(changed, Extraction::Leave);
            self.replace(&changed, &rule, stored.origin.as_ref(), None);
        } else if let Outcome::Refused(_) = self.patch(&patch, self.site.type_conflicts) {
            return Err(DocumentProblem::ShopRules);
        }
        Ok(object.identity.clone())
    }

    fn read_as_declared(
        &self,
        object_type: &ObjectType,
        fields: &FieldChanges,
    ) -> Result<FieldChanges, DocumentProblem> {
        let known = self.schema.document_types().get(object_type);
        let read = fields.iter().map(|(name, value)| {
            let declared = known.and_then(|known| known.field(name.as_str()));
            let (Some(value), Some(declared)) = (value, declared) else {
                return Ok((name.clone(), value.clone()));
            };
            let expected = declared.field_type;
            let field = name.clone();
            let accepted = expected.accept(value.clone());
            let accepted = accepted.ok_or(DocumentProblem::BadValue { field, expected })?;
            Ok((name.clone(), Some(accepted)))
        });
        read.collect()
    }

    fn delete_document(
        &mut self,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<(), DocumentProblem> {
        let stored = self
            .resolve(object_type, key)
            .ok_or(DocumentProblem::NotFound)?;
        let key = ObjectKey {
            identity: stored.object.identity.clone(),
            object_type: object_type.clone(),
        };
        self.delete(&key);
        Ok(())
    }

    pub(super) fn declare(
        &mut self,
        object_type: &ObjectType,
        types: &[(FieldName, FieldType)],
    ) -> Result<(), DocumentProblem> {
        let new = self.schema.check_declared(object_type, types)?;
        if !new.is_empty() {
            self.note_write(object_type);
        }
        for declaration in new {
            self.schema.declare(object_type, declaration);
        }
        Ok(())
    }

    /// What was just written. What was there and not made as a document keeps the id it had until now.
    fn written(&mut self, identity: &Identity, first_new: u64) -> DocumentOutcome {
        let engine_created_at = self.card.created_at;
        let Some(stored) = self.objects.get_mut(identity) else {
            return DocumentOutcome::Refused(DocumentProblem::NotFound);
        };
        stored
            .created_at
            .get_or_insert(if stored.first_seen >= first_new {
                self.now
            } else {
                engine_created_at
            });
        let stored = stored.clone();
        DocumentOutcome::Written(self.told(&stored))
    }

    pub(super) fn told(&self, stored: &Stored) -> StoredDocument {
        StoredDocument {
            object: FoundObject::new(Arc::new(stored.object.clone())),
            place: self.place(stored),
            updated_at: stored.updated_at,
        }
    }

    pub(super) fn place(&self, stored: &Stored) -> DocumentPlace {
        DocumentPlace {
            first_seen: stored.first_seen,
            created_at: stored.created_at.unwrap_or(self.card.created_at),
        }
    }

    /// By external id, by the id it was given, by its whole identity (docs/reference/10-swiftype.md §7).
    pub(super) fn resolve(&self, object_type: &ObjectType, key: &DocumentKey) -> Option<&Stored> {
        let of_type = |stored: &&Stored| stored.object.object_type == *object_type;
        let named = |identity: Identity| self.objects.get(&identity).filter(of_type);
        let number = EngineNumber::of(&self.site.tracker_id);
        let given = |stored: &&Stored| {
            let place = self.place(stored);
            let id = StampedId::new(place.created_at, number, place.first_seen);
            id.to_string() == key.0
        };
        let external = Document::identity(object_type, &key.0).ok().and_then(named);
        external
            .or_else(|| self.objects.values().filter(of_type).find(given))
            .or_else(|| Identity::new(&key.0).ok().and_then(named))
    }

    pub(super) fn give_receipts(
        &mut self,
        object_type: &ObjectType,
        external_ids: Vec<Option<String>>,
        outcomes: Vec<DocumentOutcome>,
    ) -> Vec<Receipt> {
        let mut given = Vec::new();
        for (external_id, outcome) in external_ids.into_iter().zip(outcomes) {
            let receipt = Receipt {
                second: self.now.second(),
                counter: self.receipts.len() as u32 + 1,
                object_type: object_type.clone(),
                external_id,
                state: match outcome {
                    DocumentOutcome::Written(StoredDocument { place, .. })
                    | DocumentOutcome::WrittenUntold(place) => ReceiptState::Complete(place),
                    DocumentOutcome::Deleted => ReceiptState::Failed(DocumentProblem::NotFound),
                    DocumentOutcome::Refused(problem) => ReceiptState::Failed(problem),
                },
            };
            self.receipts.push(receipt.clone());
            given.push(receipt);
        }
        given
    }
}
