//! Effects that are planned and not yet executed, in order of first appearance. Invariant: of one identity only
//! the last stands here; of several contents only that is written.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::Content;
use super::head::{Head, Origin};
use crate::domain::{Derived, Generation, Identity};

/// What a backend does to one object.
#[derive(Debug)]
pub enum Effect<V> {
    Put(Put<V>),
    Mark(Mark<V>),
    /// The object is there no more.
    Delete {
        identity: Identity,
        head: Head<V>,
    },
}

/// The object gets a content it does not have.
#[derive(Debug)]
pub struct Put<V> {
    pub content: Arc<Content>,
    pub derived: Derived,
    /// What it replaces; `None` for what is not there.
    pub before: Option<Head<V>>,
    pub origin: Option<Arc<Origin>>,
}

/// The content stays; it is of this upload and origin now.
#[derive(Debug)]
pub struct Mark<V> {
    pub identity: Identity,
    /// As it is before.
    pub head: Head<V>,
    pub generation: Option<Generation>,
    pub origin: Option<Arc<Origin>>,
}

pub(super) struct Draft<V> {
    effects: Vec<Option<Effect<V>>>,
    last: HashMap<Identity, Last>,
}

/// What the draft makes of an identity.
#[derive(Clone, Copy)]
enum Last {
    /// The effect in this place.
    At(usize),
    Gone,
}

/// What an identity will be.
pub(super) enum Drafted<'d, V> {
    Put(&'d Put<V>),
    Mark(&'d Mark<V>),
    Gone,
}

impl<V> Default for Draft<V> {
    fn default() -> Self {
        Self {
            effects: Vec::new(),
            last: HashMap::new(),
        }
    }
}

impl<V> Draft<V> {
    /// `None` for what is as it was.
    pub(super) fn get(&self, identity: &Identity) -> Option<Drafted<'_, V>> {
        match *self.last.get(identity)? {
            Last::Gone => Some(Drafted::Gone),
            Last::At(at) => match self.effects[at].as_ref()? {
                Effect::Put(put) => Some(Drafted::Put(put)),
                Effect::Mark(mark) => Some(Drafted::Mark(mark)),
                Effect::Delete { .. } => Some(Drafted::Gone),
            },
        }
    }

    /// Takes the place of what was planned for the identity.
    pub(super) fn add(&mut self, effect: Effect<V>) {
        let identity = effect.identity();
        if let Some(&Last::At(at)) = self.last.get(identity) {
            self.effects[at] = Some(effect);
        } else {
            let at = Last::At(self.effects.len());
            self.last.insert(identity.clone(), at);
            self.effects.push(Some(effect));
        }
    }

    /// `head` is what is there once what was executed is; without one nothing is left to do.
    pub(super) fn delete(&mut self, identity: &Identity, head: Option<Head<V>>) {
        let effect = head.map(|head| Effect::Delete {
            identity: identity.clone(),
            head,
        });
        match self.last.insert(identity.clone(), Last::Gone) {
            Some(Last::At(at)) => self.effects[at] = effect,
            _ => self.effects.extend(effect.map(Some)),
        }
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Effect<V>> + use<V> {
        self.last.clear();
        let effects = std::mem::take(&mut self.effects).into_iter().flatten();
        effects.filter(|effect| !matches!(effect, Effect::Mark(mark) if mark.is_there()))
    }
}

impl<V> Effect<V> {
    pub fn identity(&self) -> &Identity {
        match self {
            Self::Put(put) => &put.content.object.identity,
            Self::Mark(mark) => &mark.identity,
            Self::Delete { identity, .. } => identity,
        }
    }
}

impl<V> Mark<V> {
    /// Whether there is nothing to do. It stands in the draft all the same: what comes again needs no look-up.
    fn is_there(&self) -> bool {
        self.head.generation == self.generation && self.head.origin == self.origin
    }

    /// The head as it is then.
    pub fn into_head(self) -> (Identity, Head<V>) {
        let head = Head {
            generation: self.generation,
            origin: self.origin,
            ..self.head
        };
        (self.identity, head)
    }
}

impl<V> Drafted<'_, V> {
    /// What is there once what was executed is, unless it is going to be deleted.
    pub(super) fn before(&self) -> Option<&Head<V>> {
        match self {
            Self::Put(put) => put.before.as_ref(),
            Self::Mark(mark) => Some(&mark.head),
            Self::Gone => None,
        }
    }

    /// Whether putting this content again would change nothing.
    pub(super) fn is_of(&self, content: &Arc<Content>, from: Option<&Arc<Origin>>) -> bool {
        match self {
            Self::Put(put) => Arc::ptr_eq(&put.content, content) && put.origin.as_ref() == from,
            Self::Mark(mark) => {
                mark.head.hash == content.hash
                    && mark.generation == content.object.generation
                    && mark.origin.as_ref() == from
            }
            Self::Gone => false,
        }
    }
}
