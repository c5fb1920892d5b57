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
use crate::engine::plan::{ContentHash, Head, Heads, RowKey};

#[derive(Default)]
pub(super) struct There {
    /// `None` for what is not there.
    kept: HashMap<Identity, Option<Kept>>,
    /// Whose content a number is.
    by_number: HashMap<u64, Identity>,
    /// What is to be deleted by a commit, counted beforehand.
    pub(super) survey: Option<(bool, CommitSurvey)>,
    /// The same of a source.
    pub(super) source_survey: Option<SourceSurvey>,
    /// What rows made under other names than their keys, as far as it was looked for.
    named: HashMap<(SourceName, String), Vec<Identity>>,
}

/// What has to be known before the plan can go on.
#[derive(Debug)]
pub(super) enum Missing {
    Object(Identity),
    /// Only what writes rows looks for it.
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
            if let Some(origin) = &kept.head.origin
                && let Some(RowKey::Other(key)) = &origin.row
            {
                let (source, key) = (origin.source.clone(), key.to_string());
                self.note_named(&source, &key, &identity);
            }
        }
        self.kept.insert(identity, kept);
    }

    /// It was looked for what the row made under other names.
    pub(super) fn knows_named(&mut self, source: &SourceName, key: &str) {
        let row = (source.clone(), key.to_owned());
        self.named.entry(row).or_default();
    }

    /// The row made that, as far as anybody looked for it.
    pub(super) fn note_named(&mut self, source: &SourceName, key: &str, identity: &Identity) {
        let row = (source.clone(), key.to_owned());
        if let Some(names) = self.named.get_mut(&row)
            && !names.contains(identity)
        {
            names.push(identity.clone());
        }
    }

    pub(super) fn named(&self, source: &SourceName, key: &str) -> Vec<Identity> {
        let known = self.named.get(&(source.clone(), key.to_owned()));
        known.cloned().unwrap_or_default()
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

    fn named_otherwise(
        &mut self,
        source: &SourceName,
        key: &str,
    ) -> Result<Vec<Identity>, Missing> {
        let known = self.named.get(&(source.clone(), key.to_owned()));
        known.cloned().ok_or(Missing::Sources)
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
        self.source_survey.ok_or(Missing::Survey)
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
