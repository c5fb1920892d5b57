//! The tables in memory, read from the file. Invariants: of more than they hold, they hold the most frequent; what a
//! clock that was ahead has counted for days to come, counts when they have come.

use std::collections::HashMap;

use rusqlite::{Connection, Statement, params};

use super::query::LiveQuery;
use super::{CHOSEN_MAX, DAYS, ITEMS_MAX, Live, LiveItem, QUERIES_MAX};
use crate::domain::{Identity, ObjectType};
use crate::engine::events::groups;
use crate::engine::sqlite::StoreError;

impl Live {
    pub(in crate::engine) fn load(file: &Connection, today: i64) -> Result<Self, StoreError> {
        let mut live = Self::empty(today);
        let first = today - DAYS + 1;
        live.items = items(file, first, today)?;
        live.load_queries(file, first)?;
        live.load_chosen(file, first)?;
        live.groups = groups::within(file, first, today)?;
        Ok(live)
    }

    fn load_queries(&mut self, file: &Connection, first: i64) -> Result<(), StoreError> {
        let mut rows = file.prepare(
            "SELECT number, folded, is_shared, is_found, searches, empty, clicks, last FROM queries JOIN (\
             SELECT query, sum(searches) AS searches, sum(empty) AS empty, sum(clicks) AS clicks, \
             max(day) AS last FROM query_days WHERE day BETWEEN ?1 AND ?3 GROUP BY query \
             HAVING searches > 0 ORDER BY searches DESC LIMIT ?2) ON number = query",
        )?;
        let mut rows = rows.query(params![first, QUERIES_MAX as i64, self.today])?;
        let mut spellings = file.prepare("SELECT typed, times FROM spellings WHERE query = ?1")?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let query = LiveQuery {
                folded: row.get::<_, String>(1)?.into(),
                spellings: spellings_of(&mut spellings, number)?,
                is_shared: row.get(2)?,
                is_found: row.get(3)?,
                searches: row.get::<_, i64>(4)? as u64,
                empty: row.get::<_, i64>(5)? as u64,
                clicks: row.get::<_, i64>(6)? as u64,
                last_day: row.get(7)?,
                chosen: Vec::new(),
            };
            self.insert(number, query);
        }
        Ok(())
    }

    fn load_chosen(&mut self, file: &Connection, first: i64) -> Result<(), StoreError> {
        let mut rows = file.prepare(
            "SELECT query, item, sum(clicks) + 5 * sum(conversions) + 10 * sum(transactions) AS score \
             FROM query_item_days WHERE day BETWEEN ?1 AND ?3 GROUP BY query, item \
             HAVING score > 0 ORDER BY score DESC LIMIT ?2",
        )?;
        let mut rows = rows.query(params![first, CHOSEN_MAX as i64, self.today])?;
        while let Some(row) = rows.next()? {
            self.choose(row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64);
        }
        Ok(())
    }
}

fn items(file: &Connection, first: i64, today: i64) -> Result<HashMap<u32, LiveItem>, StoreError> {
    let mut items = HashMap::new();
    let mut rows = file.prepare(
        "SELECT number, identity, type, score FROM items JOIN (\
         SELECT item, sum(clicks) + 5 * sum(conversions) + 10 * sum(transactions) AS score \
         FROM item_days WHERE day BETWEEN ?1 AND ?3 GROUP BY item \
         HAVING score > 0 ORDER BY score DESC LIMIT ?2) ON number = item",
    )?;
    let mut rows = rows.query(params![first, ITEMS_MAX as i64, today])?;
    while let Some(row) = rows.next()? {
        let identity = Identity::new(&row.get::<_, String>(1)?).ok();
        let object_type = ObjectType::new(&row.get::<_, String>(2)?).ok();
        if let Some((identity, object_type)) = identity.zip(object_type) {
            let item = LiveItem {
                identity,
                object_type,
                score: row.get::<_, i64>(3)? as u64,
            };
            items.insert(row.get(0)?, item);
        }
    }
    Ok(items)
}

fn spellings_of(
    spellings: &mut Statement<'_>,
    number: u32,
) -> Result<Vec<(Box<str>, u64)>, StoreError> {
    let spelled = spellings.query_map([number], |row| {
        let typed: String = row.get(0)?;
        Ok((typed.into_boxed_str(), row.get::<_, i64>(1)? as u64))
    })?;
    Ok(spelled.collect::<Result<_, _>>()?)
}
