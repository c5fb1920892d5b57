//! Counters by day and group of visits. Invariant: there are so many groups at most, and what is beyond counts as all
//! else that an event counts.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use crate::domain::{Group, GroupKind, ItemCounts, Label};
use crate::engine::sqlite::StoreError;

/// Groups that are counted apart: who sends events may invent names.
const GROUPS_MAX: usize = 500;

/// Those that are counted.
#[derive(Default)]
pub(super) struct Groups(HashSet<Group>);

impl Groups {
    pub(super) fn load(file: &Connection) -> Result<Self, StoreError> {
        let counted = within(file, i64::MIN, i64::MAX)?;
        Ok(Self(counted.into_keys().collect()))
    }

    /// Whether the group is counted, from now on where there is room.
    pub(super) fn has(&mut self, group: &Group) -> bool {
        if self.0.contains(group) {
            return true;
        }
        self.0.len() < GROUPS_MAX && self.0.insert(group.clone())
    }
}

/// What was counted from a day on.
pub(super) fn within(
    file: &Connection,
    first: i64,
    last: i64,
) -> Result<HashMap<Group, ItemCounts>, StoreError> {
    let mut counted = HashMap::new();
    // Who only reads may find a file of before.
    let is_there = file
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'group_days'")?
        .exists([])?;
    if !is_there {
        return Ok(counted);
    }
    let mut rows = file.prepare(
        "SELECT kind, name, sum(shown), sum(clicks), sum(conversions), sum(transactions) \
         FROM group_days WHERE day BETWEEN ?1 AND ?2 GROUP BY kind, name",
    )?;
    let mut rows = rows.query([first, last])?;
    while let Some(row) = rows.next()? {
        let name = Label::new(&row.get::<_, String>(1)?);
        let Some((kind, name)) = kind_of_code(row.get(0)?).zip(name) else {
            continue;
        };
        let count = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)? as u64);
        let counts = ItemCounts {
            shown: count(2)?,
            clicks: count(3)?,
            conversions: count(4)?,
            transactions: count(5)?,
            ..ItemCounts::default()
        };
        counted.insert(Group { kind, name }, counts);
    }
    Ok(counted)
}

pub(super) fn write(
    counted: &HashMap<(i64, Group), ItemCounts>,
    file: &Connection,
) -> Result<(), StoreError> {
    if counted.is_empty() {
        return Ok(());
    }
    let mut rows = file.prepare_cached(
        "INSERT INTO group_days VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET \
         shown = shown + excluded.shown, clicks = clicks + excluded.clicks, \
         conversions = conversions + excluded.conversions, \
         transactions = transactions + excluded.transactions",
    )?;
    for ((day, group), counts) in counted {
        rows.execute(params![
            day,
            code_of(group.kind),
            group.name.as_str(),
            counts.shown as i64,
            counts.clicks as i64,
            counts.conversions as i64,
            counts.transactions as i64
        ])?;
    }
    Ok(())
}

/// A kind as the file has it.
fn code_of(kind: GroupKind) -> i64 {
    let at = GroupKind::ALL.iter().position(|known| *known == kind);
    at.map_or(0, |at| at as i64 + 1)
}

fn kind_of_code(code: i64) -> Option<GroupKind> {
    let at = usize::try_from(code.checked_sub(1)?).ok()?;
    GroupKind::ALL.get(at).copied()
}
