//! What was refused lately, as a list. Invariant: what was refused again stands last.

use async_trait::async_trait;

use super::Reference;
use crate::domain::{RefusedLately, RefusedList, RefusedOfRequest, TrackerId};
use crate::engine::{EngineError, Refusals};

#[async_trait]
impl Refusals for Reference {
    fn note_refused(&self, site: &TrackerId, refused: RefusedOfRequest) {
        let _ = self.with(site, |catalog| {
            let now = catalog.now;
            for object in refused.told {
                let mut known = catalog.refused.iter();
                let known = known.position(|one| one.object == object);
                let before = known.map(|at| catalog.refused.remove(at));
                catalog.refused.push(RefusedLately {
                    object,
                    times: before.as_ref().map_or(0, |one| one.times) + 1,
                    first: before.map_or(now, |one| one.first),
                    last: now,
                });
            }
        });
    }

    async fn refused_lately(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<RefusedList, EngineError> {
        self.with(site, |catalog| {
            let now_ms = catalog.now.as_millis();
            let is_kept = |one: &&RefusedLately| {
                now_ms - one.last.as_millis() <= RefusedLately::KEPT_S * 1000
            };
            let all = catalog.refused.iter().rev().filter(is_kept);
            let all: Vec<RefusedLately> = all.take(RefusedLately::KEPT_MAX).cloned().collect();
            RefusedList {
                more: all.len().saturating_sub(limit) as u64,
                listed: all.into_iter().take(limit).collect(),
            }
        })
    }
}
