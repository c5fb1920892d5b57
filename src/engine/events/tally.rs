//! All that the events of one batch count for, added up before any of it is written: a list of twenty objects that
//! a hundred clients saw is twenty rows. Invariant: what is written is what is told to the tables in memory.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::baskets::Baskets;
use super::groups;
use super::numbers::{self, Query};
use crate::domain::{Group, Identity, ItemCounts, ListKind, ListPlace, ObjectType};
use crate::engine::sqlite::StoreError;

/// What happened with one query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct QueryCounts {
    pub(super) searches: u64,
    /// Of them.
    pub(super) empty: u64,
    /// Typed for suggestions, and not gone on with.
    pub(super) typed: u64,
    pub(super) clicks: u64,
    pub(super) conversions: u64,
    pub(super) transactions: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By day, object and list; `None` is no list.
    pub(super) items: HashMap<(i64, u32, Option<ListKind>), ItemCounts>,
    pub(super) queries: HashMap<(i64, u32), QueryCounts>,
    pub(super) pairs: HashMap<(i64, u32, u32), ItemCounts>,
    pub(super) places: HashMap<(i64, ListPlace), ItemCounts>,
    pub(super) groups: HashMap<(i64, Group), ItemCounts>,
    pub(super) spellings: HashMap<(u32, Box<str>), u64>,
    /// What was bought together.
    pub(super) baskets: Baskets,
    /// Who the numbers are.
    pub(super) item_names: HashMap<u32, (Identity, ObjectType)>,
    /// What the queries have become.
    pub(super) query_states: HashMap<u32, (Box<str>, Query)>,
}

/// A list as the file has it.
pub(super) fn list_code(list: Option<ListKind>) -> i64 {
    let at = |list| ListKind::ALL.iter().position(|kind| *kind == list);
    list.and_then(at).map_or(0, |at| at as i64 + 1)
}

pub(super) fn list_of_code(code: i64) -> Option<ListKind> {
    let at = usize::try_from(code.checked_sub(1)?).ok()?;
    ListKind::ALL.get(at).copied()
}

impl Tally {
    pub(super) fn write(&self, file: &Connection) -> Result<(), StoreError> {
        self.write_items(file)?;
        self.write_queries(file)?;
        let mut pairs = file.prepare_cached(
            "INSERT INTO query_item_days VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET \
             clicks = clicks + excluded.clicks, conversions = conversions + excluded.conversions, \
             transactions = transactions + excluded.transactions",
        )?;
        for ((day, query, item), counts) in &self.pairs {
            pairs.execute(params![
                day,
                query,
                item,
                counts.clicks as i64,
                counts.conversions as i64,
                counts.transactions as i64
            ])?;
        }
        let mut places = file.prepare_cached(
            "INSERT INTO place_days VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET \
             shown = shown + excluded.shown, clicks = clicks + excluded.clicks, \
             conversions = conversions + excluded.conversions, \
             transactions = transactions + excluded.transactions",
        )?;
        for ((day, place), counts) in &self.places {
            places.execute(params![
                day,
                place.as_str(),
                counts.shown as i64,
                counts.clicks as i64,
                counts.conversions as i64,
                counts.transactions as i64
            ])?;
        }
        groups::write(&self.groups, file)?;
        for ((query, typed), times) in &self.spellings {
            numbers::add_spelling(file, *query, typed, *times)?;
        }
        Ok(())
    }

    fn write_items(&self, file: &Connection) -> Result<(), StoreError> {
        let mut items = file.prepare_cached(
            "INSERT INTO item_days VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT DO UPDATE SET views = views + excluded.views, \
             shown = shown + excluded.shown, clicks = clicks + excluded.clicks, \
             conversions = conversions + excluded.conversions, \
             transactions = transactions + excluded.transactions, \
             pieces = pieces + excluded.pieces",
        )?;
        for ((day, item, list), counts) in &self.items {
            items.execute(params![
                day,
                item,
                list_code(*list),
                counts.views as i64,
                counts.shown as i64,
                counts.clicks as i64,
                counts.conversions as i64,
                counts.transactions as i64,
                counts.pieces as i64
            ])?;
        }
        Ok(())
    }

    fn write_queries(&self, file: &Connection) -> Result<(), StoreError> {
        let mut queries = file.prepare_cached(
            "INSERT INTO query_days VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT DO UPDATE SET searches = searches + excluded.searches, \
             empty = empty + excluded.empty, typed = typed + excluded.typed, \
             clicks = clicks + excluded.clicks, conversions = conversions + excluded.conversions, \
             transactions = transactions + excluded.transactions",
        )?;
        for ((day, query), counts) in &self.queries {
            queries.execute(params![
                day,
                query,
                counts.searches as i64,
                counts.empty as i64,
                counts.typed as i64,
                counts.clicks as i64,
                counts.conversions as i64,
                counts.transactions as i64
            ])?;
        }
        Ok(())
    }
}
