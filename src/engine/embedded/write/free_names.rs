//! Names of attributes that no object has any more are free again, and their types forgotten
//! (docs/reference/04-data-layout.md §2). A look goes through all contents behind the writer's back; what it
//! has not met then, the writer gives up, after a look at what was written meanwhile. Invariant: no object
//! has what is given up, in the transaction that does it.

use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use crate::engine::EngineError;
use crate::engine::embedded::catalog::{Catalog, Request, submit};
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store::unused_names::UnusedNames;
use crate::engine::embedded::store::{StoreError, attributes};

/// Contents read at a time; between two pages it is seen that the site is closed.
const PAGE: usize = 500;
/// Contents that may be left for the writer, which does nothing else meanwhile; twice as many at each further try,
/// so that a busy site comes to an end, too.
const REST_MAX: usize = 2_000;
const TRIES_MAX: u32 = 6;
/// Between two looks whether the schema has come up to what the store has.
const BEHIND_PAUSE: Duration = Duration::from_millis(1);

/// One at a time in this process: nothing waits for a look.
static TURN: Mutex<()> = Mutex::new(());

/// How much of a core a look may take, and how soon the next one may follow.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Rests after a page, as many times as long as the page took.
    page_rests: u32,
    /// Time until the next look, as many times as long as the last one took.
    rests: u32,
    /// And never less.
    rest_min: Duration,
}

impl Pace {
    /// Half a percent of a core, however often objects go.
    const USUAL: Self = Self {
        page_rests: 3,
        rests: 200,
        rest_min: Duration::from_secs(5),
    };
    /// Who has no names left waits for this.
    const SHORT: Self = Self {
        page_rests: 1,
        rests: 20,
        rest_min: Duration::from_secs(1),
    };
    /// Nobody else is there.
    const AT_REST: Self = Self {
        page_rests: 0,
        rests: 0,
        rest_min: Duration::ZERO,
    };

    fn of(catalog: &Catalog) -> Self {
        if catalog.schema.load().is_short_of_names() {
            Self::SHORT
        } else {
            Self::USUAL
        }
    }
}

/// Starts a look when something may be found and the last one is long enough ago.
pub(in crate::engine::embedded) fn look_if_due(catalog: &Arc<Catalog>) {
    if !catalog.requests.is_open() || catalog.health.read_only().is_some() {
        return;
    }
    if matches!(TURN.try_lock(), Err(TryLockError::WouldBlock)) {
        // Another time: what waits for a turn keeps its site from being closed.
        return;
    }
    let pace = Pace::of(catalog);
    if !catalog.names.begin(pace.rests, pace.rest_min) {
        return;
    }
    let owned = Arc::clone(catalog);
    let naming = &catalog.budget.shared.naming;
    naming.run(move || look_logged(&owned, pace));
}

fn look_logged(catalog: &Arc<Catalog>, pace: Pace) {
    let mut running = catalog.names.running();
    let Ok(_turn) = TURN.try_lock() else {
        return;
    };
    match look(catalog, pace, &mut running.took) {
        Ok(done) => running.is_done = done.is_some(),
        Err(error) => tracing::warn!(
            site.tracker_id = catalog.tracker_id.as_str(),
            %error,
            "cannot look for attribute names that no object has"
        ),
    }
}

/// The same at once, where nothing else is done with the site; how many names are free again.
pub(in crate::engine::embedded) fn look_at_rest(
    catalog: &Arc<Catalog>,
) -> Result<u64, EngineError> {
    let mut took = Duration::ZERO;
    let looked = look(catalog, Pace::AT_REST, &mut took)?;
    Ok(looked.unwrap_or_default())
}

/// How many names are free again; `None` when the site was closed, or was too busy to come to an end.
fn look(
    catalog: &Arc<Catalog>,
    pace: Pace,
    took: &mut Duration,
) -> Result<Option<u64>, EngineError> {
    let mut left = UnusedNames::new(&catalog.schema.load());
    for tries in 0..TRIES_MAX {
        let read = read_all(catalog, &mut left, pace, took);
        if !read.map_err(|error| internal("the store cannot be read", error))? {
            return Ok(None);
        }
        if left.is_empty() {
            return Ok(Some(0));
        }
        let rest_max = REST_MAX << tries;
        let (request, promise) = Request::task(move |batch| batch.give_up(left, rest_max));
        submit(catalog, request)?;
        let Ok(done) = promise.blocking_recv() else {
            return Ok(None);
        };
        match done?.0 {
            Ok(freed) => {
                catalog.names.note_freed(freed);
                if freed > 0 {
                    tracing::info!(
                        site.tracker_id = catalog.tracker_id.as_str(),
                        freed,
                        "attribute names that no object has are free again"
                    );
                }
                return Ok(Some(freed));
            }
            Err(behind) => left = behind,
        }
    }
    Ok(None)
}

/// Goes through every content there is, page by page; `false` when the site is closed before the end.
fn read_all(
    catalog: &Catalog,
    left: &mut UnusedNames,
    pace: Pace,
    took: &mut Duration,
) -> Result<bool, StoreError> {
    while !left.is_empty() {
        let began = Instant::now();
        let read = catalog.readers.with(|reader| {
            // A short look each time: a long one would keep the store's journal from being emptied.
            let snapshot = reader.snapshot()?;
            let last = attributes::last_number(&snapshot)?;
            let schema = catalog.schema.load();
            if last.is_some_and(|last| last >= schema.next_number()) {
                // The batch that brought it is on the disk, and is told of in a moment.
                return Ok(None);
            }
            left.strike(&snapshot, &schema, PAGE).map(Some)
        });
        let rest = match read? {
            Some(read) if read < PAGE => return Ok(catalog.requests.is_open()),
            Some(_) => {
                let page_took = began.elapsed();
                *took += page_took;
                page_took * pace.page_rests
            }
            None => BEHIND_PAUSE,
        };
        if !catalog.requests.sleep_while_open(Instant::now() + rest) {
            return Ok(false);
        }
    }
    Ok(true)
}
