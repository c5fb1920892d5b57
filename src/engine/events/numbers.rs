//! Objects and queries by the numbers they have in the file. Invariant: what is remembered here is what the open
//! transaction sees; a transaction that fails takes all of it along.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::keys::ClientKey;
use crate::domain::{Identity, ObjectType, RecordedQuery};
use crate::engine::sqlite::StoreError;

/// Says which objects there are.
pub(in crate::engine) trait KnownObjects {
    fn type_of(&self, identity: &Identity) -> Result<Option<ObjectType>, StoreError>;
}

/// Objects and queries remembered, each; some hundred bytes a piece.
const REMEMBERED_MAX: usize = 100_000;

/// Spellings of one query that are told apart.
pub(super) const SPELLINGS_MAX: usize = 8;

#[derive(Default)]
pub(super) struct Numbers {
    items: HashMap<Identity, (u32, ObjectType)>,
    /// Looked for in vain during this batch.
    unknown: HashSet<Identity>,
    queries: HashMap<Box<str>, Query>,
    /// New queries by day.
    born: HashMap<i64, usize>,
}

/// What is known of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) number: u32,
    pub(super) first_client: Option<ClientKey>,
    pub(super) is_shared: bool,
    pub(super) is_found: bool,
}

impl Numbers {
    /// Before a batch: what the catalog did not have then, it may have now.
    pub(super) fn begin_batch(&mut self) {
        self.unknown.clear();
        if self.items.len() > REMEMBERED_MAX {
            self.items.clear();
        }
        if self.queries.len() > REMEMBERED_MAX {
            self.queries.clear();
        }
    }

    /// The number of an object that the catalog has, or had when it was counted first.
    pub(super) fn item(
        &mut self,
        file: &Connection,
        catalog: &dyn KnownObjects,
        identity: &Identity,
    ) -> Result<Option<(u32, ObjectType)>, StoreError> {
        if let Some(known) = self.items.get(identity) {
            return Ok(Some(known.clone()));
        }
        if self.unknown.contains(identity) {
            return Ok(None);
        }
        let kept = file
            .prepare_cached("SELECT number, type FROM items WHERE identity = ?1")?
            .query_row([identity.as_str()], |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
        let kept = kept.and_then(|(number, name)| Some((number, ObjectType::new(&name).ok()?)));
        let found = match kept {
            Some(kept) => Some(kept),
            None => Self::add_item(file, catalog, identity)?,
        };
        match &found {
            Some(item) => drop(self.items.insert(identity.clone(), item.clone())),
            None => drop(self.unknown.insert(identity.clone())),
        }
        Ok(found)
    }

    fn add_item(
        file: &Connection,
        catalog: &dyn KnownObjects,
        identity: &Identity,
    ) -> Result<Option<(u32, ObjectType)>, StoreError> {
        let Some(object_type) = catalog.type_of(identity)? else {
            return Ok(None);
        };
        file.prepare_cached("INSERT INTO items (identity, type) VALUES (?1, ?2)")?
            .execute([identity.as_str(), object_type.as_str()])?;
        Ok(Some((file.last_insert_rowid() as u32, object_type)))
    }

    /// A query, recorded now if it was not before; `None` when so many are new today that it is not kept.
    pub(super) fn query(
        &mut self,
        file: &Connection,
        folded: &str,
        day: i64,
        per_day_max: usize,
    ) -> Result<Option<Query>, StoreError> {
        if let Some(known) = self.queries.get(folded) {
            return Ok(Some(*known));
        }
        let kept = file
            .prepare_cached(
                "SELECT number, first_client, is_shared, is_found FROM queries WHERE folded = ?1",
            )?
            .query_row([folded], |row| {
                let client: Option<Vec<u8>> = row.get(1)?;
                Ok(Query {
                    number: row.get(0)?,
                    first_client: client.as_deref().and_then(ClientKey::from_bytes),
                    is_shared: row.get(2)?,
                    is_found: row.get(3)?,
                })
            })
            .optional()?;
        let query = match kept {
            Some(query) => query,
            None if self.born(file, day)? >= per_day_max => return Ok(None),
            None => self.add_query(file, folded, day)?,
        };
        self.queries.insert(folded.into(), query);
        Ok(Some(query))
    }

    fn add_query(
        &mut self,
        file: &Connection,
        folded: &str,
        day: i64,
    ) -> Result<Query, StoreError> {
        file.prepare_cached(
            "INSERT INTO queries (folded, born, is_shared, is_found) VALUES (?1, ?2, 0, 0)",
        )?
        .execute(params![folded, day])?;
        *self.born.entry(day).or_default() += 1;
        Ok(Query {
            number: file.last_insert_rowid() as u32,
            first_client: None,
            is_shared: false,
            is_found: false,
        })
    }

    fn born(&mut self, file: &Connection, day: i64) -> Result<usize, StoreError> {
        if let Some(born) = self.born.get(&day) {
            return Ok(*born);
        }
        let born: i64 = file
            .prepare_cached("SELECT count(*) FROM queries WHERE born = ?1")?
            .query_row([day], |row| row.get(0))?;
        self.born.insert(day, born as usize);
        Ok(born as usize)
    }

    /// Keeps what has become of a query.
    pub(super) fn set_query(
        &mut self,
        file: &Connection,
        folded: &str,
        query: Query,
    ) -> Result<(), StoreError> {
        if self.queries.get(folded) == Some(&query) {
            return Ok(());
        }
        file.prepare_cached(
            "UPDATE queries SET first_client = ?2, is_shared = ?3, is_found = ?4 WHERE number = ?1",
        )?
        .execute(params![
            query.number,
            query.first_client.map(|client| client.0),
            query.is_shared,
            query.is_found
        ])?;
        self.queries.insert(folded.into(), query);
        Ok(())
    }

    /// Queries are read again when they are needed: what they say of a client is gone.
    pub(super) fn forget_queries(&mut self) {
        self.queries.clear();
    }

    /// Some of what is remembered is no more.
    pub(super) fn forget_all(&mut self) {
        *self = Self::default();
    }
}

impl Query {
    /// After a search by a client, who is `None` when nothing may be kept of them.
    pub(super) fn searched(
        mut self,
        by: Option<ClientKey>,
        is_empty: bool,
        is_filtered: bool,
    ) -> Self {
        if is_empty {
            // What was narrowed down to nothing says nothing of the query.
            self.is_found &= is_filtered;
            return self;
        }
        self.is_found = true;
        match (self.is_shared, self.first_client, by) {
            (false, None, Some(client)) => self.first_client = Some(client),
            (false, Some(first), Some(client)) if first != client => {
                self.is_shared = true;
                self.first_client = None;
            }
            _ => {}
        }
        self
    }
}

/// Counts how a query was spelled.
pub(super) fn add_spelling(
    file: &Connection,
    query: u32,
    typed: &str,
    times: u64,
) -> Result<(), StoreError> {
    let changed = file
        .prepare_cached("UPDATE spellings SET times = times + ?3 WHERE query = ?1 AND typed = ?2")?
        .execute(params![query, typed, times as i64])?;
    if changed == 0 {
        file.prepare_cached(
            "INSERT INTO spellings SELECT ?1, ?2, ?3 \
             WHERE (SELECT count(*) FROM spellings WHERE query = ?1) < ?4",
        )?
        .execute(params![query, typed, times as i64, SPELLINGS_MAX as i64])?;
    }
    Ok(())
}

/// Whether a query of this form may be shown, as far as its text decides.
pub(super) fn may_be_shown(folded: &str) -> bool {
    RecordedQuery::is_telling(folded)
}
