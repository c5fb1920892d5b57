//! Refused uploads, noted at the objects that they are of. Invariant: a note is taken away in the batch that takes a later upload.

use super::Batch;
use crate::domain::{Change, Identity, RefusedUpload, extract};
use crate::engine::EngineError;
use crate::engine::opensearch::layout::document::{Kept, Note};
use crate::engine::plan::Edit;

impl Batch<'_> {
    /// Notes refused uploads at the objects that they are of, and at what these nest.
    pub(in crate::engine::opensearch::site) async fn note_refused(
        &mut self,
        uploads: &[RefusedUpload],
    ) -> Result<(), EngineError> {
        self.read_all(uploads.iter().map(|upload| &upload.identity))
            .await?;
        for upload in uploads {
            let Some(kept) = self.there.get(&upload.identity) else {
                continue;
            };
            // Of one that is damaged nobody knows what was nested in it.
            let object = kept.object();
            let nested = object.iter().flat_map(extract);
            let mut all: Vec<Identity> = nested.map(|one| one.object.identity.clone()).collect();
            all.push(upload.identity.clone());
            self.read_all(all.iter()).await?;
            for identity in all {
                self.change_notes(&identity, |notes| {
                    notes.retain(|note| note.by != upload.identity.as_str());
                    notes.push(Note {
                        by: upload.identity.to_string(),
                        generation: upload.generation.as_str().to_owned(),
                    });
                });
            }
        }
        Ok(())
    }

    /// What the object nests that is there, if anything was noted for it.
    pub(super) fn noted_for(&self, edit: &Edit) -> Vec<Identity> {
        match edit {
            Edit::Replace(element) => self.noted_of(&element.own().object.identity),
            _ => Vec::new(),
        }
    }

    /// The same of an object by its name.
    pub(super) fn noted_of(&self, own: &Identity) -> Vec<Identity> {
        let is_own = |note: &Note| note.by == own.as_str();
        let noted = self
            .there
            .get(own)
            .filter(|kept| kept.refused.iter().any(is_own));
        let nested = noted.and_then(Kept::object);
        let nested = nested.iter().flat_map(extract);
        nested.map(|one| one.object.identity.clone()).collect()
    }

    /// Takes away what was noted of an object whose upload is taken, and of what was taken out of it.
    pub(super) async fn forget_refused(
        &mut self,
        edit: &Edit,
        noted: &[Identity],
    ) -> Result<(), EngineError> {
        match edit {
            Edit::Replace(element) => {
                self.forget_nested(&element.own().object.identity, noted)
                    .await?;
                for identity in super::identities(element) {
                    self.change_notes(identity, Vec::clear);
                }
            }
            // Without a generation it belongs to no upload; what the object nests stays what it is.
            Edit::Patch(patch) if patch.generation != Change::Keep => {
                self.change_notes(&patch.identity, Vec::clear);
            }
            Edit::Patch(_) | Edit::Delete(_) | Edit::Recall(_) | Edit::Refuse(_) => {}
        }
        Ok(())
    }

    /// The upload of a document is taken.
    pub(super) async fn forget_refused_document(
        &mut self,
        own: &Identity,
        noted: &[Identity],
    ) -> Result<(), EngineError> {
        self.forget_nested(own, noted).await?;
        self.change_notes(own, Vec::clear);
        Ok(())
    }

    async fn forget_nested(
        &mut self,
        own: &Identity,
        noted: &[Identity],
    ) -> Result<(), EngineError> {
        self.read_all(noted.iter()).await?;
        for identity in noted {
            self.change_notes(identity, |notes| {
                notes.retain(|note| note.by != own.as_str());
            });
        }
        Ok(())
    }

    fn change_notes(&mut self, identity: &Identity, change: impl FnOnce(&mut Vec<Note>)) {
        let number = self.next_number + 1;
        let Some(kept) = self.there.get_mut(identity) else {
            return;
        };
        let before = kept.refused.clone();
        change(&mut kept.refused);
        if kept.refused == before {
            return;
        }
        let mut kept = kept.clone();
        kept.head.version = number;
        self.next_number = number;
        self.set(identity.clone(), Some(kept));
    }
}
