//! What people see who look into a catalog of the reference. Invariant: it is counted anew each time.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Reference;
use super::catalog::Stored;
use crate::domain::{
    Generation, Identity, Inspected, MadeOf, ObjectType, Sample, Survey, TrackerId, TypeSurvey,
};
use crate::engine::{EngineError, Inspection};

#[async_trait]
impl Inspection for Reference {
    async fn survey(&self, site: &TrackerId) -> Result<Survey, EngineError> {
        self.with(site, |catalog| {
            let mut types: BTreeMap<String, BTreeMap<Option<String>, u64>> = BTreeMap::new();
            for stored in catalog.objects.values() {
                let object = &stored.object;
                let generation = object.generation.as_ref().map(Generation::as_str);
                let of_type = types.entry(object.object_type.to_string()).or_default();
                *of_type.entry(generation.map(str::to_owned)).or_default() += 1;
            }
            let types = types.into_iter().map(|(name, counts)| {
                let object_type = ObjectType::new(&name).unwrap();
                let mut generations: Vec<_> = counts
                    .into_iter()
                    .map(|(name, count)| (name.map(|name| Generation::new(&name).unwrap()), count))
                    .collect();
                generations.sort_by_key(|(_, count)| u64::MAX - count);
                TypeSurvey {
                    objects: generations.iter().map(|(_, count)| count).sum(),
                    last_write: catalog.last_writes.get(&object_type).copied(),
                    object_type,
                    generations,
                }
            });
            let mut types: Vec<_> = types.collect();
            types.sort_by_key(|of_type| u64::MAX - of_type.objects);
            let objects = catalog.objects.len() as u64;
            Survey {
                objects,
                looked_at: objects,
                types,
            }
        })
    }

    async fn sample(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Sample, EngineError> {
        self.with(site, |catalog| {
            let all = catalog.in_order().into_iter();
            let of_type: Vec<&Stored> = all
                .filter(|stored| stored.object.object_type == object_type)
                .collect();
            let wanted = of_type.len().min(limit);
            let taken = (0..wanted).map(|at| of_type[at * of_type.len() / wanted]);
            Sample {
                objects: taken.map(|stored| stored.object.clone()).collect(),
                is_complete: of_type.len() <= limit,
            }
        })
    }

    async fn inspect(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<Inspected>, EngineError> {
        self.with(site, |catalog| {
            let stored = catalog.objects.get(&identity)?;
            Some(Inspected {
                object: stored.object.clone(),
                updated_at: stored.updated_at,
                json_bytes: 0,
                made_of: match &stored.origin {
                    None => MadeOf::Call,
                    Some(origin) => match &origin.row {
                        None => MadeOf::NestedInRow {
                            source: origin.source.clone(),
                        },
                        Some(key) => MadeOf::Row {
                            source: origin.source.clone(),
                            key: key.clone(),
                        },
                    },
                },
            })
        })
    }
}
