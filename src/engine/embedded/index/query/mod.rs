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
pub(super) mod result_set;
pub(super) mod scope;
pub(super) mod segment_text;
pub(super) mod shared;
pub(super) mod text;
pub(super) mod text_hits;
pub(super) mod variants;
pub(super) mod visibility;
