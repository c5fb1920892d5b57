//! Which attributes have columns of their own; the others are sparse (`segments::sparse`). A merge looks at every
//! document for every column, so there is a bound to them whatever the number of attributes; a search reads a
//! column as it lies there, so attributes of many objects should have one. Invariants: what has columns keeps
//! them until the index is made anew; an attribute that filters only find in a column always has one.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{FieldName, Schema};
use crate::engine::embedded::index::segments::keyword;

/// The first attributes of a site have columns whatever they are: most sites have no more, and those that
/// have begin with what all of their objects have.
const FIRST: u32 = if cfg!(test) {
    // Few, so that tests meet both kinds in one catalog.
    6
} else {
    64
};
/// Attributes beside the first ones that may get columns.
const MEASURED_MAX: usize = 192;
/// Objects that must have been seen before their attributes are judged: the first few of a feed are alike.
const JUDGED_FROM: u64 = if cfg!(test) { 12 } else { 1_000 };
/// An attribute of one in so many objects gets columns.
const SHARE: u64 = 8;
/// After so many objects, names that were given up are forgotten: their numbers never come again.
const FORGETTING_EVERY: u64 = 10_000;

/// What a writer knows of the attributes of its index.
#[derive(Debug)]
pub(in super::super) struct OwnColumns {
    /// Beside the first ones.
    measured: BTreeSet<u32>,
    objects: u64,
    /// Objects that have each of the sparse ones.
    counts: HashMap<u32, u64>,
}

impl OwnColumns {
    /// `measured`: as [`Self::measured`] said when the index was last committed.
    pub(in super::super) fn new(measured: impl IntoIterator<Item = u32>) -> Self {
        Self {
            measured: measured.into_iter().collect(),
            objects: 0,
            counts: HashMap::new(),
        }
    }

    pub(in super::super) fn has(&self, schema: &Schema, attribute: u32) -> bool {
        attribute < FIRST
            || self.measured.contains(&attribute)
            || schema
                .name(attribute)
                .map(FieldName::as_str)
                .is_some_and(keyword::is_rarely_asked)
    }

    /// To be told of each object, after it was written, which sparse attributes it has, each once.
    pub(in super::super) fn count(
        &mut self,
        schema: &Schema,
        sparse: impl IntoIterator<Item = u32>,
    ) {
        self.objects += 1;
        if self.objects.is_multiple_of(FORGETTING_EVERY) {
            let is_known = |attribute: u32| schema.name(attribute).is_some();
            self.measured.retain(|&attribute| is_known(attribute));
            self.counts.retain(|&attribute, _| is_known(attribute));
        }
        for attribute in sparse {
            let count = self.counts.entry(attribute).or_default();
            *count += 1;
            let is_common = self.objects >= JUDGED_FROM && *count * SHARE >= self.objects;
            if is_common && self.measured.len() < MEASURED_MAX {
                self.measured.insert(attribute);
            }
        }
    }

    /// Attributes that turned out to be of many objects.
    pub(in super::super) fn measured(&self) -> impl Iterator<Item = u32> + '_ {
        self.measured.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AttributeType;

    fn schema(names: u32) -> Schema {
        let mut schema = Schema::default();
        for number in 0..names {
            let name = FieldName::new(&format!("a{number}"));
            schema.add(name, AttributeType::Text);
        }
        schema
    }

    #[test]
    fn an_attribute_of_many_objects_gets_columns_once_enough_were_seen() {
        let schema = schema(FIRST + 2);
        let (common, rare) = (FIRST, FIRST + 1);
        let mut own = OwnColumns::new([]);
        for object in 1..=JUDGED_FROM {
            assert!(!own.has(&schema, common), "{object}");
            let of_it = [common, rare];
            let has_rare = object % (2 * SHARE) == 0;
            let has = &of_it[..=usize::from(has_rare)];
            own.count(&schema, has.iter().copied());
        }
        assert!(own.has(&schema, 0) && own.has(&schema, common) && !own.has(&schema, rare));
        // Whoever goes on with the index knows of it.
        let later = OwnColumns::new(own.measured());
        assert!(later.has(&schema, common) && !later.has(&schema, rare));
    }

    #[test]
    fn there_is_a_bound_to_columns_whatever_objects_have() {
        let names = FIRST + 2 * MEASURED_MAX as u32;
        let schema = schema(names);
        let all: Vec<u32> = (FIRST..names).collect();
        let mut own = OwnColumns::new([]);
        for _ in 0..2 * JUDGED_FROM {
            own.count(&schema, all.iter().copied());
        }
        let with_columns = (0..names).filter(|&attribute| own.has(&schema, attribute));
        assert_eq!(with_columns.count(), FIRST as usize + MEASURED_MAX);
    }

    #[test]
    fn names_that_were_given_up_leave_room_for_others() {
        let schema = schema(FIRST + 1);
        let gone = FIRST + 1..FIRST + 1 + MEASURED_MAX as u32;
        let mut own = OwnColumns::new(gone);
        for _ in 0..FORGETTING_EVERY {
            assert!(!own.has(&schema, FIRST));
            own.count(&schema, [FIRST]);
        }
        assert_eq!(own.measured().collect::<Vec<_>>(), [FIRST]);
    }

    #[test]
    fn what_filters_find_in_a_column_alone_has_one() {
        let mut schema = schema(FIRST);
        let link = schema.add(FieldName::new("image_link_l"), AttributeType::Text);
        let other = schema.add(FieldName::new("color"), AttributeType::Text);
        let own = OwnColumns::new([]);
        assert!(own.has(&schema, link) && !own.has(&schema, other));
    }
}
