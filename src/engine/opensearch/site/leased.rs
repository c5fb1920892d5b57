//! The lease of a site, as all parts of this process know it.

use std::sync::Arc;

use super::OpenSite;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::lease::Lease;

impl OpenSite {
    pub(in crate::engine::opensearch) fn lease(&self) -> Lease {
        let cluster = Arc::clone(&self.cluster);
        Lease::new(cluster, self.id.clone(), self.patience).seen_by(&self.lease_seen)
    }

    /// Looks what the site says of itself, and since when its lease stands where it does.
    pub(in crate::engine::opensearch) async fn note_lease(
        &self,
    ) -> Result<Option<Control>, CallError> {
        let control = self.cluster.control(&self.id).await?;
        Ok(control.map(|(control, place)| {
            self.lease_seen.note(place);
            control
        }))
    }
}
