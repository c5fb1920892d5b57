//! Edits as they wait to be planned: everything that needs no look-up is already done. Invariant: what was sent
//! before, word for word, is known by its parts; whether it is still there is for the plan to find out.

use std::sync::Arc;

use super::content::{Content, ContentHash, Element};
use crate::domain::{Identity, ObjectKey, ObjectPatch, Refusal, Unread};
use crate::engine::Extraction;

/// One element of a batch.
#[derive(Debug)]
pub enum Edit {
    Replace(Element),
    Recall(Recalled),
    Patch(Box<ObjectPatch>),
    Delete(ObjectKey),
    Refuse(Refusal),
}

/// An object to store that is known by its words, and what they mean.
#[derive(Debug)]
pub struct Recalled {
    pub unread: Unread,
    pub parts: Parts,
    pub extraction: Extraction,
}

/// An object, as far as telling whether it is there.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    pub identity: Identity,
    pub hash: ContentHash,
    /// The content only mentions an object, so another one may be there.
    pub is_mention: bool,
}

/// What one submission came to: itself first, then what was extracted from it.
pub type Parts = Arc<[Arc<Part>]>;

impl From<&Content> for Part {
    fn from(content: &Content) -> Self {
        Self {
            identity: content.object.identity.clone(),
            hash: content.hash,
            is_mention: content.is_mention,
        }
    }
}
