//! Work that waits for the thread of a site's events, and the thread: it takes what waits as one transaction, and
//! goes when nothing does. Invariant: an answer that says recorded is sent after the commit that made it so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::desk::{Batch, Desk};
use super::live::Live;
use super::{has_file, lock};
use crate::domain::{ClientId, Event, EventKind, Recorded, day_of};
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::health::unavailable;
use crate::engine::embedded::inbox::{Entry, Put, Refused, Room, Taken, start_attendant};
use crate::engine::embedded::store::{Severity, StoreError};
use crate::engine::{EngineError, Telling};

/// Events of one transaction, as far as they wait; a request is never divided.
const BATCH_EVENTS: usize = 1_000;

/// The thread goes after so long without work.
const LEAVE_AFTER: Duration = Duration::from_secs(5);

const QUEUE_RETRY_S: u32 = 1;

pub(super) type Promise<T> = oneshot::Receiver<Result<T, EngineError>>;
type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

pub(super) enum Work {
    Record {
        events: Vec<Event>,
        telling: Telling,
        answer: Answer<Vec<Recorded>>,
    },
    Forget {
        client: ClientId,
        answer: Answer<()>,
    },
    /// Brings what is in memory to today.
    Refresh { answer: Answer<()> },
    /// Looks for what has to go.
    Maintain,
}

/// About the memory it takes, in bytes.
impl Entry for Work {
    fn size(&self) -> usize {
        match self {
            Self::Record { events, .. } => events.iter().map(event_bytes).sum(),
            _ => 0,
        }
    }
}

fn event_bytes(event: &Event) -> usize {
    /// Beside its text.
    const IDENTITY: usize = 32;
    let inner: usize = match &event.kind {
        EventKind::View(_) | EventKind::Act { .. } => 0,
        EventKind::Lists(views) => {
            let shown = views
                .iter()
                .flat_map(|view| view.items.iter().chain(&view.suggestions));
            let items: usize = shown.map(|item| item.as_str().len() + IDENTITY).sum();
            items + views.len() * 512
        }
        EventKind::Transaction(lines) => {
            let items = lines.iter().map(|line| line.item.as_str().len() + IDENTITY);
            items.sum()
        }
    };
    size_of::<Event>() + 512 + inner
}

impl Work {
    fn events(&self) -> usize {
        match self {
            Self::Record { events, .. } => events.len(),
            _ => 0,
        }
    }

    fn refuse(self, error: EngineError) {
        // Whoever asked may have gone.
        match self {
            Self::Record { answer, .. } => drop(answer.send(Err(error))),
            Self::Forget { answer, .. } | Self::Refresh { answer } => {
                drop(answer.send(Err(error)));
            }
            Self::Maintain => {}
        }
    }

    fn finish(self, recorded: Vec<Recorded>) {
        match self {
            Self::Record { answer, .. } => drop(answer.send(Ok(recorded))),
            Self::Forget { answer, .. } | Self::Refresh { answer } => drop(answer.send(Ok(()))),
            Self::Maintain => {}
        }
    }
}

/// Queues work, or says why not; then nothing of it was done.
pub(super) fn submit(catalog: &Arc<Catalog>, work: Work) -> Result<(), EngineError> {
    let events = &catalog.events;
    if let Some(reason) = events.is_over() {
        return Err(unavailable(reason));
    }
    match events.queue.put(work) {
        Ok(Put::Attended) => Ok(()),
        Ok(Put::Unattended) => {
            start(catalog);
            Ok(())
        }
        Err(Refused::Full(work)) => {
            events.counts.note_overload(work.events());
            Err(EngineError::Overloaded {
                retry_after_s: QUEUE_RETRY_S,
            })
        }
        Err(Refused::Closed(_)) => Err(unavailable("shutting down")),
    }
}

/// Once a minute: lets go what has to go.
pub(in crate::engine::embedded) fn look(catalog: &Arc<Catalog>) {
    // A file that nobody has written to since the start waits for who does.
    if lock(&catalog.events.desk).is_some() {
        // A full queue is looked after when it is not.
        let _ = submit(catalog, Work::Maintain);
    }
}

fn start(catalog: &Arc<Catalog>) {
    let name = format!("events {}", catalog.tracker_id);
    start_attendant(
        &name,
        Arc::clone(catalog),
        |catalog| &catalog.events.queue,
        attend,
        // A panic. Dropping a request answers it with an error; nothing of it was committed.
        |catalog, works| {
            *lock(&catalog.events.desk) = None;
            drop(works);
        },
    );
}

fn attend(catalog: &Arc<Catalog>) {
    let queue = &catalog.events.queue;
    loop {
        match queue.take(Some(Instant::now() + LEAVE_AFTER)) {
            Taken::Entry(work, room) => serve(catalog, work, room),
            Taken::Nothing | Taken::Closed => {
                if queue.try_leave() {
                    return;
                }
            }
        }
    }
}

fn serve<'c>(catalog: &'c Arc<Catalog>, first: Work, room: Room<'c, Work>) {
    let mut count = first.events();
    let mut works = vec![first];
    let mut rooms = vec![room];
    while works.len() < BATCH_EVENTS {
        let fits = |next: &Work| count + next.events() <= BATCH_EVENTS;
        let Some((next, room)) = catalog.events.queue.take_if(fits) else {
            break;
        };
        count += next.events();
        works.push(next);
        rooms.push(room);
    }
    let done = batch(catalog, &works);
    match done {
        Ok(batch) => {
            catalog.events.works();
            let counts = &catalog.events.counts;
            counts.note_faults(&batch.faults);
            batch
                .recorded
                .iter()
                .flatten()
                .for_each(|one| counts.note(*one));
            for (work, recorded) in works.into_iter().zip(batch.recorded) {
                work.finish(recorded);
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

fn batch(catalog: &Catalog, works: &[Work]) -> Result<Batch, StoreError> {
    let events = &catalog.events;
    let mut desk = lock(&events.desk);
    let now = catalog.clock.now();
    let is_needed = works.iter().any(|work| work.events() > 0);
    if desk.is_none() && !is_needed && !has_file(&catalog.folder) {
        events.with_live(|live| *live = Some(Live::empty(day_of(now))));
        return Ok(Batch {
            recorded: works.iter().map(|_| Vec::new()).collect(),
            faults: crate::domain::Faults::default(),
        });
    }
    // What failed half way is made again from the file.
    let mut at_work = match desk.take() {
        Some(at_work) => at_work,
        None => Desk::open(catalog)?,
    };
    let done = at_work.batch(catalog, works)?;
    if !at_work.is_idle(now) {
        *desk = Some(at_work);
    }
    Ok(done)
}

impl super::EventLog {
    /// Why nothing is counted until somebody has looked, if so.
    fn is_over(&self) -> Option<String> {
        let trouble = lock(&self.trouble);
        trouble
            .as_ref()
            .filter(|trouble| trouble.is_final)
            .map(|trouble| trouble.reason.clone())
    }

    fn works(&self) {
        *lock(&self.trouble) = None;
    }

    /// Takes note of an error, and tells it once.
    fn failed(&self, site: &str, error: &StoreError) -> String {
        let is_final = error.severity() == Severity::Final;
        let reason = error.to_string();
        let mut trouble = lock(&self.trouble);
        if trouble.as_ref().is_none_or(|told| told.reason != reason) {
            tracing::error!(site.tracker_id = site, %error, is_final, "events cannot be counted");
        }
        *trouble = Some(super::Trouble {
            reason: reason.clone(),
            is_final,
        });
        reason
    }
}
