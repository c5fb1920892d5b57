//! Objects as bytes: JSON, packed with LZ4. Generation is left out, so that the hash of the JSON
//! says whether the content changed. Numbers keep their kind, attributes their order.
//! Invariant: decoding what was encoded and encoding it again gives the same bytes.

mod ascending;
mod document_problem;
mod read;
mod refusal;
mod request;
mod write;

pub(in crate::engine::embedded) use ascending::{decode_ascending, encode_ascending};
pub(in crate::engine::embedded) use document_problem::{
    decode_document_problem, encode_document_problem,
};
pub(in crate::engine::embedded) use refusal::{decode_refusal, encode_refusal};
pub(in crate::engine::embedded) use request::{decode_request, encode_request};

use super::StoreError;
use crate::domain::{Generation, Object};
use crate::engine::plan::ContentHash;

/// Largest JSON a body may claim to unpack to. The largest request is 10 MB (docs/reference/02-content.md §7).
const JSON_BYTES_MAX: usize = 64 << 20;

/// The stored form of an object, not yet packed.
pub(in crate::engine::embedded) fn encode(object: &Object) -> Vec<u8> {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, &write::Stored(object))
        .expect("a map with text keys can always be written to memory");
    // It waits in queues, so it takes no more than it is: growing leaves up to half of it empty.
    if json.capacity() - json.len() > json.len() / 4 {
        return json.as_slice().to_vec();
    }
    json
}

/// The object that was encoded; its generation lies in the head.
pub(in crate::engine::embedded) fn decode(
    json: &[u8],
    generation: Option<Generation>,
) -> Result<Object, StoreError> {
    let stored: read::Stored = serde_json::from_slice(json)
        .map_err(|error| StoreError::Damaged(format!("body of an object: {error}")))?;
    stored
        .into_object(generation)
        .ok_or_else(|| StoreError::Damaged("body of an object: bad identity or type".into()))
}

/// The stored form and its hash.
pub(in crate::engine::embedded) fn encode_hashed(object: &Object) -> (Vec<u8>, ContentHash) {
    let json = encode(object);
    let hash = hash(&json);
    (json, hash)
}

/// First half of a BLAKE3 hash over the JSON of an object.
pub(in crate::engine::embedded) fn hash(json: &[u8]) -> ContentHash {
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(json).as_bytes()[..16]);
    ContentHash(half)
}

pub(in crate::engine::embedded) fn pack(json: &[u8]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(json)
}

pub(in crate::engine::embedded) fn unpack(body: &[u8]) -> Result<Vec<u8>, StoreError> {
    let claimed = lz4_flex::block::uncompressed_size(body).map_or(0, |(size, _)| size);
    if claimed > JSON_BYTES_MAX {
        return Err(StoreError::Damaged(format!(
            "body claims to hold {claimed} bytes"
        )));
    }
    lz4_flex::decompress_size_prepended(body)
        .map_err(|error| StoreError::Damaged(format!("body of an object: {error}")))
}

#[cfg(test)]
mod tests;
