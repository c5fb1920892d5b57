//! Memory of request bodies and of what is made of them, all requests together. Invariant: what a
//! request takes is set aside before the first byte is read, and given back when it is answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BodyError;

/// How long a request waits for room before it is turned away.
const WAIT: Duration = Duration::from_secs(1);

/// The budget is counted in units of this many bytes: a semaphore holds at most `u32` permits at once.
const UNIT_BYTES: usize = 1024;

/// Until its request is answered, a body and what is made of it (objects, their stored form) take
/// about this many times its size. Measured with batches of small objects, which take most.
const HELD_PER_BYTE: usize = 5;

/// Memory that requests with bodies may take together.
#[derive(Clone, Debug)]
pub struct BodyBudget {
    free: Arc<Semaphore>,
    bytes_max: usize,
}

impl BodyBudget {
    /// A budget of so many bytes, rounded up to a KiB.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(units(bytes_max) as usize)),
            bytes_max,
        }
    }

    /// What is set aside at the moment.
    pub(in crate::http) fn bytes_taken(&self) -> usize {
        let free = self.free.available_permits();
        (units(self.bytes_max) as usize).saturating_sub(free) * UNIT_BYTES
    }

    /// For one request; what it takes is given back when all clones of this are dropped.
    pub(in crate::http) fn of_request(&self) -> RequestBudget {
        RequestBudget {
            budget: self.clone(),
            kept: Arc::default(),
        }
    }

    /// Waits a little for room. A body that needs more than all there is, waits for all there is.
    async fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let bytes = bytes.min(self.bytes_max);
        let reservation = Arc::clone(&self.free).acquire_many_owned(units(bytes));
        match tokio::time::timeout(WAIT, reservation).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(BodyError::Overloaded),
        }
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

/// What one request has taken of the budget. A request extension.
#[derive(Clone, Debug)]
pub(in crate::http) struct RequestBudget {
    budget: BodyBudget,
    kept: Arc<Mutex<Vec<Arc<OwnedSemaphorePermit>>>>,
}

/// Room set aside while a body is read.
pub(super) struct Room {
    request: RequestBudget,
    share: OwnedSemaphorePermit,
}

impl RequestBudget {
    /// For a body that is `encoded` bytes on the wire and `decoded` to handlers, at most.
    pub(super) async fn room(&self, encoded: usize, decoded: usize) -> Result<Room, BodyError> {
        let bytes = encoded.saturating_add(held(decoded));
        Ok(Room {
            request: self.clone(),
            share: self.budget.reserve(bytes).await?,
        })
    }
}

impl Room {
    /// For a body that turns out to be so much longer.
    pub(super) async fn grow(
        &mut self,
        more_encoded: usize,
        more_decoded: usize,
    ) -> Result<(), BodyError> {
        let budget = &self.request.budget;
        let taken = self.share.num_permits().saturating_mul(UNIT_BYTES);
        let left = budget.bytes_max.saturating_sub(taken);
        let more = budget
            .reserve(more_encoded.saturating_add(held(more_decoded)).min(left))
            .await?;
        self.share.merge(more);
        Ok(())
    }

    /// The body as it is: what was not needed goes back at once, the rest when the request is
    /// answered and nobody holds the bytes.
    pub(super) fn keep(mut self, bytes: Bytes) -> Bytes {
        let needed = units(held(bytes.len())) as usize;
        let unused = self.share.num_permits().saturating_sub(needed);
        drop(self.share.split(unused));
        let share = Arc::new(self.share);
        let mut kept = self
            .request
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.push(Arc::clone(&share));
        Bytes::from_owner(Held {
            bytes,
            _share: share,
        })
    }
}

fn held(bytes: usize) -> usize {
    bytes.saturating_mul(HELD_PER_BYTE)
}

/// Bytes that hold on to their share of the budget: a task that reads them may outlive its request.
struct Held {
    bytes: Bytes,
    _share: Arc<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: usize = 1024;
    const NEEDED: usize = BODY * HELD_PER_BYTE;

    fn body() -> Bytes {
        vec![b'x'; BODY].into()
    }

    async fn kept(request: &RequestBudget) -> Bytes {
        let room = request.room(0, BODY).await.expect("room");
        room.keep(body())
    }

    #[tokio::test]
    async fn room_is_taken_until_the_request_is_answered_and_its_bytes_are_gone() {
        let budget = BodyBudget::new(2 * NEEDED);
        let [first, second, third] = [(); 3].map(|()| budget.of_request());
        let bytes = kept(&first).await;
        drop(kept(&second).await);
        let refused = third.room(0, BODY).await.err();
        assert_eq!(refused, Some(BodyError::Overloaded));
        drop(first);
        let refused = third.room(0, BODY).await.err();
        assert_eq!(refused, Some(BodyError::Overloaded));
        drop(bytes);
        assert!(third.room(0, BODY).await.is_ok());
    }

    #[tokio::test]
    async fn what_was_set_aside_and_not_needed_goes_back_at_once() {
        let budget = BodyBudget::new(10 * NEEDED);
        let request = budget.of_request();
        let room = request.room(5 * NEEDED, 5 * BODY).await.expect("room");
        let _bytes = room.keep(body());
        let free = budget.free.available_permits() * UNIT_BYTES;
        assert_eq!(free, 9 * NEEDED);
    }

    #[tokio::test]
    async fn a_body_larger_than_the_budget_takes_all_of_it() {
        let budget = BodyBudget::new(NEEDED);
        let request = budget.of_request();
        let mut room = request.room(BODY, 2 * BODY).await.expect("room");
        room.grow(0, BODY).await.expect("nothing more to wait for");
        assert_eq!(budget.free.available_permits(), 0);
        drop(room);
        assert_eq!(budget.free.available_permits() * UNIT_BYTES, NEEDED);
    }

    #[tokio::test]
    async fn a_body_that_grows_waits_for_others() {
        let budget = BodyBudget::new(3 * NEEDED);
        let (growing, other) = (budget.of_request(), budget.of_request());
        let mut room = growing.room(0, BODY).await.expect("room");
        let _bytes = kept(&other).await;
        assert_eq!(room.grow(0, 2 * BODY).await, Err(BodyError::Overloaded));
        assert!(room.grow(0, BODY).await.is_ok());
    }
}
