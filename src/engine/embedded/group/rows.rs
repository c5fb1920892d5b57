//! Rows of a source, written with the objects of a group. Invariant: a row makes one object at most;
//! when it makes another one than before, that one goes.

use std::collections::HashSet;
use std::sync::Arc;

use super::Group;
use crate::domain::{
    Generation, Identity, ObjectType, Outcome, RowOutcome, SourceCommit, SourceCommitOutcome,
    SourceName, extract,
};
use crate::engine::embedded::edit::Element;
use crate::engine::embedded::store::heads::Head;
use crate::engine::embedded::store::sources::{self, Origin, Origins, RowKey};
use crate::engine::embedded::store::{StoreError, head_row};

/// [`crate::domain::SourceRows`], made ready outside of the writer.
pub(in crate::engine::embedded) struct PreparedRows {
    pub(in crate::engine::embedded) source: SourceName,
    pub(in crate::engine::embedded) generation: Option<Generation>,
    pub(in crate::engine::embedded) rows: Vec<(String, PreparedRow)>,
    pub(in crate::engine::embedded) bookmark: Option<String>,
}

pub(in crate::engine::embedded) enum PreparedRow {
    Is(Element),
    Stays,
    Gone,
}

impl Group<'_> {
    pub(in crate::engine::embedded) fn write_rows(
        &mut self,
        rows: &PreparedRows,
    ) -> Result<Vec<RowOutcome>, StoreError> {
        // Nothing staged is of another origin than what is written here.
        self.flush()?;
        let nested = Arc::new(Origin {
            source: rows.source.clone(),
            row: None,
        });
        let mut outcomes = Vec::with_capacity(rows.rows.len());
        let mut told = HashSet::with_capacity(rows.rows.len());
        for (key, row) in &rows.rows {
            if !told.insert(key.as_str()) {
                // What the row made before may be staged, where nobody looks for it.
                self.flush()?;
            }
            outcomes.push(match row {
                PreparedRow::Is(element) => self.write_row(rows, key, element, &nested)?,
                PreparedRow::Stays => self.keep_row(rows, key)?,
                PreparedRow::Gone => self.delete_row(&rows.source, key, None)?,
            });
        }
        self.flush()?;
        if let Some(bookmark) = &rows.bookmark {
            sources::set_bookmark(&self.transaction, &rows.source, bookmark)?;
        }
        Ok(outcomes)
    }

    fn write_row(
        &mut self,
        rows: &PreparedRows,
        key: &str,
        element: &Element,
        nested: &Arc<Origin>,
    ) -> Result<RowOutcome, StoreError> {
        let Some(own) = element.objects.first() else {
            return Ok(RowOutcome::Unknown);
        };
        let identity = &own.object.identity;
        let before = self.transaction.head(identity)?.map(|head| head.hash);
        let from = Origins {
            own: Some(Arc::new(Origin::of_row(&rows.source, key, identity))),
            extracted: Some(Arc::clone(nested)),
        };
        if let Outcome::Refused(refusal) = self.replace(element, &from, self.sent())? {
            self.keep_row(rows, key)?;
            return Ok(RowOutcome::Refused(refusal));
        }
        self.delete_row(&rows.source, key, Some(identity))?;
        Ok(if before == Some(own.hash) {
            RowOutcome::Unchanged
        } else {
            RowOutcome::Written
        })
    }

    /// Deletes what the row made, but for one.
    fn delete_row(
        &mut self,
        source: &SourceName,
        key: &str,
        but: Option<&Identity>,
    ) -> Result<RowOutcome, StoreError> {
        let mut outcome = RowOutcome::Unknown;
        for (identity, _) in self.made_by(source, key)? {
            if but == Some(&identity) {
                continue;
            }
            self.flush()?;
            // What is staged may have taken it over.
            let Some(head) = self.transaction.head(&identity)? else {
                continue;
            };
            if is_of_row(&head, source, key, &identity) {
                self.transaction.delete_head(&identity, &head)?;
                self.rewritten(head.first_seen);
                self.forget(head.version)?;
                outcome = RowOutcome::Deleted;
            }
        }
        Ok(outcome)
    }

    /// Moves what the row made, and what was nested in that, to the generation.
    fn keep_row(&mut self, rows: &PreparedRows, key: &str) -> Result<RowOutcome, StoreError> {
        self.flush()?;
        let mut outcome = RowOutcome::Unknown;
        for (identity, head) in self.made_by(&rows.source, key)? {
            outcome = RowOutcome::Kept;
            if rows.generation.is_none() || head.generation == rows.generation {
                continue;
            }
            // Of one that is damaged nobody knows what was nested in it.
            let object = self.content(&head)?;
            for nested in object.iter().flat_map(extract) {
                self.move_to(rows, &nested.object.identity, &nested.object.object_type)?;
            }
            self.move_to(rows, &identity, &head.object_type)?;
        }
        Ok(outcome)
    }

    fn move_to(
        &mut self,
        rows: &PreparedRows,
        identity: &Identity,
        object_type: &ObjectType,
    ) -> Result<(), StoreError> {
        let Some(head) = self.transaction.head(identity)? else {
            return Ok(());
        };
        let is_of_other_row = head
            .origin
            .as_ref()
            .is_some_and(|origin| origin.row.is_some() && origin.source != rows.source);
        let is_moved = head.object_type == *object_type && head.generation != rows.generation;
        if is_moved && !is_of_other_row {
            let moved = Head {
                generation: rows.generation.clone(),
                ..head
            };
            self.transaction.move_head(identity, moved)?;
        }
        Ok(())
    }

    /// What the catalog has of a row.
    fn made_by(
        &mut self,
        source: &SourceName,
        key: &str,
    ) -> Result<Vec<(Identity, Head)>, StoreError> {
        let mut identities = sources::named_otherwise(&self.transaction, source, key)?;
        identities.extend(Identity::new(key));
        let mut made = Vec::new();
        for identity in identities {
            if let Some(head) = self.transaction.head(&identity)?
                && is_of_row(&head, source, key, &identity)
            {
                made.push((identity, head));
            }
        }
        Ok(made)
    }

    pub(in crate::engine::embedded) fn commit_source(
        &mut self,
        commit: &SourceCommit,
    ) -> Result<SourceCommitOutcome, StoreError> {
        self.flush()?;
        let staying = sources::survey(&self.transaction, commit)?.staying;
        if staying < commit.at_least {
            return Ok(SourceCommitOutcome::TooFew { staying });
        }
        let unfit = head_row::find_unfit(&self.transaction, &self.damaged)?;
        let deleted = self.transaction.delete_unmarked_by_source(commit, &unfit)?;
        let count = deleted.len() as u64;
        for version in deleted {
            self.forget(version)?;
        }
        Ok(SourceCommitOutcome::Deleted { count })
    }
}

fn is_of_row(head: &Head, source: &SourceName, key: &str, identity: &Identity) -> bool {
    let Some(origin) = &head.origin else {
        return false;
    };
    origin.source == *source
        && match &origin.row {
            None => false,
            Some(RowKey::Identity) => identity.as_str() == key,
            Some(RowKey::Other(other)) => **other == *key,
        }
}
