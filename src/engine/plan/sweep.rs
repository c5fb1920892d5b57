//! Commits of uploads and sources, and all else that deletes many objects at once. Invariant: which heads go is a
//! rule over what they say of themselves; no content is read for it.

use std::collections::HashSet;

use super::Heads;
use super::head::Head;
use crate::domain::{
    CommitOutcome, GenerationCommit, ObjectType, Reach, SourceCommit, SourceCommitOutcome,
    SourceSurvey, Timestamp,
};

/// Heads that go at once, in one step.
#[derive(Clone, Debug)]
pub enum Sweep {
    /// Of the type whatever the upload did not mark.
    Unmarked(GenerationCommit),
    /// Whatever came from the source and was not marked, and of the types it did mark all that is within reach.
    UnmarkedBySource(SourceCommit),
    OfType(ObjectType),
    /// Of what ended before the instant this many at most.
    Expired {
        before: Timestamp,
        limit: usize,
    },
}

/// The sweep of an upload that marked something, or why there is none.
pub fn commit_generation<H: Heads>(
    heads: &mut H,
    commit: &GenerationCommit,
) -> Result<Result<Sweep, CommitOutcome>, H::Error> {
    let is_marked =
        !commit.must_exist || heads.has_generation(&commit.object_type, &commit.generation)?;
    if !is_marked {
        return Ok(Err(CommitOutcome::NoSuchGeneration));
    }
    if commit.guard_percent > 0 {
        let survey = heads.survey_generation(commit)?;
        if commit.is_guarded(survey) {
            return Ok(Err(CommitOutcome::Guarded(survey)));
        }
    }
    Ok(Ok(Sweep::Unmarked(commit.clone())))
}

/// The sweep of a full read of a source that leaves enough, or why there is none.
pub fn commit_source<H: Heads>(
    heads: &mut H,
    commit: &SourceCommit,
) -> Result<Result<Sweep, SourceCommitOutcome>, H::Error> {
    let staying = heads.survey(commit)?.staying;
    Ok(if staying < commit.at_least {
        Err(SourceCommitOutcome::TooFew { staying })
    } else {
        Ok(Sweep::UnmarkedBySource(commit.clone()))
    })
}

impl Sweep {
    /// Which heads go, as a rule over each of them. A backend with a language for queries says the
    /// same in that. `all` are the heads of the site.
    pub fn rule<'h, V: 'h, I: IntoIterator<Item = &'h Head<V>>>(
        &self,
        all: I,
    ) -> impl Fn(&Head<V>) -> bool {
        let marked_types: HashSet<&ObjectType> = match self {
            Self::UnmarkedBySource(commit) => {
                let marked = all.into_iter().filter(|head| {
                    is_from(head, commit) && head.generation.as_ref() == Some(&commit.generation)
                });
                marked.map(|head| &head.object_type).collect()
            }
            Self::Unmarked(_) | Self::OfType(_) | Self::Expired { .. } => HashSet::new(),
        };
        move |head| match self {
            Self::Unmarked(commit) => {
                head.object_type == commit.object_type
                    && head.generation.as_ref() != Some(&commit.generation)
            }
            Self::UnmarkedBySource(commit) => {
                let is_of_its_types = Some(&head.object_type) == commit.object_type.as_ref()
                    || marked_types.contains(&head.object_type);
                head.generation.as_ref() != Some(&commit.generation)
                    && (is_from(head, commit) || (is_within_reach(head, commit) && is_of_its_types))
            }
            Self::OfType(object_type) => head.object_type == *object_type,
            Self::Expired { before, .. } => head.active.to.is_some_and(|ends| ends < *before),
        }
    }
}

/// What a commit would do to objects of the types of the rows, counted over all heads of a site.
pub fn survey<'h, V: 'h>(
    commit: &SourceCommit,
    all: impl IntoIterator<Item = &'h Head<V>> + Clone,
) -> SourceSurvey {
    let is_of_row = |head: &&Head<V>| {
        let origin = head.origin.as_ref();
        is_from(head, commit) && origin.is_some_and(|origin| origin.row.is_some())
    };
    let of_rows = all.clone().into_iter().filter(is_of_row);
    let types: HashSet<&ObjectType> = of_rows
        .map(|head| &head.object_type)
        .chain(&commit.object_type)
        .collect();
    let mut survey = SourceSurvey::default();
    for head in all {
        if !is_within_reach(head, commit) || !types.contains(&head.object_type) {
            continue;
        }
        if head.generation.as_ref() == Some(&commit.generation) {
            survey.staying += 1;
        } else {
            survey.leaving += 1;
        }
    }
    survey
}

fn is_from<V>(head: &Head<V>, commit: &SourceCommit) -> bool {
    let origin = head.origin.as_ref();
    origin.is_some_and(|origin| origin.source == commit.source)
}

fn is_within_reach<V>(head: &Head<V>, commit: &SourceCommit) -> bool {
    match (&commit.reach, &head.origin) {
        (Reach::Own, _) => is_from(head, commit),
        (Reach::AllBut(_), None) => true,
        (Reach::AllBut(others), Some(origin)) => !others.contains(&origin.source),
    }
}
