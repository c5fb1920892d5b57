//! Where searches run: on a bounded number of blocking threads, in an order that is fair to clients
//! (`fair_queue`), none longer than a search may take. Invariant: a place is given back when its thread is
//! done and so is what follows from it, not when nobody waits any more; but then the thread is told, and ends at its
//! next look.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::fair_queue::{Entered, FairQueue, Lane};
use crate::engine::EngineError;
use crate::engine::embedded::index::{Effort, Stop};
use crate::engine::embedded::settings::EmbeddedSettings;

/// Seconds until a full queue of searches is worth another try.
const QUEUE_RETRY_S: u32 = 1;

/// The places searches run in.
pub(in crate::engine::embedded) struct SearchPool {
    queue: Arc<Mutex<FairQueue<Waiting>>>,
    time_limit: Duration,
    work_max: u64,
    /// Searches that ended early because nobody waited any more.
    abandoned: Arc<AtomicU64>,
}

/// Who waits for a place.
type Waiting = oneshot::Sender<Slot>;

impl SearchPool {
    pub(in crate::engine::embedded) fn new(settings: &EmbeddedSettings) -> Self {
        let queue = FairQueue::new(settings.searches_concurrent_max, settings.search_queue_max);
        Self {
            queue: Arc::new(Mutex::new(queue)),
            time_limit: Duration::from_millis(settings.search_timeout_ms),
            work_max: settings.search_work_max,
            abandoned: Arc::default(),
        }
    }

    /// Runs the work on a blocking thread; its place is free when this returns.
    pub(in crate::engine::embedded) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work_done: u64,
        work: impl FnOnce(&Arc<Effort>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let done = self.run_with_place(lane, work_done, work).await;
        done.map(|(found, _place)| found)
    }

    /// Runs the work on a blocking thread, and gives its place to whoever goes on with what was found. Whoever drops this before it is answered, or waits too long,
    /// takes the effort away that the work was given; until it looks at it, it runs on, in its place: a
    /// thread cannot be stopped, but neither can slow searches take more threads than there are places.
    pub(in crate::engine::embedded) async fn run_with_place<T: Send + 'static>(
        &self,
        lane: Lane,
        work_done: u64,
        work: impl FnOnce(&Arc<Effort>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<(T, Slot), EngineError> {
        let came = Instant::now();
        // Who waits longer would have no time left to search.
        let place = timeout_at(came + self.time_limit / 2, self.place(lane));
        let place = place.await.unwrap_or_else(|_| Err(overloaded()))?;
        let effort = Effort::new(self.work_max.saturating_sub(work_done));
        let _waited_for = WaitedFor(Arc::clone(&effort));
        let abandoned = Arc::clone(&self.abandoned);
        let running = tokio::task::spawn_blocking(move || {
            let place = place;
            let found = work(&effort);
            if found.is_err() && effort.stopped() == Some(Stop::Abandoned) {
                abandoned.fetch_add(1, Ordering::Relaxed);
            }
            found.map(|found| (found, place))
        });
        match timeout_at(came + self.time_limit, running).await {
            Err(_) => Err(EngineError::TimedOut),
            Ok(Ok(found)) => found,
            Ok(Err(error)) => Err(EngineError::Internal {
                context: "a search ended unexpectedly",
                source: error.into(),
            }),
        }
    }

    /// What runs, and what waits for a place.
    pub(in crate::engine::embedded) fn load(&self) -> (usize, usize) {
        lock(&self.queue).load()
    }

    /// Searches that ended early because nobody waited any more.
    pub(in crate::engine::embedded) fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    async fn place(&self, lane: Lane) -> Result<Slot, EngineError> {
        let (called, call) = oneshot::channel();
        let entered = lock(&self.queue).enter(&lane, called);
        let ticket = match entered {
            Entered::Runs => return Ok(Slot::new(&self.queue, lane)),
            Entered::Waits { ticket, sent_away } => {
                // Which tells its client.
                drop(sent_away);
                ticket
            }
            Entered::Full => return Err(overloaded()),
        };
        let _seat = Seat {
            queue: &self.queue,
            lane,
            ticket,
        };
        call.await.map_err(|_| overloaded())
    }
}

fn overloaded() -> EngineError {
    EngineError::Overloaded {
        retry_after_s: QUEUE_RETRY_S,
    }
}

/// Nothing under this lock can panic half way.
fn lock<W>(queue: &Mutex<FairQueue<W>>) -> MutexGuard<'_, FairQueue<W>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to run; given back when dropped.
pub(in crate::engine::embedded) struct Slot {
    queue: Arc<Mutex<FairQueue<Waiting>>>,
    /// `None` once it was given back.
    lane: Option<Lane>,
}

impl Slot {
    fn new(queue: &Arc<Mutex<FairQueue<Waiting>>>, lane: Lane) -> Self {
        Self {
            queue: Arc::clone(queue),
            lane: Some(lane),
        }
    }

