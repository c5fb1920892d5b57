//! What waits for the follower of a site. Invariant: one entry has a bounded size, whatever waits.

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::state::Request;
use crate::domain::{ClientId, Event, Recorded};
use crate::engine::{EngineError, Telling};

/// Requests of one entry, and their size.
const ENTRY_REQUESTS: usize = 1_000;
const ENTRY_ROOM: usize = 4 << 10;

/// What waits for the follower.
pub(super) struct Waiting {
    pub(super) works: Vec<Work>,
    pub(super) catchers: Vec<oneshot::Sender<()>>,
}

/// What is to be written, and who waits for it.
pub(super) enum Work {
    Record {
        events: Vec<Event>,
        telling: Telling,
        answer: oneshot::Sender<Result<Vec<Recorded>, EngineError>>,
        /// Given back when it is answered.
        _room: OwnedSemaphorePermit,
    },
    Forget {
        client: ClientId,
        answer: oneshot::Sender<Result<(), EngineError>>,
    },
}

impl Waiting {
    /// The first request, and what waits behind it, as far as it goes into one entry.
    pub(super) fn gather(
        first: Option<Request>,
        requests: &mut mpsc::Receiver<Request>,
        events_max: usize,
    ) -> Self {
        let mut waiting = Self {
            works: Vec::new(),
            catchers: Vec::new(),
        };
        let (mut count, mut size) = (0, 0);
        let mut next = first;
        while let Some(request) = next {
            match request {
                Request::Record {
                    events,
                    telling,
                    answer,
                    room,
                } => {
                    count += events.len();
                    size += room.num_permits();
                    waiting.works.push(Work::Record {
                        events,
                        telling,
                        answer,
                        _room: room,
                    });
                }
                Request::Forget { client, answer } => {
                    waiting.works.push(Work::Forget { client, answer });
                }
                Request::CatchUp(told) => waiting.catchers.push(told),
            }
            let has_room = count < events_max
                && size < ENTRY_ROOM
                && waiting.works.len() + waiting.catchers.len() < ENTRY_REQUESTS;
            next = if has_room {
                requests.try_recv().ok()
            } else {
                None
            };
        }
        waiting
    }
}
