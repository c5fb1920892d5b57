//! Objects as JSON, as every backend keeps them, and what else is kept beside them. Generation is left out, so that the hash of the JSON says whether the
//! content changed. Numbers keep their kind, attributes their order. Invariant: decoding what was encoded and encoding it
//! again gives the same bytes.

mod document_problem;
pub(in crate::engine) mod read;
mod refusal;
mod request;
pub(in crate::engine) mod write;

pub(in crate::engine) use document_problem::{decode_document_problem, encode_document_problem};
pub(in crate::engine) use refusal::{decode_refusal, encode_refusal};
pub(in crate::engine) use request::{decode_request, encode_request};

use crate::domain::{Generation, Object};
use crate::engine::plan::ContentHash;

/// Why what was kept is no object.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum Unreadable {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("bad identity or type")]
    Name,
    #[error("a refusal of nothing")]
    Refusal,
    #[error("criteria that ask for nothing")]
    Criteria,
    #[error("a problem of a document with `{0}`")]
    Problem(String),
}

pub(in crate::engine) fn encode(object: &Object) -> Vec<u8> {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, &write::Stored(object))
        .expect("a map with text keys can always be written to memory");
    // It waits in queues, so it takes no more than it is: growing leaves up to half of it empty.
    if json.capacity() - json.len() > json.len() / 4 {
        return json.as_slice().to_vec();
    }
    json
}

/// The object that was encoded; its generation is kept beside it.
pub(in crate::engine) fn decode(
    json: &[u8],
    generation: Option<Generation>,
) -> Result<Object, Unreadable> {
    let stored: read::Stored = serde_json::from_slice(json)?;
    stored.into_object(generation).ok_or(Unreadable::Name)
}

/// The encoded form and its hash.
pub(in crate::engine) fn encode_hashed(object: &Object) -> (Vec<u8>, ContentHash) {
    let json = encode(object);
    let hash = hash(&json);
    (json, hash)
}

/// First half of a BLAKE3 hash over the JSON of an object.
pub(in crate::engine) fn hash(json: &[u8]) -> ContentHash {
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(json).as_bytes()[..16]);
    ContentHash(half)
}
