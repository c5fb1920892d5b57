//! The end of a full read of a source. Invariant: as with the commit of an upload, what it deletes is gone for every read at the
//! moment when the site was given back.

use serde_json::{Value, json};

use super::OpenSite;
use super::commit::not_counted;
use super::there::There;
use crate::domain::{Reach, SourceCommit, SourceCommitOutcome, SourceName, SourceSurvey};
use crate::engine::opensearch::control::{Control, Dead};
use crate::engine::{EngineError, plan};

/// Types that are told apart.
const TYPES_MAX: usize = 10_000;

impl OpenSite {
    /// Decides over what is there now, and writes into the control what is deleted.
    pub(super) async fn commit_source(
        &self,
        control: &mut Control,
        commit: &SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        self.begin_commit(control).await?;
        let mut there = There::default();
        there.source_survey = Some(self.survey_source_of(control, commit).await?);
        let decided = plan::commit_source(&mut there, commit);
        if let Err(refused) = decided.map_err(|missing| not_counted(&missing))? {
            return Ok(refused);
        }
        let marked = [from(commit), marked(commit)];
        let mut types = self.types_of(control, &marked).await?;
        types.extend(commit.object_type.as_ref().map(ToString::to_string));
        types.sort();
        types.dedup();
        let dead = Dead::of_source(commit, types, control.last_number());
        let leaving = control.alive(&[dead.query()], Vec::new());
        let count = self.cluster.count(&self.alias, &leaving).await?;
        if count > 0 {
            for name in self.types_of(control, &[dead.query()]).await? {
                control.note_write(&name, self.clock.now().as_millis());
            }
            control.dead.push(dead);
            control.dead_changes += 1;
        }
        Ok(SourceCommitOutcome::Deleted { count })
    }

    /// As [`plan::survey`] counts.
    pub(in crate::engine::opensearch) async fn survey_source_of(
        &self,
        control: &Control,
        commit: &SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        let of_rows = [from(commit), json!({ "exists": { "field": "row" } })];
        let mut types = self.types_of(control, &of_rows).await?;
        types.extend(commit.object_type.as_ref().map(ToString::to_string));
        let mut filter = vec![json!({ "terms": { "type": types } })];
        let mut must_not = Vec::new();
        match &commit.reach {
            Reach::Own => filter.push(from(commit)),
            Reach::AllBut(others) => {
                let others: Vec<&str> = others.iter().map(SourceName::as_str).collect();
                must_not.push(json!({ "terms": { "source": others } }));
            }
        }
        let count = async |query: Value| self.cluster.count(&self.alias, &query).await;
        let all = count(control.alive(&filter, must_not.clone())).await?;
        filter.push(marked(commit));
        let staying = count(control.alive(&filter, must_not)).await?;
        Ok(SourceSurvey {
            staying,
            leaving: all.saturating_sub(staying),
        })
    }

    async fn types_of(
        &self,
        control: &Control,
        filter: &[Value],
    ) -> Result<Vec<String>, EngineError> {
        let search = json!({
            "query": control.alive(filter, Vec::new()),
            "size": 0,
            "aggs": { "types": { "terms": { "field": "type", "size": TYPES_MAX } } },
        });
        let found = self.cluster.search(&self.alias, &search).await?;
        let buckets = found.aggregations["types"]["buckets"].as_array();
        let names = buckets.into_iter().flatten();
        Ok(names
            .filter_map(|bucket| bucket["key"].as_str().map(str::to_owned))
            .collect())
    }
}

fn from(commit: &SourceCommit) -> Value {
    json!({ "term": { "source": commit.source.as_str() } })
}

fn marked(commit: &SourceCommit) -> Value {
    json!({ "term": { "generation": commit.generation.as_str() } })
}
