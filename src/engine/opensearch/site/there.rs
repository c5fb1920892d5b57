//! What is there, as plans ask for it: read from the cluster beforehand, since a plan does not wait. Invariant: what was not
//! read is asked for by name, and the plan is made again; it never takes for absent what nobody looked for.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::OpenSite;
use crate::domain::{
    CommitSurvey, Generation, GenerationCommit, Identity, Object, ObjectType, SourceCommit,
    SourceName, SourceSurvey,
};
use crate::engine::EngineError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::names;
use crate::engine::plan::{ContentHash, Head, Heads};

#[derive(Default)]
pub(super) struct There {
    /// `None` for what is not there.
    kept: HashMap<Identity, Option<Kept>>,
    /// Whose content a number is.
    by_number: HashMap<u64, Identity>,
    /// What is to be deleted by a commit, counted beforehand.
    pub(super) survey: Option<(bool, CommitSurvey)>,
}

/// What has to be known before the plan can go on.
#[derive(Debug)]
pub(super) enum Missing {
    Object(Identity),
    /// Nothing in this backend asks for it.
    Sources,
    Survey,
}

impl There {
    pub(super) fn knows(&self, identity: &Identity) -> bool {
        self.kept.contains_key(identity)
    }

    pub(super) fn get(&self, identity: &Identity) -> Option<&Kept> {
        self.kept.get(identity)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, identity: &Identity) -> Option<&mut Kept> {
        self.kept.get_mut(identity)?.as_mut()
    }

    pub(super) fn set(&mut self, identity: Identity, kept: Option<Kept>) {
        if let Some(kept) = &kept {
            self.by_number.insert(kept.head.version, identity.clone());
        }
        self.kept.insert(identity, kept);
    }
}

impl Heads for There {
    type Version = u64;
    type Error = Missing;

    fn head(&mut self, identity: &Identity) -> Result<Option<Head<u64>>, Missing> {
        match self.kept.get(identity) {
            Some(kept) => Ok(kept.as_ref().map(|kept| kept.head.clone())),
            None => Err(Missing::Object(identity.clone())),
        }
    }

    fn content(&mut self, head: &Head<u64>) -> Result<Option<Object>, Missing> {
        let identity = self.by_number.get(&head.version);
        let kept = identity.and_then(|identity| self.get(identity));
        Ok(kept.and_then(Kept::object))
    }

    fn is_damaged(&self, version: u64) -> bool {
        let identity = self.by_number.get(&version);
        let kept = identity.and_then(|identity| self.get(identity));
        kept.is_some_and(|kept| !kept.is_whole())
    }

    fn is_told_by(&self, _: ContentHash, _: ContentHash) -> bool {
        false
    }

    fn note_told(&mut self, _: ContentHash, _: ContentHash) {}

    fn named_otherwise(&mut self, _: &SourceName, _: &str) -> Result<Vec<Identity>, Missing> {
        Err(Missing::Sources)
    }

    fn has_generation(&mut self, _: &ObjectType, _: &Generation) -> Result<bool, Missing> {
        self.survey
            .map(|(has_any, _)| has_any)
            .ok_or(Missing::Survey)
    }

    fn survey_generation(&mut self, _: &GenerationCommit) -> Result<CommitSurvey, Missing> {
        self.survey.map(|(_, survey)| survey).ok_or(Missing::Survey)
    }

    fn survey(&mut self, _: &SourceCommit) -> Result<SourceSurvey, Missing> {
        Err(Missing::Sources)
    }
}

impl OpenSite {
    /// What is kept under the identities and not deleted, in their order.
    pub(in crate::engine::opensearch) async fn read(
        &self,
        control: &Control,
        identities: &[Identity],
    ) -> Result<Vec<Option<Kept>>, EngineError> {
        let ids: Vec<String> = identities.iter().map(names::id).collect();
        let found = self.cluster.get_all(&self.alias, &ids).await?;
        let read = |source: Option<Box<RawValue>>| {
            let kept = Kept::read(&source?)?;
            (!control.is_dead(&kept)).then_some(kept)
        };
        Ok(found.into_iter().map(read).collect())
    }
}
