//! Deletes at last what commits deleted. Invariant: a rule is dropped only when nothing it takes is there any more; until then it
//! holds, whoever dies. Whoever writes next finds the rule and goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{OpenSite, Work};
use crate::engine::EngineError;
use crate::engine::opensearch::control::Dead;
use crate::engine::opensearch::layout::names::Names;

/// Between two looks at a task.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Times that what is still there is deleted once more.
const ROUNDS_MAX: usize = 10;

impl OpenSite {
    /// Begins to sweep, unless somebody does already.
    pub(in crate::engine::opensearch) fn sweep(self: &Arc<Self>) {
        if self.is_swept.swap(true, Ordering::AcqRel) {
            return;
        }
        // Only as long as somebody has the site open: the next one goes on.
        let site = Arc::downgrade(self);
        tokio::spawn(async move {
            let Some(site) = site.upgrade() else {
                return;
            };
            if let Err(error) = site.sweep_all().await {
                tracing::warn!(site.tracker_id = %site.id, %error, "deleted objects still lie in the index");
            }
            site.is_swept.store(false, Ordering::Release);
        });
    }

    async fn sweep_all(self: &Arc<Self>) -> Result<(), EngineError> {
        loop {
            let control = self.cluster.control(&self.id).await?;
            let Some((control, _)) = control else {
                return Ok(());
            };
            let Some(dead) = control.dead.first().cloned() else {
                return Ok(());
            };
            // In this order: what serves at last has been swept, also where another index has begun to meanwhile.
            if control.rebuild.is_some() {
                self.sweep_one(&dead, &Names::next(&self.alias)).await?;
            }
            self.sweep_one(&dead, &self.alias).await?;
            // Asked for as any write; a queue that is full or closed ends the sweep.
            self.write(Work::Swept(dead), 1).await?;
        }
    }

    async fn sweep_one(&self, dead: &Dead, index: &str) -> Result<(), EngineError> {
        let query = dead.query();
        for _ in 0..ROUNDS_MAX {
            match self.cluster.refresh(index).await {
                Err(error) if error.is("index_not_found_exception") => return Ok(()),
                refreshed => refreshed?,
            }
            if self.cluster.count(index, &query).await? == 0 {
                return Ok(());
            }
            let task = self.cluster.begin_delete(index, &query).await?;
            while !self.cluster.has_ended(&task).await? {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        Err(EngineError::Unavailable {
            reason: "some of them do not go".to_owned(),
            retry_after_s: 60,
        })
    }
}
