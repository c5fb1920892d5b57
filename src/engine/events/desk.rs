//! The open file and what is known of it, for the thread that writes. Invariant: a batch is written whole or not at
//! all, and after one that was not, all of this is made again from the file.

use std::collections::HashSet;

use rusqlite::Connection;

use super::clients::Clients;
use super::counting::Counting;
use super::groups::Groups;
use super::housekeeping::Round;
use super::keys::Secret;
use super::live::Live;
use super::numbers::Numbers;
use super::sessions::Sessions;
use super::tally::Tally;
use super::work::Work;
use super::{EventLog, Surroundings, file, lock, room};
use crate::domain::{Faults, ListPlace, Recorded, Timestamp, day_of};
use crate::engine::sqlite::StoreError;

pub(super) struct Desk {
    pub(super) connection: Connection,
    secret: Secret,
    sessions: Sessions,
    pub(super) numbers: Numbers,
    pub(super) clients: Clients,
    places: HashSet<ListPlace>,
    groups: Groups,
    pub(super) round: Round,
    /// The horizon that is on the disk.
    pub(super) horizon_kept: i64,
    /// The object that companions were looked for last.
    pub(super) learnt: i64,
    used: Timestamp,
}

/// What came of a batch.
pub(super) struct Batch {
    /// Of each work, of each of its events.
    pub(super) recorded: Vec<Vec<Recorded>>,
    pub(super) faults: Faults,
}

impl Desk {
    pub(super) fn open(log: &EventLog, around: &Surroundings<'_>) -> Result<Self, StoreError> {
        let (connection, secret) = file::open_or_make(around.folder, around.now)?;
        let sessions = Sessions::load(&connection)?;
        let clients = Clients::load(&connection, log.settings)?;
        let places = {
            let mut rows = connection.prepare("SELECT DISTINCT place FROM place_days")?;
            let rows = rows.query_map([], |row| row.get::<_, String>(0))?;
            let texts = rows.collect::<Result<Vec<_>, _>>()?;
            texts
                .iter()
                .filter_map(|text| ListPlace::new(text))
                .collect()
        };
        let groups = Groups::load(&connection)?;
        let cleared = connection.query_row("SELECT cleared FROM about", [], |row| row.get(0))?;
        let horizon_kept =
            connection.query_row("SELECT reached FROM horizon", [], |row| row.get(0))?;
        lock(&log.horizon).begin(Timestamp::from_millis(horizon_kept));
        Ok(Self {
            connection,
            secret,
            sessions,
            numbers: Numbers::default(),
            clients,
            places,
            groups,
            round: Round::after(cleared),
            horizon_kept,
            learnt: 0,
            used: around.now,
        })
    }

    pub(super) fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Whether nothing is held that the file does not have, and nobody came for a while.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        const IDLE_MS: i64 = 10 * 60 * 1000;
        self.sessions.len() == 0 && now.as_millis() - self.used.as_millis() > IDLE_MS
    }

    /// Does all of it in one transaction. When it returns it is on the disk, and in the tables in memory.
    pub(super) fn batch(
        &mut self,
        log: &EventLog,
        around: &Surroundings<'_>,
        works: &[Work],
    ) -> Result<Batch, StoreError> {
        let now = around.now;
        let today = day_of(now);
        let settings = log.settings;
        let transaction = self.connection.unchecked_transaction()?;
        self.numbers.begin_batch();
        let mut counting = Counting {
            file: &transaction,
            catalog: around.catalog,
            settings,
            secret: &self.secret,
            sessions: &mut self.sessions,
            numbers: &mut self.numbers,
            clients: &mut self.clients,
            places: &mut self.places,
            groups: &mut self.groups,
            now,
            tally: Tally::default(),
            faults: Faults::default(),
        };
        let mut recorded = Vec::with_capacity(works.len());
        for work in works {
            let mut outcomes = Vec::new();
            match work {
                Work::Record {
                    events, telling, ..
                } => {
                    around.ensure_room_for(&transaction)?;
                    self.used = now;
                    for event in events {
                        outcomes.push(counting.event(event, *telling)?);
                    }
                }
                Work::Forget { client, .. } => {
                    let client = counting.secret.client(client);
                    // What it typed last is not counted any more: it is not known any more.
                    counting.sessions.remove(&transaction, client)?;
                    counting.clients.forget(&transaction, client)?;
                    counting.numbers.forget_queries();
                }
                Work::Maintain => log.begin_clearing(),
                Work::Refresh(_) => {}
                Work::Follow(mark) => mark.keep(&transaction)?,
            }
            recorded.push(outcomes);
        }
        // Behind the events: one that was long on its way still belongs to its session.
        for typed in counting.sessions.expire(&transaction, now)? {
            counting.typed(typed)?;
        }
        let Counting { tally, faults, .. } = counting;
        tally.write(&transaction)?;
        let rows = tally.baskets.write(&transaction)?;
        self.sessions.keep(&transaction)?;
        self.clients.finish(&transaction)?;
        if works.iter().any(|work| work.events() > 0) {
            around.ensure_room_for(&transaction)?;
        } else {
            around.ensure_reserve()?;
        }
        transaction.commit()?;
        log.set_file_bytes(room::used_bytes(&self.connection)?);
        let is_refresh = works.iter().any(|work| matches!(work, Work::Refresh(_)));
        if is_refresh && log.live_day() != Some(today) {
            log.set_live(Live::load(&self.connection, today)?);
        } else {
            // Those of another day are no worse for it.
            log.add_to_live(&tally);
        }
        log.model.set_rows(rows);
        log.model.set_waiting(self.waiting()?);
        Ok(Batch { recorded, faults })
    }
}
