//! The end of an upload. Invariant: what it deletes is gone for every read at the moment when the site was given back, all of it
//! at once; that it still lies in the index is nobody's business but the sweep's.

use serde_json::{Value, json};

use super::OpenSite;
use super::there::{Missing, There};
use crate::domain::{
    CommitOutcome, CommitPreview, CommitSurvey, GenerationCommit, Identity, KeptRefused,
};
use crate::engine::opensearch::control::{Control, Dead};
use crate::engine::{EngineError, plan};

/// Commits whose objects are not deleted yet. Each makes every read a little slower.
const DEAD_MAX: usize = 16;
/// Seconds after which a client may come again when there are too many.
const COME_AGAIN_S: u32 = 10;

impl OpenSite {
    /// Decides over what is there now, and writes into the control what is deleted.
    pub(super) async fn commit(
        &self,
        control: &mut Control,
        commit: &GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        self.begin_commit(control).await?;
        let mut there = There::default();
        there.survey = Some(self.survey_of(control, commit).await?);
        let decided = plan::commit_generation(&mut there, commit);
        if let Err(refused) = decided.map_err(|missing| not_counted(&missing))? {
            return Ok(refused);
        }
        let count = there.survey.map_or(0, |(_, survey)| survey.leaving);
        let kept = self.kept(control, commit).await?;
        if count > 0 {
            control.dead.push(Dead::of(commit, control.last_number()));
            control.dead_changes += 1;
            control.note_write(commit.object_type.as_str(), self.clock.now().as_millis());
        }
        Ok(match kept.count {
            0 => CommitOutcome::Deleted { count },
            _ => CommitOutcome::DeletedKeeping { count, kept },
        })
    }

    /// Sees that there is room for one more, and that all is counted that was written.
    pub(super) async fn begin_commit(&self, control: &Control) -> Result<(), EngineError> {
        if control.dead.len() >= DEAD_MAX {
            return Err(EngineError::Overloaded {
                retry_after_s: COME_AGAIN_S,
            });
        }
        Ok(self.cluster.refresh(&self.alias).await?)
    }

    /// What a commit would do to what the control says is there.
    pub(in crate::engine::opensearch) async fn preview(
        &self,
        control: &Control,
        commit: &GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        let (has_any, survey) = self.survey_of(control, commit).await?;
        if commit.must_exist && !has_any {
            return Ok(None);
        }
        let leaving = leaving(control, commit);
        let sample = self.first_of(leaving, CommitPreview::SAMPLE_MAX).await?;
        Ok(Some(CommitPreview {
            count: survey.leaving,
            is_guarded: commit.is_guarded(survey),
            sample: sample.1,
            kept: self.kept(control, commit).await?,
        }))
    }

    /// Whether anything is marked, and what stays and goes.
    async fn survey_of(
        &self,
        control: &Control,
        commit: &GenerationCommit,
    ) -> Result<(bool, CommitSurvey), EngineError> {
        let of_type = term("type", commit.object_type.as_str());
        let marked = term("generation", commit.generation.as_str());
        let count = async |query: Value| self.cluster.count(&self.alias, &query).await;
        let all = count(control.alive(std::slice::from_ref(&of_type), Vec::new())).await?;
        let marked = count(control.alive(&[of_type, marked], Vec::new())).await?;
        let leaving = count(leaving(control, commit)).await?;
        let survey = CommitSurvey {
            staying: all.saturating_sub(leaving),
            leaving,
        };
        Ok((marked > 0, survey))
    }

    /// What stays only because its upload was refused.
    async fn kept(
        &self,
        control: &Control,
        commit: &GenerationCommit,
    ) -> Result<KeptRefused, EngineError> {
        if !commit.keeps_refused {
            return Ok(KeptRefused::default());
        }
        let noted = term("refused.generation", commit.generation.as_str());
        let of_type = term("type", commit.object_type.as_str());
        let marked = term("generation", commit.generation.as_str());
        let query = control.alive(&[of_type, noted], vec![marked]);
        let (count, named) = self.first_of(query, KeptRefused::NAMED_MAX).await?;
        Ok(KeptRefused { count, named })
    }

    /// How many the query finds, and the names of the first of them.
    async fn first_of(
        &self,
        query: Value,
        limit: usize,
    ) -> Result<(u64, Vec<Identity>), EngineError> {
        let search = json!({
            "query": query,
            "sort": [{ "first_seen": "asc" }],
            "size": limit,
            "_source": ["identity"],
            "track_total_hits": true,
        });
        let found = self.cluster.search(&self.alias, &search).await?;
        let names = found.sources().filter_map(|source| {
            let source: Value = serde_json::from_str(source.get()).ok()?;
            Identity::new(source["identity"].as_str()?).ok()
        });
        Ok((found.total(), names.collect()))
    }
}

pub(super) fn not_counted(missing: &Missing) -> EngineError {
    EngineError::Internal {
        context: "a commit asks for what was not counted",
        source: format!("{missing:?}").into(),
    }
}

fn leaving(control: &Control, commit: &GenerationCommit) -> Value {
    let mut stays = vec![term("generation", commit.generation.as_str())];
    if commit.keeps_refused {
        stays.push(term("refused.generation", commit.generation.as_str()));
    }
    control.alive(&[term("type", commit.object_type.as_str())], stays)
}

fn term(field: &str, value: &str) -> Value {
    json!({ "term": { field: value } })
}
