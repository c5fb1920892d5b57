//! Room for what an answer is written from: objects, which are in memory until it is written. Invariant: it is taken
//! before they are read, and a client that asks for more than there is gets nothing of it; only one object that is
//! alone may be larger than all there is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{AnswerRoom, NoRoom, OfAnswer, lock};

/// What an answer may hold beside an object that is larger than the budget.
const BESIDE_BYTES_MAX: usize = 1 << 20;

/// Given back when its last clone is dropped.
#[derive(Clone, Debug)]
pub struct SourceRoom(Arc<Source>);

#[derive(Debug)]
struct Source {
    of: Arc<OfAnswer>,
    taken: Mutex<usize>,
}

impl AnswerRoom {
    /// Nothing is taken yet.
    pub fn source(&self) -> SourceRoom {
        SourceRoom(Arc::new(Source {
            of: Arc::clone(&self.0),
            taken: Mutex::default(),
        }))
    }
}

impl SourceRoom {
    /// Those who have proven who they are have a budget of their own: strangers do not keep them out. What they read
    /// tells of no write, so beyond that they are refused like everybody.
    pub fn take(&self, bytes: usize) -> Result<(), NoRoom> {
        let Source { of, taken } = &*self.0;
        let shared = &of.connection.budget.0;
        let mut source = hold(taken);
        let mut all = lock(&shared.taken);
        let mut proven = lock(&shared.proven_reads);
        let mut connection = lock(&of.connection.taken);
        let mut own = lock(&of.taken);
        let is_proven = of.asking.is_given();
        let size = source.saturating_add(bytes);
        let of_budget = shared.budget_of(size);
        let (is_alone, fits) = if is_proven {
            let after = proven.saturating_add(bytes);
            // Its answer may have begun.
            (*proven <= own.now, after <= of_budget)
        } else {
            let fits_connection = *connection == own.now
                || connection.saturating_add(bytes) <= shared.connection_bytes_max;
            let strangers = all.saturating_sub(*proven);
            let after = strangers.saturating_add(bytes);
            (strangers == own.now, after <= of_budget && fits_connection)
        };
        if !fits {
            if !is_alone || *source > BESIDE_BYTES_MAX {
                return Err(NoRoom);
            }
            own.is_oversized = true;
        }
        *source = size;
        *all = all.saturating_add(bytes);
        if is_proven {
            *proven = proven.saturating_add(bytes);
        }
        *connection = connection.saturating_add(bytes);
        own.now = own.now.saturating_add(bytes);
        Ok(())
    }

    pub fn give_back(&self, bytes: usize) {
        self.0.give_back(bytes);
    }

    /// What is taken.
    pub fn bytes(&self) -> usize {
        *hold(&self.0.taken)
    }
}

impl Source {
    fn give_back(&self, bytes: usize) {
        let of = &self.of;
        let shared = &of.connection.budget.0;
        let mut source = hold(&self.taken);
        let bytes = bytes.min(*source);
        *source -= bytes;
        let mut all = lock(&shared.taken);
        let mut proven = lock(&shared.proven_reads);
        let mut connection = lock(&of.connection.taken);
        let mut own = lock(&of.taken);
        if of.asking.is_given() {
            *proven = proven.saturating_sub(bytes);
        }
        for taken in [&mut *all, &mut *connection, &mut own.now] {
            *taken = taken.saturating_sub(bytes);
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.give_back(usize::MAX);
    }
}

fn hold(taken: &Mutex<usize>) -> MutexGuard<'_, usize> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
