//! What jobs do in a batch. Invariant: how far a job is is written behind all that it speaks of, in the same batch; an object that
//! a job has changed says so, so a step that is done again changes nothing twice.

use std::sync::Arc;

use super::{Batch, json};
use crate::domain::{
    Identity, JobLook, JobNumber, JobRefusal, JobRequest, JobStatus, Outcome, Refusal, Timestamp,
    TrackerId, UpdateByQuery,
};
use crate::engine::opensearch::kept_job::{self, BLOCK, KeptJob, MatchingSet, Page, RefusalBlock};
use crate::engine::{EngineError, codec};

/// Jobs that may wait on one site, the running one included.
const OPEN_MAX: usize = 100;
/// Seconds until a full queue of jobs is worth another try.
const COME_AGAIN_S: u32 = 10;
/// Jobs that one batch forgets.
const FORGOTTEN_MAX: usize = 20;

/// A step of a job.
#[derive(Debug)]
pub(in crate::engine::opensearch) enum JobWork {
    Submit(Box<JobRequest>),
    /// Somebody begins to look for what matches.
    Begin(JobNumber),
    /// This is what matches, unless somebody else has settled it.
    Settle(JobNumber, MatchingSet),
    /// Changes the next page.
    Change(JobNumber, Arc<UpdateByQuery>),
    End(JobNumber, Option<String>),
    /// This process ends: another one may go on with it at once.
    Leave(JobNumber),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch) enum JobStep {
    Queued(JobNumber),
    /// The number of the attempt.
    Begun(u64),
    /// What matches is settled, or there is more to change.
    More,
    /// Every object has had its turn.
    Through,
    /// It is over, or not there.
    Ended,
    /// What matches is not there any more.
    Lost,
}

