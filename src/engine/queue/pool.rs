//! Threads that the workers of all sites share. Invariants: no more work at once than there are places, but for those
//! that only slept meanwhile; who waits for a place gets one, for those who have one are told and take turns.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a worker gave its place back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Left {
    /// There is nothing to do.
    Done,
    /// There is more to do, and others wait: it wants another turn.
    Again,
}

/// Tells a worker that waits for work to look whether its place is wanted.
type Nudge = Arc<dyn Fn() + Send + Sync>;

pub(super) struct Job {
    pub(super) work: Box<dyn FnMut() -> Left + Send>,
    pub(super) nudge: Nudge,
}

pub(in crate::engine) struct WorkerPool {
    name: &'static str,
    places: usize,
    state: Mutex<State>,
    is_wanted: AtomicBool,
}

#[derive(Default)]
struct State {
    working: usize,
    waiting: VecDeque<Job>,
    /// Of those that work, by a number of their own.
    nudges: Vec<(u64, Nudge)>,
    next_number: u64,
}

impl WorkerPool {
    /// `name`: of its threads.
    pub(in crate::engine) fn new(name: &'static str, places: usize) -> Arc<Self> {
        Arc::new(Self {
            name,
            places: places.max(1),
            state: Mutex::default(),
            is_wanted: AtomicBool::default(),
        })
    }

    /// Whether somebody waits for a place.
    pub(in crate::engine) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::Acquire)
    }

    /// Has something done once, when there is a place.
    pub(in crate::engine) fn run(self: &Arc<Self>, work: impl FnOnce() + Send + 'static) {
        let mut work = Some(work);
        self.start(Job {
            work: Box::new(move || {
                if let Some(work) = work.take() {
                    work();
                }
                Left::Done
            }),
            nudge: Arc::new(|| {}),
        });
    }

    /// Starts the job, now or when there is a place.
    pub(super) fn start(self: &Arc<Self>, job: Job) {
        let mut state = self.lock();
        if state.working < self.places {
            state.working += 1;
            drop(state);
            self.spawn(job);
            return;
        }
        state.waiting.push_back(job);
        self.note_wanted(&state);
        let nudges: Vec<Nudge> = state
            .nudges
            .iter()
            .map(|(_, nudge)| nudge.clone())
            .collect();
        drop(state);
        for nudge in nudges {
            nudge();
        }
    }

    /// Sleeps, or waits for somebody else, without keeping others from working.
    pub(in crate::engine) fn resting<T>(self: &Arc<Self>, rest: impl FnOnce() -> T) -> T {
        let mut state = self.lock();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.working -= 1;
        }
        self.note_wanted(&state);
        drop(state);
        if let Some(job) = next {
            self.spawn(job);
        }
        let rested = rest();
        self.lock().working += 1;
        rested
    }

    fn spawn(self: &Arc<Self>, job: Job) {
        let pool = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || pool.work_off(job));
        if let Err(error) = spawned {
            // With the thread its job is dropped, and tells its queue.
            self.lock().working -= 1;
            tracing::error!(%error, thread = self.name, "cannot start a thread");
        }
    }

    fn work_off(self: Arc<Self>, first: Job) {
        let mut next = Some(first);
        while let Some(mut job) = next {
            let number = self.enter(&job);
            let left = catch_unwind(AssertUnwindSafe(&mut job.work));
            self.leave(number);
            let again = match left {
                Ok(Left::Again) => Some(job),
                Ok(Left::Done) | Err(_) => {
                    // What a panic left is told to its queue here.
                    drop(catch_unwind(AssertUnwindSafe(|| drop(job))));
                    None
                }
            };
            next = self.next(again);
        }
    }

    /// Whose turn it is; `None` gives the place back.
    fn next(&self, again: Option<Job>) -> Option<Job> {
        let mut state = self.lock();
        state.waiting.extend(again);
        // One too many: somebody came back from a rest, to a place that others had taken. Those go on.
        let next = if state.working > self.places {
            None
        } else {
            state.waiting.pop_front()
        };
        if next.is_none() {
            state.working -= 1;
        }
        self.note_wanted(&state);
        next
    }

    fn enter(&self, job: &Job) -> u64 {
        let mut state = self.lock();
        let number = state.next_number;
        state.next_number += 1;
        state.nudges.push((number, job.nudge.clone()));
        number
    }

    fn leave(&self, number: u64) {
        self.lock().nudges.retain(|(of, _)| *of != number);
    }

    fn note_wanted(&self, state: &State) {
        self.is_wanted
            .store(!state.waiting.is_empty(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// The bug: a thread for every site with something to do.
    #[test]
    fn many_jobs_have_few_threads_and_all_are_done() {
        let pool = WorkerPool::new("test", 3);
        let (working, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (done, is_done) = mpsc::channel();
        for number in 0..50 {
            let (working, most, done) = (Arc::clone(&working), Arc::clone(&most), done.clone());
            pool.run(move || {
                most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                working.fetch_sub(1, Ordering::SeqCst);
                assert_ne!(number % 10, 3, "on purpose");
                done.send(number).expect("somebody waits");
            });
        }
        drop(done);
        let mut numbers: Vec<i32> =
            std::iter::from_fn(|| is_done.recv_timeout(PATIENCE).ok()).collect();
        numbers.sort_unstable();
        assert_eq!(
            numbers,
            (0..50).filter(|at| at % 10 != 3).collect::<Vec<_>>()
        );
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    #[test]
    fn who_has_a_place_is_told_that_it_is_wanted_and_gets_another_turn() {
        let pool = WorkerPool::new("test", 1);
        let (nudged, is_nudged) = mpsc::channel();
        let (turns, turn) = mpsc::channel();
        let nudged = Mutex::new(nudged);
        let (mut rounds, told) = (0, turns.clone());
        pool.start(Job {
            work: Box::new(move || {
                rounds += 1;
                told.send("first").expect("somebody waits");
                if rounds == 1 {
                    is_nudged.recv_timeout(PATIENCE).expect("a nudge");
                    return Left::Again;
                }
                Left::Done
            }),
            nudge: Arc::new(move || {
                let _ = nudged.lock().expect("nobody panics").send(());
            }),
        });
        assert_eq!(turn.recv_timeout(PATIENCE), Ok("first"));
        pool.run(move || turns.send("second").expect("somebody waits"));
        assert_eq!(turn.recv_timeout(PATIENCE), Ok("second"));
        assert_eq!(turn.recv_timeout(PATIENCE), Ok("first"));
    }

    #[test]
    fn who_rests_keeps_nobody_from_working() {
        let pool = WorkerPool::new("test", 1);
        let (done, is_done) = mpsc::channel();
        let resting = Arc::clone(&pool);
        let (ended, has_ended) = mpsc::channel();
        pool.run(move || {
            let other = resting.resting(|| is_done.recv_timeout(PATIENCE));
            ended.send(other).expect("somebody waits");
        });
        pool.run(move || done.send(7).expect("somebody waits"));
        assert_eq!(has_ended.recv_timeout(PATIENCE), Ok(Ok(7)));
    }
}
