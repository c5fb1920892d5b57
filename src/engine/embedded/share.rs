//! Memory that all sites share. Invariant: what is given out together stays below the whole, but for the least that
//! each must have, and comes back with whoever has it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A whole that belongs in equal parts to those who are there now.
#[derive(Debug)]
pub(super) struct Divided {
    whole: u64,
    parts_min: usize,
    parts: AtomicUsize,
}

/// A part of it, whose size changes as others come and go.
#[derive(Debug)]
pub(super) struct Part(Arc<Divided>);

impl Divided {
    /// Nobody gets more than the whole by `parts_min`.
    pub(super) fn new(whole: u64, parts_min: usize) -> Arc<Self> {
        Arc::new(Self {
            whole,
            parts_min: parts_min.max(1),
            parts: AtomicUsize::new(0),
        })
    }

    pub(super) fn take(self: &Arc<Self>) -> Part {
        self.parts.fetch_add(1, Ordering::Relaxed);
        Part(Arc::clone(self))
    }

    /// How many have a part.
    pub(super) fn parts(&self) -> usize {
        self.parts.load(Ordering::Relaxed)
    }
}

impl Part {
    pub(super) fn size(&self) -> u64 {
        self.0.whole / self.0.parts().max(self.0.parts_min) as u64
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.0.parts.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A whole of which each takes, once and for as long as it is there, at most half of what is left.
#[derive(Debug)]
pub(super) struct Purse {
    whole: usize,
    taken: Mutex<usize>,
}

/// What somebody took.
#[derive(Debug)]
pub(super) struct Drawn {
    purse: Arc<Purse>,
    bytes: usize,
}

impl Purse {
    pub(super) fn new(whole: usize) -> Arc<Self> {
        Arc::new(Self {
            whole,
            taken: Mutex::default(),
        })
    }

    /// As much as wanted where there is so much; never less than `least`.
    pub(super) fn take(self: &Arc<Self>, wanted: usize, least: usize) -> Drawn {
        let mut taken = self.lock();
        let left = self.whole.saturating_sub(*taken);
        let bytes = wanted.min(left / 2).max(least);
        *taken += bytes;
        drop(taken);
        Drawn {
            purse: Arc::clone(self),
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawn {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        *self.purse.lock() -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal_whoever_comes_and_goes() {
        let pages = Divided::new(64, 2);
        let first = pages.take();
        assert_eq!(first.size(), 32, "no more than one of two");
        let others: Vec<Part> = (0..3).map(|_| pages.take()).collect();
        assert_eq!((first.size(), others[2].size()), (16, 16));
        drop(others);
        assert_eq!((first.size(), pages.parts()), (32, 1));
    }

    #[test]
    fn whoever_is_alone_gets_what_it_wants_and_many_do_not_get_more_than_there_is() {
        let memory = Purse::new(200);
        let alone = memory.take(100, 1);
        assert_eq!(alone.bytes(), 100);
        let others: Vec<Drawn> = (0..20).map(|_| memory.take(100, 1)).collect();
        assert_eq!(others[0].bytes(), 50);
        let together: usize = others.iter().map(Drawn::bytes).sum();
        assert!(together <= 100 + 20, "{together}");
        drop((alone, others));
        assert_eq!(memory.take(300, 1).bytes(), 100, "half of the whole");
    }
}
