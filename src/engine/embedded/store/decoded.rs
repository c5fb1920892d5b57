//! Contents as they lie in versions, whatever their heads say. Invariant: one that cannot be read is an error of it alone.

use rusqlite::Connection;

use super::versions::{self, Version};
use super::{StoreError, codec};
use crate::domain::{Identity, Object};
use crate::engine::embedded::ids::VersionId;

/// A version, if it is one of the identity and not damaged; its head need not say so.
pub(super) fn of_identity(
    store: &Connection,
    version: VersionId,
    identity: &Identity,
) -> Result<Option<Object>, StoreError> {
    let found = match versions::find(store, version) {
        Err(StoreError::Content(_)) => None,
        found => found?,
    };
    // Without a checksum only a head can tell.
    let found = found.filter(|found| found.is_checked);
    let object = found.and_then(|found| decoded(&unpacked(&found).ok()?).ok());
    Ok(object.filter(|object| object.identity == *identity))
}

pub(super) fn unpacked(found: &Version) -> Result<Vec<u8>, StoreError> {
    codec::unpack(&found.body).map_err(|_| StoreError::Content("it cannot be unpacked"))
}

pub(super) fn decoded(json: &[u8]) -> Result<Object, StoreError> {
    codec::decode(json, None).map_err(|_| StoreError::Content("it cannot be read"))
}
