//! Objects that are files (docs/reference/02-content.md §8). Invariant: what was found of a file stays with it while it
//! names the same place, whatever else is sent of it, and goes with that place.

use std::sync::Arc;

use super::content::{Content, Element};
use super::drawn::Drawn;
use super::file_row::{FileChange, Tried};
use super::head::Origins;
use super::mention::Current;
use super::{Heads, Plan};
use crate::domain::{
    FieldName, FieldValue, FileEnd, Identity, Judged, MisfitRule, Outcome, TypeConflicts,
};

impl<V: Copy + Eq> Plan<V> {
    /// The element with what was found of its object before; `None` of what is no file.
    pub(super) fn settled_file<H: Heads<Version = V>>(
        &self,
        heads: &mut H,
        element: &Element,
    ) -> Result<Option<Element>, H::Error> {
        let own = element.own();
        if own.object.file_url().is_none() {
            return Ok(None);
        }
        let current = self.current(heads, &own.object.identity)?;
        let before = match &current {
            Some(current) => current.object(heads)?,
            None => None,
        };
        let settled = own.object.settled(before.as_deref(), self.fetches_files);
        if let (Some(current), Some(before)) = (&current, &before)
            && let Some(head) = &current.before
            && current.drafted.is_none()
            && !heads.is_damaged(head.version)
        {
            let generation = settled.object.generation.clone();
            if (**before).clone().with_generation(generation) == settled.object {
                // What is there: it is marked, and never written.
                return Ok(Some(element.with_own(Content {
                    object: Arc::new(settled.object),
                    body: Vec::new(),
                    hash: current.hash,
                    is_mention: false,
                    is_new_file: false,
                })));
            }
        }
        let drafted = current
            .as_ref()
            .and_then(|current| current.drafted.as_ref());
        let is_new_file = settled.is_new || drafted.is_some_and(|drafted| drafted.is_new_file);
        Ok(Some(element.with_own(Content {
            is_new_file,
            ..Content::new(settled.object, self.encode)
        })))
    }

    /// Puts a file with what goes with it. What is not its writer's is no reason to refuse it: where the site has no
    /// room for these attributes, it goes without them.
    pub(super) fn put_file<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        sent: &Element,
        settled: &Element,
        from: &Origins,
        rule: MisfitRule<'_>,
    ) -> Result<Outcome, H::Error> {
        let outcome = self.put_all(heads, settled, from, rule)?;
        if !matches!(outcome, Outcome::Refused(_)) {
            let own = settled.own();
            if !own.body.is_empty() {
                self.drawn = self.drawn.and(Drawn::of_content(own));
            }
            return Ok(outcome);
        }
        if settled.own().object.found().is_empty() {
            return Ok(outcome);
        }
        let content = Content {
            is_new_file: true,
            ..Content::new((*sent.own().object).clone(), self.encode)
        };
        self.put_all(heads, &sent.with_own(content), from, rule)
    }

    /// Does to a file what came of a try, if it still names the place that was asked. What its row keeps of that; `None` where
    /// it names that place no more, or is not there.
    pub fn take_over<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        identity: &Identity,
        url: &str,
        end: FileEnd,
    ) -> Result<Option<Tried>, H::Error> {
        let (change, tried) = Tried::of(end);
        match change {
            FileChange::Nothing => Ok(Some(tried)),
            FileChange::Found(found) => {
                let put = self.put_found(heads, identity, url, found)?;
                Ok(put.map(|outcome| match outcome {
                    Outcome::Refused(refusal) => Tried::not_kept(&refusal),
                    Outcome::Applied | Outcome::AppliedWith(_) => tried,
                }))
            }
            FileChange::Says { state, keeps_found } => {
                let mut found = Vec::new();
                if keeps_found && let Some(current) = self.current(heads, identity)? {
                    let object = current.object(heads)?;
                    found = object.map(|object| object.found()).unwrap_or_default();
                }
                let (name, value) = state.attribute();
                found.retain(|(of, _)| *of != name);
                found.push((name, value));
                // What the site has no room for is said by the row alone.
                let put = self.put_found(heads, identity, url, found)?;
                Ok(put.map(|_| tried))
            }
        }
    }

    /// Gives a file what was found of it, if it still names the place where that was. `None` where it does not, or
    /// is not there.
    fn put_found<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        identity: &Identity,
        url: &str,
        found: Vec<(FieldName, FieldValue)>,
    ) -> Result<Option<Outcome>, H::Error> {
        let Some(current) = self.current(heads, identity)? else {
            return Ok(None);
        };
        let Some(object) = current.object(heads)? else {
            return Ok(None);
        };
        if object.file_url() != Some(url) {
            return Ok(None);
        }
        let Current { origin, .. } = current;
        let content = Content::new(object.with_found(found), self.encode);
        let element = Element::of(content);
        let from = Origins {
            own: origin,
            extracted: None,
        };
        // No value of these is a fault of whoever sent the object.
        let rule = MisfitRule {
            conflicts: TypeConflicts::Keep,
            judged: Judged::Only(&[]),
        };
        self.put_all(heads, &element, &from, rule).map(Some)
    }
}
