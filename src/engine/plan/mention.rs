//! What an identity is at this moment of the plan, and objects that others only mention
//! (docs/reference/02-content.md §4). Invariant: a mention puts a content only where it says something new,
//! and what a row of a source made lives and dies by that row alone.

use std::sync::Arc;

use super::content::{Content, ContentHash};
use super::draft::{Drafted, Effect, Mark, Put};
use super::edit::Part;
use super::head::{Head, Origin};
use super::{Heads, Plan};
use crate::domain::{Generation, Identity, Object, ObjectType, derive, mentioned};

/// What an identity is at this moment: executed, or about to be.
pub(super) struct Current<V> {
    pub object_type: ObjectType,
    pub hash: ContentHash,
    pub generation: Option<Generation>,
    pub origin: Option<Arc<Origin>>,
    /// What is there once what was executed is.
    pub before: Option<Head<V>>,
    /// What is not there yet.
    pub drafted: Option<Arc<Content>>,
}

/// What is known of a mention without reading it.
pub(super) enum RecalledMention<V> {
    /// What is to be done, if anything.
    Known(Option<Effect<V>>),
    Unknown,
}

impl<V: Copy + Eq> Plan<V> {
    pub(super) fn current<H: Heads<Version = V>>(
        &self,
        heads: &mut H,
        identity: &Identity,
    ) -> Result<Option<Current<V>>, H::Error> {
        let current = match self.draft.get(identity) {
            Some(Drafted::Gone) => return Ok(None),
            Some(Drafted::Mark(mark)) => Current {
                object_type: mark.head.object_type.clone(),
                hash: mark.head.hash,
                generation: mark.generation.clone(),
                origin: mark.origin.clone(),
                before: Some(mark.head.clone()),
                drafted: None,
            },
            Some(Drafted::Put(put)) => Current {
                object_type: put.content.object.object_type.clone(),
                hash: put.content.hash,
                generation: put.content.object.generation.clone(),
                origin: put.origin.clone(),
                before: put.before.clone(),
                drafted: Some(Arc::clone(&put.content)),
            },
            None => match heads.head(identity)? {
                None => return Ok(None),
                Some(head) => Current {
                    object_type: head.object_type.clone(),
                    hash: head.hash,
                    generation: head.generation.clone(),
                    origin: head.origin.clone(),
                    before: Some(head),
                    drafted: None,
                },
            },
        };
        Ok(Some(current))
    }

    /// What is to be done when an object of this type is mentioned; `None` when nothing is.
    pub(super) fn mention<H: Heads<Version = V>>(
        &self,
        heads: &mut H,
        current: Current<V>,
        mention: &Content,
        origin: Option<Arc<Origin>>,
    ) -> Result<Option<Effect<V>>, H::Error> {
        let (generation, origin) = current.marks(mention.object.generation.clone(), origin);
        if heads.is_told_by(current.hash, mention.hash) {
            return Ok(current.moved(&mention.object.identity, generation, origin));
        }
        // Of what is damaged only the marks can follow.
        let Some(object) = current.object(heads)? else {
            return Ok(current.moved(&mention.object.identity, generation, origin));
        };
        let after = mentioned(&object, &mention.object).filter(|after| {
            // Documents have the types that were declared, titles too.
            !after.is_document() || self.schema.types_of_changed(after).is_ok()
        });
        let after = after.unwrap_or_else(|| (*object).clone());
        let is_new_file = current.drafted.as_ref().is_some_and(|of| of.is_new_file);
        let content = Content {
            is_new_file,
            ..Content::new(after.with_generation(generation.clone()), self.encode)
        };
        if content.hash == current.hash {
            heads.note_told(current.hash, mention.hash);
            return Ok(current.moved(&mention.object.identity, generation, origin));
        }
        Ok(Some(match current.before {
            // It was changed and is what it was.
            Some(head) if head.hash == content.hash => Effect::Mark(Mark {
                identity: mention.object.identity.clone(),
                head,
                generation,
                origin,
            }),
            before => Effect::Put(Put {
                derived: derive(&content.object),
                content: Arc::new(content),
                before,
                origin,
            }),
        }))
    }

    /// As [`Self::mention`], of what was mentioned before.
    pub(super) fn recall_mention<H: Heads<Version = V>>(
        &self,
        heads: &mut H,
        part: &Part,
        generation: Option<&Generation>,
    ) -> Result<RecalledMention<V>, H::Error> {
        let Some(current) = self.current(heads, &part.identity)? else {
            return Ok(RecalledMention::Unknown);
        };
        if !heads.is_told_by(current.hash, part.hash) {
            return Ok(RecalledMention::Unknown);
        }
        let (generation, origin) = current.marks(generation.cloned(), None);
        let moved = current.moved(&part.identity, generation, origin);
        Ok(RecalledMention::Known(moved))
    }
}

impl<V: Copy + Eq> Current<V> {
    /// The object itself; `None` when it is damaged.
    pub(super) fn object<H: Heads<Version = V>>(
        &self,
        heads: &mut H,
    ) -> Result<Option<Arc<Object>>, H::Error> {
        match (&self.drafted, &self.before) {
            (Some(content), _) => Ok(Some(Arc::clone(&content.object))),
            (None, Some(head)) => Ok(heads.content(head)?.map(|object| {
                let generation = self.generation.clone();
                Arc::new(object.with_generation(generation))
            })),
            (None, None) => Ok(None),
        }
    }

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
    pub(super) fn moved(
        self,
        identity: &Identity,
        generation: Option<Generation>,
        origin: Option<Arc<Origin>>,
    ) -> Option<Effect<V>> {
        if self.generation == generation && self.origin == origin {
            return None;
        }
        match (self.drafted, self.before) {
            (Some(drafted), before) => {
                let content = drafted.with_generation(generation);
                Some(Effect::Put(Put {
                    derived: derive(&content.object),
                    content: Arc::new(content),
                    before,
                    origin,
                }))
            }
            (None, Some(head)) => Some(Effect::Mark(Mark {
                identity: identity.clone(),
                head,
                generation,
                origin,
            })),
            (None, None) => None,
        }
    }
}
