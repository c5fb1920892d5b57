//! What may still be asked of requests that were answered long ago: receipts of documents, and jobs that have ended. Invariant: neither
//! is ever changed, so what is there is what it was; what nobody can ask for any more may be missing.

use std::collections::HashMap;

use super::kept::MovedFrom;
use super::objects::Target;
use crate::domain::{JobLook, JobNumber, TrackerId};
use crate::engine::EngineError;

/// What a receipt says, shortened.
type Digest = [u8; 16];

pub(super) async fn transfer(
    from: &dyn MovedFrom,
    to: Target<'_>,
    site: &TrackerId,
) -> Result<(), EngineError> {
    let there = receipts(to.reads, site).await?;
    let mut after = Some(0);
    while let Some(position) = after {
        let page = from.kept_receipts(site, position).await?;
        after = page.next;
        let is_new = |one: &super::KeptReceipt| there.get(&one.number) != Some(&digest_of(one));
        let new: Vec<_> = page.receipts.into_iter().filter(is_new).collect();
        if !new.is_empty() {
            to.writes.take_receipts(site, new).await?;
        }
    }
    let there = jobs(to.reads, site).await?;
    for job in from.kept_jobs(site).await?.ended {
        if there.get(&job.job.number) == Some(&job) {
            continue;
        }
        let refusals = from.kept_refusals(site, job.job.number).await?;
        to.writes.take_job(site, job, refusals).await?;
    }
    Ok(())
}

/// What of it is not there, for people.
pub(super) async fn missing(
    from: &dyn MovedFrom,
    to: &dyn MovedFrom,
    site: &TrackerId,
) -> Result<Vec<&'static str>, EngineError> {
    // What is forgotten in between is missing in neither.
    let had = receipts(from, site).await?;
    let has = receipts(to, site).await?;
    let mut missing = Vec::new();
    if !had
        .iter()
        .all(|(number, digest)| has.get(number) == Some(digest))
    {
        missing.push("receipts");
    }
    let (had, has) = (jobs(from, site).await?, jobs(to, site).await?);
    if !had.iter().all(|(number, job)| has.get(number) == Some(job)) {
        missing.push("jobs");
    }
    Ok(missing)
}

async fn receipts(
    of: &dyn MovedFrom,
    site: &TrackerId,
) -> Result<HashMap<u64, Digest>, EngineError> {
    let mut all = HashMap::new();
    let mut after = Some(0);
    while let Some(position) = after {
        let page = of.kept_receipts(site, position).await?;
        after = page.next;
        all.extend(page.receipts.iter().map(|one| (one.number, digest_of(one))));
    }
    Ok(all)
}

async fn jobs(
    of: &dyn MovedFrom,
    site: &TrackerId,
) -> Result<HashMap<JobNumber, JobLook>, EngineError> {
    let ended = of.kept_jobs(site).await?.ended.into_iter();
    Ok(ended.map(|look| (look.job.number, look)).collect())
}

fn digest_of(one: &super::KeptReceipt) -> Digest {
    let mut digest = Digest::default();
    let hash = blake3::hash(format!("{:?}", one.receipt).as_bytes());
    digest.copy_from_slice(&hash.as_bytes()[..16]);
    digest
}