impl Batch<'_> {
    pub(in crate::engine::opensearch::site) async fn job(
        &mut self,
        work: JobWork,
    ) -> Result<JobStep, EngineError> {
        let number = match &work {
            JobWork::Submit(request) => return self.submit(request).await,
            JobWork::Begin(number)
            | JobWork::Settle(number, _)
            | JobWork::Change(number, _)
            | JobWork::End(number, _)
            | JobWork::Leave(number) => *number,
        };
        if !self.control.jobs.open.contains(&number.0) {
            return Ok(JobStep::Ended);
        }
        let id = kept_job::id(self.tracker(), number);
        let control = self.site.cluster.names.control();
        let kept: Option<(KeptJob, _)> = self.site.cluster.get(&control, &id).await?;
        let before = kept.map(|(kept, _)| kept).unwrap_or_default();
        let mut kept = KeptJob {
            is_left: matches!(work, JobWork::Leave(_)),
            ..before.clone()
        };
        let step = match work {
            JobWork::Submit(_) | JobWork::Begin(_) => {
                kept.attempts += 1;
                JobStep::Begun(kept.attempts)
            }
            JobWork::Settle(_, set) => {
                kept.set.get_or_insert(set);
                JobStep::More
            }
            JobWork::Change(_, update) => self.change_page(number, &mut kept, &update).await?,
            JobWork::End(_, failure) => {
                self.end(number, &mut kept, failure).await?;
                JobStep::Ended
            }
            JobWork::Leave(_) => JobStep::More,
        };
        if kept != before {
            self.keep_job(number, &kept);
        }
        Ok(step)
    }

    async fn submit(&mut self, request: &JobRequest) -> Result<JobStep, EngineError> {
        if self.control.jobs.open.len() >= OPEN_MAX {
            return Err(EngineError::Overloaded {
                retry_after_s: COME_AGAIN_S,
            });
        }
        self.forget_old().await?;
        self.control.jobs.last += 1;
        let number = JobNumber(self.control.jobs.last);
        self.control.jobs.open.push(number.0);
        let id = kept_job::request_id(self.tracker(), number);
        self.keep_beside(id, Some(codec::encode_request(request)));
        self.keep_job(number, &KeptJob::default());
        Ok(JobStep::Queued(number))
    }

    /// What was deleted since it matched is not what was meant: neither changed nor refused.
    async fn change_page(
        &mut self,
        number: JobNumber,
        kept: &mut KeptJob,
        update: &UpdateByQuery,
    ) -> Result<JobStep, EngineError> {
        let Some(set) = kept.set.filter(|set| kept.pages_done < set.pages) else {
            return Ok(match kept.set {
                Some(_) => JobStep::Through,
                None => JobStep::Lost,
            });
        };
        let id = kept_job::page_id(self.tracker(), number, set.attempt, kept.pages_done);
        let control = self.site.cluster.names.control();
        let page: Option<(Page, _)> = self.site.cluster.get(&control, &id).await?;
        let Some((page, _)) = page else {
            return Ok(JobStep::Lost);
        };
        let named = page.objects.into_iter();
        let named = named.filter_map(|(name, seen)| Some((Identity::new(&name).ok()?, seen)));
        let objects: Vec<(Identity, u64)> = named.collect();
        self.read_all(objects.iter().map(|(identity, _)| identity))
            .await?;
        let mut refused = Vec::new();
        for (identity, first_seen) in &objects {
            match self
                .update(number.0, update, (identity, *first_seen))
                .await?
            {
                Some(Outcome::Applied | Outcome::AppliedWith(_)) => kept.applied += 1,
                Some(Outcome::Refused(refusal)) => refused.push((identity, refusal)),
                None => {}
            }
        }
        self.keep_refusals(number, kept.refused, &refused).await?;
        kept.refused += refused.len() as u64;
        kept.pages_done += 1;
        Ok(if kept.pages_done < set.pages {
            JobStep::More
        } else {
            JobStep::Through
        })
    }

    /// Changes one of the objects, unless the job did so before; `None` for one that is not what was meant.
    async fn update(
        &mut self,
        job: u64,
        update: &UpdateByQuery,
        (identity, first_seen): (&Identity, u64),
    ) -> Result<Option<Outcome>, EngineError> {
        let kept = self.there.get(identity);
        let Some(kept) = kept.filter(|kept| kept.head.first_seen == first_seen) else {
            return Ok(None);
        };
        if kept.job == Some(job) {
            return Ok(Some(Outcome::Applied));
        }
        let object_type = kept.head.object_type.clone();
        let outcome = loop {
            let point = self.plan.schema_point();
            let planned = self
                .plan
                .update(&mut self.there, update, identity, &object_type);
            match planned {
                Ok(outcome) => break outcome,
                Err(missing) => {
                    self.plan.restore(point);
                    self.read_missing(missing).await?;
                }
            }
        };
        self.execute();
        if self.changed.contains(identity)
            && let Some(kept) = self.there.get_mut(identity)
        {
            kept.job = Some(job);
        }
        Ok(outcome)
    }

    /// Adds refusals behind those that are known; of a step that was cut off nothing counts.
    async fn keep_refusals(
        &mut self,
        number: JobNumber,
        known: u64,
        refused: &[(&Identity, Refusal)],
    ) -> Result<(), EngineError> {
        let mut block = RefusalBlock::default();
        let within = known % BLOCK;
        if within > 0 && !refused.is_empty() {
            let id = kept_job::block_id(self.tracker(), number, known / BLOCK);
            let control = self.site.cluster.names.control();
            let found: Option<(RefusalBlock, _)> = self.site.cluster.get(&control, &id).await?;
            block = found.map(|(block, _)| block).unwrap_or_default();
            block.truncate(within);
        }
        for (position, (identity, refusal)) in (known..).zip(refused) {
            block.push(identity, refusal);
            let is_last = position + 1 == known + refused.len() as u64;
            if (position + 1) % BLOCK == 0 || is_last {
                let id = kept_job::block_id(self.tracker(), number, position / BLOCK);
                self.keep_beside(id, Some(json(&std::mem::take(&mut block))));
            }
        }
        Ok(())
    }

    async fn end(
        &mut self,
        number: JobNumber,
        kept: &mut KeptJob,
        failure: Option<String>,
    ) -> Result<(), EngineError> {
        let book = &mut self.control.jobs;
        book.open.retain(|open| *open != number.0);
        match failure {
            Some(_) => book.failed += 1,
            None => book.complete += 1,
        }
        kept.ended_at = Some(self.now.as_millis());
        kept.failure = failure;
        // Not before: a step that is done again needs its page. Also what those have found whose attempt was not the one.
        for attempt in 1..=kept.attempts {
            self.drop_pages(number, attempt).await?;
        }
        self.forget_old().await
    }

    /// Takes over a job that has ended in another catalog, with what it could not change.
    pub(super) async fn take_job(
        &mut self,
        look: &JobLook,
        refusals: &[JobRefusal],
    ) -> Result<(), EngineError> {
        let number = look.job.number;
        let failure = match &look.job.status {
            JobStatus::Failed { reason } => Some(reason.clone()),
            _ => None,
        };
        let id = kept_job::id(self.tracker(), number);
        let control = self.site.cluster.names.control();
        let known: Option<(KeptJob, _)> = self.site.cluster.get(&control, &id).await?;
        let book = &mut self.control.jobs;
        if known.is_none() {
            match failure {
                Some(_) => book.failed += 1,
                None => book.complete += 1,
            }
        }
        let before = number.0.saturating_sub(1);
        let has_any = book.last > book.forgotten;
        book.forgotten = if has_any {
            book.forgotten.min(before)
        } else {
            before
        };
        book.last = book.last.max(number.0);
        let refused: Vec<(&Identity, Refusal)> = refusals
            .iter()
            .map(|one| (&one.identity, one.refusal.clone()))
            .collect();
        self.keep_refusals(number, 0, &refused).await?;
        let kept = KeptJob {
            attempts: 1,
            set: look.matched.map(|matched| MatchingSet {
                attempt: 1,
                pages: 0,
                matched,
            }),
            pages_done: 0,
            applied: look.job.applied,
            refused: look.job.refused,
            ended_at: look.ended_at.map(Timestamp::as_millis),
            failure,
            is_left: false,
        };
        self.keep_job(number, &kept);
        Ok(())
    }

    async fn drop_pages(&mut self, number: JobNumber, attempt: u64) -> Result<(), EngineError> {
        /// Pages looked for at once.
        const LOOK: u64 = 64;
        let mut from = 0;
        let control = self.site.cluster.names.control();
        loop {
            let pages = from..from + LOOK;
            let id = |page| kept_job::page_id(self.site.tracker(), number, attempt, page);
            let ids: Vec<String> = pages.map(id).collect();
            let found = self.site.cluster.get_all(&control, &ids).await?;
            let there = ids
                .into_iter()
                .zip(found)
                .filter(|(_, page)| page.is_some());
            let there: Vec<String> = there.map(|(id, _)| id).collect();
            if there.is_empty() {
                return Ok(());
            }
            from += LOOK;
            for id in there {
                self.keep_beside(id, None);
            }
        }
    }

    /// Forgets some of the jobs that ended long ago.
    async fn forget_old(&mut self) -> Result<(), EngineError> {
        let control = self.site.cluster.names.control();
        for _ in 0..FORGOTTEN_MAX {
            let book = &self.control.jobs;
            let number = JobNumber(book.forgotten + 1);
            if number.0 > book.last || book.open.contains(&number.0) {
                return Ok(());
            }
            let id = kept_job::id(self.tracker(), number);
            let kept: Option<(KeptJob, _)> = self.site.cluster.get(&control, &id).await?;
            let Some((kept, _)) = kept else {
                // Of a number that another catalog gave, and had forgotten when this one came from there.
                self.control.jobs.forgotten = number.0;
                continue;
            };
            if !kept_job::is_old(&kept, self.now) {
                return Ok(());
            }
            self.drop_job(number, &kept);
            let book = &mut self.control.jobs;
            book.forgotten = number.0;
            match kept.failure {
                Some(_) => book.failed = book.failed.saturating_sub(1),
                None => book.complete = book.complete.saturating_sub(1),
            }
        }
        Ok(())
    }

    /// Removes all that there is of a job but its pages.
    fn drop_job(&mut self, number: JobNumber, kept: &KeptJob) {
        for block in 0..kept_job::blocks(kept.refused) {
            self.keep_beside(kept_job::block_id(self.site.tracker(), number, block), None);
        }
        self.keep_beside(kept_job::request_id(self.site.tracker(), number), None);
        self.keep_beside(kept_job::id(self.site.tracker(), number), None);
    }

    /// Removes all that there is of all jobs.
    pub(super) async fn drop_jobs(&mut self) -> Result<(), EngineError> {
        let control = self.site.cluster.names.control();
        let book = &self.control.jobs;
        for number in (book.forgotten + 1..=book.last).map(JobNumber) {
            let id = kept_job::id(self.tracker(), number);
            let kept: Option<(KeptJob, _)> = self.site.cluster.get(&control, &id).await?;
            let kept = kept.map(|(kept, _)| kept).unwrap_or_default();
            for attempt in 1..=kept.attempts {
                self.drop_pages(number, attempt).await?;
            }
            self.drop_job(number, &kept);
        }
        Ok(())
    }

    fn keep_job(&mut self, number: JobNumber, kept: &KeptJob) {
        let id = kept_job::id(self.tracker(), number);
        self.keep_beside(id, Some(json(kept)));
    }

    fn tracker(&self) -> &TrackerId {
        self.site.tracker()
    }
}
