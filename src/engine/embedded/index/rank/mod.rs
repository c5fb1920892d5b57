//! In which order what is found stands.

pub(super) mod feedback;
mod hit_titles;
pub(super) mod led_to;
pub(super) mod preferred;
pub(super) mod relevance;
pub(super) mod score;
mod signal;
pub(super) mod sort;
pub(super) mod sources;
pub(super) mod top;
pub(super) mod variety;
