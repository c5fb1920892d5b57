//! Which documents a search finds.

pub(super) mod candidates;
pub(super) mod distance;
pub(super) mod filter;
pub(super) mod filtering;
pub(super) mod matches;
pub(super) mod postings;
pub(super) mod ruled;
pub(super) mod scope;
pub(super) mod shared;
pub(super) mod text;
pub(super) mod tree;
pub(super) mod variants;
pub(super) mod whole;
