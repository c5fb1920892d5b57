//! What may wait for the worker of a site's events. Invariant: it knows what room it takes, and who waits for it.

use tokio::sync::oneshot;

use super::mark::Mark;
use super::refreshing::Asked;
use crate::domain::{ClientId, Event, EventKind, Recorded};
use crate::engine::queue::Queued;
use crate::engine::{EngineError, Telling};

type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

pub(in crate::engine) enum Work {
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
    Refresh(Asked),
    /// Looks for what has to go.
    Maintain,
    /// Notes how far a log is followed that is kept elsewhere.
    Follow(Mark),
}

/// About the memory it takes, in bytes.
impl Queued for Work {
    fn size(&self) -> usize {
        match self {
            Self::Record { events, .. } => size_of_events(events),
            _ => 0,
        }
    }
}

/// About the memory that events take, in bytes.
pub(in crate::engine) fn size_of_events(events: &[Event]) -> usize {
    events.iter().map(event_bytes).sum()
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
    pub(in crate::engine) fn events(&self) -> usize {
        match self {
            Self::Record { events, .. } => events.len(),
            _ => 0,
        }
    }

    /// Whether it has the file made where there is none.
    pub(super) fn needs_file(&self) -> bool {
        self.events() > 0 || matches!(self, Self::Follow(_))
    }

    pub(in crate::engine) fn refuse(self, error: EngineError) {
        // Whoever asked may have gone.
        match self {
            Self::Record { answer, .. } => drop(answer.send(Err(error))),
            Self::Forget { answer, .. } => drop(answer.send(Err(error))),
            Self::Refresh(asked) => drop(asked),
            Self::Maintain | Self::Follow(_) => {}
        }
    }

    pub(in crate::engine) fn finish(self, recorded: Vec<Recorded>) {
        match self {
            Self::Record { answer, .. } => drop(answer.send(Ok(recorded))),
            Self::Forget { answer, .. } => drop(answer.send(Ok(()))),
            Self::Refresh(asked) => drop(asked),
            Self::Maintain | Self::Follow(_) => {}
        }
    }
}
