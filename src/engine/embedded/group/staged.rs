//! What a group is going to put, in order of first appearance. Invariant: an identity stands here
//! once; of several contents only the last is written.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Derived, Generation, Identity};
use crate::engine::embedded::edit::Encoded;
use crate::engine::embedded::store::heads::Head;
use crate::engine::embedded::store::sources::Origin;

#[derive(Default)]
pub(super) struct Staged {
    puts: Vec<Put>,
    position: HashMap<Identity, usize>,
}

/// An object to put, and what the store has of it.
pub(super) enum Put {
    /// The content the store has already.
    Known {
        identity: Identity,
        head: Head,
        generation: Option<Generation>,
        origin: Option<Arc<Origin>>,
    },
    New {
        encoded: Arc<Encoded>,
        derived: Derived,
        before: Option<Head>,
        origin: Option<Arc<Origin>>,
    },
}

impl Staged {
    pub(super) fn get(&self, identity: &Identity) -> Option<&Put> {
        self.position.get(identity).map(|&at| &self.puts[at])
    }

    pub(super) fn put(&mut self, put: Put) {
        let identity = put.identity();
        if let Some(&at) = self.position.get(identity) {
            self.puts[at] = put;
        } else {
            self.position.insert(identity.clone(), self.puts.len());
            self.puts.push(put);
        }
    }

    pub(super) fn take(&mut self) -> Vec<Put> {
        self.position.clear();
        std::mem::take(&mut self.puts)
    }
}

impl Put {
    pub(super) fn identity(&self) -> &Identity {
        match self {
            Self::Known { identity, .. } => identity,
            Self::New { encoded, .. } => &encoded.object.identity,
        }
    }

    pub(super) fn before(&self) -> Option<&Head> {
        match self {
            Self::Known { head, .. } => Some(head),
            Self::New { before, .. } => before.as_ref(),
        }
    }

    /// Whether putting this object again would change nothing.
    pub(super) fn is_of(&self, object: &Arc<Encoded>, from: Option<&Arc<Origin>>) -> bool {
        match self {
            Self::Known {
                head,
                generation,
                origin,
                ..
            } => {
                head.hash == object.hash
                    && *generation == object.object.generation
                    && origin.as_ref() == from
            }
            Self::New {
                encoded, origin, ..
            } => Arc::ptr_eq(encoded, object) && origin.as_ref() == from,
        }
    }
}
