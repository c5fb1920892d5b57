//! What all requests and connections share, and how much of it is taken. Invariant: what is counted up
//! here is counted down by a value's end, never by a call that may be missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::answers::AnswerBudget;
use super::body::BodyBudget;
use super::seats::Seats;

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
pub struct BudgetSettings {
    /// Bodies of requests that have proven who sent them, and of all others.
    pub bodies_bytes_max: usize,
    pub unproven_bodies_bytes_max: usize,
    /// Answers that wait for their clients, and those of one connection.
    pub answers_bytes_max: usize,
    pub connection_answers_bytes_max: usize,
    pub connections_max: usize,
    pub connections_per_address_max: usize,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Budgets {
    pub bodies: BodyBudget,
    pub answers: AnswerBudget,
    pub connections: Arc<Seats>,
    /// Requests whose answer is being made. Nothing bounds them but the connections they come on.
    pub requests: Count,
}

/// How many of something there are. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<AtomicUsize>);

/// One of them, until it is dropped.
#[must_use = "dropped, it is not counted"]
pub(super) struct Counted(Count);

impl Count {
    pub(super) fn one(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    pub fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Budgets {
    pub fn new(settings: BudgetSettings) -> Self {
        Self {
            bodies: BodyBudget::new(
                settings.bodies_bytes_max,
                settings.unproven_bodies_bytes_max,
            ),
            answers: AnswerBudget::new(
                settings.answers_bytes_max,
                settings.connection_answers_bytes_max,
            ),
            connections: Seats::new(
                settings.connections_max,
                settings.connections_per_address_max,
            ),
            requests: Count::default(),
        }
    }
}

#[cfg(test)]
impl Default for Budgets {
    /// For tests that are about something else.
    fn default() -> Self {
        const PLENTY: usize = 1 << 30;
        Self::new(BudgetSettings {
            bodies_bytes_max: PLENTY,
            unproven_bodies_bytes_max: PLENTY,
            answers_bytes_max: PLENTY,
            connection_answers_bytes_max: PLENTY,
            connections_max: PLENTY,
            connections_per_address_max: PLENTY,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_not_counted_however_it_ends() {
        let requests = Count::default();
        let one = requests.one();
        let panicking = requests.clone();
        let ended = std::thread::spawn(move || {
            let _one = panicking.one();
            panic!("on purpose");
        });
        assert!(ended.join().is_err());
        assert_eq!(requests.now(), 1);
        drop(one);
        assert_eq!(requests.now(), 0);
    }
}
