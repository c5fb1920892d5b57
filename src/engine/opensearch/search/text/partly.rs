//! What is found where nothing has enough of the words of a text. Invariant: it has as much of them as anything that can be seen.

use serde_json::{Map, Value, json};

use super::steps::{Choice, named};
use super::words::WordQuery;
use crate::engine::EngineError;
use crate::engine::opensearch::search::filter::{BEGINNING, all, any, nothing};

impl Choice<'_> {
    /// Where nothing has enough of the words: what has as much of them as any, and as rightly; and the places of words that
    /// it has not.
    pub(super) async fn some(
        &self,
        of_types: Option<&[&str]>,
    ) -> Result<(Value, Vec<usize>), EngineError> {
        let met = any(self.words.iter().map(WordQuery::met).collect());
        let mut clauses = vec![self.visible.clone(), met];
        clauses.extend(of_types.map(|names| json!({ "terms": { "type": names } })));
        let filter = all(clauses);
        let best = self.best_score(self.share(&filter, 0.0)).await?;
        let Some(best) = best else {
            return Ok((nothing(), Vec::new()));
        };
        let tells: f32 = self.telling.iter().map(|word| word.tells).sum();
        let as_good = self.share(&filter, best as f32 / tells);
        let as_right = self.rightness(&as_good, 0.0);
        let Some(least) = self.best_score(as_right).await? else {
            return Ok((nothing(), Vec::new()));
        };
        let chosen = self.rightness(&as_good, least);
        let has: Map<String, Value> = { self.words.iter().enumerate() }
            .map(|(at, word)| (at.to_string(), word.met()))
            .collect();
        let told = self
            .ask(
                &chosen,
                named("words", json!({ "filters": { "filters": has } })),
            )
            .await?;
        let is_met = |at: usize| {
            let count = &told["words"]["buckets"][at.to_string()]["doc_count"];
            count.as_u64() > Some(0)
        };
        let places = || self.telling.iter().map(|word| word.place).enumerate();
        // What was typed as one word may be looked for as two.
        let has_met = |place: usize| places().any(|(at, other)| other == place && is_met(at));
        let dropped = places().filter(|&(_, place)| !has_met(place));
        let mut in_the_way: Vec<usize> = dropped.map(|(_, place)| place).collect();
        in_the_way.dedup();
        Ok((chosen, in_the_way))
    }

    /// The greatest score beyond the beginning.
    async fn best_score(&self, query: Value) -> Result<Option<f64>, EngineError> {
        let query = self.asking.found(&query);
        let body = json!({ "query": query, "size": 1, "stored_fields": "_none_" });
        let found = self.site.cluster.search(&self.site.alias, &body).await?;
        let best = found.hits().first().and_then(|hit| hit.score);
        Ok(best.map(|score| score - BEGINNING))
    }
}
