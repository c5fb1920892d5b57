//! An engine of one site, without disk or search, that can be in a bad mood.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;

use crate::domain::{
    CommitOutcome, Fingerprint, GenerationCommit, Identity, Object, ObjectKey, ObjectPatch,
    Outcome, Refusal, RefusedUpload, Submission, TrackerId,
};
use crate::engine::{CatalogWrites, EngineError, Extraction, Visibility, WriteReport};

/// What the next write meets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Mood {
    #[default]
    Willing,
    Overloaded,
    Unavailable,
    /// Never answers.
    Stuck,
}

#[derive(Default)]
pub(super) struct MapEngine {
    pub(super) objects: Mutex<HashMap<Identity, Object>>,
    pub(super) mood: Mood,
    pub(super) extractions: Mutex<Vec<Extraction>>,
    pub(super) waited_for: Mutex<Vec<Visibility>>,
}

impl MapEngine {
    async fn mood(&self) -> Result<(), EngineError> {
        match self.mood {
            Mood::Willing => Ok(()),
            Mood::Overloaded => Err(EngineError::Overloaded { retry_after_s: 3 }),
            Mood::Unavailable => Err(EngineError::Unavailable {
                reason: "disk full".to_owned(),
                retry_after_s: 30,
            }),
            Mood::Stuck => std::future::pending().await,
        }
    }

    async fn write<T>(
        &self,
        elements: Vec<T>,
        one: impl Fn(&mut HashMap<Identity, Object>, T) -> Outcome,
    ) -> Result<WriteReport, EngineError> {
        self.mood().await?;
        let mut objects = self.objects.lock().expect("not poisoned");
        let outcomes = elements
            .into_iter()
            .map(|element| one(&mut objects, element));
        Ok(WriteReport {
            outcomes: outcomes.collect(),
            visibility: Visibility::at(7),
        })
    }
}

#[async_trait]
impl CatalogWrites for MapEngine {
    async fn replace(
        &self,
        _: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError> {
        self.extractions
            .lock()
            .expect("not poisoned")
            .push(extraction);
        self.write(objects, |map, object| {
            let object = object.into_object().expect("nothing is remembered");
            map.insert(object.identity.clone(), object);
            Outcome::Applied
        })
        .await
    }

    async fn patch(
        &self,
        _: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError> {
        self.write(patches, |map, patch| {
            let Some(object) = map.get_mut(&patch.identity) else {
                return Outcome::Refused(Refusal::NotFound);
            };
            match patch.apply(object) {
                Ok(changed) => {
                    *object = changed;
                    Outcome::Applied
                }
                Err(problems) => Outcome::Refused(Refusal::Malformed(problems)),
            }
        })
        .await
    }

    async fn delete(
        &self,
        _: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError> {
        self.write(keys, |map, key| {
            let stored = map.get(&key.identity);
            if stored.is_none_or(|object| object.object_type != key.object_type) {
                return Outcome::Refused(Refusal::NotFound);
            }
            map.remove(&key.identity);
            Outcome::Applied
        })
        .await
    }

    async fn note_refused_uploads(
        &self,
        _: &TrackerId,
        _: Vec<RefusedUpload>,
    ) -> Result<(), EngineError> {
        unreachable!("no site keeps what was refused")
    }

    async fn commit_generation(
        &self,
        _: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        self.mood().await?;
        let mut objects = self.objects.lock().expect("not poisoned");
        let (marked, others): (Vec<_>, Vec<_>) = objects
            .values()
            .filter(|object| object.object_type == commit.object_type)
            .map(|object| (object.identity.clone(), object.generation.clone()))
            .partition(|(_, generation)| generation.as_ref() == Some(&commit.generation));
        if commit.must_exist && marked.is_empty() {
            return Ok(CommitOutcome::NoSuchGeneration);
        }
        for (identity, _) in &others {
            objects.remove(identity);
        }
        Ok(CommitOutcome::Deleted {
            count: others.len() as u64,
        })
    }

    async fn wait_visible(&self, _: &TrackerId, visibility: Visibility) -> Result<(), EngineError> {
        self.waited_for
            .lock()
            .expect("not poisoned")
            .push(visibility);
        Ok(())
    }

    fn remembers(&self, _: Fingerprint, _: Extraction) -> bool {
        false
    }
}
