//! How long searches and writes of the last hour took. Invariant: it takes the same memory whatever comes, and counting
//! takes no lock.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    Searches,
    Suggestions,
    /// Requests that write to the content API.
    Writes,
}

impl Timed {
    pub const ALL: [Self; 3] = [Self::Searches, Self::Suggestions, Self::Writes];
}

const KINDS: usize = Timed::ALL.len();

/// Minutes that are told apart, beside the running one.
pub const MINUTES: usize = 60;

const MINUTE: Duration = Duration::from_secs(60);

/// Classes of durations: each ends [`STEP`] times later than the one before.
const CLASSES: usize = 96;
const STEP: f64 = 1.15;

/// End of the first class, in seconds; that of the last but one is a minute.
const FIRST_S: f64 = 0.000_1;

type Counts = [[u32; CLASSES]; KINDS];

pub(super) struct Lately {
    /// Of the running minute.
    running: [[AtomicU32; CLASSES]; KINDS],
    minutes: Mutex<Minutes>,
}

struct Minutes {
    began: Instant,
    /// The last ones, the oldest first.
    ended: VecDeque<Counts>,
}

/// What the last hour was like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LastHour {
    /// How many there were, the running minute included.
    pub count: u64,
    /// Half of them took no longer; `None` without any.
    pub p50: Option<Duration>,
    pub p99: Option<Duration>,
    /// [`MINUTES`] of them, the oldest first, the running one last.
    pub minutes: Vec<Minute>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Minute {
    pub count: u64,
    pub p99: Option<Duration>,
}

impl Lately {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            running: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU32::new(0))),
            minutes: Mutex::new(Minutes {
                began: now,
                ended: VecDeque::with_capacity(MINUTES),
            }),
        }
    }

    pub(super) fn record(&self, timed: Timed, took: Duration) {
        self.running[timed as usize][class_of(took)].fetch_add(1, Ordering::Relaxed);
    }

    /// Ends the minutes that are over. What is counted meanwhile is of the one or the other.
    pub(super) fn turn(&self, now: Instant) {
        let mut minutes = self.lock();
        let mut passed = now.saturating_duration_since(minutes.began).as_secs() / MINUTE.as_secs();
        if passed == 0 {
            return;
        }
        minutes.began += MINUTE * u32::try_from(passed).unwrap_or(u32::MAX);
        let mut counts = self.counts(|count| count.swap(0, Ordering::Relaxed));
        // Of a long break the last hour alone is kept.
        passed = passed.min(MINUTES as u64 + 1);
        for _ in 0..passed {
            if minutes.ended.len() == MINUTES {
                minutes.ended.pop_front();
            }
            minutes.ended.push_back(counts);
            counts = [[0; CLASSES]; KINDS];
        }
    }

    pub(super) fn last_hour(&self, timed: Timed, now: Instant) -> LastHour {
        self.turn(now);
        let ended: Vec<[u32; CLASSES]> = {
            let minutes = self.lock();
            let of_kind = minutes.ended.iter().map(|counts| counts[timed as usize]);
            of_kind.collect()
        };
        let running = self.counts(|count| count.load(Ordering::Relaxed))[timed as usize];
        let mut all = [0_u64; CLASSES];
        for counts in ended.iter().chain([&running]) {
            for (sum, count) in all.iter_mut().zip(counts) {
                *sum += u64::from(*count);
            }
        }
        let minute = |counts: &[u32; CLASSES]| {
            let counts = counts.map(u64::from);
            Minute {
                count: counts.iter().sum(),
                p99: quantile(&counts, 0.99),
            }
        };
        let before = std::iter::repeat_n(Minute::default(), MINUTES - ended.len());
        let told = before
            .chain(ended.iter().map(minute))
            .chain([minute(&running)]);
        LastHour {
            count: all.iter().sum(),
            p50: quantile(&all, 0.5),
            p99: quantile(&all, 0.99),
            minutes: told.skip(1).collect(),
        }
    }

    fn counts(&self, read: impl Fn(&AtomicU32) -> u32) -> Counts {
        std::array::from_fn(|kind| std::array::from_fn(|class| read(&self.running[kind][class])))
    }

    fn lock(&self) -> MutexGuard<'_, Minutes> {
        self.minutes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn class_of(took: Duration) -> usize {
    let steps = (took.as_secs_f64() / FIRST_S).ln() / STEP.ln();
    // What took no time has no logarithm.
    if steps > 0.0 {
        (steps.ceil() as usize).min(CLASSES - 1)
    } else {
        0
    }
}

/// The end of the class in which that share of all is reached.
fn quantile(counts: &[u64; CLASSES], share: f64) -> Option<Duration> {
    let all: u64 = counts.iter().sum();
    let wanted = (all as f64 * share).ceil() as u64;
    let mut reached = 0;
    let class = counts.iter().position(|count| {
        reached += count;
        reached > 0 && reached >= wanted
    })?;
    Some(Duration::from_secs_f64(FIRST_S * STEP.powi(class as i32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(took: u64) -> Duration {
        Duration::from_millis(took)
    }

    fn is_about(found: Option<Duration>, expected_ms: f64) {
        let found = found.expect("there were some").as_secs_f64() * 1e3;
        let ratio = found / expected_ms;
        assert!(
            (1.0..STEP + 0.001).contains(&ratio),
            "{found} ms for {expected_ms} ms"
        );
    }

    #[test]
    fn half_and_nearly_all_are_told_within_a_class() {
        let start = Instant::now();
        let lately = Lately::new(start);
        for _ in 0..98 {
            lately.record(Timed::Searches, ms(4));
        }
        lately.record(Timed::Searches, ms(900));
        lately.record(Timed::Searches, ms(900));
        let hour = lately.last_hour(Timed::Searches, start);
        assert_eq!(hour.count, 100);
        is_about(hour.p50, 4.0);
        is_about(hour.p99, 900.0);
        assert_eq!(hour.minutes.len(), MINUTES);
        assert_eq!(hour.minutes[MINUTES - 1].count, 100, "the running one");
        let none = lately.last_hour(Timed::Writes, start);
        assert_eq!((none.count, none.p50), (0, None));
    }

    #[test]
    fn what_is_older_than_an_hour_is_gone_and_memory_is_bounded() {
        let start = Instant::now();
        let lately = Lately::new(start);
        for minute in 0..200_u32 {
            lately.record(Timed::Writes, ms(10));
            lately.turn(start + MINUTE * (minute + 1));
        }
        let at = start + MINUTE * 200;
        let hour = lately.last_hour(Timed::Writes, at);
        assert_eq!(hour.count, MINUTES as u64);
        let counts: Vec<u64> = hour.minutes.iter().map(|minute| minute.count).collect();
        assert_eq!(counts[MINUTES - 1], 0, "the running one");
        assert!(counts[..MINUTES - 1].iter().all(|count| *count == 1));
        is_about(hour.minutes[0].p99, 10.0);
        let later = lately.last_hour(Timed::Writes, at + MINUTE * 30);
        assert_eq!(later.count, MINUTES as u64 / 2);
        let much_later = lately.last_hour(Timed::Writes, at + MINUTE * 10_000);
        assert_eq!(much_later.count, 0);
    }

    #[test]
    fn any_duration_has_a_class() {
        for took in [
            Duration::ZERO,
            Duration::from_nanos(1),
            ms(60_000),
            Duration::MAX,
        ] {
            assert!(class_of(took) < CLASSES);
        }
        assert_eq!(class_of(Duration::ZERO), 0);
        assert_eq!(class_of(Duration::MAX), CLASSES - 1);
    }
}
