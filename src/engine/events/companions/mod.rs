//! What goes with an object, made of what was bought together. Invariant: what it says of an object is bounded, and
//! what it is made of: it costs an object a bounded number of rows.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::{CoPurchase, Identity, ObjectType, Weekly};
use crate::engine::Companion;
use crate::engine::sqlite::StoreError;

/// Kept of one object.
const COMPANIONS_MAX: usize = 50;

/// Pairs of one object that have their support and are scored; of more those that were bought together most.
const SCORED_MAX: usize = 500;

/// Rows of one object that are read; of more those with the newest objects.
const ROWS_READ_MAX: usize = 50_000;

/// Objects whose own counts are remembered during one turn.
const KNOWN_MAX: usize = 50_000;

/// Looks for what goes with one object after the other, in one transaction.
pub(super) struct Search<'f> {
    file: &'f Connection,
    this_week: i64,
    first_week: i64,
    all: Weekly,
    /// How often objects were bought.
    known: HashMap<u32, Weekly>,
}

impl<'f> Search<'f> {
    pub(super) fn new(
        file: &'f Connection,
        this_week: i64,
        first_week: i64,
    ) -> Result<Self, StoreError> {
        let mut search = Self {
            file,
            this_week,
            first_week,
            all: Weekly::default(),
            known: HashMap::new(),
        };
        search.all = search.read_one(0)?;
        Ok(search)
    }

    /// Keeps what goes with the object now.
    pub(super) fn learn(&mut self, item: u32) -> Result<(), StoreError> {
        let first = self.bought(item)?;
        let mut found = Vec::new();
        for (other, both) in self.pairs(item)? {
            let pair = CoPurchase {
                both,
                first,
                second: self.bought(other)?,
                all: self.all,
            };
            if let (Some(score), Some(held_by)) = (pair.score(), both.held_by()) {
                found.push((score, other, held_by));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.truncate(COMPANIONS_MAX);
        self.file
            .prepare_cached("DELETE FROM companions WHERE item = ?1")?
            .execute([item])?;
        let mut keep = self
            .file
            .prepare_cached("INSERT INTO companions VALUES (?1, ?2, ?3, ?4)")?;
        for (score, other, held_by) in found {
            keep.execute(params![item, other, score, held_by])?;
        }
        Ok(())
    }

    /// What was bought together with it often enough to say anything.
    fn pairs(&self, item: u32) -> Result<Vec<(u32, Weekly)>, StoreError> {
        let mut rows = self.file.prepare_cached(
            "SELECT other, week, times FROM baskets WHERE item = ?1 AND other <> ?1 \
             AND week >= ?2 ORDER BY other DESC, week DESC LIMIT ?3",
        )?;
        let mut rows = rows.query(params![item, self.first_week, ROWS_READ_MAX as i64])?;
        let mut pairs: Vec<(u32, Weekly)> = Vec::new();
        let mut current: Option<(u32, Weekly)> = None;
        let supported = |pair: &(u32, Weekly)| pair.1.held_by().is_some();
        while let Some(row) = rows.next()? {
            let other: u32 = row.get(0)?;
            if current.is_none_or(|(known, _)| known != other) {
                pairs.extend(current.take().filter(supported));
            }
            let (_, both) = current.get_or_insert((other, Weekly::default()));
            both.add(row.get(1)?, row.get::<_, i64>(2)? as u64, self.this_week);
        }
        pairs.extend(current.filter(supported));
        if pairs.len() > SCORED_MAX {
            pairs.sort_by(|a, b| b.1.weighed().total_cmp(&a.1.weighed()));
            pairs.truncate(SCORED_MAX);
        }
        Ok(pairs)
    }

    /// How often an object was bought.
    fn bought(&mut self, item: u32) -> Result<Weekly, StoreError> {
        if let Some(known) = self.known.get(&item) {
            return Ok(*known);
        }
        let bought = self.read_one(item)?;
        if self.known.len() < KNOWN_MAX {
            self.known.insert(item, bought);
        }
        Ok(bought)
    }

    fn read_one(&self, item: u32) -> Result<Weekly, StoreError> {
        let mut rows = self.file.prepare_cached(
            "SELECT week, times FROM baskets WHERE item = ?1 AND other = ?1 AND week >= ?2 \
             ORDER BY week DESC",
        )?;
        let mut rows = rows.query(params![item, self.first_week])?;
        let mut bought = Weekly::default();
        while let Some(row) = rows.next()? {
            bought.add(row.get(0)?, row.get::<_, i64>(1)? as u64, self.this_week);
        }
        Ok(bought)
    }
}

/// What goes with these objects, with all of them together, the best first.
pub(super) fn of(
    file: &Connection,
    items: &[Identity],
    first_week: i64,
) -> Result<Vec<Companion>, StoreError> {
    // A file of before, which nobody has written to since.
    let has_model = file
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'companions'")?
        .exists([])?;
    if !has_model {
        return Ok(Vec::new());
    }
    let mut number = file.prepare("SELECT number FROM items WHERE identity = ?1")?;
    let mut companions = file.prepare(
        "SELECT identity, type, score FROM companions JOIN items ON number = other \
         WHERE item = ?1 AND held_by >= ?2",
    )?;
    let mut sums: HashMap<Identity, Companion> = HashMap::new();
    for item in items {
        let number: Option<u32> = number
            .query_row([item.as_str()], |row| row.get(0))
            .optional()?;
        let Some(number) = number else { continue };
        let mut rows = companions.query(params![number, first_week])?;
        while let Some(row) = rows.next()? {
            let identity = Identity::new(&row.get::<_, String>(0)?).ok();
            let object_type = ObjectType::new(&row.get::<_, String>(1)?).ok();
            let Some((identity, object_type)) = identity.zip(object_type) else {
                continue;
            };
            let score: f64 = row.get(2)?;
            let sum = sums.entry(identity.clone()).or_insert(Companion {
                identity,
                object_type,
                score: 0.0,
            });
            sum.score += score;
        }
    }
    for item in items {
        sums.remove(item);
    }
    let mut found: Vec<Companion> = sums.into_values().collect();
    found.sort_by(|a, b| {
        let by_name = || a.identity.cmp(&b.identity);
        b.score.total_cmp(&a.score).then_with(by_name)
    });
    Ok(found)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;
