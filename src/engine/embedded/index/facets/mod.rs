//! What is counted beside.

pub(super) mod counting;
pub(super) mod docs;
pub(super) mod dynamic;
pub(super) mod text_counts;
pub(super) mod value_counts;
