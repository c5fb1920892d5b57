//! Rows of sources and the end of a full read (docs/reference/11-product-sync.md). Invariant: a row has one
//! object at most.

use super::catalog::{Catalog, Origin, Stored, as_stored, has_same_content, is_of, sent_element};
use crate::domain::{
    Generation, Identity, Object, ObjectType, Outcome, Reach, RowOutcome, RowState, SourceCommit,
    SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, extract,
};
use crate::engine::Extraction;

impl Catalog {
    /// Nothing where somebody else has read the source since.
    pub(super) fn write_rows(&mut self, rows: SourceRows) -> Option<Vec<RowOutcome>> {
        let kept = self.bookmarks.get(&rows.source).map(String::as_str);
        let mut new = rows.bookmark.iter();
        if !new.all(|new| new.follows(kept)) {
            return None;
        }
        let (source, generation) = (rows.source, rows.generation);
        let written = rows.rows.into_iter().map(|row| match row.state {
            RowState::Is(object) => self.write_row(&source, generation.as_ref(), &row.key, *object),
            RowState::Stays => self.keep_row(&source, generation.as_ref(), &row.key),
            RowState::Gone => match self.delete_row(&source, &row.key, None) {
                0 => RowOutcome::Unknown,
                _ => RowOutcome::Deleted,
            },
        });
        let outcomes = written.collect();
        if let Some(bookmark) = rows.bookmark {
            self.bookmarks.insert(source, bookmark.text);
        }
        Some(outcomes)
    }

    fn write_row(
        &mut self,
        source: &SourceName,
        generation: Option<&Generation>,
        key: &str,
        object: Object,
    ) -> RowOutcome {
        let identity = object.identity.clone();
        let before = self.objects.get(&identity).cloned();
        let of_row = Origin {
            source: source.clone(),
            row: Some(key.to_owned()),
        };
        let nested = Origin {
            row: None,
            ..of_row.clone()
        };
        let element = sent_element(object, Extraction::Extract);
        let rule = self.sent();
        let outcome = self.replace(&element, &rule, Some(&of_row), Some(&nested));
        if let Outcome::Refused(refusal) = outcome {
            self.keep_row(source, generation, key);
            return RowOutcome::Refused(refusal);
        }
        self.delete_row(source, key, Some(&identity));
        match before {
            Some(before) if has_same_content(&before.object, &as_stored(&element[0].object)) => {
                RowOutcome::Unchanged
            }
            _ => RowOutcome::Written,
        }
    }

    /// Deletes what the row made, but for one.
    fn delete_row(&mut self, source: &SourceName, key: &str, but: Option<&Identity>) -> u64 {
        self.delete_where(|stored| {
            is_of_row(stored, source, key) && Some(&stored.object.identity) != but
        })
    }

    /// Moves what the row made, and what was nested in that, to the generation.
    fn keep_row(
        &mut self,
        source: &SourceName,
        generation: Option<&Generation>,
        key: &str,
    ) -> RowOutcome {
        let mut outcome = RowOutcome::Unknown;
        for stored in self.objects.clone().into_values() {
            if !is_of_row(&stored, source, key) {
                continue;
            }
            outcome = RowOutcome::Kept;
            if let Some(generation) = generation
                && !is_of(&stored.object, generation)
            {
                let nested = extract(&stored.object).into_iter().map(|part| part.object);
                for object in nested.chain([stored.object.clone()]) {
                    self.move_to(source, generation, &object.identity, &object.object_type);
                }
            }
        }
        outcome
    }

    fn move_to(
        &mut self,
        source: &SourceName,
        generation: &Generation,
        identity: &Identity,
        object_type: &ObjectType,
    ) {
        if let Some(stored) = self.objects.get_mut(identity)
            && stored.object.object_type == *object_type
        {
            let origin = stored.origin.as_ref();
            if origin.is_none_or(|of| of.row.is_none() || of.source == *source) {
                let object = stored.object.clone();
                stored.object = object.with_generation(Some(generation.clone()));
            }
        }
    }

    pub(super) fn survey(&self, commit: &SourceCommit) -> SourceSurvey {
        let types = self.types_of(|stored| {
            is_from(stored, &commit.source)
                && stored.origin.as_ref().is_some_and(|of| of.row.is_some())
        });
        let mut survey = SourceSurvey::default();
        for stored in self.objects.values() {
            if is_within(stored, commit) && is_asked(stored, commit, &types) {
                if is_of(&stored.object, &commit.generation) {
                    survey.staying += 1;
                } else {
                    survey.leaving += 1;
                }
            }
        }
        survey
    }

    pub(super) fn commit_source(&mut self, commit: &SourceCommit) -> SourceCommitOutcome {
        let staying = self.survey(commit).staying;
        if staying < commit.at_least {
            return SourceCommitOutcome::TooFew { staying };
        }
        let marked = self.types_of(|stored| {
            is_from(stored, &commit.source) && is_of(&stored.object, &commit.generation)
        });
        let count = self.delete_where(|stored| {
            let may_go = is_within(stored, commit) && is_asked(stored, commit, &marked);
            !is_of(&stored.object, &commit.generation)
                && (is_from(stored, &commit.source) || may_go)
        });
        SourceCommitOutcome::Deleted { count }
    }

    fn types_of(&self, counts: impl Fn(&Stored) -> bool) -> Vec<ObjectType> {
        let counted = self.objects.values().filter(|stored| counts(stored));
        counted
            .map(|stored| stored.object.object_type.clone())
            .collect()
    }
}

fn is_from(stored: &Stored, source: &SourceName) -> bool {
    stored
        .origin
        .as_ref()
        .is_some_and(|of| of.source == *source)
}

fn is_of_row(stored: &Stored, source: &SourceName, key: &str) -> bool {
    let row = stored.origin.as_ref().and_then(|of| of.row.as_deref());
    is_from(stored, source) && row == Some(key)
}

fn is_within(stored: &Stored, commit: &SourceCommit) -> bool {
    match &commit.reach {
        Reach::Own => is_from(stored, &commit.source),
        Reach::AllBut(others) => !others.iter().any(|other| is_from(stored, other)),
    }
}

fn is_asked(stored: &Stored, commit: &SourceCommit, types: &[ObjectType]) -> bool {
    let object_type = &stored.object.object_type;
    commit.object_type.as_ref() == Some(object_type) || types.contains(object_type)
}
