//! Objects as contents: written down, hashed, and with them all that is taken out of them. Invariant: contents with
//! the same hash are the same object, whatever upload they came with.

use std::collections::HashMap;
use std::mem::size_of;
use std::sync::Arc;

use crate::domain::{Extracted, Generation, Identity, Object, extract, mentioned};
use crate::engine::Extraction;

/// Stands for the words of an object without its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 16]);

/// How a backend writes an object down, without its generation.
pub type Encode = fn(&Object) -> (Vec<u8>, ContentHash);

#[derive(Debug)]
pub struct Content {
    pub object: Arc<Object>,
    /// As the backend writes it down.
    pub body: Vec<u8>,
    pub hash: ContentHash,
    /// Only named by another object: one that is there keeps what it has.
    pub is_mention: bool,
    /// A file of whose URL nothing is there: it has to be fetched.
    pub is_new_file: bool,
}

/// An object to store and what was extracted from it, in the order they apply: all of them or none.
/// Each identity stands here once.
#[derive(Debug)]
pub struct Element {
    /// That of the object itself first; never empty.
    pub(super) contents: Vec<Arc<Content>>,
    /// Memory of what no earlier element of the batch holds already.
    bytes: usize,
}

/// Makes contents. What a batch has extracted so far is kept: the same category stands under many products;
/// encoded once, it is one thing to the plan too.
pub struct Encoder {
    encode: Encode,
    repeats: HashMap<Identity, Arc<Content>>,
}

impl Content {
    pub fn new(object: Object, encode: Encode) -> Self {
        let (body, hash) = encode(&object);
        Self {
            object: Arc::new(object),
            body,
            hash,
            is_mention: false,
            is_new_file: false,
        }
    }

    /// The same content in another upload.
    pub(super) fn with_generation(&self, generation: Option<Generation>) -> Self {
        Self {
            object: Arc::new(Object::clone(&self.object).with_generation(generation)),
            body: self.body.clone(),
            ..*self
        }
    }

    /// The body, and the object it came from, which may take many times as much.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.body.len() + self.object.memory_bytes()
    }
}

impl Element {
    /// An object as it was sent. Only a copy of another catalog, from which nothing is to be taken out,
    /// can say whose variant an object is (docs/reference/02-content.md §9).
    pub fn sent(object: Object, extraction: Extraction, encoder: &mut Encoder) -> Self {
        let claims_master = object.master.is_some() && extraction == Extraction::Extract;
        let object = if claims_master {
            object.without_master()
        } else {
            object
        };
        Self::new(object, extraction, encoder)
    }

    pub fn new(object: Object, extraction: Extraction, encoder: &mut Encoder) -> Self {
        let taken_out = match extraction {
            Extraction::Extract => once_each(&object, extract(&object)),
            Extraction::Leave => Vec::new(),
        };
        let own = Content::new(object, encoder.encode);
        let mut bytes = own.bytes();
        let mut contents = Vec::with_capacity(1 + taken_out.len());
        contents.push(Arc::new(own));
        for extracted in taken_out {
            let (content, is_new) = encoder.content(extracted);
            bytes += if is_new { content.bytes() } else { 0 };
            contents.push(content);
        }
        Self { contents, bytes }
    }

    /// An object from which nothing is taken out.
    pub(super) fn of(content: Content) -> Self {
        Self {
            bytes: content.bytes(),
            contents: vec![Arc::new(content)],
        }
    }

    /// The same with another content of the object itself.
    pub(super) fn with_own(&self, own: Content) -> Self {
        let mut contents = self.contents.clone();
        contents[0] = Arc::new(own);
        Self {
            contents,
            bytes: self.bytes,
        }
    }

    /// The object itself.
    pub fn own(&self) -> &Arc<Content> {
        &self.contents[0]
    }

    /// The object itself, then what was extracted from it.
    pub fn contents(&self) -> &[Arc<Content>] {
        &self.contents
    }

    /// About how much memory it takes while it waits, in bytes.
    pub fn bytes(&self) -> usize {
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

impl Encoder {
    pub fn new(encode: Encode) -> Self {
        Self {
            encode,
            repeats: HashMap::new(),
        }
    }

    /// The content of what was extracted, and whether it had to be encoded.
    fn content(&mut self, extracted: Extracted) -> (Arc<Content>, bool) {
        let Extracted { object, is_mention } = extracted;
        if let Some(known) = self.repeats.get(&object.identity)
            && known.is_mention == is_mention
            && *known.object == object
        {
            return (Arc::clone(known), false);
        }
        let identity = object.identity.clone();
        let content = Arc::new(Content {
            is_mention,
            ..Content::new(object, self.encode)
        });
        self.repeats.insert(identity, Arc::clone(&content));
        (content, true)
    }
}
