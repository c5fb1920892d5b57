//! A row of `heads` as it lies on the disk, and its checksum. Invariant: a row that says its checksum is read only
//! if it has it, under the identity it was looked for; one of before there were any is taken at its word.
//!
//! An index of the table may lead to another row than it did, so the identity that was asked for counts, not the
//! one that was found.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::head::Head;
use super::{Damaged, StoreError};
use crate::domain::{ActivePeriod, Generation, Identity, ObjectType, Timestamp};
use crate::engine::embedded::ids::VersionId;
use crate::engine::plan::{ContentHash, Origin};

/// Where columns stand in `SELECT *`: a store of before has no checksums until a server has opened it, so they
/// cannot be named.
mod column {
    pub(super) const FIRST_SEEN: usize = 0;
    pub(super) const IDENTITY: usize = 1;
    pub(super) const TYPE: usize = 2;
    pub(super) const GENERATION: usize = 3;
    pub(super) const VERSION: usize = 4;
    pub(super) const HASH: usize = 5;
    pub(super) const ACTIVE_FROM: usize = 6;
    pub(super) const ACTIVE_TO: usize = 7;
    pub(super) const SOURCE: usize = 8;
    pub(super) const ROW_KEY: usize = 9;
    pub(super) const SUM: usize = 10;
}

/// All a row says but its checksum.
pub(super) struct HeadRow<'a> {
    pub(super) first_seen: i64,
    pub(super) identity: &'a str,
    pub(super) object_type: &'a str,
    pub(super) generation: Option<&'a str>,
    pub(super) version: i64,
    pub(super) hash: &'a [u8],
    pub(super) active_from: Option<i64>,
    pub(super) active_to: Option<i64>,
    pub(super) source: Option<&'a str>,
    pub(super) row_key: Option<&'a str>,
}

impl<'a> HeadRow<'a> {
    pub(super) fn of(identity: &'a Identity, head: &'a Head, row_key: Option<&'a str>) -> Self {
        let origin = head.origin.as_ref();
        Self {
            first_seen: head.first_seen as i64,
            identity: identity.as_str(),
            object_type: head.object_type.as_str(),
            generation: head.generation.as_ref().map(Generation::as_str),
            version: head.version.0 as i64,
            hash: &head.hash.0,
            active_from: head.active.from.map(Timestamp::as_millis),
            active_to: head.active.to.map(Timestamp::as_millis),
            source: origin.map(|origin| origin.source.as_str()),
            row_key,
        }
    }

    /// A row of `SELECT *`, whatever it says; the identity may be told by whoever looked for it.
    fn read(row: &'a Row<'_>, identity: Option<&'a str>) -> Result<Self, StoreError> {
        let blob = row.get_ref(column::HASH)?.as_blob();
        Ok(Self {
            first_seen: place(row)? as i64,
            identity: match identity {
                Some(identity) => identity,
                None => text(row, column::IDENTITY)?,
            },
            object_type: text(row, column::TYPE)?,
            generation: optional_text(row, column::GENERATION)?,
            version: number(row, column::VERSION)?,
            hash: blob.map_err(|_| damaged("without a content hash"))?,
            active_from: optional_number(row, column::ACTIVE_FROM)?,
            active_to: optional_number(row, column::ACTIVE_TO)?,
            source: optional_text(row, column::SOURCE)?,
            row_key: optional_text(row, column::ROW_KEY)?,
        })
    }

    /// The same, compared with the checksum of the row.
    fn read_sound(row: &'a Row<'_>, identity: Option<&'a str>) -> Result<Self, StoreError> {
        let read = Self::read(row, identity)?;
        if sum(row)?.is_some_and(|sum| sum != i64::from(read.checksum())) {
            return Err(damaged("with another checksum"));
        }
        Ok(read)
    }

    /// Of all columns, and of where one ends and the next begins.
    pub(super) fn checksum(&self) -> u32 {
        /// Room for what nearly all rows say.
        const BYTES: usize = 512;
        // In one piece: a checksum of many small ones takes twice as long.
        let mut said = Vec::with_capacity(BYTES);
        let texts = [
            Some(self.identity.as_bytes()),
            Some(self.object_type.as_bytes()),
            self.generation.map(str::as_bytes),
            Some(self.hash),
            self.source.map(str::as_bytes),
            self.row_key.map(str::as_bytes),
        ];
        for text in texts {
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            said.extend_from_slice(&length.to_le_bytes());
            said.extend_from_slice(text.unwrap_or_default());
        }
        let numbers = [
            Some(self.first_seen),
            Some(self.version),
            self.active_from,
            self.active_to,
            Some(i64::from(self.active_from.is_some())),
            Some(i64::from(self.active_to.is_some())),
        ];
        for number in numbers {
            said.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
        }
        crc32fast::hash(&said)
    }

    fn head(&self) -> Result<Head, StoreError> {
        let generation = self.generation.map(Generation::new).transpose();
        Ok(Head {
            object_type: ObjectType::new(self.object_type)
                .map_err(|_| damaged("without a type name"))?,
            generation: generation.map_err(|_| damaged("with a bad generation"))?,
            version: VersionId(self.version as u64),
            hash: self
                .hash
                .try_into()
                .map(ContentHash)
                .map_err(|_| damaged("without a content hash"))?,
            first_seen: self.first_seen as u64,
            active: ActivePeriod {
                from: self.active_from.map(Timestamp::from_millis),
                to: self.active_to.map(Timestamp::from_millis),
            },
            origin: match self.source {
                None => None,
                Some(source) => Some(Arc::new(Origin::read(source, self.row_key)?)),
            },
        })
    }
}

