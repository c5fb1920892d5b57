//! Whole objects, and deletions. Invariant: an object is planned with all that was extracted from it, or not at all;
//! a content that is there is never put again.

use std::sync::Arc;

use super::content::Element;
use super::draft::{Effect, Mark, Put};
use super::drawn::Drawn;
use super::edit::Edit;
use super::head::Origins;
use super::{Heads, Plan, admission};
use crate::domain::{MisfitRule, ObjectKey, Outcome, Refusal, derive};

impl<V: Copy + Eq> Plan<V> {
    pub fn apply<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        edit: &Edit,
    ) -> Result<Outcome, H::Error> {
        match edit {
            Edit::Replace(element) => {
                self.replace(heads, element, &Origins::default(), self.sent())
            }
            Edit::Recall(recalled) => self.recall(heads, recalled),
            Edit::Patch(patch) => self.patch(heads, patch, self.conflicts),
            Edit::Delete(key) => self.delete(heads, key),
            Edit::Refuse(refusal) => Ok(Outcome::Refused(refusal.clone())),
        }
    }

    /// `rule` is that of the object itself; what was extracted from it was sent whole.
    pub(super) fn replace<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        element: &Element,
        from: &Origins,
        rule: MisfitRule<'_>,
    ) -> Result<Outcome, H::Error> {
        match self.settled_file(heads, element)? {
            None => self.put_all(heads, element, from, rule),
            Some(settled) => self.put_file(heads, element, &settled, from, rule),
        }
    }

    /// The same of what needs no look at what is there of it.
    pub(super) fn put_all<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        element: &Element,
        from: &Origins,
        rule: MisfitRule<'_>,
    ) -> Result<Outcome, H::Error> {
        let mut effects = Vec::with_capacity(element.contents.len());
        let mut drawn = Drawn::default();
        for (position, content) in element.contents.iter().enumerate() {
            let origin = from.of(position);
            let identity = &content.object.identity;
            if content.is_mention
                && let Some(current) = self.current(heads, identity)?
                && current.object_type == content.object.object_type
            {
                let effect = self.mention(heads, current, content, origin)?;
                let one = effect.as_ref().map_or(Drawn::default(), Drawn::of);
                drawn = drawn.and(one);
                if let Some(refusal) = drawn.refusal(one, self.drawn_max) {
                    return Ok(Outcome::Refused(refusal));
                }
                effects.extend(effect);
                continue;
            }
            let drafted = self.draft.get(identity);
            if let Some(drafted) = &drafted
                && drafted.is_of(content, origin.as_ref())
            {
                continue;
            }
            let before = match drafted {
                Some(drafted) => drafted.before().cloned(),
                None => heads.head(identity)?,
            };
            effects.push(match before {
                // The same content was admitted when it came first, and types never change.
                Some(head) if head.hash == content.hash && !heads.is_damaged(head.version) => {
                    Effect::Mark(Mark {
                        identity: identity.clone(),
                        head,
                        generation: content.object.generation.clone(),
                        origin,
                    })
                }
                before => Effect::Put(Put {
                    content: Arc::clone(content),
                    derived: derive(&content.object),
                    before,
                    origin,
                }),
            });
        }
        let kept = match admission::admit_all(&mut self.schema, element, &effects, rule) {
            Ok(kept) => kept,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        for effect in effects {
            self.draft.add(effect);
        }
        self.drawn = self.drawn.and(drawn);
        if kept.is_empty() {
            return Ok(Outcome::Applied);
        }
        self.misfits_kept += kept.iter().map(|of| of.misfits.count()).sum::<u64>();
        Ok(Outcome::AppliedWith(kept))
    }

    /// Both the identity and the type must be those of what is there.
    pub fn delete<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        key: &ObjectKey,
    ) -> Result<Outcome, H::Error> {
        match self.current(heads, &key.identity)? {
            Some(current) if current.object_type == key.object_type => {
                self.draft.delete(&key.identity, current.before);
                Ok(Outcome::Applied)
            }
            _ => Ok(Outcome::Refused(Refusal::NotFound)),
        }
    }
}
