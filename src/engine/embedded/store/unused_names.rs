//! The attributes that nobody was seen to have yet. Invariant: what a content up to `behind` has that is current is
//! not among them; a content gets a higher number than all before it, so going on from there misses none.

use std::collections::HashSet;

use rusqlite::Connection;

use super::{StoreError, contents, heads, versions};
use crate::domain::{AnswerMemory, Object, Schema, derive};
use crate::engine::embedded::ids::VersionId;

pub(in crate::engine::embedded) struct UnusedNames {
    numbers: HashSet<u32>,
    behind: VersionId,
}

impl UnusedNames {
    pub(in crate::engine::embedded) fn new(schema: &Schema) -> Self {
        Self {
            numbers: schema.may_go(),
            behind: VersionId(0),
        }
    }

    pub(in crate::engine::embedded) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// What is left of those that may still go: a document type may have declared one meanwhile.
    pub(in crate::engine::embedded) fn may_go(&self, schema: &Schema) -> HashSet<u32> {
        let may_go = schema.may_go();
        self.numbers.intersection(&may_go).copied().collect()
    }

    /// Strikes off what the next contents have, at most `limit` of them, and says how many there were. The schema is
    /// no older than the store. A content that is damaged is not there, here as elsewhere.
    pub(in crate::engine::embedded) fn strike(
        &mut self,
        store: &Connection,
        schema: &Schema,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let page = versions::ids_after(store, self.behind, limit)?;
        for &version in &page {
            match contents::of_version(store, version, &AnswerMemory::default()) {
                Ok(Some((found, _))) => {
                    self.strike_object(store, schema, version, &found.object)?;
                }
                Ok(None) | Err(StoreError::Content(_)) => {}
                Err(error) => return Err(error),
            }
            self.behind = version;
        }
        Ok(page.len())
    }

    fn strike_object(
        &mut self,
        store: &Connection,
        schema: &Schema,
        version: VersionId,
        object: &Object,
    ) -> Result<(), StoreError> {
        let mut had = Vec::new();
        schema.for_each_attribute(object, &derive(object), |number| {
            if self.numbers.contains(&number) {
                had.push(number);
            }
        });
        // Asked of few: after the first objects, hardly one has what no other has.
        if had.is_empty() || !is_current(store, object, version)? {
            return Ok(());
        }
        for number in had {
            self.numbers.remove(&number);
        }
        Ok(())
    }
}

/// A content that was replaced stays until the index has stopped showing it.
fn is_current(store: &Connection, object: &Object, version: VersionId) -> Result<bool, StoreError> {
    match heads::find(store, &object.identity) {
        Ok(head) => Ok(head.is_some_and(|head| head.version == version)),
        // Nobody knows.
        Err(StoreError::Damaged(_)) => Ok(true),
        Err(error) => Err(error),
    }
}
