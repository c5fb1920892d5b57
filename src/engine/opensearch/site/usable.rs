//! Whether the indices of a site can be used. Invariant: nothing is begun that they would refuse.

use super::{COME_AGAIN_S, OpenSite, of_newer};
use crate::engine::EngineError;
use crate::engine::opensearch::layout::mapping;

impl OpenSite {
    /// Makes its indices where there are none. Everything else needs this first.
    pub(in crate::engine::opensearch) async fn made(&self) -> Result<(), EngineError> {
        self.cluster.health.check()?;
        let make = async || {
            let control = self.cluster.open_control().await?;
            let catalog = self.cluster.open_catalog(&self.alias).await?;
            match control.max(catalog) {
                version if version > mapping::VERSION => Err(of_newer(version)),
                _ => Ok(catalog),
            }
        };
        self.is_made.get_or_try_init(make).await?;
        Ok(())
    }

    /// Where its index takes no writes nothing of one is begun.
    pub(super) fn check_writable(&self) -> Result<(), EngineError> {
        let condition = self.cluster.health.condition();
        let illness = condition.illness(&self.alias, &self.cluster.names.control());
        match illness.filter(|illness| illness.is_readable) {
            Some(illness) => Err(EngineError::Unavailable {
                reason: illness.reason,
                retry_after_s: COME_AGAIN_S,
            }),
            None => Ok(()),
        }
    }
}
