//! Jobs as documents beside the catalog: what each is to do, how far it is, and what it could not change. Invariant: how far a
//! job is stands in one document, which is written behind the fence of its site and after all that it speaks of.
//!
//! | document | content |
//! |---|---|
//! | `job:SITE:NUMBER` | how far it is |
//! | `job-request:SITE:NUMBER` | what it is to do; never changes |
//! | `job-page:SITE:NUMBER:ATTEMPT:PAGE` | objects it has yet to change; of the attempt that was settled |
//! | `job-refusals:SITE:NUMBER:BLOCK` | objects it could not change, [`BLOCK`] a document |

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::{
    Identity, Job, JobKind, JobLook, JobNumber, JobRefusal, JobStatus, Refusal, Timestamp,
    TrackerId,
};
use crate::engine::codec;

/// How long an ended job can be asked about (docs/reference/03-update-by-query-and-generations.md §2).
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Refusals of one document.
pub(super) const BLOCK: u64 = 400;

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptJob {
    /// How often somebody began to look for what matches.
    pub(super) attempts: u64,
    pub(super) set: Option<MatchingSet>,
    /// Pages of the set that have had their turn.
    pub(super) pages_done: u64,
    pub(super) applied: u64,
    pub(super) refused: u64,
    pub(super) ended_at: Option<i64>,
    pub(super) failure: Option<String>,
    /// Whoever did it has ended, and waits for nothing.
    #[serde(default)]
    pub(super) is_left: bool,
}

/// What matches, settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MatchingSet {
    /// Who found it: its pages bear that number.
    pub(super) attempt: u64,
    pub(super) pages: u64,
    pub(super) matched: u64,
}

/// Objects of one step, each with when it was first seen: one that was deleted and sent again is another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) objects: Vec<(String, u64)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct RefusalBlock {
    refusals: Vec<(String, Box<RawValue>)>,
}

impl KeptJob {
    pub(super) fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    pub(super) fn into_job(self, number: JobNumber) -> Job {
        let status = match (self.ended_at, self.failure) {
            (Some(_), Some(reason)) => JobStatus::Failed { reason },
            (Some(_), None) => JobStatus::Complete,
            (None, _) if self.attempts > 0 => JobStatus::Running,
            (None, _) => JobStatus::Queued,
        };
        Job {
            number,
            kind: JobKind::UpdateByQuery,
            status,
            applied: self.applied,
            refused: self.refused,
        }
    }

    pub(super) fn into_look(self, number: JobNumber) -> JobLook {
        JobLook {
            matched: self.set.map(|set| set.matched),
            ended_at: self.ended_at.map(Timestamp::from_millis),
            job: self.into_job(number),
        }
    }
}

impl RefusalBlock {
    pub(super) fn truncate(&mut self, refusals: u64) {
        self.refusals.truncate(refusals as usize);
    }

    pub(super) fn push(&mut self, identity: &Identity, refusal: &Refusal) {
        let json = String::from_utf8(codec::encode_refusal(refusal)).expect("JSON is text");
        let json = RawValue::from_string(json).expect("an encoded refusal is JSON");
        self.refusals.push((identity.to_string(), json));
    }

    /// Those of the block with this number, each in its place among all of the job; what cannot be read is left out.
    pub(super) fn read(&self, block: u64) -> impl Iterator<Item = JobRefusal> {
        let places = block * BLOCK + 1..;
        places
            .zip(&self.refusals)
            .filter_map(|(position, (identity, refusal))| {
                Some(JobRefusal {
                    position,
                    identity: Identity::new(identity).ok()?,
                    refusal: codec::decode_refusal(refusal.get().as_bytes()).ok()?,
                })
            })
    }
}

pub(super) fn id(site: &TrackerId, job: JobNumber) -> String {
    format!("job:{site}:{job}")
}

pub(super) fn request_id(site: &TrackerId, job: JobNumber) -> String {
    format!("job-request:{site}:{job}")
}

pub(super) fn page_id(site: &TrackerId, job: JobNumber, attempt: u64, page: u64) -> String {
    format!("job-page:{site}:{job}:{attempt}:{page}")
}

pub(super) fn block_id(site: &TrackerId, job: JobNumber, block: u64) -> String {
    format!("job-refusals:{site}:{job}:{block}")
}

/// Whether it ended so long ago that nobody is told of it.
pub(super) fn is_old(kept: &KeptJob, now: Timestamp) -> bool {
    let forgotten_at = |ended: i64| ended.saturating_add(KEPT_MS);
    kept.ended_at
        .is_some_and(|ended| forgotten_at(ended) < now.as_millis())
}

/// Blocks that hold so many refusals.
pub(super) fn blocks(refused: u64) -> u64 {
    refused.div_ceil(BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_says_how_it_stands() {
        let status = |kept: KeptJob| kept.into_job(JobNumber(3)).status;
        assert_eq!(status(KeptJob::default()), JobStatus::Queued);
        let running = KeptJob {
            attempts: 1,
            ..KeptJob::default()
        };
        assert_eq!(status(running.clone()), JobStatus::Running);
        let ended = KeptJob {
            ended_at: Some(5),
            ..running
        };
        assert_eq!(status(ended.clone()), JobStatus::Complete);
        let failed = KeptJob {
            failure: Some("why".to_owned()),
            ..ended
        };
        let reason = "why".to_owned();
        assert_eq!(status(failed), JobStatus::Failed { reason });
    }

    #[test]
    fn refusals_have_their_places_among_all_of_the_job() {
        let mut block = RefusalBlock::default();
        for name in ["a", "b"] {
            let identity = Identity::new(name).expect("an identity");
            block.push(&identity, &Refusal::NotFound);
        }
        let json = serde_json::to_string(&block).expect("a block");
        let block: RefusalBlock = serde_json::from_str(&json).expect("a block");
        let places: Vec<u64> = block.read(2).map(|one| one.position).collect();
        assert_eq!(places, [2 * BLOCK + 1, 2 * BLOCK + 2]);
        assert_eq!(
            [blocks(0), blocks(1), blocks(BLOCK), blocks(BLOCK + 1)],
            [0, 1, 1, 2]
        );
    }
}
