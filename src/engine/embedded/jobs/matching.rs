//! Which objects an update by query means: those that match at one moment, whatever is written while
//! they are being found. The index says where to look, when it can; what an object is, the store
//! says. Invariant: nothing is changed before the whole set is saved, so a set that a
//! crash left incomplete can be thrown away.

use std::sync::Arc;
use std::time::Duration;

use super::step::{JobError, PAGE_OBJECTS, in_batch, wait_visible};
use crate::domain::{JobNumber, Matcher, Schema, UpdateByQuery};
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::follow::awake;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::index::Candidate;
use crate::engine::embedded::store::{heads, jobs};

/// Pages saved in one write batch.
const PAGES_AT_ONCE: usize = 64;

/// How long to wait for the index to show what was written before the job began. Beyond that, every
/// object is looked at.
const INDEX_WITHIN: Duration = Duration::from_secs(10);

/// Finds and saves the matching set.
pub(super) fn settle(
    catalog: &Arc<Catalog>,
    number: JobNumber,
    update: &Arc<UpdateByQuery>,
) -> Result<(), JobError> {
    let ((), began) = in_batch(catalog, move |batch| {
        jobs::start(batch.transaction(), number)
    })?;
    wait_visible(catalog, began, INDEX_WITHIN);
    let mut set = MatchingSet::new(catalog, number);
    // The attributes of everything that was written before the job are known by now.
    let schema = catalog.schema.load_full();
    if let Some(matcher) = update.criteria.read(&schema) {
        match candidates(catalog, began, &schema, update, &matcher) {
            Some(candidates) => look_through(catalog, &candidates, &matcher, &mut set)?,
            None => scan(catalog, update, &matcher, &mut set)?,
        }
    }
    set.settle()
}

/// What the index has to offer, if it holds everything up to the sequence.
fn candidates(
    catalog: &Arc<Catalog>,
    began: Sequence,
    schema: &Schema,
    update: &UpdateByQuery,
    matcher: &Matcher<'_>,
) -> Option<Vec<Candidate>> {
    // In this order: an index that takes the place of another one holds what the other has shown.
    if catalog.visible() < began {
        return None;
    }
    let index = awake::index(catalog).ok()?;
    index.candidates(schema, &update.types, matcher)
}

/// Compares each candidate as the index showed it: what a search finds is one moment, and versions
/// never change. They outlast any search, and from the first look on the snapshot keeps them.
fn look_through(
    catalog: &Catalog,
    candidates: &[Candidate],
    matcher: &Matcher<'_>,
    set: &mut MatchingSet<'_>,
) -> Result<(), JobError> {
    catalog.readers.with(|reader| {
        let _snapshot = reader.snapshot()?;
        for candidate in candidates {
            match reader.object(candidate.version)? {
                Some(found) if matcher.matches(&found.object) => set.add(candidate.first_seen)?,
                Some(_) => {}
                None if reader.damaged().has(candidate.version) => {}
                None => return Err(JobError::Outrun),
            }
        }
        Ok(())
    })
}

/// Looks at every object of the types asked for. One snapshot, so that it is one moment.
fn scan(
    catalog: &Catalog,
    update: &UpdateByQuery,
    matcher: &Matcher<'_>,
    set: &mut MatchingSet<'_>,
) -> Result<(), JobError> {
    catalog.readers.with(|reader| {
        let snapshot = reader.snapshot()?;
        heads::for_each(&snapshot, reader.damaged(), |identity, head| {
            if !update.asks_for(&head.object_type) {
                return Ok(());
            }
            match reader.current(&head)? {
                Some(found) if matcher.matches(&found.object) => set.add(head.first_seen),
                Some(_) => Ok(()),
                None => {
                    tracing::error!(
                        site.tracker_id = catalog.tracker_id.as_str(),
                        object.identity = identity,
                        "object has no content in the store; run `vetrina check`"
                    );
                    Ok(())
                }
            }
        })
    })
}

/// The matching set on its way to the store.
struct MatchingSet<'c> {
    catalog: &'c Arc<Catalog>,
    number: JobNumber,
    /// Pages saved so far.
    pages: u64,
    matched: u64,
    unsaved: Vec<u64>,
}

impl<'c> MatchingSet<'c> {
    fn new(catalog: &'c Arc<Catalog>, number: JobNumber) -> Self {
        Self {
            catalog,
            number,
            pages: 0,
            matched: 0,
            unsaved: Vec::new(),
        }
    }

    /// Adds an object that first appeared after all those added before.
    fn add(&mut self, first_seen: u64) -> Result<(), JobError> {
        self.unsaved.push(first_seen);
        self.matched += 1;
        if self.unsaved.len() >= PAGE_OBJECTS * PAGES_AT_ONCE {
            self.save(false)?;
        }
        Ok(())
    }

    fn settle(mut self) -> Result<(), JobError> {
        self.save(true)
    }

    fn save(&mut self, is_whole: bool) -> Result<(), JobError> {
        let objects = std::mem::take(&mut self.unsaved);
        let (number, first_page, matched) = (self.number, self.pages, self.matched);
        self.pages += objects.len().div_ceil(PAGE_OBJECTS) as u64;
        in_batch(self.catalog, move |batch| {
            let store = batch.transaction();
            for (page, objects) in (first_page..).zip(objects.chunks(PAGE_OBJECTS)) {
                jobs::add_page(store, number, page, objects)?;
            }
            if is_whole {
                jobs::settle(store, number, matched)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
