//! What is taken over before any object of a batch is written. Invariant: no object is written that has attributes, a declared type, a place
//! or a file that the site does not say it has.

use std::sync::Arc;

use super::Batch;
use crate::engine::EngineError;
use crate::engine::opensearch::lease::{Held, Lease};

impl Batch<'_> {
    /// Writes what the schema has learnt, and what the site says of itself where objects need that.
    pub(super) async fn write_ahead(
        &mut self,
        lease: &mut Lease,
        mut held: Held,
    ) -> Result<Held, EngineError> {
        let of_types = self.keep_types();
        self.keep_clicks();
        let schema = Arc::clone(self.plan.schema());
        let known = held.control.attributes;
        let files_told = held.control.files;
        let before = &held.control.documents;
        let has_other_types = before.types != self.control.documents.types;
        let needs_places = self.control.documents.keep_places(before.places);
        held.control = self.control.clone();
        let has_news = schema.next_number() > known || has_other_types || needs_places;
        let has_news = has_news || self.control.files.is_before(&files_told);
        if !has_news && !self.control.is_removed {
            return Ok(held);
        }
        if schema.next_number() > known {
            let version = self.take_number();
            self.site.write_schema(&schema, known, version).await?;
        }
        self.send(&of_types).await?;
        held.control.attributes = schema.next_number();
        lease.change(held).await
    }
}
