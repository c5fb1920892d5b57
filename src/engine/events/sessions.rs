//! What clients were shown in the sessions that go on, in memory and in the file. Invariant: memory and file say
//! the same after every batch, so a restart loses none; what is held is bounded, the oldest goes first.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use rusqlite::{Connection, params};

use super::keys::ClientKey;
use super::tally::{list_code, list_of_code};
use crate::domain::{ItemKey, Label, ListPlace, SeenList, Session, Timestamp};
use crate::engine::sqlite::StoreError;

/// Sessions held of one site; some 300 bytes each beside its lists.
const SESSIONS_MAX: usize = 50_000;

/// Objects in all lists that are held, eight bytes each; an empty list counts as [`LIST_WEIGHT`].
const SHOWN_MAX: usize = 1_000_000;
const LIST_WEIGHT: usize = 16;

/// Lists in the order of their showing that are there no more, beside those that are.
const STALE_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Sessions {
    by_client: HashMap<ClientKey, Held>,
    by_arrival: BTreeSet<(i64, ClientKey)>,
    /// Lists, the oldest first; some may be gone.
    in_order: VecDeque<(u64, ClientKey)>,
    lists: usize,
    weight: usize,
    next_number: u64,
    /// Changed since the file was written.
    touched: HashSet<ClientKey>,
}

struct Held {
    session: Session,
    /// When its last event came in, by our clock.
    arrived: i64,
}

/// What was typed last in a session that is over, and when.
pub(super) type Typed = (Box<str>, Timestamp);

impl Sessions {
    pub(super) fn load(file: &Connection) -> Result<Self, StoreError> {
        let mut sessions = Self::default();
        let mut rows = file.prepare("SELECT client, arrived, last, events, typed FROM sessions")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let Some(client) = ClientKey::from_bytes(&row.get::<_, Vec<u8>>(0)?) else {
                continue;
            };
            let session = Session {
                events: row.get(3)?,
                typed: row.get::<_, Option<String>>(4)?.map(String::into_boxed_str),
                ..Session::begun(Timestamp::from_millis(row.get(2)?))
            };
            let arrived = row.get(1)?;
            sessions.by_arrival.insert((arrived, client));
            sessions.by_client.insert(client, Held { session, arrived });
        }
        let mut variants = variants(file)?;
        for (client, held) in &mut sessions.by_client {
            held.session.variant = variants.remove(&(*client, OF_SESSION));
        }
        let mut rows = file.prepare(
            "SELECT client, number, at, list, query, place, items FROM lists ORDER BY number",
        )?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let client = ClientKey::from_bytes(&row.get::<_, Vec<u8>>(0)?);
            let number = row.get::<_, i64>(1)? as u64;
            sessions.next_number = sessions.next_number.max(number + 1);
            let kind = list_of_code(row.get(3)?);
            let held = client.and_then(|client| sessions.by_client.get_mut(&client));
            let (Some(client), Some(kind), Some(held)) = (client, kind, held) else {
                continue;
            };
            let place: Option<String> = row.get(5)?;
            held.session.lists.push_back(SeenList {
                number,
                at: Timestamp::from_millis(row.get(2)?),
                kind,
                query: row.get(4)?,
                place: place.as_deref().and_then(ListPlace::new),
                variant: variants.remove(&(client, number as i64)),
                items: read_items(&row.get::<_, Vec<u8>>(6)?),
            });
            sessions.lists += 1;
            sessions.weight += held.session.lists.back().map_or(0, weight);
            sessions.in_order.push_back((number, client));
        }
        Ok(sessions)
    }

    pub(super) fn len(&self) -> usize {
        self.by_client.len()
    }

    pub(super) fn of(&self, client: ClientKey) -> Option<&Session> {
        self.by_client.get(&client).map(|held| &held.session)
    }

    pub(super) fn of_mut(&mut self, client: ClientKey) -> Option<&mut Session> {
        self.by_client
            .get_mut(&client)
            .map(|held| &mut held.session)
    }

    /// Makes sure that the client has a session for an event at this time; what one that is over now leaves to
    /// be counted.
    pub(super) fn enter(
        &mut self,
        file: &Connection,
        client: ClientKey,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Typed>, StoreError> {
        let now = now.as_millis();
        self.touched.insert(client);
        let mut left = None;
        let is_over = self.of(client).is_some_and(|session| session.is_over(at));
        if is_over {
            left = self.remove(file, client)?;
            self.touched.insert(client);
        }
        let held = self.by_client.entry(client).or_insert_with(|| Held {
            session: Session::begun(at),
            arrived: now,
        });
        self.by_arrival.remove(&(held.arrived, client));
        held.arrived = now;
        self.by_arrival.insert((now, client));
        Ok(left)
    }

    /// Remembers what a client was shown.
    pub(super) fn show(
        &mut self,
        file: &Connection,
        client: ClientKey,
        mut list: SeenList,
    ) -> Result<(), StoreError> {
        let Some(held) = self.by_client.get_mut(&client) else {
            return Ok(());
        };
        list.number = self.next_number;
        self.next_number += 1;
        file.prepare_cached("INSERT INTO lists VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                client.0,
                list.number as i64,
                list.at.as_millis(),
                list_code(Some(list.kind)),
                list.query,
                list.place.as_ref().map(ListPlace::as_str),
                write_items(&list.items),
            ])?;
        if let Some(variant) = &list.variant {
            keep_variant(file, client, list.number as i64, variant)?;
        }
        self.in_order.push_back((list.number, client));
        self.lists += 1;
        self.weight += weight(&list);
        if let Some(gone) = held.session.show(list) {
            self.lists -= 1;
            self.weight -= weight(&gone);
            delete_list(file, client, &gone)?;
        }
        while self.weight > SHOWN_MAX {
            let Some((number, client)) = self.in_order.pop_front() else {
                break;
            };
            self.drop_list(file, client, number)?;
        }
        Ok(())
    }

    fn drop_list(
        &mut self,
        file: &Connection,
        client: ClientKey,
        number: u64,
    ) -> Result<(), StoreError> {
        let Some(held) = self.by_client.get_mut(&client) else {
            return Ok(());
        };
        let lists = &mut held.session.lists;
        if lists.front().is_some_and(|list| list.number == number)
            && let Some(gone) = lists.pop_front()
        {
            self.lists -= 1;
            self.weight -= weight(&gone);
            delete_list(file, client, &gone)?;
        }
        Ok(())
    }

    /// Ends the sessions that nothing came in for, and the oldest beyond what there may be.
    pub(super) fn expire(
        &mut self,
        file: &Connection,
        now: Timestamp,
    ) -> Result<Vec<Typed>, StoreError> {
        let before = now.as_millis() - Session::ENDS_AFTER_MS;
        let mut left = Vec::new();
        while let Some((arrived, client)) = self.by_arrival.first().copied() {
            if arrived >= before && self.by_client.len() <= SESSIONS_MAX {
                break;
            }
            left.extend(self.remove(file, client)?);
        }
        if self.in_order.len() > 2 * self.lists + STALE_MAX {
            let by_client = &self.by_client;
            self.in_order.retain(|(number, client)| {
                let held = by_client.get(client);
                held.is_some_and(|held| {
                    held.session.lists.iter().any(|list| list.number == *number)
                })
            });
        }
        Ok(left)
    }

    /// Ends a session; what it leaves to be counted.
    pub(super) fn remove(
        &mut self,
        file: &Connection,
        client: ClientKey,
    ) -> Result<Option<Typed>, StoreError> {
        file.prepare_cached("DELETE FROM lists WHERE client = ?1")?
            .execute([client.0])?;
        file.prepare_cached("DELETE FROM sessions WHERE client = ?1")?
            .execute([client.0])?;
        file.prepare_cached("DELETE FROM variants WHERE client = ?1")?
            .execute([client.0])?;
        self.touched.remove(&client);
        let Some(held) = self.by_client.remove(&client) else {
            return Ok(None);
        };
        self.by_arrival.remove(&(held.arrived, client));
        self.lists -= held.session.lists.len();
        self.weight -= held.session.lists.iter().map(weight).sum::<usize>();
        let last = held.session.last;
        Ok(held.session.typed.map(|typed| (typed, last)))
    }

    /// Writes the sessions that changed.
    pub(super) fn keep(&mut self, file: &Connection) -> Result<(), StoreError> {
        let mut write =
            file.prepare_cached("INSERT OR REPLACE INTO sessions VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for client in self.touched.drain() {
            if let Some(held) = self.by_client.get(&client) {
                let session = &held.session;
                write.execute(params![
                    client.0,
                    held.arrived,
                    session.last.as_millis(),
                    session.events,
                    session.typed.as_deref()
                ])?;
                if let Some(variant) = &session.variant {
                    keep_variant(file, client, OF_SESSION, variant)?;
                }
            }
        }
        Ok(())
    }
}

