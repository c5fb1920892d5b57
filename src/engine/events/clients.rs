//! What is kept of each client: what it saw, clicked, bought and searched for last. Invariant: of one client so
//! much at most, of so many clients at most; what a client may not be remembered by never comes here.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::keys::ClientKey;
use super::settings::EventSettings;
use crate::domain::{ClientHistory, Identity, Remembered, Timestamp};
use crate::engine::sqlite::StoreError;

/// What a client did with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    Saw = 0,
    Clicked = 1,
    Converted = 2,
    Bought = 3,
    SearchedFor = 4,
}

pub(super) struct Clients {
    settings: EventSettings,
    /// Rows of `clients`.
    count: usize,
    touched: HashSet<(ClientKey, Deed)>,
    seen: HashMap<ClientKey, i64>,
}

impl Clients {
    pub(super) fn load(file: &Connection, settings: EventSettings) -> Result<Self, StoreError> {
        let count: i64 = file.query_row("SELECT count(*) FROM clients", [], |row| row.get(0))?;
        Ok(Self {
            settings,
            count: count as usize,
            touched: HashSet::new(),
            seen: HashMap::new(),
        })
    }

    fn kept_max(&self, deed: Deed) -> usize {
        match deed {
            Deed::SearchedFor => self.settings.client_queries_max,
            _ => self.settings.client_objects_max,
        }
    }

    /// Remembers the number of an object, or of a query.
    pub(super) fn note(
        &mut self,
        file: &Connection,
        client: ClientKey,
        deed: Deed,
        what: u32,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.kept_max(deed) == 0 {
            return Ok(());
        }
        let at = at.as_millis();
        file.prepare_cached(
            "INSERT INTO history VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO UPDATE SET \
             at = max(at, excluded.at), times = times + 1",
        )?
        .execute(params![client.0, deed as i64, what, at])?;
        self.touched.insert((client, deed));
        let seen = self.seen.entry(client).or_insert(at);
        *seen = at.max(*seen);
        Ok(())
    }

    /// Keeps the bounds, at the end of a batch.
    pub(super) fn finish(&mut self, file: &Connection) -> Result<(), StoreError> {
        let kept_max = |deed| self.kept_max(deed) as i64;
        let touched = self
            .touched
            .iter()
            .map(|(client, deed)| (*client, *deed, kept_max(*deed)));
        for (client, deed, max) in touched {
            file.prepare_cached(
                "DELETE FROM history WHERE client = ?1 AND kind = ?2 AND what IN (\
                 SELECT what FROM history WHERE client = ?1 AND kind = ?2 \
                 ORDER BY at DESC, what DESC LIMIT -1 OFFSET ?3)",
            )?
            .execute(params![client.0, deed as i64, max])?;
        }
        self.touched.clear();
        for (client, seen) in self.seen.drain() {
            let changed = file
                .prepare_cached("UPDATE clients SET seen = max(seen, ?2) WHERE client = ?1")?
                .execute(params![client.0, seen])?;
            if changed == 0 {
                file.prepare_cached("INSERT INTO clients VALUES (?1, ?2)")?
                    .execute(params![client.0, seen])?;
                self.count += 1;
            }
        }
        let more = self.count.saturating_sub(self.settings.clients_max);
        if more > 0 {
            let oldest = {
                let mut oldest =
                    file.prepare_cached("SELECT client FROM clients ORDER BY seen LIMIT ?1")?;
                let rows = oldest.query_map([more as i64], |row| row.get::<_, Vec<u8>>(0))?;
                rows.collect::<Result<Vec<_>, _>>()?
            };
            for client in oldest {
                self.delete(file, &client)?;
            }
        }
        Ok(())
    }

    /// Forgets some of those who did nothing since then: how many rows went, and whether these were all.
    pub(super) fn expire(
        &mut self,
        file: &Connection,
        before: i64,
    ) -> Result<(usize, bool), StoreError> {
        const SLICE: usize = 200;
        let old = {
            let mut old = file.prepare_cached(
                "SELECT client FROM clients WHERE seen < ?1 ORDER BY seen LIMIT ?2",
            )?;
            let rows = old.query_map([before, SLICE as i64], |row| row.get::<_, Vec<u8>>(0))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        let mut gone = 0;
        for client in &old {
            gone += self.delete(file, client)?;
        }
        Ok((gone, old.len() < SLICE))
    }

    /// Forgets one client, and that it was the first to search for anything.
    pub(super) fn forget(
        &mut self,
        file: &Connection,
        client: ClientKey,
    ) -> Result<(), StoreError> {
        self.delete(file, &client.0)?;
        file.execute(
            "UPDATE queries SET first_client = NULL WHERE first_client = ?1",
            [client.0],
        )?;
        Ok(())
    }

    /// How many rows went.
    fn delete(&mut self, file: &Connection, client: &[u8]) -> Result<usize, StoreError> {
        let deeds = file
            .prepare_cached("DELETE FROM history WHERE client = ?1")?
            .execute([client])?;
        let gone = file
            .prepare_cached("DELETE FROM clients WHERE client = ?1")?
            .execute([client])?;
        self.count = self.count.saturating_sub(gone);
        Ok(deeds + gone)
    }
}

/// What a client did with objects of the catalog, the latest first.
pub(super) fn history_of(
    file: &Connection,
    client: ClientKey,
) -> Result<ClientHistory, StoreError> {
    let mut history = ClientHistory::default();
    let mut rows = file.prepare(
        "SELECT kind, identity, at, times FROM history JOIN items ON number = what \
         WHERE client = ?1 AND kind < ?2 ORDER BY at DESC, what DESC",
    )?;
    let mut rows = rows.query(params![client.0, Deed::SearchedFor as i64])?;
    while let Some(row) = rows.next()? {
        let Ok(item) = Identity::new(&row.get::<_, String>(1)?) else {
            continue;
        };
        let kind: i64 = row.get(0)?;
        let list = match kind {
            kind if kind == Deed::Saw as i64 => &mut history.seen,
            kind if kind == Deed::Clicked as i64 => &mut history.clicked,
            kind if kind == Deed::Converted as i64 => &mut history.converted,
            _ => &mut history.bought,
        };
        list.push(Remembered {
            item,
            at: Timestamp::from_millis(row.get(2)?),
            times: row.get::<_, i64>(3)? as u64,
        });
    }
    Ok(history)
}

/// The numbers of the queries that a client searched for, the latest first.
pub(super) fn searched_by(file: &Connection, client: ClientKey) -> Result<Vec<u32>, StoreError> {
    let mut rows = file.prepare(
        "SELECT what FROM history WHERE client = ?1 AND kind = ?2 ORDER BY at DESC, what DESC",
    )?;
    let rows = rows.query_map(params![client.0, Deed::SearchedFor as i64], |row| {
        row.get(0)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
