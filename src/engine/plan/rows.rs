//! Rows of a source. Invariant: a row makes one object at most; when it makes another one than before, that one
//! goes.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::{Element, Encoder};
use super::head::{Origin, Origins};
use super::mention::Current;
use super::{Heads, Plan};
use crate::domain::{
    Generation, Identity, ObjectType, Outcome, RowOutcome, RowState, SourceBookmark, SourceName,
    SourceRows, extract,
};
use crate::engine::Extraction;

/// [`crate::domain::SourceRows`] as they wait to be planned.
pub struct ReadyRows {
    pub source: SourceName,
    pub generation: Option<Generation>,
    pub rows: Vec<(String, ReadyRow)>,
    pub bookmark: Option<SourceBookmark>,
}

pub enum ReadyRow {
    Is(Element),
    Stays,
    Gone,
}

impl ReadyRows {
    pub fn new(sent: SourceRows, encoder: &mut Encoder) -> Self {
        let mut ready = |state| match state {
            RowState::Is(object) => {
                ReadyRow::Is(Element::sent(*object, Extraction::Extract, encoder))
            }
            RowState::Stays => ReadyRow::Stays,
            RowState::Gone => ReadyRow::Gone,
        };
        let rows = sent.rows.into_iter();
        Self {
            source: sent.source,
            generation: sent.generation,
            rows: rows.map(|row| (row.key, ready(row.state))).collect(),
            bookmark: sent.bookmark,
        }
    }

    /// What keys and objects take.
    pub fn content_bytes(&self) -> usize {
        let rows = self.rows.iter().map(|(key, row)| {
            let object = match row {
                ReadyRow::Is(element) => element.bytes(),
                ReadyRow::Stays | ReadyRow::Gone => 0,
            };
            key.len() + object
        });
        rows.sum()
    }
}

/// Rows while they are planned.
struct Planned<'r> {
    source: &'r SourceName,
    generation: Option<&'r Generation>,
    /// Of what is nested in their objects.
    nested: Arc<Origin>,
    /// What each row made, where that is named otherwise than the row.
    made: HashMap<&'r str, Vec<Identity>>,
}

impl<V: Copy + Eq> Plan<V> {
    /// Plans rows from this place on until the plan is full, one at least; what is planned has to be done before
    /// it goes on. One outcome per row, in order.
    pub fn rows<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        rows: &ReadyRows,
        from: usize,
    ) -> Result<Vec<RowOutcome>, H::Error> {
        let mut planned = Planned {
            source: &rows.source,
            generation: rows.generation.as_ref(),
            nested: Arc::new(Origin {
                source: rows.source.clone(),
                row: None,
            }),
            made: HashMap::new(),
        };
        let mut outcomes = Vec::new();
        for (key, row) in rows.rows.iter().skip(from) {
            if self.is_full() && !outcomes.is_empty() {
                break;
            }
            outcomes.push(match row {
                ReadyRow::Is(element) => self.row(heads, &mut planned, key, element)?,
                ReadyRow::Stays => self.keep_row(heads, &planned, key)?,
                ReadyRow::Gone => self.delete_row(heads, &planned, key, None)?,
            });
        }
        Ok(outcomes)
    }

    fn row<'r, H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        rows: &mut Planned<'r>,
        key: &'r str,
        element: &Element,
    ) -> Result<RowOutcome, H::Error> {
        let own = element.own();
        let identity = &own.object.identity;
        let before = self.current(heads, identity)?.map(|current| current.hash);
        let from = Origins {
            own: Some(Arc::new(Origin::of_row(rows.source, key, identity))),
            extracted: Some(Arc::clone(&rows.nested)),
        };
        if let Outcome::Refused(refusal) = self.replace(heads, element, &from, self.sent())? {
            self.keep_row(heads, rows, key)?;
            return Ok(RowOutcome::Refused(refusal));
        }
        self.delete_row(heads, rows, key, Some(identity))?;
        if identity.as_str() != key {
            rows.made.entry(key).or_default().push(identity.clone());
        }
        Ok(if before == Some(own.hash) {
            RowOutcome::Unchanged
        } else {
            RowOutcome::Written
        })
    }

    /// Deletes what the row made, but for one.
    fn delete_row<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        rows: &Planned<'_>,
        key: &str,
        but: Option<&Identity>,
    ) -> Result<RowOutcome, H::Error> {
        let mut outcome = RowOutcome::Unknown;
        for (identity, current) in self.made_by(heads, rows, key)? {
            if but != Some(&identity) {
                self.draft.delete(&identity, current.before);
                outcome = RowOutcome::Deleted;
            }
        }
        Ok(outcome)
    }

    /// Moves what the row made, and what was nested in that, to the generation.
    fn keep_row<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        rows: &Planned<'_>,
        key: &str,
    ) -> Result<RowOutcome, H::Error> {
        let mut outcome = RowOutcome::Unknown;
        for (identity, current) in self.made_by(heads, rows, key)? {
            outcome = RowOutcome::Kept;
            if rows.generation.is_none() || current.generation.as_ref() == rows.generation {
                continue;
            }
            // Of one that is damaged nobody knows what was nested in it.
            let object = current.object(heads)?;
            for nested in object.iter().flat_map(|object| extract(object)) {
                let nested = nested.object;
                self.move_to(heads, rows, &nested.identity, &nested.object_type)?;
            }
            self.move_to(heads, rows, &identity, &current.object_type)?;
        }
        Ok(outcome)
    }

    fn move_to<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        rows: &Planned<'_>,
        identity: &Identity,
        object_type: &ObjectType,
    ) -> Result<(), H::Error> {
        let Some(current) = self.current(heads, identity)? else {
            return Ok(());
        };
        let origin = current.origin.clone();
        let is_of_other_row = origin
            .as_ref()
            .is_some_and(|origin| origin.row.is_some() && origin.source != *rows.source);
        if current.object_type == *object_type && !is_of_other_row {
            let moved = current.moved(identity, rows.generation.cloned(), origin);
            if let Some(effect) = moved {
                self.draft.add(effect);
            }
        }
        Ok(())
    }

    /// What is there of a row.
    fn made_by<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        rows: &Planned<'_>,
        key: &str,
    ) -> Result<Vec<(Identity, Current<V>)>, H::Error> {
        let mut identities = heads.named_otherwise(rows.source, key)?;
        for planned in rows.made.get(key).into_iter().flatten() {
            if !identities.contains(planned) {
                identities.push(planned.clone());
            }
        }
        identities.extend(Identity::new(key));
        let mut made = Vec::new();
        for identity in identities {
            if let Some(current) = self.current(heads, &identity)?
                && let Some(origin) = &current.origin
                && origin.is_row(rows.source, key, &identity)
            {
                made.push((identity, current));
            }
        }
        Ok(made)
    }
}
