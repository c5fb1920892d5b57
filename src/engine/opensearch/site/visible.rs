//! When searches see what was written. Invariant: who is told that something can be found finds it, on every server.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::OpenSite;
use crate::engine::{EngineError, Visibility};

/// A refresh makes a small segment of all that came since the last one, and each is merged again; so of many who wait to see what
/// they wrote those of this long are shown it together.
const REFRESH_APART: Duration = Duration::from_millis(250);

impl OpenSite {
    /// Returns once a search sees what was acknowledged with this number. Of those who wait one asks for all.
    pub(in crate::engine::opensearch) async fn wait_visible(
        &self,
        visibility: Visibility,
    ) -> Result<(), EngineError> {
        self.made().await?;
        let number = visibility.number();
        if number <= self.refreshed.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut last = self.refreshing.lock().await;
        if number <= self.refreshed.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some(last) = *last {
            let rest = REFRESH_APART.saturating_sub(last.elapsed());
            tokio::time::sleep(rest).await;
        }
        *last = Some(Instant::now());
        let written = self.written.load(Ordering::Acquire).max(number);
        self.cluster.refresh(&self.alias).await?;
        self.refreshed.fetch_max(written, Ordering::AcqRel);
        self.unseen_texts.shown(written);
        Ok(())
    }
}
