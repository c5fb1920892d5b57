//! Contents on their way back out of the store. Invariant: what leaves here is what was written, for the
//! identity it was written for; a content that is not is an error of that object alone.

use rusqlite::Connection;

use super::decoded::{decoded, unpacked};
use super::heads::{self, Head};
use super::versions;
use super::{StoreError, codec, weight};
use crate::domain::{AnswerMemory, Object, Passing, Timestamp};
use crate::engine::embedded::ids::VersionId;

/// One version, read back.
#[derive(Clone, Debug)]
pub(in crate::engine::embedded) struct StoredObject {
    pub object: Object,
    pub updated_at: Timestamp,
    /// Length of the stored JSON, in bytes: a measure of what the object weighs.
    pub json_bytes: usize,
}

/// A version whatever it is of, without its generation, which only the head knows; `None` when it was
/// deleted, or never was.
pub(in crate::engine::embedded) fn of_version<'m>(
    store: &Connection,
    version: VersionId,
    memory: &'m AnswerMemory,
) -> Result<Option<(StoredObject, Passing<'m>)>, StoreError> {
    let Some(found) = versions::find(store, version)? else {
        return Ok(None);
    };
    let json = unpacked(&found)?;
    let passing = memory.take(weight::of(&json, memory))?;
    let object = decoded(&json)?;
    if !found.is_checked {
        // Of before there were checksums: the head of an object says what its current content is.
        match heads::find(store, &object.identity)? {
            Some(head) if head.version == version && head.hash != codec::hash(&json) => {
                return Err(StoreError::Content("it has another hash"));
            }
            Some(head) if head.version >= version => {}
            // Deleted a moment ago, or of an object that was never there.
            _ => return Ok(None),
        }
    }
    let stored = StoredObject {
        object,
        updated_at: found.updated_at,
        json_bytes: json.len(),
    };
    Ok(Some((stored, passing)))
}

/// What a head says is there now, with its generation; `None` when the store has no such version.
pub(in crate::engine::embedded) fn current(
    store: &Connection,
    head: &Head,
) -> Result<Option<StoredObject>, StoreError> {
    let memory = AnswerMemory::default();
    let found = current_within(store, head, &memory)?;
    Ok(found.map(|(stored, _)| stored))
}

/// The same, where there is room for it.
pub(in crate::engine::embedded) fn current_within<'m>(
    store: &Connection,
    head: &Head,
    memory: &'m AnswerMemory,
) -> Result<Option<(StoredObject, Passing<'m>)>, StoreError> {
    let Some(found) = versions::find(store, head.version)? else {
        return Ok(None);
    };
    let json = unpacked(&found)?;
    if codec::hash(&json) != head.hash {
        return Err(StoreError::Content(
            "it has another hash than its head says",
        ));
    }
    let passing = memory.take(weight::of(&json, memory))?;
    let object = decoded(&json)?;
    if object.object_type != head.object_type {
        return Err(StoreError::Content(
            "it has another type than its head says",
        ));
    }
    let stored = StoredObject {
        object: object.with_generation(head.generation.clone()),
        updated_at: found.updated_at,
        json_bytes: json.len(),
    };
    Ok(Some((stored, passing)))
}
