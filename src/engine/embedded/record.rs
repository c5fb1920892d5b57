//! Has events counted: the worker of a site's events takes what waits as one transaction, and goes when nothing
//! does. Invariant: an answer that says recorded is sent after the commit that made it so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::catalog::Catalog;
use super::error::unavailable;
use super::store::{Readers, StoreError, heads};
use crate::domain::{Identity, ObjectType, day_of};
use crate::engine::EngineError;
use crate::engine::events::{KnownObjects, Surroundings, Work};
use crate::engine::queue::{Left, Put, Refused, Room, Taken, start_worker};

/// Events of one transaction, as far as they wait; a request is never divided.
const BATCH_EVENTS: usize = 1_000;

/// The worker goes after so long without work.
const LEAVE_AFTER: Duration = Duration::from_secs(5);

/// Events that come without a pause leave a turn to what is made of them and what has to go so often.
const TURN_AFTER: Duration = Duration::from_secs(1);

const QUEUE_RETRY_S: u32 = 1;

/// Queues work, or says why not; then nothing of it was done.
pub(super) fn submit(catalog: &Arc<Catalog>, work: Work) -> Result<(), EngineError> {
    let events = &catalog.events;
    if let Some(reason) = events.is_over() {
        return Err(unavailable(reason));
    }
    if work.events() > 0
        && let Some(full) = events.full()
    {
        events.note_overload(&work);
        return Err(unavailable(full.to_string()));
    }
    match events.queue.put(work) {
        Ok(Put::HasWorker) => Ok(()),
        Ok(Put::NeedsWorker) => {
            start(catalog);
            Ok(())
        }
        Err(Refused::Full(work)) => {
            events.note_overload(&work);
            Err(EngineError::Overloaded {
                retry_after_s: QUEUE_RETRY_S,
            })
        }
        Err(Refused::Closed(_)) => Err(unavailable("shutting down")),
    }
}

/// Looks through what was counted before, once after a start, beside everything else.
pub(super) fn examine_beside(catalog: &Arc<Catalog>) {
    if !catalog.events.begin_examination(&catalog.folder) {
        return;
    }
    let owned = Arc::clone(catalog);
    catalog.budget.shared.looking.run(move || {
        let site = owned.tracker_id.as_str();
        owned.events.examine(site, &owned.folder);
    });
}

/// Has the tables in memory read, where something was ever counted: whoever searches does not wait for them.
pub(super) fn wake(catalog: &Arc<Catalog>) {
    let today = day_of(catalog.clock.now());
    if catalog.events.is_behind(&catalog.folder, today) {
        // What finds no room now does when a minute has passed.
        refresh(catalog);
    }
}

/// Has the tables brought to today, unless that is under way.
pub(super) fn refresh(catalog: &Arc<Catalog>) {
    if let Some(asked) = catalog.events.ask_refresh() {
        // What cannot be put in is dropped, and has ended with that.
        let _ = submit(catalog, Work::Refresh(asked));
    }
}

/// Once a minute: lets go what has to go.
pub(super) fn look(catalog: &Arc<Catalog>) {
    if catalog.presence.is_awake() {
        wake(catalog);
    }
    // A file that nobody has written to since the start waits for who does.
    // A full one is looked after all the same, until it is not.
    if catalog.events.is_at_work() || catalog.events.full().is_some() {
        // A full queue is looked after when it is not.
        let _ = submit(catalog, Work::Maintain);
    }
}

fn start(catalog: &Arc<Catalog>) {
    start_worker(
        &catalog.budget.shared.counting,
        Arc::clone(catalog),
        |catalog| &catalog.events.queue,
        work,
        // A panic. Dropping a request answers it with an error; nothing of it was committed.
        |catalog, works| {
            catalog.events.give_up();
            drop(works);
        },
    );
}

