//! The task that follows the log of a site: it counts what others wrote, writes what is recorded here, and counts that, too.
//! Invariant: there is one of a site in a process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout_at;

use super::copies::with_copy;
use super::error::FollowError;
use super::following::Following;
use super::state::Request;
use super::waiting::Waiting;
use super::{lock, upkeep};
use crate::engine::opensearch::site::OpenSite;

/// Between two looks at the log.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The follower goes when nobody has asked for anything for so long, and nothing is left to do.
const LEAVE_AFTER: Duration = Duration::from_secs(3 * 60);

/// Between two looks for what is too old.
const MAINTAIN_EVERY: Duration = Duration::from_secs(60);

/// Between two looks at what is to be done for the log.
const TEND_EVERY: Duration = Duration::from_secs(2);

/// Events of one entry, as far as they wait; a request is never divided.
const ENTRY_EVENTS: usize = 1_000;

/// Turns of what is made of events, between two looks.
const TURNS_MAX: usize = 8;

/// Where requests come from until all has been said.
pub(super) async fn run(
    site: Arc<OpenSite>,
    mut requests: mpsc::Receiver<Request>,
    before: Option<JoinHandle<()>>,
) {
    if let Some(before) = before {
        // However it ended, nobody else works on the copy.
        drop(before.await);
    }
    let mut following = Following::new(site);
    let (mut maintained, mut tended) = (Instant::now(), Instant::now());
    let mut look_at = Instant::now();
    loop {
        let first = match timeout_at(look_at.into(), requests.recv()).await {
            Ok(Some(request)) => Some(request),
            Ok(None) => break,
            Err(_) => None,
        };
        let asked = Waiting::gather(first, &mut requests, ENTRY_EVENTS);
        following.serve(asked).await;
        look_at = Instant::now() + LOOK_EVERY;
        if maintained.elapsed() > MAINTAIN_EVERY {
            maintained = Instant::now();
            following.maintain().await;
        }
        following.take_turns(&requests).await;
        if tended.elapsed() > TEND_EVERY {
            tended = Instant::now();
            following.tend();
        }
        if following.may_leave() {
            requests.close();
            // What came meanwhile is still done.
            while let Some(request) = requests.recv().await {
                let asked = Waiting::gather(Some(request), &mut requests, ENTRY_EVENTS);
                following.serve(asked).await;
            }
            break;
        }
    }
    if let Some(events) = &following.site.events {
        *lock(&events.caught_up) = None;
        events.copy.close();
    }
}

impl Following {
    async fn serve(&mut self, asked: Waiting) {
        let Waiting { works, catchers } = asked;
        let done = if works.is_empty() {
            self.catch_up(None).await.map(drop)
        } else {
            self.append(works).await
        };
        let done = match done {
            Ok(()) => self.refresh().await,
            Err(error) => Err(error),
        };
        self.note(done);
        for catcher in catchers {
            // Whoever asked may have gone.
            let _ = catcher.send(());
        }
    }

    /// Tells a failure once.
    fn note(&mut self, done: Result<(), FollowError>) {
        let reason = done.err().map(|error| error.to_string());
        let events = self.events();
        if reason.is_none() {
            *lock(&events.caught_up) = Some(Instant::now());
        }
        let mut trouble = lock(&events.trouble);
        if let Some(reason) = &reason
            && trouble.as_ref() != Some(reason)
        {
            tracing::warn!(site.tracker_id = %self.site.id, reason, "events are not followed");
        }
        *trouble = reason;
    }

    /// Brings the tables in memory to today.
    async fn refresh(&self) -> Result<(), FollowError> {
        let now = self.site.now();
        if self.events().copy.is_of_today(now) {
            return Ok(());
        }
        with_copy(&self.site, move |events| events.copy.refresh(now)).await
    }

    async fn maintain(&mut self) {
        let now = self.site.now();
        if let Err(error) = with_copy(&self.site, move |events| events.copy.maintain(now)).await {
            tracing::debug!(site.tracker_id = %self.site.id, %error, "old counters of events stay");
        }
    }

    /// What is done between entries, as long as nobody waits.
    async fn take_turns(&self, requests: &mpsc::Receiver<Request>) {
        for _ in 0..TURNS_MAX {
            if !self.events().copy.has_turns() || !requests.is_empty() {
                return;
            }
            let now = self.site.now();
            let turn = with_copy(&self.site, move |events| events.copy.turn(now));
            if turn.await.is_err() {
                return;
            }
        }
    }

    fn tend(&self) {
        if let (Some(head), Some(mark)) = (&self.head, &self.mark)
            && upkeep::is_needed(head, mark, self.site.now())
        {
            upkeep::begin(&self.site, mark);
        }
    }

    fn may_leave(&self) -> bool {
        let asked = self.events().since_asked();
        let is_asked = asked.is_some_and(|asked| asked < LEAVE_AFTER);
        let has_work = match (&self.head, &self.mark) {
            (Some(head), Some(mark)) => upkeep::is_needed(head, mark, self.site.now()),
            _ => false,
        };
        !is_asked && !has_work && !self.events().copy.has_turns()
    }
}
