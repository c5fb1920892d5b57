//! One search, all of it together: hits, count, facets, explanations, highlights.

pub(super) mod collapse;
pub(super) mod collector;
pub(super) mod context;
pub(super) mod execute;
pub(super) mod explain;
pub(super) mod faceting;
pub(super) mod found;
pub(super) mod highlight;
pub(super) mod met_by;
pub(super) mod witnesses;
