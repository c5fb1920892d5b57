//! Clicks as they are asked for. Invariant: only days are read that may have some.

use serde_json::value::RawValue;

use crate::domain::ObjectType;
use crate::engine::EngineError;
use crate::engine::opensearch::kept_documents::{self, Clicks};
use crate::engine::opensearch::site::OpenSite;

/// Days that are read at once.
const READ_MAX: usize = 500;

impl OpenSite {
    pub(super) async fn clicks(
        &self,
        object_type: Option<&ObjectType>,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, u64)>, EngineError> {
        let clicked = self.glimpse().await?.control.documents.clicked;
        let Some((first, last)) = clicked else {
            return Ok(Vec::new());
        };
        let days: Vec<i64> = (from.max(first)..=to.min(last)).collect();
        let mut counted = Vec::new();
        for some in days.chunks(READ_MAX) {
            let ids: Vec<String> = some
                .iter()
                .map(|day| kept_documents::clicks_id(&self.id, *day))
                .collect();
            let control = self.cluster.names.control();
            let found = self.cluster.get_all(&control, &ids).await?;
            let read = |document: Option<Box<RawValue>>| {
                serde_json::from_str::<Clicks>(document?.get()).ok()
            };
            for (day, of_day) in some.iter().zip(found.into_iter().map(read)) {
                let of_day = of_day.unwrap_or_default();
                let count = match object_type {
                    Some(one) => of_day.get(one.as_str()).copied().unwrap_or(0),
                    None => of_day.values().sum(),
                };
                if count > 0 {
                    counted.push((*day, count));
                }
            }
        }
        Ok(counted)
    }
}
