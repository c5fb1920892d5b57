//! Where the objects are that visitors chose after a query. Invariant: an object that is not in the index any more is
//! left out, and one that several documents stand for is each of them.

use std::collections::HashMap;

use tantivy::Searcher;

use crate::domain::Identity;
use crate::engine::embedded::index::query::pins;
use crate::engine::embedded::index::segments::columns::Address;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::SegmentsCache;

pub(in super::super) fn located(
    searcher: &Searcher,
    segments: &SegmentsCache,
    fields: &IndexFields,
    behaviour: &[(Identity, f32)],
) -> tantivy::Result<HashMap<Address, f32>> {
    let mut located = HashMap::with_capacity(behaviour.len());
    for (identity, share) in behaviour {
        for address in pins::find(searcher, segments, fields, identity)? {
            located.insert(address, *share);
        }
    }
    Ok(located)
}
