//! Commits of uploads, and what they keep because it was refused
//! (docs/reference/03-update-by-query-and-generations.md §5). Invariant: a note is of an object that is there.

use super::catalog::{Catalog, Element, Noted, Stored, is_of};
use crate::domain::{
    CommitOutcome, CommitSurvey, GenerationCommit, Identity, KeptRefused, RefusedUpload, extract,
};

impl Catalog {
    pub(super) fn commit(&mut self, commit: &GenerationCommit) -> CommitOutcome {
        let is_marked = |stored: &Stored| is_of(&stored.object, &commit.generation);
        let is_of_type = |stored: &Stored| stored.object.object_type == commit.object_type;
        let mut all = self.objects.values();
        if commit.must_exist && !all.any(|stored| is_of_type(stored) && is_marked(stored)) {
            return CommitOutcome::NoSuchGeneration;
        }
        let kept = self.kept(commit);
        let stays =
            |stored: &Stored| is_marked(stored) || kept.named.contains(&stored.object.identity);
        let count = |staying| {
            let all = self.objects.values().filter(|stored| is_of_type(stored));
            all.filter(|stored| stays(stored) == staying).count() as u64
        };
        let survey = CommitSurvey {
            staying: count(true),
            leaving: count(false),
        };
        if commit.is_guarded(survey) {
            return CommitOutcome::Guarded(survey);
        }
        let count = self.delete_where(|stored| is_of_type(stored) && !stays(stored));
        match kept.count {
            0 => CommitOutcome::Deleted { count },
            _ => CommitOutcome::DeletedKeeping { count, kept },
        }
    }

    pub(super) fn note_refused_uploads(&mut self, uploads: Vec<RefusedUpload>) {
        for RefusedUpload {
            identity,
            generation,
        } in uploads
        {
            let Some(stored) = self.objects.get(&identity) else {
                continue;
            };
            let nested = extract(&stored.object).into_iter();
            let nested = nested.map(|nested| nested.object.identity.clone());
            let all: Vec<Identity> = nested.chain([identity.clone()]).collect();
            self.refused_uploads.retain(|(_, by, _)| *by != identity);
            for one in all {
                if self.objects.contains_key(&one) {
                    let noted = (one, identity.clone(), generation.clone());
                    self.refused_uploads.push(noted);
                }
            }
        }
    }

    pub(super) fn forget_refused_uploads(&mut self, taken: &Element) {
        let own = &taken[0].object.identity;
        let is_taken = |identity: &Identity| {
            let mut parts = taken.iter();
            parts.any(|part| part.object.identity == *identity)
        };
        self.refused_uploads
            .retain(|(identity, by, _)| by != own && !is_taken(identity));
    }

    pub(super) fn is_kept(&self, stored: &Stored, commit: &GenerationCommit) -> bool {
        let is_noted = |(identity, _, generation): &Noted| {
            *identity == stored.object.identity && *generation == commit.generation
        };
        commit.keeps_refused
            && stored.object.object_type == commit.object_type
            && !is_of(&stored.object, &commit.generation)
            && self.refused_uploads.iter().any(is_noted)
    }

    pub(super) fn kept(&self, commit: &GenerationCommit) -> KeptRefused {
        let all = self.in_order().into_iter();
        let kept = all.filter(|stored| self.is_kept(stored, commit));
        let named: Vec<Identity> = kept.map(|stored| stored.object.identity.clone()).collect();
        KeptRefused {
            count: named.len() as u64,
            named,
        }
    }
}