fn work(catalog: &Arc<Catalog>) -> Left {
    let (queue, places) = (&catalog.events.queue, &catalog.budget.shared.counting);
    let began = Instant::now();
    let is_wanted = || places.is_wanted() || catalog.presence.is_sent_to_sleep();
    let mut turned = Instant::now();
    loop {
        let patience = if has_turns(catalog) || is_wanted() {
            Duration::ZERO
        } else {
            LEAVE_AFTER
        };
        let began_waiting = Instant::now();
        match queue.take(Some(began_waiting + patience)) {
            Taken::Entry(work, room) => {
                serve(catalog, work, room);
                if has_turns(catalog) && turned.elapsed() > TURN_AFTER {
                    turned = turn(catalog);
                }
            }
            Taken::Nothing if has_turns(catalog) => turned = turn(catalog),
            Taken::Nothing if !is_wanted() && began_waiting.elapsed() < patience => {}
            Taken::Nothing | Taken::Closed => {
                if queue.try_leave() {
                    return Left::Done;
                }
            }
        }
        if places.is_wanted() && began.elapsed() > TURN_AFTER {
            return Left::Again;
        }
    }
}

fn has_turns(catalog: &Catalog) -> bool {
    catalog.events.has_to_learn() || catalog.events.has_to_clear()
}

/// One turn of finding out what goes with what, and one of deleting what is too old; when it ended.
fn turn(catalog: &Catalog) -> Instant {
    let site = catalog.tracker_id.as_str();
    if catalog.events.has_to_learn() {
        catalog.events.learn(site, &surroundings(catalog));
    }
    if catalog.events.has_to_clear() {
        catalog.events.clear(site, &surroundings(catalog));
    }
    Instant::now()
}

/// Does all of a round of housekeeping as if it had passed so long since the last.
#[cfg(test)]
pub(super) fn clear_after(catalog: &Arc<Catalog>, passed: Duration) {
    catalog.events.let_pass(passed);
    catalog.events.begin_clearing();
    while catalog.events.has_to_clear() {
        clear_some(catalog);
    }
}

/// One turn of it.
#[cfg(test)]
pub(super) fn clear_some(catalog: &Catalog) {
    let site = catalog.tracker_id.as_str();
    catalog.events.clear(site, &surroundings(catalog));
}

fn surroundings(catalog: &Catalog) -> Surroundings<'_> {
    Surroundings {
        folder: &catalog.folder,
        catalog: &catalog.readers,
        disk_reserve_bytes: catalog.budget.disk_reserve_bytes,
        now: catalog.clock.now(),
    }
}

fn serve<'c>(catalog: &'c Arc<Catalog>, first: Work, room: Room<'c, Work>) {
    let mut count = first.events();
    // What the shop asks for has room where events have none.
    let has_events = count > 0;
    let mut works = vec![first];
    let mut rooms = vec![room];
    while works.len() < BATCH_EVENTS {
        let fits = |next: &Work| {
            (next.events() > 0) == has_events && count + next.events() <= BATCH_EVENTS
        };
        let Some((next, room)) = catalog.events.queue.take_if(fits) else {
            break;
        };
        count += next.events();
        works.push(next);
        rooms.push(room);
    }
    match catalog.events.batch(&surroundings(catalog), &works) {
        Ok(batch) => {
            for (work, recorded) in works.into_iter().zip(batch) {
                work.finish(recorded);
            }
            if has_events {
                // The first of a day.
                wake(catalog);
            }
        }
        Err(error) => {
            let reason = catalog.events.failed(catalog.tracker_id.as_str(), &error);
            for work in works {
                work.refuse(unavailable(reason.clone()));
            }
        }
    }
    // Behind the answers: a queue that looks empty is answered.
    drop(rooms);
}

impl KnownObjects for Readers {
    fn type_of(&self, identity: &Identity) -> Result<Option<ObjectType>, StoreError> {
        let head = self.with(|reader| heads::find(reader, identity))?;
        Ok(head.map(|head| head.object_type))
    }
}
