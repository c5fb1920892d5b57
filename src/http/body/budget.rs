//! Memory of request bodies and of what is made of them, all requests together. Invariant: what a
//! request takes is given back when it is answered and nobody holds its bytes; and a client that has
//! proven nothing never takes what is set aside for those who have.
//!
//! | share | of | taken |
//! |---|---|---|
//! | proven | requests whose signature or key held | all at once, before the first byte is read |
//! | small | the others, up to [`SMALL_BYTES_MAX`] each | as bytes come |
//! | large | the others, beyond that | as bytes come |

use std::sync::atomic::{AtomicBool, Ordering};
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

/// Unproven bodies up to this size have room of their own, so that few large ones, which a stranger
/// may send slowly, do not keep out the many small ones of searches.
pub(super) const SMALL_BYTES_MAX: usize = 64 * 1024;

/// Part of the unproven share that is for small bodies.
const SMALL_PART: usize = 8;

/// Memory that requests with bodies may take together.
#[derive(Clone, Debug)]
pub struct BodyBudget {
    proven: Pool,
    small: Pool,
    large: Pool,
}

#[derive(Clone, Debug)]
struct Pool {
    free: Arc<Semaphore>,
    bytes_max: usize,
}

impl BodyBudget {
    /// Shares of so many bytes, rounded up to a KiB.
    pub fn new(proven_bytes_max: usize, unproven_bytes_max: usize) -> Self {
        let small = unproven_bytes_max / SMALL_PART;
        Self {
            proven: Pool::new(proven_bytes_max),
            small: Pool::new(small),
            large: Pool::new(unproven_bytes_max - small),
        }
    }

    /// Bytes that are taken of the proven share.
    pub fn proven_bytes(&self) -> usize {
        self.proven.taken()
    }

    /// Bytes that are taken of the unproven share.
    pub fn unproven_bytes(&self) -> usize {
        self.small.taken() + self.large.taken()
    }

    /// For one request; what it takes is given back when all clones of this are dropped.
    pub(in crate::http) fn of_request(&self) -> RequestBudget {
        RequestBudget {
            budget: self.clone(),
            is_proven: Arc::default(),
            kept: Arc::default(),
        }
    }
}

impl Pool {
    fn new(bytes_max: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(units(bytes_max) as usize)),
            bytes_max,
        }
    }

    fn taken(&self) -> usize {
        let all = units(self.bytes_max) as usize;
        all.saturating_sub(self.free.available_permits()) * UNIT_BYTES
    }

    /// Waits a little for room beside what is held already. A body that needs more than all there is,
    /// waits for all there is.
    async fn reserve(
        &self,
        bytes: usize,
        held_units: usize,
    ) -> Result<OwnedSemaphorePermit, BodyError> {
        let wanted = units(bytes.min(self.bytes_max));
        let more = wanted.saturating_sub(u32::try_from(held_units).unwrap_or(u32::MAX));
        let reservation = Arc::clone(&self.free).acquire_many_owned(more);
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
    is_proven: Arc<AtomicBool>,
    kept: Arc<Mutex<Vec<Arc<Share>>>>,
}

/// Which room a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Proven,
    Small,
    Large,
}

/// Part of the budget that somebody holds; it can move from one room to another.
#[derive(Debug)]
struct Share(Mutex<(Kind, OwnedSemaphorePermit)>);

/// Room of a body while it is read.
pub(super) struct Room {
    request: RequestBudget,
    held: Option<(Kind, OwnedSemaphorePermit)>,
}

impl RequestBudget {
    /// From now on the request draws on the share of those who have proven who they are.
    pub(in crate::http) fn prove(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
    }

    pub(in crate::http) fn is_proven(&self) -> bool {
        self.is_proven.load(Ordering::Relaxed)
    }

    /// For a body of which nothing is known yet.
    pub(super) fn room(&self) -> Room {
        Room {
            request: self.clone(),
            held: None,
        }
    }

    /// Takes what was read before the request was proven out of the unproven share.
    pub(in crate::http) async fn prove_what_was_read(&self, bytes: usize) -> Result<(), BodyError> {
        self.prove();
        let shares = lock(&self.kept).clone();
        for share in shares {
            if lock(&share.0).0 != Kind::Proven {
                let proven = self.budget.proven.reserve(held(bytes), 0).await?;
                *lock(&share.0) = (Kind::Proven, proven);
            }
        }
        Ok(())
    }
}

impl Room {
    /// Room for so many bytes in all, of the share that the request may draw on now.
    pub(super) async fn hold(&mut self, bytes: usize) -> Result<(), BodyError> {
        let kind = match self.held {
            _ if self.request.is_proven() => Kind::Proven,
            Some((Kind::Large, _)) => Kind::Large,
            _ if bytes > SMALL_BYTES_MAX => Kind::Large,
            _ => Kind::Small,
        };
        let budget = &self.request.budget;
        let pool = match kind {
            Kind::Proven => &budget.proven,
            Kind::Small => &budget.small,
            Kind::Large => &budget.large,
        };
        match &mut self.held {
            Some((of, permit)) if *of == kind => {
                let more = pool.reserve(bytes, permit.num_permits()).await?;
                permit.merge(more);
            }
            // What was held of another share goes back.
            other => *other = Some((kind, pool.reserve(bytes, 0).await?)),
        }
        Ok(())
    }

    /// The body as it is, of which so much is needed: what was not needed goes back at once, the rest
    /// when the request is answered and nobody holds the bytes.
    pub(super) fn keep(self, bytes: Bytes, needed: usize) -> Bytes {
        let Some((kind, mut permit)) = self.held else {
            return bytes;
        };
        let unused = permit.num_permits().saturating_sub(units(needed) as usize);
        drop(permit.split(unused));
        let share = Arc::new(Share(Mutex::new((kind, permit))));
        lock(&self.request.kept).push(Arc::clone(&share));
        Bytes::from_owner(Held {
            bytes,
            _share: share,
        })
    }
}

/// Memory that a body of this size and what is made of it take.
pub(super) fn held(bytes: usize) -> usize {
    bytes.saturating_mul(HELD_PER_BYTE)
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is in there is exchanged whole: nothing is half done if another holder panicked.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that hold on to their share of the budget: a task that reads them may outlive its request.
struct Held {
    bytes: Bytes,
    _share: Arc<Share>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
