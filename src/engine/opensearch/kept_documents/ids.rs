//! Ids of documents, and what else a key may be. Invariant: what a key means does not depend on the process that is asked.

use std::sync::Arc;

use crate::domain::{
    Document, EngineNumber, FoundObject, Identity, ObjectType, StampedId, StoredDocument, Timestamp,
};
use crate::engine::DocumentKey;
use crate::engine::opensearch::layout::document::Kept;

/// What ids of a site are made of, beside the numbers of what they name.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine::opensearch) struct Stamps {
    pub(in crate::engine::opensearch) engine: EngineNumber,
    /// Stands for the creation of what was not created as a document.
    pub(in crate::engine::opensearch) engine_created_at: Timestamp,
}

/// The names that a key may be, but for that of an object with this id.
pub(in crate::engine::opensearch) fn names_of(
    object_type: &ObjectType,
    key: &DocumentKey,
) -> [Option<Identity>; 2] {
    [
        Document::identity(object_type, &key.0).ok(),
        Identity::new(&key.0).ok(),
    ]
}

impl Stamps {
    /// The id that a key may be.
    pub(in crate::engine::opensearch) fn id_of(&self, key: &DocumentKey) -> Option<StampedId> {
        StampedId::parse(&key.0).filter(|id| id.engine == self.engine)
    }

    pub(in crate::engine::opensearch) fn stored(&self, kept: &Kept) -> Option<StoredDocument> {
        Some(StoredDocument {
            object: FoundObject::new(Arc::new(kept.object()?)),
            place: kept.document_place(self.engine_created_at),
            updated_at: kept.updated_at,
        })
    }
}