/// What a row of `SELECT *` says of the identity it was looked for by.
pub(super) fn of_identity(row: &Row<'_>, identity: &Identity) -> Result<Head, StoreError> {
    HeadRow::read_sound(row, Some(identity.as_str()))?.head()
}

/// What a row of `SELECT *` says, and of whom.
pub(super) fn read<'row>(row: &'row Row<'_>) -> Result<(&'row str, Head), StoreError> {
    let read = HeadRow::read_sound(row, None)?;
    Ok((read.identity, read.head()?))
}

/// Of a row that is damaged: what its version would be, and its type.
pub(super) fn told(row: &Row<'_>) -> Result<(VersionId, ObjectType), StoreError> {
    let object_type = ObjectType::new(text(row, column::TYPE)?);
    let object_type = object_type.map_err(|_| damaged("without a type name"))?;
    Ok((VersionId(number(row, column::VERSION)? as u64), object_type))
}

/// Where a row of `SELECT *` stands in the order.
pub(super) fn place(row: &Row<'_>) -> Result<u64, StoreError> {
    Ok(row.get::<_, i64>(column::FIRST_SEEN)? as u64)
}

/// Places in the order of heads that are not what was written, as a list in JSON.
pub(in crate::engine::embedded) struct Unfit(String);

impl Unfit {
    pub(super) fn as_json(&self) -> &str {
        &self.0
    }
}

/// Compares all heads with their checksums, before one of their columns decides over them: those that are damaged
/// are noted, and nothing is decided by them.
pub(in crate::engine::embedded) fn find_unfit(
    store: &Connection,
    damaged: &Damaged,
) -> Result<Unfit, StoreError> {
    let places = unfit(store)?;
    note_unfit(store, &places, damaged)?;
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    Ok(Unfit(format!("[{}]", places.join(","))))
}

/// Places of the heads that are not what was written.
pub(super) fn unfit(store: &Connection) -> Result<Vec<u64>, StoreError> {
    let mut statement = store.prepare_cached("SELECT * FROM heads NOT INDEXED")?;
    let mut rows = statement.query([])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        match HeadRow::read_sound(row, None) {
            Ok(_) => {}
            Err(StoreError::Damaged(_)) if places.len() < Damaged::NAMED_MAX => {
                places.push(place(row)?);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(places)
}

/// Notes those of the places whose heads are not what was written now.
pub(in crate::engine::embedded) fn note_unfit(
    store: &Connection,
    places: &[u64],
    damaged: &Damaged,
) -> Result<(), StoreError> {
    for place in places {
        let mut statement = store.prepare_cached("SELECT * FROM heads WHERE first_seen = ?1")?;
        let mut rows = statement.query([*place as i64])?;
        let Some(row) = rows.next()? else {
            continue;
        };
        match HeadRow::read_sound(row, None) {
            Err(error @ StoreError::Damaged(_)) => damaged.note_head(*place, &error),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Whether the row in this place is what was written, and its object ended before the instant; one that is damaged
/// is noted.
pub(super) fn has_expired(
    store: &Connection,
    first_seen: i64,
    before: Timestamp,
    damaged: &Damaged,
) -> Result<bool, StoreError> {
    let mut statement = store.prepare_cached("SELECT * FROM heads WHERE first_seen = ?1")?;
    let mut rows = statement.query([first_seen])?;
    let Some(row) = rows.next()? else {
        return Ok(false);
    };
    match HeadRow::read_sound(row, None) {
        Ok(read) => Ok(read.active_to.is_some_and(|to| to < before.as_millis())),
        Err(error @ StoreError::Damaged(_)) => {
            damaged.note_head(first_seen as u64, &error);
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Places whose rows say no checksum, at most `limit`.
pub(in crate::engine::embedded) fn without_sum(
    store: &Connection,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        store.prepare_cached("SELECT first_seen FROM heads WHERE sum IS NULL LIMIT ?1")?;
    let places = statement.query_map([limit as i64], |row| row.get(0))?;
    Ok(places.collect::<Result<_, _>>()?)
}

/// Writes the checksums of rows that say none.
pub(in crate::engine::embedded) fn add_sums(
    store: &Connection,
    places: &[i64],
) -> Result<(), StoreError> {
    let mut find = store.prepare_cached("SELECT * FROM heads WHERE first_seen = ?1")?;
    let mut set = store.prepare_cached("UPDATE heads SET sum = ?2 WHERE first_seen = ?1")?;
    for place in places {
        let mut rows = find.query([place])?;
        let Some(row) = rows.next()? else {
            continue;
        };
        // Of one that cannot be read it is that of nothing: it stays damaged.
        let sum_of = HeadRow::read(row, None).map_or(0, |read| read.checksum());
        if sum(row)?.is_none() {
            drop(rows);
            set.execute(params![place, sum_of])?;
        }
    }
    Ok(())
}

/// `None` where the row says none.
fn sum(row: &Row<'_>) -> Result<Option<i64>, StoreError> {
    if row.as_ref().column_count() <= column::SUM {
        return Ok(None);
    }
    optional_number(row, column::SUM)
}

fn text<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row str, StoreError> {
    let text = row.get_ref(column)?.as_str();
    text.map_err(|_| damaged("with a column that is no text"))
}

fn optional_text<'row>(row: &'row Row<'_>, column: usize) -> Result<Option<&'row str>, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => text(row, column).map(Some),
    }
}

fn number(row: &Row<'_>, column: usize) -> Result<i64, StoreError> {
    let number = row.get_ref(column)?.as_i64();
    number.map_err(|_| damaged("with a column that is no number"))
}

fn optional_number(row: &Row<'_>, column: usize) -> Result<Option<i64>, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => number(row, column).map(Some),
    }
}

fn damaged(how: &str) -> StoreError {
    StoreError::Damaged(format!("head {how}"))
}
