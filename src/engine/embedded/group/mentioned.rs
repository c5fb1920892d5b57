//! What a group of writes does with objects that others only mention (contract 02 §4). Invariant: a mention
//! writes a version only where it says something new, and what a row of a source made lives and dies by
//! that row alone.

use std::sync::Arc;

use super::Group;
use super::staged::Put;
use crate::domain::{Generation, Identity, ObjectType, derive, mentioned};
use crate::engine::embedded::edit::Encoded;
use crate::engine::embedded::memory::Part;
use crate::engine::embedded::store::heads::Head;
use crate::engine::embedded::store::sources::Origin;
use crate::engine::embedded::store::{ContentHash, StoreError};

/// What an identity is at this moment of the group: in the store, or about to be.
pub(super) struct Current {
    pub object_type: ObjectType,
    hash: ContentHash,
    generation: Option<Generation>,
    origin: Option<Arc<Origin>>,
    /// What the store has.
    before: Option<Head>,
    /// What it does not have yet.
    staged: Option<Arc<Encoded>>,
}

/// What is known of a mention without reading it.
pub(super) enum RecalledMention {
    /// What is to be put, if anything.
    Known(Option<Put>),
    Unknown,
}

impl Group<'_> {
    pub(super) fn current(&mut self, identity: &Identity) -> Result<Option<Current>, StoreError> {
        let current = match self.staged.get(identity) {
            Some(Put::Known {
                head,
                generation,
                origin,
                ..
            }) => Current {
                object_type: head.object_type.clone(),
                hash: head.hash,
                generation: generation.clone(),
                origin: origin.clone(),
                before: Some(head.clone()),
                staged: None,
            },
            Some(Put::New {
                encoded,
                before,
                origin,
                ..
            }) => Current {
                object_type: encoded.object.object_type.clone(),
                hash: encoded.hash,
                generation: encoded.object.generation.clone(),
                origin: origin.clone(),
                before: before.clone(),
                staged: Some(Arc::clone(encoded)),
            },
            None => match self.transaction.head(identity)? {
                None => return Ok(None),
                Some(head) => Current {
                    object_type: head.object_type.clone(),
                    hash: head.hash,
                    generation: head.generation.clone(),
                    origin: head.origin.clone(),
                    before: Some(head),
                    staged: None,
                },
            },
        };
        Ok(Some(current))
    }

    /// What is to be put when an object of this type is mentioned; `None` when nothing is.
    pub(super) fn mention(
        &mut self,
        current: Current,
        mention: &Encoded,
        origin: Option<Arc<Origin>>,
    ) -> Result<Option<Put>, StoreError> {
        let (generation, origin) = current.marks(mention.object.generation.clone(), origin);
        if self.transaction.is_told_by(current.hash, mention.hash) {
            return Ok(current.moved(&mention.object.identity, generation, origin));
        }
        let object = match (&current.staged, &current.before) {
            (Some(staged), _) => Arc::clone(&staged.object),
            (None, Some(head)) => match self.content(head)? {
                Some(object) => Arc::new(object),
                // What it was is lost; only its marks can follow.
                None => return Ok(current.moved(&mention.object.identity, generation, origin)),
            },
            (None, None) => return Ok(None),
        };
        let after = mentioned(&object, &mention.object).filter(|after| {
            // Documents have the types that were declared, titles too.
            !after.is_document() || self.schema.types_of_changed(after).is_ok()
        });
        let after = after.unwrap_or_else(|| (*object).clone());
        let encoded = Encoded::new(after.with_generation(generation.clone()));
        if encoded.hash == current.hash {
            self.transaction.note_told(current.hash, mention.hash);
            return Ok(current.moved(&mention.object.identity, generation, origin));
        }
        Ok(Some(match current.before {
            // It was changed and is what it was.
            Some(head) if head.hash == encoded.hash => Put::Known {
                identity: mention.object.identity.clone(),
                head,
                generation,
                origin,
            },
            before => Put::New {
                derived: derive(&encoded.object),
                encoded: Arc::new(encoded),
                before,
                origin,
            },
        }))
    }

    /// As [`Self::mention`], of what was mentioned before.
    pub(super) fn recall_mention(
        &mut self,
        part: &Part,
        generation: Option<&Generation>,
    ) -> Result<RecalledMention, StoreError> {
        let Some(current) = self.current(&part.identity)? else {
            return Ok(RecalledMention::Unknown);
        };
        if !self.transaction.is_told_by(current.hash, part.hash) {
            return Ok(RecalledMention::Unknown);
        }
        let (generation, origin) = current.marks(generation.cloned(), None);
        let moved = current.moved(&part.identity, generation, origin);
        Ok(RecalledMention::Known(moved))
    }
}

impl Current {
    /// The upload and the origin it has once it was mentioned. What a row made stays of its row, and of
    /// the uploads of that source, which delete what they do not find.
    fn marks(
        &self,
        generation: Option<Generation>,
        origin: Option<Arc<Origin>>,
    ) -> (Option<Generation>, Option<Arc<Origin>>) {
        let row = self.origin.as_ref().filter(|own| own.row.is_some());
        match row {
            None => (generation, origin),
            Some(own) if origin.is_some_and(|origin| origin.source == own.source) => {
                (generation, self.origin.clone())
            }
            Some(_) => (self.generation.clone(), self.origin.clone()),
        }
    }

    /// The same content with other marks; `None` when it has them.
    fn moved(
        self,
        identity: &Identity,
        generation: Option<Generation>,
        origin: Option<Arc<Origin>>,
    ) -> Option<Put> {
        if self.generation == generation && self.origin == origin {
            return None;
        }
        match (self.staged, self.before) {
            (Some(staged), before) => {
                let encoded = staged.with_generation(generation);
                Some(Put::New {
                    derived: derive(&encoded.object),
                    encoded: Arc::new(encoded),
                    before,
                    origin,
                })
            }
            (None, Some(head)) => Some(Put::Known {
                identity: identity.clone(),
                head,
                generation,
                origin,
            }),
            (None, None) => None,
        }
    }
}