    /// Calls those whose turn has come. One that is gone gives its place back.
    fn call_next(queue: &Arc<Mutex<FairQueue<Waiting>>>) {
        loop {
            let next = lock(queue).next();
            let Some((lane, waiting)) = next else { return };
            if let Err(mut place) = waiting.send(Self::new(queue, lane))
                && let Some(lane) = place.lane.take()
            {
                lock(queue).done(&lane);
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(lane) = self.lane.take() {
            lock(&self.queue).done(&lane);
            Self::call_next(&self.queue);
        }
    }
}

/// A seat in the waiting room, given back however the waiting ends.
struct Seat<'a> {
    queue: &'a Mutex<FairQueue<Waiting>>,
    lane: Lane,
    ticket: u64,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        lock(self.queue).leave(&self.lane, self.ticket);
    }
}

/// Somebody waits for a search; dropped when nobody does.
struct WaitedFor(Arc<Effort>);

impl Drop for WaitedFor {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl From<Stop> for EngineError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Exhausted => Self::TooMuchWork,
            // Whoever would have been told is gone.
            Stop::Abandoned => Self::TimedOut,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use std::net::IpAddr;
    use std::sync::mpsc;

    use super::*;

    fn pool(places: usize, waiting: usize) -> Arc<SearchPool> {
        Arc::new(SearchPool::new(&EmbeddedSettings {
            searches_concurrent_max: places,
            search_queue_max: waiting,
            ..EmbeddedSettings::default()
        }))
    }

    fn client(number: u8) -> Lane {
        Lane::Client(IpAddr::from([192, 0, 2, number]))
    }

    async fn eventually(pool: &SearchPool, load: (usize, usize)) {
        while pool.load() != load {
            tokio::task::yield_now().await;
        }
    }

    /// Runs until it is told that nobody waits.
    fn endless(effort: &Arc<Effort>) -> Result<(), EngineError> {
        loop {
            effort.spend(1)?;
            std::thread::yield_now();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_stops_waiting_ends_the_search_and_its_place_is_free() {
        let pool = pool(2, 4);
        let search = |number| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move { pool.run(client(number), 0, endless).await })
        };
        let running = [search(1), search(2)];
        eventually(&pool, (2, 0)).await;
        let waiting = [search(1), search(3)];
        eventually(&pool, (2, 2)).await;
        waiting[1].abort();
        eventually(&pool, (2, 1)).await;
        // Gone before a place is free, or it would be called and then abandoned too.
        waiting[0].abort();
        eventually(&pool, (2, 0)).await;
        for search in &running {
            search.abort();
        }
        eventually(&pool, (0, 0)).await;
        assert_eq!(pool.abandoned(), 2);
        assert!(pool.run(client(4), 0, |_| Ok(())).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_place_is_taken_until_its_thread_is_done() {
        let pool = pool(1, 4);
        let (finish, finished) = mpsc::channel::<()>();
        let search = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move {
                let deaf = move |_: &Arc<Effort>| {
                    finished.recv().unwrap();
                    Ok(())
                };
                pool.run(client(1), 0, deaf).await
            }
        });
        eventually(&pool, (1, 0)).await;
        search.abort();
        assert!(search.await.unwrap_err().is_cancelled());
        assert_eq!(pool.load(), (1, 0));
        finish.send(()).unwrap();
        eventually(&pool, (0, 0)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_search_that_panics_gives_its_place_back() {
        let pool = pool(1, 0);
        let panics = |_: &Arc<Effort>| -> Result<(), EngineError> { panic!("on purpose") };
        let ended = pool.run(client(1), 0, panics).await;
        assert!(matches!(ended, Err(EngineError::Internal { .. })));
        eventually(&pool, (0, 0)).await;
        assert!(pool.run(client(1), 0, |_| Ok(())).await.is_ok());
    }

    /// The attack: a hundred large answers of one client written at once, while its searches took turns.
    #[tokio::test]
    async fn a_place_is_held_until_the_answer_is_written() {
        let pool = pool(1, 9);
        let found = pool.run_with_place(client(1), 0, |_| Ok(())).await;
        let ((), place) = found.unwrap();
        let next = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(client(1), 0, |_| Ok(())).await }
        });
        eventually(&pool, (1, 1)).await;
        drop(place);
        assert!(next.await.unwrap().is_ok());
        assert_eq!(pool.load(), (0, 0));
    }

    #[tokio::test]
    async fn work_of_one_request_adds_up() {
        let pool = pool(1, 0);
        let most = EmbeddedSettings::default().search_work_max;
        let spend = |effort: &Arc<Effort>| Ok(effort.spend(10)?);
        assert!(pool.run(client(1), most - 10, spend).await.is_ok());
        let ended = pool.run(client(1), most - 9, spend).await;
        assert!(matches!(ended, Err(EngineError::TooMuchWork)));
    }
}
