//! Documents as they lie in the cluster. Invariant: what was acknowledged is seen.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::domain::{AnswerMemory, DocumentPlace, Identity, ObjectType, StoredDocument};
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::kept_documents::{Stamps, names_of};
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::{DocumentKey, EngineError};

/// Objects that are passed over in one answer.
const PASSED_AT_ONCE: u64 = 10_000;
/// Objects that are read at once.
const READ_MAX: usize = 500;

impl OpenSite {
    pub(super) async fn document(
        &self,
        stamps: Stamps,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<Option<StoredDocument>, EngineError> {
        let [own, whole] = names_of(object_type, key);
        let id = stamps.id_of(key);
        let mut moment = match id {
            Some(_) => self.moment().await?,
            None => self.glimpse().await?,
        };
        loop {
            let by_id = match id {
                Some(id) => self
                    .with_ids(&moment.control, stamps, &[id])
                    .await?
                    .remove(&id),
                None => None,
            };
            let names = [own.clone(), by_id, whole.clone()].into_iter().flatten();
            let names: Vec<Identity> = names.collect();
            let kept = self.read(&moment.control, &names).await?;
            if self.holds(&mut moment).await? {
                let is_of_type = |kept: &Kept| kept.head.object_type == *object_type;
                let found = kept.into_iter().flatten().find(is_of_type);
                return Ok(found.and_then(|kept| stamps.stored(&kept)));
            }
        }
    }

    /// Documents of a type in order of creation; one that is damaged is left out.
    pub(super) async fn documents(
        &self,
        stamps: Stamps,
        object_type: &ObjectType,
        (skip, limit): (u64, usize),
        memory: &AnswerMemory,
    ) -> Result<Vec<StoredDocument>, EngineError> {
        let mut moment = self.moment().await?;
        loop {
            let page = self
                .typed_page(&moment.control, object_type, skip, limit)
                .await?;
            if !self.holds(&mut moment).await? {
                continue;
            }
            let mut documents = Vec::with_capacity(page.len());
            for kept in page {
                let Some(stored) = stamps.stored(&kept) else {
                    continue;
                };
                let bytes = stored.object.memory_bytes();
                let passing = memory.take(bytes).map_err(|_| EngineError::NoRoom)?;
                if memory.is_bounded() {
                    passing.keep(bytes);
                }
                documents.push(stored);
            }
            return Ok(documents);
        }
    }

    async fn typed_page(
        &self,
        control: &Control,
        object_type: &ObjectType,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Kept>, EngineError> {
        #[derive(Deserialize)]
        struct Seen {
            first_seen: u64,
        }
        let of_type = json!({ "term": { "type": object_type.as_str() } });
        let query = control.alive(&[of_type], Vec::new());
        let (mut left, mut after) = (skip, 0);
        while left > 0 {
            let passed = left.min(PASSED_AT_ONCE);
            let search = json!({
                "query": query,
                "sort": [{ "first_seen": "asc" }],
                "search_after": [after],
                "size": passed,
                "_source": ["first_seen"],
                "track_total_hits": false,
            });
            let found = self.cluster.search(&self.alias, &search).await?;
            let seen = found.sources();
            let seen = seen.filter_map(|one| serde_json::from_str::<Seen>(one.get()).ok());
            let seen: Vec<Seen> = seen.collect();
            let Some(last) = seen.last().filter(|_| seen.len() as u64 == passed) else {
                return Ok(Vec::new());
            };
            (left, after) = (left - passed, last.first_seen);
        }
        let (mut page, mut size) = (Vec::new(), limit);
        while page.len() < limit {
            let asked = size.min(limit - page.len());
            let search = json!({
                "query": query,
                "sort": [{ "first_seen": "asc" }],
                "search_after": [after],
                "size": asked,
                "track_total_hits": false,
            });
            let found = match self.cluster.search(&self.alias, &search).await {
                Ok(found) => found,
                // Large ones come in several answers.
                Err(CallError::TooLong { .. }) if asked > 1 => {
                    size = asked / 2;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let kept: Vec<Kept> = found.sources().filter_map(Kept::read).collect();
            let is_last = found.sources().count() < asked;
            after = kept.last().map_or(after, |last| last.head.first_seen);
            let is_stuck = kept.is_empty();
            page.extend(kept);
            if is_last || is_stuck {
                break;
            }
        }
        Ok(page)
    }

    pub(super) async fn places_of(
        &self,
        stamps: Stamps,
        identities: &[Identity],
    ) -> Result<Vec<Option<DocumentPlace>>, EngineError> {
        let mut moment = self.glimpse().await?;
        loop {
            let mut places = BTreeMap::new();
            for some in identities.chunks(READ_MAX) {
                let kept = self.read(&moment.control, some).await?;
                for (identity, kept) in some.iter().zip(kept) {
                    let place = kept.map(|kept| kept.document_place(stamps.engine_created_at));
                    places.insert(identity, place);
                }
            }
            if self.holds(&mut moment).await? {
                let place = |identity| places.get(identity).copied().flatten();
                return Ok(identities.iter().map(place).collect());
            }
        }
    }
}
