//! What a group of writes does with document types (contract 10 §3, §5). Invariant: a type that documents
//! make is there with the first that is accepted, in one transaction, or was never there.

use std::sync::Arc;

use super::Group;
use super::documents::ReadyEdit;
use crate::domain::{DocumentOutcome, DocumentType, DocumentTypes, ObjectType, Timestamp};
use crate::engine::Made;
use crate::engine::embedded::store::documents::{self, Stamps};
use crate::engine::embedded::store::{StoreError, head_row};

impl Group<'_> {
    pub(in crate::engine::embedded) fn create_document_type(
        &mut self,
        object_type: &ObjectType,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<Made, StoreError> {
        let types = self.schema.document_types();
        if types.get(object_type).is_some() {
            return Ok(Made::Exists);
        }
        if types.len() >= DocumentTypes::MAX {
            return Ok(Made::TooMany);
        }
        let since = since.unwrap_or(self.now);
        let new = DocumentType::new(object_type.clone(), name.to_owned(), since);
        documents::add_type(&self.transaction, &new)?;
        let schema = Arc::make_mut(&mut self.schema);
        schema.add_document_type(new);
        if let Some(field) = schema.declare_updated_at(object_type) {
            documents::add_field(&self.transaction, object_type, &field)?;
        }
        self.transaction.note_write(object_type);
        Ok(Made::New)
    }

    /// Deletes the type and every object of it; whether it was there.
    pub(in crate::engine::embedded) fn delete_document_type(
        &mut self,
        object_type: &ObjectType,
    ) -> Result<bool, StoreError> {
        self.flush()?;
        if self.schema.document_types().get(object_type).is_none() {
            return Ok(false);
        }
        let unfit = head_row::find_unfit(&self.transaction, &self.damaged)?;
        for version in self.transaction.delete_of_type(object_type, &unfit)? {
            self.forget(version)?;
        }
        self.remove_document_type(object_type)?;
        Ok(true)
    }

    /// What it declared is nobody's any more.
    fn remove_document_type(&mut self, object_type: &ObjectType) -> Result<(), StoreError> {
        documents::delete_type(&self.transaction, object_type)?;
        Arc::make_mut(&mut self.schema).remove_document_type(object_type);
        self.has_lost = true;
        Ok(())
    }

    /// Writes documents to a type that is not there; `None` when no document is accepted, which makes none.
    pub(super) fn write_making(
        &mut self,
        stamps: Stamps,
        object_type: &ObjectType,
        name: &str,
        edits: Vec<ReadyEdit>,
    ) -> Result<Option<Vec<DocumentOutcome>>, StoreError> {
        let is_put = |edit: &ReadyEdit| matches!(edit, ReadyEdit::Put { .. });
        if !edits.iter().any(is_put) {
            return Ok(None);
        }
        let was_written = self.transaction.is_noted(object_type);
        if self.create_document_type(object_type, name, None)? != Made::New {
            return Ok(None);
        }
        let outcomes = self.write_known(stamps, object_type, edits)?;
        let is_refused = |outcome: &DocumentOutcome| matches!(outcome, DocumentOutcome::Refused(_));
        if !outcomes.iter().all(is_refused) {
            return Ok(Some(outcomes));
        }
        // As if it had never been there.
        self.remove_document_type(object_type)?;
        if !was_written {
            self.transaction.forget_write(object_type);
        }
        Ok(None)
    }
}
