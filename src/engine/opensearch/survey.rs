//! A catalog as people look at it. Invariant: a survey counts everything there is, each object once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::control::Control;
use super::layout::document::Kept;
use super::site::OpenSite;
use crate::domain::{Generation, Object, ObjectType, Sample, Survey, Timestamp, TypeSurvey};
use crate::engine::EngineError;

/// Groups of one answer.
const PAGE: usize = 1_000;

type Groups = BTreeMap<String, Vec<(Option<String>, u64)>>;

impl OpenSite {
    pub(super) async fn survey(&self) -> Result<Survey, EngineError> {
        let mut moment = self.moment().await?;
        let (groups, objects) = loop {
            let query = moment.control.alive(&[], Vec::new());
            let groups = self.groups(&query).await?;
            let objects = self.cluster.count(&self.alias, &query).await?;
            if self.holds(&mut moment).await? {
                break (groups, objects);
            }
        };
        let types = groups.into_iter();
        let types =
            types.filter_map(|(name, generations)| of_type(&moment.control, &name, generations));
        let mut types: Vec<TypeSurvey> = types.collect();
        types.sort_by_key(|of_type| std::cmp::Reverse(of_type.objects));
        Ok(Survey {
            objects,
            looked_at: objects,
            types,
        })
    }

    /// Counts by type and generation, page by page, as many as are told apart.
    async fn groups(&self, query: &Value) -> Result<Groups, EngineError> {
        let mut groups = Groups::new();
        let mut after = Value::Null;
        for _ in 0..Survey::GROUPS_MAX / PAGE {
            let mut composite = json!({
                "size": PAGE,
                "sources": [
                    { "type": { "terms": { "field": "type" } } },
                    { "generation": { "terms": { "field": "generation", "missing_bucket": true } } },
                ],
            });
            if !after.is_null() {
                composite["after"] = after;
            }
            let search = json!({
                "query": query,
                "size": 0,
                "aggs": { "groups": { "composite": composite } },
            });
            let mut found = self
                .cluster
                .search(&self.alias, &search)
                .await?
                .aggregations;
            for bucket in found["groups"]["buckets"].as_array().into_iter().flatten() {
                let key = &bucket["key"];
                let (Some(of_type), Some(count)) =
                    (key["type"].as_str(), bucket["doc_count"].as_u64())
                else {
                    continue;
                };
                let generation = key["generation"].as_str().map(str::to_owned);
                groups
                    .entry(of_type.to_owned())
                    .or_default()
                    .push((generation, count));
            }
            after = found["groups"]["after_key"].take();
            if after.is_null() {
                break;
            }
        }
        Ok(groups)
    }

    pub(super) async fn sample(
        &self,
        object_type: &ObjectType,
        limit: usize,
    ) -> Result<Sample, EngineError> {
        let wanted = limit.min(Sample::OBJECTS_MAX);
        let mut moment = self.moment().await?;
        loop {
            let sample = self.sample_of(&moment.control, object_type, wanted).await?;
            if self.holds(&mut moment).await? {
                return Ok(sample);
            }
        }
    }

    async fn sample_of(
        &self,
        control: &Control,
        object_type: &ObjectType,
        wanted: usize,
    ) -> Result<Sample, EngineError> {
        let of_type = json!({ "term": { "type": object_type.as_str() } });
        let query = control.alive(std::slice::from_ref(&of_type), Vec::new());
        let count = self.cluster.count(&self.alias, &query).await? as usize;
        if count <= wanted {
            return Ok(Sample {
                objects: self.page(&query, wanted).await?,
                is_complete: true,
            });
        }
        let places = self.places(&query, count, wanted).await?;
        let chosen = json!({ "terms": { "first_seen": places } });
        let query = control.alive(&[of_type, chosen], Vec::new());
        Ok(Sample {
            objects: self.page(&query, wanted).await?,
            is_complete: false,
        })
    }

    /// Places in the order of first appearance, evenly taken out of all of them.
    async fn places(
        &self,
        query: &Value,
        count: usize,
        wanted: usize,
    ) -> Result<Vec<u64>, EngineError> {
        let (mut places, mut after, mut passed) = (Vec::with_capacity(wanted), 0, 0);
        while places.len() < wanted {
            let search = json!({
                "query": query,
                "sort": [{ "first_seen": "asc" }],
                "search_after": [after],
                "size": 10 * PAGE,
                "_source": ["first_seen"],
                "track_total_hits": false,
            });
            let found = self.cluster.search(&self.alias, &search).await?;
            let page = found.sources().filter_map(|source| {
                let source: Value = serde_json::from_str(source.get()).ok()?;
                source["first_seen"].as_u64()
            });
            let page: Vec<u64> = page.collect();
            let Some(&last) = page.last() else {
                break;
            };
            while let Some(place) = page.get(places.len() * count / wanted - passed) {
                places.push(*place);
                if places.len() == wanted {
                    break;
                }
            }
            (after, passed) = (last, passed + page.len());
        }
        Ok(places)
    }

    async fn page(&self, query: &Value, limit: usize) -> Result<Vec<Object>, EngineError> {
        let search = json!({
            "query": query,
            "sort": [{ "first_seen": "asc" }],
            "size": limit,
            "track_total_hits": false,
        });
        let found = self.cluster.search(&self.alias, &search).await?;
        let objects = found
            .sources()
            .filter_map(|source| Kept::read(source)?.object());
        Ok(objects.collect())
    }
}

/// `None` for a name that no type has.
fn of_type(
    control: &Control,
    name: &str,
    generations: Vec<(Option<String>, u64)>,
) -> Option<TypeSurvey> {
    let mut generations: Vec<(Option<Generation>, u64)> = generations
        .into_iter()
        .map(|(name, count)| (name.and_then(|name| Generation::new(&name).ok()), count))
        .collect();
    generations.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let last_write = control.last_writes.get(name);
    Some(TypeSurvey {
        object_type: ObjectType::new(name).ok()?,
        objects: generations.iter().map(|(_, count)| count).sum(),
        last_write: last_write.map(|at| Timestamp::from_millis(*at)),
        generations,
    })
}
