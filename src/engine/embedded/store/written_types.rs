//! Types that a transaction has written to. Invariant: whatever deletes or changes an object notes its type here.

use std::collections::BTreeSet;

use crate::domain::ObjectType;

/// Types that a transaction has written to.
#[derive(Debug, Default)]
pub(super) struct WrittenTypes(BTreeSet<ObjectType>);

impl WrittenTypes {
    pub(super) fn has(&self, object_type: &str) -> bool {
        self.0.iter().any(|known| known.as_str() == object_type)
    }

    pub(super) fn add(&mut self, object_type: &ObjectType) {
        if !self.0.contains(object_type) {
            self.0.insert(object_type.clone());
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ObjectType> {
        self.0.iter()
    }
}
