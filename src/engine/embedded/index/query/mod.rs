//! Which documents a search finds.

pub(super) mod boolean;
pub(super) mod candidates;
pub(super) mod distance;
pub(super) mod filter;
pub(super) mod filtering;
pub(super) mod keyword;
pub(super) mod matcher;
pub(super) mod pins;
pub(super) mod postings;
pub(super) mod scope;
pub(super) mod shared;
pub(super) mod sparse;
pub(super) mod text;
pub(super) mod variants;
