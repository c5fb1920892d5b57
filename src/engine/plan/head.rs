//! What a backend knows of an identity without reading its content. Invariant: an object has the origin of the
//! last whole write of it; one sent through an API has none.

use std::sync::Arc;

use super::content::ContentHash;
use crate::domain::{ActivePeriod, Generation, Identity, ObjectType, SourceName};

/// What an identity is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head<V> {
    pub object_type: ObjectType,
    pub generation: Option<Generation>,
    pub version: V,
    pub hash: ContentHash,
    /// Position in the order of first insertion; a replaced object keeps it.
    pub first_seen: u64,
    /// When it can be found, as its content says.
    pub active: ActivePeriod,
    /// `None` for what was sent through an API.
    pub origin: Option<Arc<Origin>>,
}

/// What an object was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub source: SourceName,
    /// `None` for what was nested in the object of a row.
    pub row: Option<RowKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// The identity of the object is the key.
    Identity,
    Other(Box<str>),
}

/// The origins of an element: of its object, and of what is taken out of that.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    pub own: Option<Arc<Origin>>,
    pub extracted: Option<Arc<Origin>>,
}

impl Origins {
    /// The object itself stands first in its element.
    pub fn of(&self, position: usize) -> Option<Arc<Origin>> {
        match position {
            0 => self.own.clone(),
            _ => self.extracted.clone(),
        }
    }
}

impl Origin {
    pub fn of_row(source: &SourceName, key: &str, identity: &Identity) -> Self {
        let row = if key == identity.as_str() {
            RowKey::Identity
        } else {
            RowKey::Other(key.into())
        };
        Self {
            source: source.clone(),
            row: Some(row),
        }
    }

    /// Whether this is the row that made the object of the identity.
    pub fn is_row(&self, source: &SourceName, key: &str, identity: &Identity) -> bool {
        self.source == *source
            && match &self.row {
                None => false,
                Some(RowKey::Identity) => identity.as_str() == key,
                Some(RowKey::Other(other)) => **other == *key,
            }
    }
}
