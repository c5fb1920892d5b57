//! What a group of writes does with objects that were sent before, word for word. Invariant: it is what
//! reading them would have done.

use super::Group;
use super::mentioned::RecalledMention;
use super::staged::Put;
use crate::domain::{Outcome, Refusal};
use crate::engine::embedded::edit::{Element, Recalled, Repeats};
use crate::engine::embedded::store::StoreError;
use crate::engine::embedded::store::heads::Head;
use crate::engine::embedded::store::sources::Origins;

impl Group<'_> {
    /// Replaces an object by words that were read before: only if the store has something else by now
    /// they are read again.
    pub(super) fn recall(&mut self, recalled: &Recalled) -> Result<Outcome, StoreError> {
        let Recalled { unread, parts, .. } = recalled;
        let mut puts = Vec::new();
        for part in parts.iter() {
            if part.is_mention {
                match self.recall_mention(part, unread.generation.as_ref())? {
                    RecalledMention::Known(put) => puts.extend(put),
                    RecalledMention::Unknown => return self.reread(recalled),
                }
                continue;
            }
            let staged = self.staged.get(&part.identity);
            let head = match staged {
                Some(Put::Known {
                    head,
                    generation,
                    origin: None,
                    ..
                }) if head.hash == part.hash && *generation == unread.generation => continue,
                Some(put) => put.before().cloned(),
                None => self.transaction.head(&part.identity)?,
            };
            let is_there = |head: &Head| head.hash == part.hash && !self.is_damaged(head.version);
            let Some(head) = head.filter(is_there) else {
                return self.reread(recalled);
            };
            puts.push(Put::Known {
                identity: part.identity.clone(),
                head,
                generation: unread.generation.clone(),
                origin: None,
            });
        }
        for put in puts {
            self.staged.put(put);
        }
        Ok(Outcome::Applied)
    }

    fn reread(&mut self, recalled: &Recalled) -> Result<Outcome, StoreError> {
        match recalled.unread.read() {
            Ok(object) => {
                let mut repeats = Repeats::default();
                let element = Element::sent(object, recalled.extraction, &mut repeats);
                self.replace(&element, &Origins::default(), self.sent())
            }
            Err(problems) => Ok(Outcome::Refused(Refusal::Malformed(problems))),
        }
    }
}