fn weight(list: &SeenList) -> usize {
    LIST_WEIGHT + list.items.len()
}

fn delete_list(file: &Connection, client: ClientKey, gone: &SeenList) -> Result<(), StoreError> {
    let key = params![client.0, gone.number as i64];
    file.prepare_cached("DELETE FROM lists WHERE client = ?1 AND number = ?2")?
        .execute(key)?;
    if gone.variant.is_some() {
        file.prepare_cached("DELETE FROM variants WHERE client = ?1 AND number = ?2")?
            .execute(key)?;
    }
    Ok(())
}

/// Stands for the session itself among the numbers of its lists.
const OF_SESSION: i64 = -1;

/// Of sessions and lists.
fn variants(file: &Connection) -> Result<HashMap<(ClientKey, i64), Label>, StoreError> {
    let mut variants = HashMap::new();
    let mut rows = file.prepare("SELECT client, number, variant FROM variants")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let client = ClientKey::from_bytes(&row.get::<_, Vec<u8>>(0)?);
        let variant = Label::new(&row.get::<_, String>(2)?);
        if let Some((client, variant)) = client.zip(variant) {
            variants.insert((client, row.get(1)?), variant);
        }
    }
    Ok(variants)
}

fn keep_variant(
    file: &Connection,
    client: ClientKey,
    number: i64,
    variant: &Label,
) -> Result<(), StoreError> {
    file.prepare_cached("INSERT OR REPLACE INTO variants VALUES (?1, ?2, ?3)")?
        .execute(params![client.0, number, variant.as_str()])?;
    Ok(())
}

fn write_items(items: &[ItemKey]) -> Vec<u8> {
    items.iter().flat_map(|item| item.0.to_le_bytes()).collect()
}

fn read_items(bytes: &[u8]) -> Vec<ItemKey> {
    let keys = bytes.as_chunks::<8>().0.iter();
    keys.map(|key| ItemKey(u64::from_le_bytes(*key))).collect()
}
