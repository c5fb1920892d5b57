//! Edits made ready for the writer: everything that needs no store is already done, so that the one thread that
//! writes does little else. Invariant: what waits knows about how much memory it takes.

use std::mem::size_of;

use super::fingerprint_cache::FingerprintCache;
use crate::domain::{
    FieldName, FieldValue, NestedObject, ObjectKey, ObjectPatch, Refusal, Submission,
};
use crate::engine::Extraction;
use crate::engine::embedded::store::codec;
use crate::engine::plan::{Edit, Element, Encoder, Recalled};

/// What makes contents of objects as the store has them.
pub(in crate::engine::embedded) fn encoder() -> Encoder {
    Encoder::new(codec::encode_hashed)
}

pub(in crate::engine::embedded) fn replace(
    submission: Submission,
    extraction: Extraction,
    encoder: &mut Encoder,
    known: &FingerprintCache,
) -> Edit {
    let (object, fingerprint) = match submission {
        Submission::Read {
            object,
            fingerprint,
        } => (object, fingerprint),
        Submission::Unread(unread) => match known.recall(unread.fingerprint, extraction) {
            Some(parts) => {
                return Edit::Recall(Recalled {
                    unread,
                    parts,
                    extraction,
                });
            }
            // Forgotten since it was asked for.
            None => match unread.read() {
                Ok(object) => (object, Some(unread.fingerprint)),
                Err(problems) => return Edit::Refuse(Refusal::Malformed(problems)),
            },
        },
    };
    let element = Element::sent(object, extraction, encoder);
    // Of a file more is there than its words say, and those who send one are told.
    if let Some(fingerprint) = fingerprint.filter(|_| !element.own().object.is_file()) {
        known.learn(fingerprint, extraction, element.contents());
    }
    Edit::Replace(element)
}

/// About how much memory an edit takes while it waits, in bytes.
pub(in crate::engine::embedded) fn bytes(edit: &Edit) -> usize {
    match edit {
        Edit::Replace(element) => element.bytes(),
        Edit::Recall(recalled) => size_of::<Recalled>() + recalled.unread.bytes,
        Edit::Refuse(_) => size_of::<Refusal>(),
        Edit::Patch(patch) => {
            let fields = patch.fields.iter().map(|(name, value)| {
                let held = value.as_ref().map_or(0, FieldValue::memory_bytes);
                ENTRY_BYTES + name.as_str().len() + held
            });
            size_of::<ObjectPatch>()
                + patch.identity.as_str().len()
                + fields.sum::<usize>()
                + patch
                    .nested
                    .iter()
                    .flatten()
                    .map(NestedObject::memory_bytes)
                    .sum::<usize>()
        }
        Edit::Delete(key) => size_of::<ObjectKey>() + key.identity.as_str().len(),
    }
}

/// What an attribute costs beside its name and value.
const ENTRY_BYTES: usize = size_of::<(FieldName, FieldValue)>() + 32;
