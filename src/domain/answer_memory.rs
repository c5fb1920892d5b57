//! Memory that the objects of an answer may take, as whoever answers knows it. Invariant: what is taken is given
//! back by the end of a value, and nothing is read that found no room.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where there is room for the objects of one answer.
pub trait TakesRoom: Send + Sync + fmt::Debug {
    /// Takes so many bytes; `false` when there are not so many. An object that is alone is never refused.
    fn take(&self, bytes: usize) -> bool;

    fn give_back(&self, bytes: usize);
}

/// The room of one answer; without bounds where nobody set any.
#[derive(Clone, Debug, Default)]
pub struct AnswerMemory(Option<Arc<dyn TakesRoom>>);

/// Room that is taken for what is looked at, most of which is let go before the answer is written.
#[derive(Debug)]
pub struct PartOfMemory(Option<Arc<Part>>);

#[derive(Debug)]
struct Part {
    of: Arc<dyn TakesRoom>,
    taken: AtomicUsize,
}

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

    /// Room of the same answer that can be given back.
    pub fn part(&self) -> PartOfMemory {
        PartOfMemory(self.0.as_ref().map(|of| {
            Arc::new(Part {
                of: Arc::clone(of),
                taken: AtomicUsize::new(0),
            })
        }))
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

impl PartOfMemory {
    /// To be handed to whoever reads.
    pub fn memory(&self) -> AnswerMemory {
        AnswerMemory(self.0.as_ref().map(|part| Arc::clone(part) as _))
    }

    /// So much stays until the answer is written; the rest of what was taken is given back.
    pub fn keep(self, bytes: usize) {
        if let Some(part) = self.0 {
            let taken = part.taken.swap(0, Ordering::Relaxed);
            part.of.give_back(taken.saturating_sub(bytes));
        }
    }
}

impl TakesRoom for Part {
    fn take(&self, bytes: usize) -> bool {
        let fits = self.of.take(bytes);
        if fits {
            self.taken.fetch_add(bytes, Ordering::Relaxed);
        }
        fits
    }

    fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
        self.of.give_back(bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Counted(AtomicUsize);

    impl TakesRoom for Counted {
        fn take(&self, bytes: usize) -> bool {
            self.0.fetch_add(bytes, Ordering::Relaxed);
            true
        }

        fn give_back(&self, bytes: usize) {
            self.0.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    #[test]
    fn what_was_only_looked_at_is_given_back() {
        let room = Arc::new(Counted::default());
        let answer = AnswerMemory::new(Arc::clone(&room) as _);
        let now = || room.0.load(Ordering::Relaxed);
        answer.take(10).expect("there is room").keep(10);
        let part = answer.part();
        let memory = part.memory();
        memory.take(100).expect("there is room").keep(80);
        drop(memory.take(7).expect("there is room"));
        assert_eq!(now(), 90);
        part.keep(30);
        assert_eq!(now(), 40);
        answer.part().keep(5);
        assert_eq!(now(), 40, "nothing was taken");
        assert!(!AnswerMemory::default().part().memory().is_bounded());
    }
}
