//! Memory of request bodies and of what is made of them, all requests together. Invariant: what a
//! request takes is given back when it is answered and nobody holds its bytes; and a client that has
//! proven nothing never takes what is set aside for those who have.
//!
//! | share | of | taken |
//! |---|---|---|
//! | proven | requests whose signature or key held | what bodies like it usually take, before the first byte is read |
//! | small | the others that declare [`SMALL_BYTES_MAX`] at most | as bytes come |
//! | large | the others: who declares more, or nothing | as bytes come |
//!
//! Once a body is there, it is weighed, and takes what it weighs before anything is made of it. Proven ones that
//! need much have only part of their share together ([`TIERS`]), so few that are heavy do not keep out the many
//! ordinary ones, nor large ones those of a page of objects.

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

/// Unproven bodies up to this size have room of their own, so that few large ones, which a stranger
/// may send slowly, do not keep out the many small ones of searches.
pub(super) const SMALL_BYTES_MAX: usize = 64 * 1024;

/// Part of the unproven share that is for small bodies.
const SMALL_PART: usize = 8;

/// Proven bodies that take more than one in so many parts of their share have so many eighths of it together; the
/// first of these is the most that there is for one.
const TIERS: [(usize, usize); 2] = [(8, 6), (64, 7)];

/// Memory that requests with bodies may take together.
#[derive(Clone, Debug)]
pub struct BodyBudget {
    proven: Pool,
    /// Parts of the room above that large bodies may take; they take of both.
    tiers: [Tier; TIERS.len()],
    small: Pool,
    large: Pool,
}

#[derive(Clone, Debug)]
struct Pool {
    free: Arc<Semaphore>,
    bytes_max: usize,
}

#[derive(Clone, Debug)]
struct Tier {
    /// Of bodies that take more than this.
    above: usize,
    pool: Pool,
}

