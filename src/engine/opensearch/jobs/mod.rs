//! Jobs of a site: durable in the cluster, done by whichever process has them, gone on with by another one when that dies.
//! Invariant: every step is a batch of the writer, which reads how far the job is behind the fence of the site; so two
//! processes that take themselves for the one that works lose time and nothing else.
//!
//! | file | for |
//! |---|---|
//! | `settle` | which objects match, as of one moment |
//! | `worker` | one step after the other |

mod settle;
mod worker;

pub(super) use worker::{own, ring};

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::OpenSearchCatalogs;
use super::client::CallError;
use super::control::{self, Control, JobBook};
use super::kept_job::{self, BLOCK, KeptJob, RefusalBlock};
use super::site::{Done, JobStep, JobWork, OpenSite, Work, mixed_up};
use crate::domain::{Job, JobLook, JobNumber, JobRefusal, JobRequest, TrackerId};
use crate::engine::stats::JobStats;
use crate::engine::{EngineError, Jobs, codec};

/// Jobs that are listed at most.
const LISTED_MAX: usize = 1_000;

#[async_trait]
impl Jobs for OpenSearchCatalogs {
    async fn submit_job(
        &self,
        site: &TrackerId,
        request: JobRequest,
    ) -> Result<JobNumber, EngineError> {
        let site = self.site(site)?;
        let bytes = codec::encode_request(&request).len();
        match site.step(JobWork::Submit(Box::new(request)), bytes).await? {
            JobStep::Queued(number) => {
                site.own(number);
                ring(&site);
                Ok(number)
            }
            other => Err(mixed_up(&other)),
        }
    }

    async fn job(&self, site: &TrackerId, number: JobNumber) -> Result<Option<Job>, EngineError> {
        let site = self.site(site)?;
        let kept = site.kept_jobs(&[number]).await?.pop().flatten();
        Ok(kept.map(|kept| kept.into_job(number)))
    }

    async fn latest_jobs(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<Vec<JobLook>, EngineError> {
        let site = self.site(site)?;
        let book = site.job_book().await?;
        let first = book.last.saturating_sub(limit.min(LISTED_MAX) as u64);
        let numbers = first.max(book.forgotten) + 1..=book.last;
        let numbers: Vec<JobNumber> = numbers.rev().map(JobNumber).collect();
        site.looks_of(&numbers).await
    }

    async fn job_refusals(
        &self,
        site: &TrackerId,
        number: JobNumber,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        let site = self.site(site)?;
        let Some(kept) = site.kept_jobs(&[number]).await?.pop().flatten() else {
            return Ok(Vec::new());
        };
        let upto = after.saturating_add(limit as u64).min(kept.refused);
        if upto <= after {
            return Ok(Vec::new());
        }
        let blocks: Vec<u64> = (after / BLOCK..kept_job::blocks(upto)).collect();
        let ids = blocks
            .iter()
            .map(|block| kept_job::block_id(site.tracker(), number, *block));
        let ids: Vec<String> = ids.collect();
        let control = site.cluster.names.control();
        let found = site.cluster.get_all(&control, &ids).await?;
        let found = blocks.into_iter().zip(found);
        let refusals = found.filter_map(|(block, document)| {
            let read: RefusalBlock = serde_json::from_str(document?.get()).ok()?;
            Some(read.read(block).collect::<Vec<_>>())
        });
        let wanted = |one: &JobRefusal| one.position > after && one.position <= upto;
        Ok(refusals.flatten().filter(wanted).collect())
    }
}

impl OpenSite {
    /// Has the writer do a step of a job.
    pub(super) async fn step(
        self: &Arc<Self>,
        work: JobWork,
        bytes: usize,
    ) -> Result<JobStep, EngineError> {
        match self.write(Work::Job(work), bytes.max(1)).await? {
            (Done::Job(step), _) => Ok(step),
            (other, _) => Err(mixed_up(&other)),
        }
    }

    fn own(&self, number: JobNumber) {
        let own = &self.at_work.own;
        own.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number.0);
    }

    /// Which jobs there are.
    pub(super) async fn job_book(&self) -> Result<JobBook, EngineError> {
        self.made().await?;
        let control = self.note_lease().await?;
        Ok(control.map(|control| control.jobs).unwrap_or_default())
    }

    /// How far jobs are, in the order of the numbers; nothing of those that were not given or are forgotten.
    async fn kept_jobs(&self, numbers: &[JobNumber]) -> Result<Vec<Option<KeptJob>>, EngineError> {
        self.made().await?;
        // All of it as of one look: a number that was not given yet is not told of.
        let mut ids = vec![control::id(&self.id)];
        ids.extend(numbers.iter().map(|one| kept_job::id(&self.id, *one)));
        let alias = self.cluster.names.control();
        let mut found = self.cluster.get_all(&alias, &ids).await?.into_iter();
        let control: Option<Control> = read(found.next().flatten())?;
        let book = control.map(|control| control.jobs).unwrap_or_default();
        let mut kept = Vec::with_capacity(numbers.len());
        for (number, document) in numbers.iter().zip(found) {
            let is_known = number.0 > book.forgotten && number.0 <= book.last;
            let job: Option<KeptJob> = read(document.filter(|_| is_known))?;
            kept.push(job.filter(|job| !kept_job::is_old(job, self.now())));
        }
        Ok(kept)
    }

    /// Those of the jobs that are remembered, in the order of the numbers.
    pub(super) async fn looks_of(
        &self,
        numbers: &[JobNumber],
    ) -> Result<Vec<JobLook>, EngineError> {
        let kept = self.kept_jobs(numbers).await?;
        let looks = numbers.iter().zip(kept);
        let looks = looks.filter_map(|(number, kept)| Some(kept?.into_look(*number)));
        Ok(looks.collect())
    }

    /// How many jobs are in each state.
    pub(super) async fn job_stats(&self, book: &JobBook) -> Result<JobStats, EngineError> {
        let open: Vec<JobNumber> = book.open.iter().copied().map(JobNumber).collect();
        let open = self.kept_jobs(&open).await?;
        let open = open.iter().flatten().filter(|job| !job.has_ended());
        let (running, queued): (Vec<_>, Vec<_>) = open.partition(|job| job.attempts > 0);
        Ok(JobStats {
            queued: queued.len() as u64,
            running: running.len() as u64,
            complete: book.complete,
            failed: book.failed,
        })
    }
}

fn read<T: for<'d> Deserialize<'d>>(
    document: Option<Box<RawValue>>,
) -> Result<Option<T>, CallError> {
    let read = document.map(|document| serde_json::from_str(document.get()));
    read.transpose()
        .map_err(|error| CallError::Unreadable(error.to_string()))
}
