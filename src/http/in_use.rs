//! What requests and connections take at the moment, for whoever watches over the server. Invariant: a
//! count goes up by a [`Counted`] only, and down when that is dropped: no two calls have to agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::body::BodyBudget;

/// How many of something there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Count(Arc<AtomicUsize>);

/// One of them, until it is dropped.
#[must_use = "dropped, it is not counted"]
pub(super) struct Counted(Count);

impl Count {
    pub(super) fn one(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Of one server.
#[derive(Debug)]
pub struct InUse {
    pub(super) connections: Count,
    pub(super) requests: Count,
    pub(super) bodies: BodyBudget,
}

/// As it was when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUseNow {
    pub connections: usize,
    /// Whose answer is being made.
    pub requests: usize,
    /// Set aside for bodies and what is made of them.
    pub bodies_bytes: usize,
}

impl InUse {
    /// Nothing yet, with this budget for bodies.
    pub fn new(bodies: BodyBudget) -> Arc<Self> {
        Arc::new(Self {
            connections: Count::default(),
            requests: Count::default(),
            bodies,
        })
    }

    pub fn now(&self) -> InUseNow {
        InUseNow {
            connections: self.connections.now(),
            requests: self.requests.now(),
            bodies_bytes: self.bodies.bytes_taken(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_not_counted_however_it_ends() {
        let in_use = InUse::new(BodyBudget::new(1_024));
        let one = in_use.requests.one();
        let panicking = in_use.requests.clone();
        let ended = std::thread::spawn(move || {
            let _one = panicking.one();
            panic!("on purpose");
        });
        assert!(ended.join().is_err());
        assert_eq!(in_use.now().requests, 1);
        drop(one);
        assert_eq!(in_use.now().requests, 0);
    }
}
