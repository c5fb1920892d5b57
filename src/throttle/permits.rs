//! How many requests of a site run at a time. Invariant: a permit is given back however its request
//! ends; those who wait for one are bounded in number and time.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::quota::Refused;
use crate::domain::TrackerId;

/// How long a request waits for a permit (docs/reference/07-http-principles.md §5).
const WAIT: Duration = Duration::from_secs(1);

/// Requests of one site that wait at a time; further ones are refused at once.
const WAITING_MAX: usize = 64;

/// Told to who got no permit: in a second another may be free.
const RETRY_AFTER_S: u32 = 1;

/// The right to run; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    _permit: OwnedSemaphorePermit,
}

/// Permits of all sites together, as they were when they were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermitsNow {
    pub taken: usize,
    pub waiting: usize,
}

/// Permits of each site that has a limit. Sites are configured, so there are not many.
#[derive(Debug)]
pub(super) struct Permits {
    sites: Mutex<HashMap<TrackerId, Arc<OfSite>>>,
    wait: Duration,
}

impl Default for Permits {
    fn default() -> Self {
        Self::with_wait(WAIT)
    }
}

#[derive(Debug)]
struct OfSite {
    most: NonZeroU32,
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Permits {
    fn with_wait(wait: Duration) -> Self {
        Self {
            sites: Mutex::default(),
            wait,
        }
    }

    /// Waits a little for a permit.
    pub(super) async fn take(&self, site: &TrackerId, most: NonZeroU32) -> Result<Permit, Refused> {
        const FULL: Refused = Refused {
            retry_after_s: RETRY_AFTER_S,
        };
        let of_site = self.of(site, most);
        if let Ok(permit) = Arc::clone(&of_site.free).try_acquire_owned() {
            return Ok(Permit { _permit: permit });
        }
        let _waiting = Waiting::begin(&of_site.waiting).ok_or(FULL)?;
        let free = Arc::clone(&of_site.free).acquire_owned();
        match tokio::time::timeout(self.wait, free).await {
            Ok(Ok(permit)) => Ok(Permit { _permit: permit }),
            _ => Err(FULL),
        }
    }

    pub(super) fn now(&self) -> PermitsNow {
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = PermitsNow::default();
        for of_site in sites.values() {
            let free = of_site.free.available_permits();
            now.taken += (of_site.most.get() as usize).saturating_sub(free);
            now.waiting += of_site.waiting.load(Ordering::Relaxed);
        }
        now
    }

    /// With another limit than before, the permits are new ones; requests that run keep theirs.
    fn of(&self, site: &TrackerId, most: NonZeroU32) -> Arc<OfSite> {
        // Nothing under this lock can panic half way.
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        match sites.get(site) {
            Some(of_site) if of_site.most == most => Arc::clone(of_site),
            _ => {
                let of_site = Arc::new(OfSite {
                    most,
                    free: Arc::new(Semaphore::new(most.get() as usize)),
                    waiting: AtomicUsize::new(0),
                });
                sites.insert(site.clone(), Arc::clone(&of_site));
                of_site
            }
        }
    }
}

/// Counted among those who wait, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Option<Self> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let counted = Self(waiting);
        (before < WAITING_MAX).then_some(counted)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

    fn site() -> TrackerId {
        TrackerId::new("1-1").expect("a tracker id")
    }

    #[tokio::test]
    async fn the_third_of_two_waits_for_a_permit_or_in_vain() {
        let permits = Permits::with_wait(Duration::from_millis(20));
        let site = site();
        let first = permits.take(&site, TWO).await.expect("a permit");
        let _second = permits.take(&site, TWO).await.expect("a permit");
        let refused = permits.take(&site, TWO).await.expect_err("both are taken");
        assert_eq!(refused, Refused { retry_after_s: 1 });
        let patient = Permits::with_wait(Duration::from_secs(60));
        let only = patient.take(&site, NonZeroU32::MIN).await;
        let next = patient.take(&site, NonZeroU32::MIN);
        let (next, ()) = tokio::join!(next, async { drop(only) });
        assert!(next.is_ok());
        drop(first);
        assert!(permits.take(&site, TWO).await.is_ok());
    }

    #[tokio::test]
    async fn no_more_wait_than_may() {
        let permits = Arc::new(Permits::with_wait(Duration::from_secs(60)));
        let taken = permits.take(&site(), NonZeroU32::MIN).await;
        let waiting: Vec<_> = (0..WAITING_MAX)
            .map(|_| {
                let permits = Arc::clone(&permits);
                tokio::spawn(async move { permits.take(&site(), NonZeroU32::MIN).await.is_ok() })
            })
            .collect();
        let of_site = permits.of(&site(), NonZeroU32::MIN);
        while of_site.waiting.load(Ordering::Relaxed) < WAITING_MAX {
            tokio::task::yield_now().await;
        }
        assert!(permits.take(&site(), NonZeroU32::MIN).await.is_err());
        assert!(waiting.iter().all(|one| !one.is_finished()));
        drop(taken);
        for one in waiting {
            assert!(one.await.expect("the task ends well"));
        }
    }

    #[tokio::test]
    async fn another_limit_holds_at_once() {
        let permits = Permits::default();
        let _one = permits
            .take(&site(), NonZeroU32::MIN)
            .await
            .expect("a permit");
        assert!(permits.take(&site(), TWO).await.is_ok());
    }
}
