//! An update by query, done at once (docs/reference/03-update-by-query-and-generations.md §1). Invariant:
//! which objects match is settled before the first is changed.

use super::catalog::Catalog;
use crate::domain::{
    Identity, Job, JobKind, JobNumber, JobRefusal, JobRequest, JobStatus, Outcome, TypeConflicts,
    UpdateByQuery,
};

impl Catalog {
    pub(super) fn run_job(&mut self, request: &JobRequest) -> JobNumber {
        let JobRequest::UpdateByQuery(update) = request;
        let number = JobNumber(self.jobs.len() as u64 + 1);
        let mut applied = 0;
        let mut refusals: Vec<JobRefusal> = Vec::new();
        for identity in self.matching(update) {
            let patch = update.patch_of(identity.clone());
            match self.patch(&patch, TypeConflicts::Refuse) {
                Outcome::Applied | Outcome::AppliedWith(_) => applied += 1,
                Outcome::Refused(refusal) => refusals.push(JobRefusal {
                    position: refusals.len() as u64 + 1,
                    identity,
                    refusal,
                }),
            }
        }
        let job = Job {
            number,
            kind: JobKind::UpdateByQuery,
            status: JobStatus::Complete,
            applied,
            refused: refusals.len() as u64,
        };
        self.jobs.push((job, refusals, self.now));
        number
    }

    fn matching(&self, update: &UpdateByQuery) -> Vec<Identity> {
        let Some(matcher) = update.criteria.read(&self.schema) else {
            return Vec::new();
        };
        let matching = self.in_order().into_iter().filter(|stored| {
            update.asks_for(&stored.object.object_type) && matcher.matches(&stored.object)
        });
        matching
            .map(|stored| stored.object.identity.clone())
            .collect()
    }
}
