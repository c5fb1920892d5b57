//! Objects by the ids that documents are given. Invariant: an id that is found was made of what is there.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::OpenSite;
use crate::domain::{Identity, StampedId, Timestamp};
use crate::engine::EngineError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::kept_documents::Stamps;

/// Places that are looked for at once.
const READ_MAX: usize = 500;
/// Places that the ids of one request may mean.
const PLACES_MAX: usize = 10_000;

impl OpenSite {
    /// What has these ids, as far as searches see it; each is to be read again.
    pub(in crate::engine::opensearch) async fn with_ids(
        &self,
        control: &Control,
        stamps: Stamps,
        ids: &[StampedId],
    ) -> Result<HashMap<StampedId, Identity>, EngineError> {
        #[derive(Deserialize)]
        struct Named {
            identity: String,
            place: u64,
            created_at: Option<i64>,
        }
        // An id has room for the low bits of a place only: each place they may mean is looked at.
        let places = ids.iter().flat_map(|id| {
            let first = u64::from(id.counter);
            (first..=control.documents.places).step_by(1 << 24)
        });
        let places: Vec<u64> = places.take(PLACES_MAX).collect();
        let mut found = HashMap::new();
        for some in places.chunks(READ_MAX) {
            let search = json!({
                "query": control.alive(&[json!({ "terms": { "place": some } })], Vec::new()),
                "sort": [{ "first_seen": "asc" }],
                "size": 2 * READ_MAX,
                "_source": ["identity", "place", "created_at"],
                "track_total_hits": false,
            });
            let hits = self.cluster.search(&self.alias, &search).await?;
            for source in hits.sources() {
                let Ok(named) = serde_json::from_str::<Named>(source.get()) else {
                    continue;
                };
                let created_at = named.created_at.map(Timestamp::from_millis);
                let created_at = created_at.unwrap_or(stamps.engine_created_at);
                let id = StampedId::new(created_at, stamps.engine, named.place);
                if let Ok(identity) = Identity::new(&named.identity) {
                    found.entry(id).or_insert(identity);
                }
            }
        }
        Ok(found)
    }
}
