//! Objects that were sent before, word for word. Invariant: what is planned is what reading them would have come to.

use super::content::{Element, Encoder};
use super::draft::{Drafted, Effect, Mark};
use super::edit::Recalled;
use super::head::{Head, Origins};
use super::mention::RecalledMention;
use super::{Heads, Plan};
use crate::domain::{Outcome, Refusal};

impl<V: Copy + Eq> Plan<V> {
    /// Replaces an object by words that were read before: only if something else is there by now they are read
    /// again.
    pub(super) fn recall<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        recalled: &Recalled,
    ) -> Result<Outcome, H::Error> {
        let Recalled { unread, parts, .. } = recalled;
        let mut effects = Vec::new();
        for part in parts.iter() {
            if part.is_mention {
                match self.recall_mention(heads, part, unread.generation.as_ref())? {
                    RecalledMention::Known(effect) => effects.extend(effect),
                    RecalledMention::Unknown => return self.reread(heads, recalled),
                }
                continue;
            }
            let head = match self.draft.get(&part.identity) {
                Some(Drafted::Mark(mark))
                    if mark.origin.is_none()
                        && mark.head.hash == part.hash
                        && mark.generation == unread.generation =>
                {
                    continue;
                }
                Some(drafted) => drafted.before().cloned(),
                None => heads.head(&part.identity)?,
            };
            let is_there =
                |head: &Head<V>| head.hash == part.hash && !heads.is_damaged(head.version);
            let Some(head) = head.filter(is_there) else {
                return self.reread(heads, recalled);
            };
            effects.push(Effect::Mark(Mark {
                identity: part.identity.clone(),
                head,
                generation: unread.generation.clone(),
                origin: None,
            }));
        }
        for effect in effects {
            self.draft.add(effect);
        }
        Ok(Outcome::Applied)
    }

    fn reread<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        recalled: &Recalled,
    ) -> Result<Outcome, H::Error> {
        match recalled.unread.read() {
            Ok(object) => {
                let mut encoder = Encoder::new(self.encode);
                let element = Element::sent(object, recalled.extraction, &mut encoder);
                self.replace(heads, &element, &Origins::default(), self.sent())
            }
            Err(problems) => Ok(Outcome::Refused(Refusal::Malformed(problems))),
        }
    }
}
