//! Turns in which it is found out what goes with what, between the events. Invariant: a turn takes a bounded time,
//! what it found is on the disk with the mark that it was looked for, and a crash leaves it to be looked for again.

use std::time::{Duration, Instant};

use super::companions::Search;
use super::desk::Desk;
use super::{EventLog, Surroundings, baskets, lock};
use crate::domain::{Timestamp, day_of, week_of};
use crate::engine::sqlite::StoreError;

/// Events that come meanwhile wait no longer than this, and one object.
const TURN: Duration = Duration::from_millis(50);

/// Objects of one turn.
const ITEMS_MAX: i64 = 500;

impl EventLog {
    /// Whether there are objects to be looked at.
    pub(in crate::engine) fn has_to_learn(&self) -> bool {
        self.model.waiting() > 0
    }

    /// The first week that counts.
    pub(in crate::engine) fn first_week(&self, now: Timestamp) -> i64 {
        baskets::first_week(now, self.settings.counters_kept_days)
    }

    /// One turn. What went wrong is told and left until something else is bought.
    pub(in crate::engine) fn learn(&self, site: &str, around: &Surroundings<'_>) {
        let mut desk = lock(&self.desk);
        let done = desk.as_mut().map(|desk| desk.learn(self, around));
        match done {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::warn!(site.tracker_id = site, %error, "what goes with what cannot be found out");
                self.model.set_waiting(0);
                *desk = None;
            }
            None => self.model.set_waiting(0),
        }
    }
}

impl Desk {
    fn learn(&mut self, log: &EventLog, around: &Surroundings<'_>) -> Result<(), StoreError> {
        let until = Instant::now() + TURN;
        let transaction = self.connection.unchecked_transaction()?;
        // A clock that is ahead for a moment makes nothing of what was bought look old.
        let now = log.believed(around.now);
        let this_week = week_of(day_of(now));
        let first_week = log.first_week(now);
        let items = {
            let mut rows = transaction.prepare_cached(
                "SELECT item FROM unlearnt WHERE item > ?1 ORDER BY item LIMIT ?2",
            )?;
            let rows = rows.query_map([self.learnt, ITEMS_MAX], |row| row.get::<_, u32>(0))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        let is_round_over = (items.len() as i64) < ITEMS_MAX;
        let mut learnt = 0;
        let mut search = Search::new(&transaction, this_week, first_week)?;
        for item in &items {
            search.learn(*item)?;
            transaction
                .prepare_cached("DELETE FROM unlearnt WHERE item = ?1")?
                .execute([item])?;
            learnt += 1;
            if Instant::now() >= until {
                break;
            }
        }
        drop(search);
        around.ensure_room_for(&transaction)?;
        transaction.commit()?;
        // Objects that are bought all the time do not keep others waiting: the next turn begins behind these.
        self.learnt = match items.get(learnt.max(1) - 1) {
            Some(item) if learnt < items.len() || !is_round_over => i64::from(*item),
            _ => 0,
        };
        log.model.set_waiting(self.waiting()?);
        Ok(())
    }

    /// Objects that are to be looked at.
    pub(super) fn waiting(&self) -> Result<usize, StoreError> {
        let waiting: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM unlearnt")?
            .query_row([], |row| row.get(0))?;
        Ok(waiting as usize)
    }
}
