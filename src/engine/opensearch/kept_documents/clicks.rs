//! How often results were clicked, a day a document beside the catalog. Invariant: a click is counted by the writer of the site, so that no
//! process loses that of another one.

use std::collections::BTreeMap;

use crate::domain::TrackerId;

/// Clicks of a day by type.
pub(in crate::engine::opensearch) type Clicks = BTreeMap<String, u64>;

pub(in crate::engine::opensearch) fn id(site: &TrackerId, day: i64) -> String {
    format!("clicks:{site}:{day}")
}
