//! Objects as bytes: the JSON of [`crate::engine::codec`], packed with LZ4, and what else the store writes down.
//! Invariant: what was packed unpacks to the same bytes, and nothing unpacks to more than it may.

mod ascending;

pub(in crate::engine::embedded) use ascending::{decode_ascending, encode_ascending};

pub(in crate::engine::embedded) use crate::engine::codec::{
    encode_document_problem, encode_hashed, encode_refusal, encode_request, hash,
};

#[cfg(test)]
pub(in crate::engine::embedded) use crate::engine::codec::encode;

use super::StoreError;
use crate::domain::{DocumentProblem, Generation, JobKind, JobRequest, Object, Refusal};
use crate::engine::codec;

/// Largest JSON a body may claim to unpack to. The largest request is 10 MB (docs/reference/02-content.md §7).
const JSON_BYTES_MAX: usize = 64 << 20;

/// The object that was encoded; its generation lies in the head.
pub(in crate::engine::embedded) fn decode(
    json: &[u8],
    generation: Option<Generation>,
) -> Result<Object, StoreError> {
    codec::decode(json, generation)
        .map_err(|error| StoreError::Damaged(format!("body of an object: {error}")))
}

pub(in crate::engine::embedded) fn decode_request(
    kind: JobKind,
    json: &[u8],
) -> Result<JobRequest, StoreError> {
    codec::decode_request(kind, json)
        .map_err(|error| StoreError::Damaged(format!("request of a job: {error}")))
}

pub(in crate::engine::embedded) fn decode_refusal(json: &[u8]) -> Result<Refusal, StoreError> {
    codec::decode_refusal(json)
        .map_err(|error| StoreError::Damaged(format!("refusal of a job: {error}")))
}

pub(in crate::engine::embedded) fn decode_document_problem(
    json: &[u8],
) -> Result<DocumentProblem, StoreError> {
    codec::decode_document_problem(json)
        .map_err(|error| StoreError::Damaged(format!("problem of a receipt: {error}")))
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
