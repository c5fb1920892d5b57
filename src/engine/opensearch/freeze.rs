//! Catalogs that nobody may write any more, because they are kept somewhere else from now on. Invariant: whoever froze one had it
//! alone: what was acknowledged before is in it, and nothing comes after.

use super::OpenSearchCatalogs;
use crate::domain::TrackerId;
use crate::engine::EngineError;

impl OpenSearchCatalogs {
    /// Lets no process write a site any more, or lets them again.
    pub async fn freeze(&self, site: &TrackerId, is_frozen: bool) -> Result<(), EngineError> {
        let site = self.site(site)?;
        site.made().await?;
        let mut lease = site.lease();
        let mut held = lease.take_even_frozen().await?;
        held.control.is_frozen = is_frozen;
        lease.give_back(held).await
    }
}