impl BodyBudget {
    /// Shares of so many bytes, rounded up to a KiB.
    pub fn new(proven_bytes_max: usize, unproven_bytes_max: usize) -> Self {
        let small = unproven_bytes_max / SMALL_PART;
        Self {
            proven: Pool::new(proven_bytes_max),
            tiers: TIERS.map(|(part, eighths)| Tier {
                above: proven_bytes_max / part,
                pool: Pool::new(proven_bytes_max / 8 * eighths),
            }),
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
            proof: Proof::default(),
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

    /// Waits a little for room beside what is held already.
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

/// Room of one kind that somebody has.
#[derive(Debug)]
struct Hold {
    kind: Kind,
    taken: OwnedSemaphorePermit,
    of_tiers: [Option<OwnedSemaphorePermit>; TIERS.len()],
}

impl Hold {
    /// Gives back what is beyond so many bytes.
    fn shrink(&mut self, bytes: usize) {
        let needed = units(bytes) as usize;
        let of_tiers = self.of_tiers.iter_mut().flatten();
        for permit in std::iter::once(&mut self.taken).chain(of_tiers) {
            drop(permit.split(permit.num_permits().saturating_sub(needed)));
        }
    }
}

impl BodyBudget {
    fn pool(&self, kind: Kind) -> &Pool {
        match kind {
            Kind::Proven => &self.proven,
            Kind::Small => &self.small,
            Kind::Large => &self.large,
        }
    }

    /// The most that one body may take.
    fn most(&self, kind: Kind) -> usize {
        match kind {
            Kind::Proven => self.tiers[0].pool.bytes_max,
            _ => self.large.bytes_max,
        }
    }

    /// Room for so many bytes in all, beside what is held of the same kind. What needs more than there may be
    /// for one has as much as there may be.
    async fn take(&self, kind: Kind, bytes: usize, held: Option<Hold>) -> Result<Hold, BodyError> {
        let bytes = bytes.min(self.most(kind));
        let (taken, mut of_tiers) = match held {
            Some(same) if same.kind == kind => (Some(same.taken), same.of_tiers),
            // What is held of another share goes back when there is room in this one.
            _ => (None, [const { None }; TIERS.len()]),
        };
        // Large ones first wait for each other, where they are in nobody else's way.
        for (tier, of_tier) in self.tiers.iter().zip(&mut of_tiers) {
            if kind == Kind::Proven && bytes > tier.above {
                *of_tier = Some(tier.pool.more(bytes, of_tier.take()).await?);
            }
        }
        let taken = self.pool(kind).more(bytes, taken).await?;
        Ok(Hold {
            kind,
            taken,
            of_tiers,
        })
    }
}

impl Pool {
    async fn more(
        &self,
        bytes: usize,
        held: Option<OwnedSemaphorePermit>,
    ) -> Result<OwnedSemaphorePermit, BodyError> {
        let held_units = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let mut more = self.reserve(bytes, held_units).await?;
        if let Some(held) = held {
            more.merge(held);
        }
        Ok(more)
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

/// Whether a request has proven who sent it.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Proof(Arc<AtomicBool>);

impl Proof {
    pub(in crate::http) fn is_given(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one request has taken of the budget. A request extension.
#[derive(Clone, Debug)]
pub(in crate::http) struct RequestBudget {
    budget: BodyBudget,
    proof: Proof,
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
struct Share(Mutex<Hold>);

/// Room of a body while it is read.
pub(super) struct Room {
    request: RequestBudget,
    /// Whether it never was one of the small ones: bytes that come slowly take nothing from those.
    is_large: bool,
    held: Option<Hold>,
}

impl RequestBudget {
    /// From now on the request draws on the share of those who have proven who they are.
    pub(in crate::http) fn prove(&self) {
        self.proof.0.store(true, Ordering::Relaxed);
    }

    pub(in crate::http) fn is_proven(&self) -> bool {
        self.proof.is_given()
    }

    /// For whoever must know, and hold no room.
    pub(in crate::http) fn proof(&self) -> Proof {
        self.proof.clone()
    }

    /// For a body of which nothing has come yet, and which is said to be so long.
    pub(super) fn room(&self, declared: Option<usize>) -> Room {
        Room {
            request: self.clone(),
            is_large: declared.is_none_or(|bytes| bytes > SMALL_BYTES_MAX),
            held: None,
        }
    }

    /// Takes what was read before the request was proven out of the unproven share, with room for what will be
    /// made of it.
    pub(in crate::http) async fn prove_what_was_read(
        &self,
        needed: usize,
    ) -> Result<(), BodyError> {
        self.prove();
        self.refuse_what_never_fits(Kind::Proven, needed)?;
        let shares = lock(&self.kept).clone();
        for share in shares {
            if lock(&share.0).kind != Kind::Proven {
                let proven = self.budget.take(Kind::Proven, needed, None).await?;
                *lock(&share.0) = proven;
            }
        }
        Ok(())
    }

    fn refuse_what_never_fits(&self, kind: Kind, bytes: usize) -> Result<(), BodyError> {
        let bytes_max = self.budget.most(kind);
        if bytes > bytes_max {
            return Err(BodyError::TooHeavy { bytes, bytes_max });
        }
        Ok(())
    }
}

impl Room {
    /// Room for so many bytes in all, of the share that the request may draw on now; for as much as there may be
    /// for one, where that is less.
    pub(super) async fn hold(&mut self, bytes: usize) -> Result<(), BodyError> {
        let kind = self.kind_for(bytes);
        let budget = &self.request.budget;
        self.held = match self.held.take() {
            Some(held) if held.kind == kind => Some(budget.take(kind, bytes, Some(held)).await?),
            // What was held of another share goes back.
            other => {
                let taken = budget.take(kind, bytes, None).await?;
                drop(other);
                Some(taken)
            }
        };
        Ok(())
    }

    /// The same for what is known to be needed: what there will never be room for is refused.
    pub(super) async fn hold_all(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.request
            .refuse_what_never_fits(self.kind_for(bytes), bytes)?;
        self.hold(bytes).await
    }

    fn kind_for(&self, bytes: usize) -> Kind {
        match &self.held {
            _ if self.request.is_proven() => Kind::Proven,
            Some(Hold {
                kind: Kind::Large, ..
            }) => Kind::Large,
            _ if self.is_large || bytes > SMALL_BYTES_MAX => Kind::Large,
            _ => Kind::Small,
        }
    }

    /// The body as it is, of which so much is needed: what was not needed goes back at once, the rest
    /// when the request is answered and nobody holds the bytes.
    pub(super) fn keep(self, bytes: Bytes, needed: usize) -> Bytes {
        let Some(mut held) = self.held else {
            return bytes;
        };
        held.shrink(needed);
        let share = Arc::new(Share(Mutex::new(held)));
        lock(&self.request.kept).push(Arc::clone(&share));
        Bytes::from_owner(Held {
            bytes,
            _share: share,
        })
    }
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
