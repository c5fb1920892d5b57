//! Edits as they wait for the writer: everything that needs no store is already done, so that the
//! one thread that writes does little else.

use std::collections::HashMap;
use std::mem::size_of;
use std::sync::Arc;

use super::memory::{Memory, Parts};
use super::store::{ContentHash, codec};
use crate::domain::{
    Extracted, FieldName, FieldValue, Generation, Identity, NestedObject, Object, ObjectKey,
    ObjectPatch, Refusal, Submission, Unread, extract, mentioned,
};
use crate::engine::Extraction;

/// One element of a batch.
#[derive(Debug)]
pub(super) enum Edit {
    Replace(Element),
    Recall(Recalled),
    Patch(Box<ObjectPatch>),
    Delete(ObjectKey),
    Refuse(Refusal),
}

/// An object to store that is known by its words, and what they mean.
#[derive(Debug)]
pub(super) struct Recalled {
    pub unread: Unread,
    pub parts: Parts,
    pub extraction: Extraction,
}

/// An object to store and what was extracted from it, in the order they apply: all of them or none.
/// Each identity stands here once.
#[derive(Debug)]
pub(super) struct Element {
    /// The object as sent first.
    pub objects: Vec<Arc<Encoded>>,
    /// Memory of what no earlier element of the batch holds already.
    bytes: usize,
}

/// What a batch has extracted so far. The same category stands under many products: encoded once, it
/// is one thing to the writer too.
#[derive(Debug, Default)]
pub(super) struct Repeats(HashMap<Identity, Arc<Encoded>>);

#[derive(Debug)]
pub(super) struct Encoded {
    pub object: Arc<Object>,
    pub json: Vec<u8>,
    pub hash: ContentHash,
    /// Only named by another object: one that is there keeps what it has.
    pub is_mention: bool,
}

impl Element {
    /// An object as it was sent. Only a copy of another catalog, from which nothing is to be taken out,
    /// can say whose variant an object is (contract 02 §9).
    pub(super) fn sent(object: Object, extraction: Extraction, repeats: &mut Repeats) -> Self {
        let claims_master = object.master.is_some() && extraction == Extraction::Extract;
        let object = if claims_master {
            let mut parts = object.into_parts();
            parts.master = None;
            Object::from_store(parts)
        } else {
            object
        };
        Self::new(object, extraction, repeats)
    }

    pub(super) fn new(object: Object, extraction: Extraction, repeats: &mut Repeats) -> Self {
        let extracted = match extraction {
            Extraction::Extract => once_each(&object, extract(&object)),
            Extraction::Leave => Vec::new(),
        };
        let sent = Encoded::new(object);
        let mut bytes = sent.bytes();
        let mut objects = Vec::with_capacity(1 + extracted.len());
        objects.push(Arc::new(sent));
        for extracted in extracted {
            let (encoded, is_new) = repeats.encode(extracted);
            bytes += if is_new { encoded.bytes() } else { 0 };
            objects.push(encoded);
        }
        Self { objects, bytes }
    }

    /// About how much memory it takes while it waits, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What was taken out of an object, each identity once: what several make of it, one after the other. Never
/// the object itself, which gives way to no extraction: a feed that gives a variant the identity of its
/// master would lose the master.
fn once_each(from: &Object, extracted: Vec<Extracted>) -> Vec<Extracted> {
    let mut kept: Vec<Option<Extracted>> = Vec::with_capacity(extracted.len());
    let mut places: HashMap<Identity, usize> = HashMap::new();
    for next in extracted {
        if next.object.identity == from.identity {
            continue;
        }
        let earlier = places.insert(next.object.identity.clone(), kept.len());
        let earlier = earlier.and_then(|at| kept[at].take());
        kept.push(Some(match earlier {
            Some(earlier) => merged(&earlier, next),
            None => next,
        }));
    }
    kept.into_iter().flatten().collect()
}

/// What a later extraction leaves of an earlier one of the same identity.
fn merged(earlier: &Extracted, later: Extracted) -> Extracted {
    if !later.is_mention {
        return later;
    }
    match mentioned(&earlier.object, &later.object) {
        Some(object) => Extracted {
            object,
            is_mention: earlier.is_mention,
        },
        None => later,
    }
}

impl Repeats {
    /// The object encoded, and whether it had to be.
    fn encode(&mut self, extracted: Extracted) -> (Arc<Encoded>, bool) {
        let Extracted { object, is_mention } = extracted;
        if let Some(known) = self.0.get(&object.identity)
            && known.is_mention == is_mention
            && *known.object == object
        {
            return (Arc::clone(known), false);
        }
        let identity = object.identity.clone();
        let encoded = Arc::new(Encoded {
            is_mention,
            ..Encoded::new(object)
        });
        self.0.insert(identity, Arc::clone(&encoded));
        (encoded, true)
    }
}

impl Encoded {
    pub(super) fn new(object: Object) -> Self {
        let json = codec::encode(&object);
        Self {
            hash: codec::hash(&json),
            object: Arc::new(object),
            json,
            is_mention: false,
        }
    }

    /// The same content in another upload.
    pub(super) fn with_generation(&self, generation: Option<Generation>) -> Self {
        Self {
            object: Arc::new(Object::clone(&self.object).with_generation(generation)),
            json: self.json.clone(),
            ..*self
        }
    }
}

impl Edit {
    pub(super) fn replace(
        submission: Submission,
        extraction: Extraction,
        repeats: &mut Repeats,
        memory: &Memory,
    ) -> Self {
        let (object, fingerprint) = match submission {
            Submission::Read {
                object,
                fingerprint,
            } => (object, fingerprint),
            Submission::Unread(unread) => match memory.recall(unread.fingerprint, extraction) {
                Some(parts) => {
                    return Self::Recall(Recalled {
                        unread,
                        parts,
                        extraction,
                    });
                }
                // Forgotten since it was asked for.
                None => match unread.read() {
                    Ok(object) => (object, Some(unread.fingerprint)),
                    Err(problems) => return Self::Refuse(Refusal::Malformed(problems)),
                },
            },
        };
        let element = Element::sent(object, extraction, repeats);
        if let Some(fingerprint) = fingerprint {
            memory.learn(fingerprint, extraction, &element.objects);
        }
        Self::Replace(element)
    }

    /// About how much memory it takes while it waits, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Replace(element) => element.bytes,
            Self::Recall(recalled) => size_of::<Recalled>() + recalled.unread.bytes,
            Self::Refuse(_) => size_of::<Refusal>(),
            Self::Patch(patch) => {
                let fields = patch.fields.iter().map(|(name, value)| {
                    ENTRY_BYTES
                        + name.as_str().len()
                        + value.as_ref().map_or(0, FieldValue::memory_bytes)
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
            Self::Delete(key) => size_of::<ObjectKey>() + key.identity.as_str().len(),
        }
    }
}

impl Encoded {
    /// The JSON, and the object it came from, which may take many times as much.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.json.len() + self.object.memory_bytes()
    }
}

/// What an attribute costs beside its name and value.
const ENTRY_BYTES: usize = size_of::<(FieldName, FieldValue)>() + 32;
