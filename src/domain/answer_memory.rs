//! Memory that the objects of an answer may take, as whoever answers knows it. Invariant: what is taken is given
//! back by the end of a value, and nothing is read that found no room.

use std::fmt;
use std::sync::Arc;

/// Where there is room for the objects of one answer.
pub trait TakesRoom: Send + Sync + fmt::Debug {
    /// Takes so many bytes; `false` when there are not so many. An object that is alone is never refused.
    fn take(&self, bytes: usize) -> bool;

    fn give_back(&self, bytes: usize);
}

/// The room of one answer; without bounds where nobody set any.
#[derive(Clone, Debug, Default)]
pub struct AnswerMemory(Option<Arc<dyn TakesRoom>>);

/// There is not enough room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswerMemory;

/// What an object takes on its way into an answer; given back when dropped, but for what was kept.
#[derive(Debug)]
pub struct Passing<'m> {
    memory: &'m AnswerMemory,
    bytes: usize,
}

impl AnswerMemory {
    pub fn new(room: Arc<dyn TakesRoom>) -> Self {
        Self(Some(room))
    }

    /// Whether anybody counts.
    pub fn is_bounded(&self) -> bool {
        self.0.is_some()
    }

    pub fn take(&self, bytes: usize) -> Result<Passing<'_>, NoAnswerMemory> {
        let fits = self.0.as_ref().is_none_or(|room| room.take(bytes));
        let passing = || Passing {
            memory: self,
            bytes,
        };
        fits.then(passing).ok_or(NoAnswerMemory)
    }
}

impl Passing<'_> {
    /// So much of it stays until the answer is written.
    pub fn keep(mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        if let Some(room) = &self.memory.0 {
            room.give_back(self.bytes);
        }
    }
}
