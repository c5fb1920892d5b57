//! Memory of what a plan makes of stored objects, which no request says the size of: a mention of a few bytes may
//! change an object of megabytes. Invariant: what is planned and not yet executed takes no more of it than
//! the plan may and one element adds, which is refused where that alone is more.

use super::Plan;
use super::content::Content;
use super::draft::Effect;
use crate::domain::{Problems, Refusal, Rule};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn(usize);

impl Drawn {
    /// What a mention changes.
    pub(super) fn of<V>(effect: &Effect<V>) -> Self {
        Self(match effect {
            Effect::Put(put) => put.content.bytes() + put.derived.memory_bytes(),
            Effect::Mark(_) | Effect::Delete { .. } => 0,
        })
    }

    /// A content that is made with what is stored.
    pub(super) fn of_content(content: &Content) -> Self {
        Self(content.bytes())
    }

    pub(super) fn and(self, more: Self) -> Self {
        Self(self.0 + more.0)
    }

    /// An element is planned whole, so it cannot be executed in between. One object, however large, is no reason.
    pub(super) fn refusal(self, one: Self, max: usize) -> Option<Refusal> {
        (self.0 > max && self.0 > one.0)
            .then(|| Refusal::Malformed(Problems::one(["nested"], Rule::MentionsTooMuch)))
    }
}

impl<V> Plan<V> {
    /// Says how much may be drawn, in bytes, before the plan is full.
    #[must_use]
    pub fn bounded_to(self, drawn_max: usize) -> Self {
        Self { drawn_max, ..self }
    }

    /// Whether it takes so much memory that it has to be executed before more is planned.
    pub fn is_full(&self) -> bool {
        self.drawn.0 >= self.drawn_max
    }
}
