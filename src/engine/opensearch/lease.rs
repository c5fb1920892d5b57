//! Who writes a site. One process at a time, for one batch: it takes the site with the number of a new fence, writes, and gives
//! it back. Invariant: what is written is acknowledged only after the site was given back behind the fence it was taken
//! with. So whoever took it meanwhile came after everything that was acknowledged, and read it; what a process writes that lost
//! the site has a lower number than all that is written after it, and nobody was told that it is there.
//!
//! Clocks of machines play no part: somebody who waits takes over what has not changed for [`Lease::patience`] before
//! its own eyes. To do that too early costs the other one an error, never a write.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::client::CallError;
use super::cluster::{Cluster, Place};
use super::control::Control;
use crate::domain::TrackerId;
use crate::engine::EngineError;

/// Between two looks at a site that somebody else writes.
const LOOK_AGAIN: Duration = Duration::from_millis(15);

/// Tries to change what may have changed already.
const TRIES_MAX: usize = 5;

/// Seconds after which a client may come again whose catalog was moved: by then it may ask another server.
const FROZEN_COME_AGAIN_S: u32 = 60;

/// Seconds after which a client may come again that got no turn.
const COME_AGAIN_S: u32 = 5;

/// Why a site cannot be written whose catalog somebody has taken away.
pub(super) const MOVED: &str = "the catalog was moved and is kept somewhere else";

/// Since when the lease of a site stands where it was seen last, by whatever part of this process: who waits for something else of a
/// process that is gone has waited for its lease, too.
#[derive(Default)]
pub(super) struct Seen(Mutex<Option<(Place, Instant)>>);

impl Seen {
    /// How long it has stood there.
    pub(super) fn note(&self, place: Place) -> Duration {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Some((known, since)) if *known == place => since.elapsed(),
            _ => {
                *seen = Some((place, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

/// How one process takes a site.
pub(super) struct Lease {
    cluster: Arc<Cluster>,
    site: TrackerId,
    me: String,
    /// How long a holder may stand still before somebody else takes over.
    patience: Duration,
    seen: Arc<Seen>,
    /// What was last given back: mostly still so.
    last: Option<(Control, Place)>,
    /// What the site says of itself while this process has it, as it was written last.
    held: Option<Held>,
}

/// A site that is taken.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) control: Control,
    pub(super) place: Place,
}

impl Lease {
    pub(super) fn new(cluster: Arc<Cluster>, site: TrackerId, patience: Duration) -> Self {
        Self {
            cluster,
            site,
            me: Uuid::new_v4().to_string(),
            patience,
            seen: Arc::default(),
            last: None,
            held: None,
        }
    }

    /// The same for a process that looks at the lease beside.
    pub(super) fn seen_by(self, seen: &Arc<Seen>) -> Self {
        Self {
            seen: Arc::clone(seen),
            ..self
        }
    }

    /// Takes the site, waiting for whoever has it.
    pub(super) async fn take(&mut self) -> Result<Held, EngineError> {
        let held = self.take_even_frozen().await?;
        let Control {
            is_frozen,
            is_removed,
            ..
        } = held.control;
        if !is_frozen && !is_removed {
            return Ok(held);
        }
        self.give_back(held).await?;
        if is_removed {
            return Err(EngineError::UnknownSite(self.site.clone()));
        }
        Err(EngineError::Unavailable {
            reason: MOVED.to_owned(),
            retry_after_s: FROZEN_COME_AGAIN_S,
        })
    }

    /// The same, whether it may be written or not.
    pub(super) async fn take_even_frozen(&mut self) -> Result<Held, EngineError> {
        let began = Instant::now();
        while began.elapsed() < 2 * self.patience {
            let known = self.last.take();
            // Where it stood long ago says nothing of where it stands.
            let is_heard = known.is_none();
            let (control, place) = match known {
                Some((control, place)) => (control, Some(place)),
                None => match self.cluster.control(&self.site).await? {
                    Some((control, place)) => (control, Some(place)),
                    None => (Control::default(), None),
                },
            };
            let is_mine = control
                .holder
                .as_ref()
                .is_none_or(|holder| *holder == self.me);
            let heard = place.filter(|_| is_heard);
            let stood = heard.map(|place| self.seen.note(place));
            let stands_still = stood.is_some_and(|stood| stood >= self.patience);
            if !is_mine && !stands_still {
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            let was_left = control.holder.is_some();
            let mut taken = Control {
                fence: control.fence + 1,
                holder: Some(self.me.clone()),
                ..control
            };
            if was_left {
                taken.documents.skip_places();
            }
            match self.cluster.change_control(&self.site, &taken, place).await {
                Ok(place) => {
                    let held = Held {
                        control: taken,
                        place,
                    };
                    self.held = Some(held.clone());
                    return Ok(held);
                }
                // If it was done, the next look finds it mine.
                Err(error) if error.is_conflict() || error.is_in_doubt() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Unavailable {
            reason: "another process writes this site all the time".to_owned(),
            retry_after_s: COME_AGAIN_S,
        })
    }

    /// Changes what the site says of itself, and keeps it.
    pub(super) async fn change(&mut self, held: Held) -> Result<Held, EngineError> {
        let wanted = held.control.clone();
        let held = self.put(held, wanted).await?;
        self.held = Some(held.clone());
        Ok(held)
    }

    /// Gives the site back as it was written last, after a batch that came to nothing.
    pub(super) async fn give_up(&mut self, skips_places: bool) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        if skips_places {
            held.control.documents.skip_places();
        }
        // So that nobody has to wait for this process to be given up. It changes nothing of what is in doubt.
        let _ = self.give_back(held).await;
    }

    /// Gives the site back. What was written behind its fence is there for good when this succeeds.
    pub(super) async fn give_back(&mut self, held: Held) -> Result<(), EngineError> {
        let free = Control {
            holder: None,
            ..held.control.clone()
        };
        let held = self.put(held, free).await?;
        self.last = Some((held.control, held.place));
        Ok(())
    }

    async fn put(&self, held: Held, wanted: Control) -> Result<Held, EngineError> {
        let mut place = held.place;
        for _ in 0..TRIES_MAX {
            let changed = self
                .cluster
                .change_control(&self.site, &wanted, Some(place));
            let error = match changed.await {
                Ok(place) => {
                    return Ok(Held {
                        control: wanted,
                        place,
                    });
                }
                Err(error) => error,
            };
            if !error.is_conflict() && !error.is_in_doubt() {
                return Err(self.lost(&error));
            }
            // Perhaps it was done, and only nobody said so.
            match self.cluster.control(&self.site).await {
                Ok(Some((there, at))) if there == wanted => {
                    return Ok(Held {
                        control: wanted,
                        place: at,
                    });
                }
                Ok(Some((_, at))) if at == held.place => place = at,
                Ok(_) => return Err(self.lost(&error)),
                Err(error) => return Err(self.lost(&error)),
            }
        }
        Err(EngineError::InDoubt {
            retry_after_s: COME_AGAIN_S,
        })
    }

    fn lost(&self, error: &CallError) -> EngineError {
        tracing::warn!(site.tracker_id = %self.site, %error, "the site was lost while it was written");
        EngineError::InDoubt {
            retry_after_s: COME_AGAIN_S,
        }
    }
}
