//! Clicks that a batch counts, a day a document. Invariant: what is counted was read behind the fence of the site.

use super::Batch;
use crate::domain::ObjectType;
use crate::engine::EngineError;
use crate::engine::opensearch::kept_documents::{self, Clicks};

impl Batch<'_> {
    pub(super) async fn click(
        &mut self,
        object_type: &ObjectType,
        day: i64,
    ) -> Result<(), EngineError> {
        if !self.clicks.contains_key(&day) {
            let id = kept_documents::clicks_id(&self.site.id, day);
            let control = self.site.cluster.names.control();
            let kept: Option<(Clicks, _)> = self.site.cluster.get(&control, &id).await?;
            let kept = kept.map(|(kept, _)| kept).unwrap_or_default();
            self.clicks.insert(day, kept);
        }
        let of_day = self.clicks.entry(day).or_default();
        *of_day.entry(object_type.to_string()).or_default() += 1;
        let clicked = &mut self.control.documents.clicked;
        let (first, last) = clicked.unwrap_or((day, day));
        *clicked = Some((first.min(day), last.max(day)));
        Ok(())
    }

    pub(super) fn keep_clicks(&mut self) {
        for (day, clicks) in std::mem::take(&mut self.clicks) {
            let id = kept_documents::clicks_id(&self.site.id, day);
            self.keep_beside(id, Some(super::json(&clicks)));
        }
    }
}
