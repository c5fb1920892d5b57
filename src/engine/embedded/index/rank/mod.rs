//! In which order what is found stands.

pub(super) mod behaviour;
pub(super) mod feedback;
pub(super) mod preferred;
pub(super) mod relevance;
pub(super) mod score;
mod signal;
pub(super) mod sort;
pub(super) mod sources;
pub(super) mod top;
