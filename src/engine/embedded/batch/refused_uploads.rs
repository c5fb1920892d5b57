//! Uploads that were refused, noted for commits that keep their objects
//! (docs/reference/03-update-by-query-and-generations.md §5). Invariant: whatever upload of an object is taken later, in the
//! same batch or years after, takes the note away in the transaction that takes the upload.

use super::WriteBatch;
use crate::domain::{Change, Identity, Outcome, RefusedUpload, extract};
use crate::engine::embedded::store::{StoreError, refused_uploads};
use crate::engine::plan::{Edit, Element, Heads};

impl WriteBatch<'_> {
    /// Notes those whose objects are there, with what was taken out of them.
    pub(in crate::engine::embedded) fn note_refused_uploads(
        &mut self,
        uploads: &[RefusedUpload],
    ) -> Result<(), StoreError> {
        self.execute()?;
        for RefusedUpload {
            identity,
            generation,
        } in uploads
        {
            let Some(head) = self.heads.head(identity)? else {
                continue;
            };
            // Of one that is damaged nobody knows what was nested in it.
            let object = self.heads.content(&head)?;
            let nested = object.iter().flat_map(extract);
            let nested: Vec<Identity> = nested
                .map(|nested| nested.object.identity.clone())
                .collect();
            let transaction = &mut self.heads.transaction;
            transaction.notes_refused_uploads();
            refused_uploads::forget_noted_for(transaction, identity)?;
            refused_uploads::note(transaction, identity, identity, generation)?;
            for nested in nested {
                if self.heads.head(&nested)?.is_some() {
                    let transaction = &self.heads.transaction;
                    refused_uploads::note(transaction, &nested, identity, generation)?;
                }
            }
        }
        Ok(())
    }

    /// Takes away what was noted of an object whose upload is taken, and of what was taken out of it.
    pub(super) fn forget_refused_upload(
        &mut self,
        edit: &Edit,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        if !self.heads.transaction.has_refused_uploads() || matches!(outcome, Outcome::Refused(_)) {
            return Ok(());
        }
        match edit {
            Edit::Replace(element) => self.forget_refused_element(element),
            Edit::Recall(recalled) => {
                let parts = recalled.parts.iter().map(|part| &part.identity);
                self.forget_noted(&recalled.unread.identity, parts)
            }
            // Without a generation it belongs to no upload; what the object nests stays what it is.
            Edit::Patch(patch) if patch.generation != Change::Keep => {
                refused_uploads::forget(&self.heads.transaction, &patch.identity)
            }
            // What is deleted takes its note with it.
            Edit::Patch(_) | Edit::Delete(_) | Edit::Refuse(_) => Ok(()),
        }
    }

    /// The same of an object that came in another way.
    pub(super) fn forget_refused_element(&mut self, element: &Element) -> Result<(), StoreError> {
        if !self.heads.transaction.has_refused_uploads() {
            return Ok(());
        }
        let identities = element.contents().iter();
        let identities = identities.map(|content| &content.object.identity);
        self.forget_noted(&element.own().object.identity, identities)
    }

    /// The object is deleted.
    pub(super) fn forget_all_refused(&self, identity: &Identity) -> Result<(), StoreError> {
        if !self.heads.transaction.has_refused_uploads() {
            return Ok(());
        }
        self.forget_noted(identity, std::iter::once(identity))
    }

    fn forget_noted<'i>(
        &self,
        own: &Identity,
        taken: impl Iterator<Item = &'i Identity>,
    ) -> Result<(), StoreError> {
        let transaction = &self.heads.transaction;
        refused_uploads::forget_noted_for(transaction, own)?;
        for identity in taken {
            refused_uploads::forget(transaction, identity)?;
        }
        Ok(())
    }
}
