//! Fields that the indices of a site have in their mapping already. An index would add each by itself when it meets the first value:
//! a change of the state of the cluster for each document that brings one, which all that comes behind it waits for. So what a
//! batch brings is added before it, in one change. Nothing depends on it but speed.

use super::OpenSite;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::names::Names;
use crate::engine::opensearch::layout::spaces::Fields;

/// What is known to be there.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    of: Of,
    fields: Fields,
}

/// Which indices it is of: the life of the site, and the number of the one that is being made.
type Of = (u64, Option<u64>);

impl OpenSite {
    /// Adds to the indices that batches write to what they do not have of the fields.
    pub(super) async fn map(&self, control: &Control, fields: Fields) -> Result<(), CallError> {
        let next = control.rebuild.as_ref();
        let of = (control.life, next.map(|rebuild| rebuild.number));
        let new = self.with_mapped(of, |mapped| fields.without(&mapped.fields));
        if new.is_empty() {
            return Ok(());
        }
        let mapping = new.mapping();
        let next = next.map(|_| Names::next(&self.alias));
        for alias in next.iter().chain([&self.alias]) {
            self.cluster.add_fields(alias, &mapping).await?;
        }
        self.with_mapped(of, |mapped| mapped.fields.add(new));
        Ok(())
    }

    /// The same, where documents bring the fields if this does not.
    pub(super) async fn map_ahead(&self, control: &Control, fields: Fields) {
        if let Err(error) = self.map(control, fields).await {
            // The index does it by itself, or says of each document why not.
            tracing::debug!(site.tracker_id = %self.id, %error, "fields could not be added ahead");
        }
    }

    fn with_mapped<T>(&self, of: Of, look: impl FnOnce(&mut Mapped) -> T) -> T {
        let mut mapped = self
            .mapped
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if mapped.of != of {
            *mapped = Mapped {
                of,
                fields: Fields::default(),
            };
        }
        look(&mut mapped)
    }
}
