//! What goes when its time is over, piece by piece. Invariants: what still counts for an answer stays; a step looks at
//! a bounded number of rows, or at one of many parts of a table, and can be done again.

use rusqlite::{Connection, params};

use super::clients::Clients;
use super::settings::EventSettings;
use super::slices::ROWS_AT_ONCE;
use super::{baskets, names};
use crate::domain::{Timestamp, day_of};
use crate::engine::sqlite::StoreError;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How long the ids of counted events are kept. Events further in the past are dropped whatever their id is.
const COUNTED_KEPT_DAYS: i64 = 8;

/// The ids of counted events are looked through in so many slices, one at a time.
const SLICES: u32 = 256;

/// A name lies in as many places as these rows, for they lie side by side.
const ROWS_OF_A_NAME: usize = 8;

/// Tables of counters, and what their rows are told apart by: the day first.
const COUNTERS: [(&str, &str); 5] = [
    ("item_days", "day, item, list"),
    ("query_days", "day, query"),
    ("query_item_days", "day, query, item"),
    ("place_days", "day, place"),
    ("group_days", "day, kind, name"),
];

/// How far a round is. The first three are for every round, the rest once a day.
#[derive(Debug, Default)]
enum Stage {
    #[default]
    Clients,
    Counted,
    Baskets,
    Counters(usize),
    Queries(i64),
    Items(names::Items),
}

/// Where housekeeping goes on.
#[derive(Debug, Default)]
pub(super) struct Round {
    stage: Stage,
    slice: u32,
    /// The object behind those whose old weeks were deleted last.
    basket: i64,
    /// The day of the last round that was for the day, too.
    cleared: i64,
}

/// What a step did.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) rows: usize,
    /// Something that has a number is no more.
    pub(super) is_name_gone: bool,
    pub(super) is_last: bool,
}

impl Round {
    /// Goes on after a day that was done with.
    pub(super) fn after(cleared: i64) -> Self {
        Self {
            cleared,
            ..Self::default()
        }
    }

    /// Does some of what is to be done as of a time.
    pub(super) fn step(
        &mut self,
        file: &Connection,
        clients: &mut Clients,
        settings: &EventSettings,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        let today = day_of(now);
        let mut step = Step::default();
        match &mut self.stage {
            Stage::Clients => {
                let kept_ms = i64::from(settings.clients_kept_days) * DAY_MS;
                let (gone, is_done) = clients.expire(file, now.as_millis() - kept_ms)?;
                step.rows = gone;
                if is_done {
                    self.stage = Stage::Counted;
                }
            }
            Stage::Counted => {
                step.rows = forget_counted(file, &mut self.slice, today)?;
                self.stage = Stage::Baskets;
            }
            Stage::Baskets => {
                let first = baskets::first_week(now, settings.counters_kept_days);
                let (gone, is_done) = baskets::clear(file, first, &mut self.basket)?;
                step.rows = gone;
                if is_done && self.cleared == today {
                    self.stage = Stage::default();
                    step.is_last = true;
                } else if is_done {
                    self.stage = Stage::Counters(0);
                }
            }
            Stage::Counters(at) => {
                let before = today - i64::from(settings.counters_kept_days) + 1;
                step.rows = clear_counters(file, COUNTERS[*at], before)?;
                if step.rows < ROWS_AT_ONCE {
                    *at += 1;
                }
                if *at == COUNTERS.len() {
                    self.stage = Stage::Queries(0);
                }
            }
            Stage::Queries(behind) => {
                let (gone, last) = names::clear_queries(file, *behind, today)?;
                step.rows = gone * ROWS_OF_A_NAME;
                step.is_name_gone = gone > 0;
                self.stage =
                    last.map_or_else(|| Stage::Items(names::Items::default()), Stage::Queries);
            }
            Stage::Items(items) => {
                let (gone, is_done) = items.step(file)?;
                step.rows = gone * ROWS_OF_A_NAME;
                step.is_name_gone = gone > 0;
                if is_done {
                    file.execute("UPDATE about SET cleared = ?1", [today])?;
                    self.cleared = today;
                    self.stage = Stage::default();
                    step.is_last = true;
                }
            }
        }
        Ok(step)
    }
}

fn clear_counters(
    file: &Connection,
    (table, key): (&str, &str),
    before: i64,
) -> Result<usize, StoreError> {
    let sql = format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE day < ?1 ORDER BY {key} LIMIT ?2)"
    );
    Ok(file
        .prepare_cached(&sql)?
        .execute(params![before, ROWS_AT_ONCE as i64])?)
}

/// Deletes old ids of one slice; the next call looks at the next one.
fn forget_counted(file: &Connection, slice: &mut u32, today: i64) -> Result<usize, StoreError> {
    let first = [*slice as u8];
    *slice = (*slice + 1) % SLICES;
    let before = today - COUNTED_KEPT_DAYS;
    let gone = if first[0] == u8::MAX {
        file.execute(
            "DELETE FROM counted WHERE event >= ?1 AND day < ?2",
            params![first, before],
        )?
    } else {
        file.execute(
            "DELETE FROM counted WHERE event >= ?1 AND event < ?2 AND day < ?3",
            params![first, [first[0] + 1], before],
        )?
    };
    Ok(gone)
}
