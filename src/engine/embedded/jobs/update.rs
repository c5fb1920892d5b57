//! An update by query (docs/reference/03-update-by-query-and-generations.md §1). First the matching set is
//! settled and saved, then it is changed page by page. Invariants: a page and its counts are saved together;
//! each object is read, changed and written by the writer, so that what others write meanwhile is never lost.

use std::sync::Arc;
use std::time::Duration;

use super::matching;
use super::step::{JobError, Step, Work, in_batch, wait_visible};
use crate::domain::{JobNumber, Outcome, UpdateByQuery};
use crate::engine::embedded::batch::WriteBatch;
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::store::{StoreError, heads, jobs};

/// A job that is complete can be found in searches, unless the index is this long behind.
const VISIBLE_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Update {
    number: JobNumber,
    asked: Arc<UpdateByQuery>,
    stage: Stage,
    /// Of the last page that was changed.
    last: Sequence,
}

enum Stage {
    Settling,
    Changing,
    Ending,
}

impl Update {
    pub(super) fn new(number: JobNumber, update: UpdateByQuery, is_settled: bool) -> Self {
        Self {
            number,
            asked: Arc::new(update),
            stage: if is_settled {
                Stage::Changing
            } else {
                Stage::Settling
            },
            last: Sequence::default(),
        }
    }

    /// Changes the next page; `false` when there is none.
    fn change_page(&mut self, catalog: &Arc<Catalog>) -> Result<bool, JobError> {
        let (number, update) = (self.number, Arc::clone(&self.asked));
        let (changed, sequence) =
            in_batch(catalog, move |batch| change_page(batch, number, &update))?;
        self.last = sequence;
        Ok(changed)
    }

    fn end(&self, catalog: &Arc<Catalog>) -> Result<(), JobError> {
        wait_visible(catalog, self.last, VISIBLE_WITHIN);
        let (number, now) = (self.number, catalog.clock.now());
        in_batch(catalog, move |batch| {
            jobs::end(batch.transaction(), number, now, None)
        })?;
        Ok(())
    }
}

impl Work for Update {
    fn step(&mut self, catalog: &Arc<Catalog>) -> Result<Step, JobError> {
        match self.stage {
            Stage::Settling => {
                matching::settle(catalog, self.number, &self.asked)?;
                self.stage = Stage::Changing;
            }
            Stage::Changing => {
                if !self.change_page(catalog)? {
                    self.stage = Stage::Ending;
                }
            }
            Stage::Ending => {
                self.end(catalog)?;
                return Ok(Step::Done);
            }
        }
        Ok(Step::More)
    }
}

/// What was deleted since it matched is not what was meant: neither changed nor refused.
fn change_page(
    batch: &mut WriteBatch<'_>,
    number: JobNumber,
    update: &UpdateByQuery,
) -> Result<bool, StoreError> {
    let Some(page) = jobs::take_page(batch.transaction(), number)? else {
        return Ok(false);
    };
    // Others of the batch may have changed what is looked at here.
    batch.execute()?;
    let mut applied = 0;
    let mut refused = Vec::new();
    for first_seen in page {
        let Some((identity, object_type)) = heads::at(batch.transaction(), first_seen)? else {
            continue;
        };
        match batch.update(update, &identity, &object_type)? {
            Some(Outcome::Applied | Outcome::AppliedWith(_)) => applied += 1,
            Some(Outcome::Refused(refusal)) => refused.push((identity, refusal)),
            None => {}
        }
    }
    jobs::advance(batch.transaction(), number, applied, &refused)?;
    Ok(true)
}
