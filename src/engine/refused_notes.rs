//! What was refused and is not kept yet. Invariant: at most [`RefusedLately::KEPT_MAX`] wait, in all no longer than
//! the writer takes to look; noting one takes a lock for memory alone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{RefusedLately, RefusedObject, RefusedOfRequest, Timestamp};

/// They are kept in a transaction of their own, which may come so often.
const KEPT_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(in crate::engine) struct RefusedNotes {
    waiting: Mutex<Waiting>,
    /// Since the site was opened.
    count: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    objects: HashMap<RefusedObject, Times>,
    taken_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

impl RefusedNotes {
    /// Whether nobody was told yet that some wait.
    pub(in crate::engine) fn note(&self, refused: RefusedOfRequest, now: Timestamp) -> bool {
        self.count.fetch_add(refused.count, Ordering::Relaxed);
        let mut waiting = self.lock();
        let is_first = waiting.objects.is_empty();
        for object in refused.told {
            if let Some(noted) = waiting.objects.get_mut(&object) {
                noted.count += 1;
                noted.last = now;
            } else if waiting.objects.len() < RefusedLately::KEPT_MAX {
                let times = Times {
                    count: 1,
                    first: now,
                    last: now,
                };
                waiting.objects.insert(object, times);
            }
        }
        is_first && !waiting.objects.is_empty()
    }

    /// All that wait, where there are some and the last were taken long enough ago, or all are to go now.
    pub(in crate::engine) fn take_due(&self, at_once: bool) -> Vec<RefusedLately> {
        let mut waiting = self.lock();
        let is_due = waiting
            .taken_at
            .is_none_or(|taken| taken.elapsed() >= KEPT_EVERY);
        if waiting.objects.is_empty() || !(is_due || at_once) {
            return Vec::new();
        }
        waiting.taken_at = Some(Instant::now());
        let taken = std::mem::take(&mut waiting.objects).into_iter();
        taken
            .map(|(object, Times { count, first, last })| RefusedLately {
                object,
                times: count,
                first,
                last,
            })
            .collect()
    }

    pub(in crate::engine) fn any(&self) -> bool {
        !self.lock().objects.is_empty()
    }

    /// How many were refused since the site was opened.
    pub(in crate::engine) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RefusedCall;

    fn refused(names: std::ops::Range<usize>) -> RefusedOfRequest {
        let object = |at: usize| {
            let mut object = RefusedObject::sent(None, None, RefusedCall::Patch, "x".to_owned());
            object.name = at.to_string();
            object
        };
        RefusedOfRequest {
            count: names.len() as u64,
            told: names.map(object).collect(),
        }
    }

    #[test]
    fn what_waits_is_bounded_counted_and_taken_once() {
        let notes = RefusedNotes::default();
        let now = Timestamp::from_millis(7);
        assert!(!notes.note(RefusedOfRequest::default(), now));
        assert!(notes.note(refused(0..2), now));
        assert!(!notes.note(refused(1..3), now));
        let mut taken = notes.take_due(false);
        taken.sort_by(|a, b| a.object.name.cmp(&b.object.name));
        let times: Vec<u64> = taken.iter().map(|one| one.times).collect();
        assert_eq!(times, [1, 2, 1]);
        assert!(notes.note(refused(0..5_000), now));
        assert!(notes.take_due(false).is_empty(), "a moment ago");
        assert!(notes.any());
        assert_eq!(notes.take_due(true).len(), RefusedLately::KEPT_MAX);
        assert!(!notes.any());
        assert_eq!(notes.count(), 5_004);
    }
}
