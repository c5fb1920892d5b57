//! Deletes for good what has expired, some time after. Invariant: what is deleted had expired by the wall clock and by the time
//! that really passed; whether it still has is looked at behind the fence.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::control::Control;
use super::site::{Done, OpenSite, Work};
use crate::domain::{Identity, Timestamp};
use crate::engine::EngineError;
use crate::engine::plan::expiry::{self as horizon, Share};

/// Objects that are deleted in one batch.
const AT_ONCE: usize = 400;

/// How far it was looked, also where there was nothing to delete.
#[derive(Debug, Default)]
pub(super) struct Looks {
    reached: Option<Timestamp>,
}

impl OpenSite {
    /// Deletes what expired longer than `retention` ago; how much that was. `looks` is what was remembered of the last look,
    /// and `passed` the time since.
    pub(super) async fn purge(
        self: &Arc<Self>,
        control: &Control,
        retention: Duration,
        looks: &mut Looks,
        passed: Duration,
    ) -> Result<u64, EngineError> {
        let wanted = horizon::earlier(self.now(), retention);
        let written = control.last_writes.values().max();
        let Some(written) = written.map(|at| Timestamp::from_millis(*at)) else {
            return Ok(0);
        };
        let kept = control.expired_upto.map(Timestamp::from_millis);
        let known = kept.max(looks.reached);
        let known =
            known.unwrap_or_else(|| horizon::begin(wanted, horizon::earlier(written, retention)));
        let reached = horizon::advance(known, wanted, passed);
        looks.reached = Some(reached);
        let mut before = horizon::limit(reached, wanted, false);
        let expired = self.count_expired(control, before).await?;
        if expired == 0 {
            return Ok(0);
        }
        let share = Share {
            expired,
            all: self
                .cluster
                .count(&self.alias, &control.alive(&[], Vec::new()))
                .await?,
        };
        if share.is_large() {
            before = horizon::limit(reached, wanted, true);
            tracing::warn!(
                site.tracker_id = %self.id,
                expired = share.expired,
                objects = share.all,
                "more than half of the objects expired: they are deleted a day later than others"
            );
        }
        let mut purged = 0;
        loop {
            let names = self.expired(control, before).await?;
            if names.is_empty() {
                return Ok(purged);
            }
            let work = Work::Expire {
                names,
                before,
                reached,
            };
            match self.write(work, AT_ONCE).await? {
                (Done::Expired(deleted), _) if deleted > 0 => purged += deleted,
                _ => return Ok(purged),
            }
            self.cluster.refresh(&self.alias).await?;
        }
    }

    async fn count_expired(
        &self,
        control: &Control,
        before: Timestamp,
    ) -> Result<u64, EngineError> {
        let query = control.alive(&[ended(before)], Vec::new());
        Ok(self.cluster.count(&self.alias, &query).await?)
    }

    async fn expired(
        &self,
        control: &Control,
        before: Timestamp,
    ) -> Result<Vec<Identity>, EngineError> {
        let search = json!({
            "query": control.alive(&[ended(before)], Vec::new()),
            "size": AT_ONCE,
            "_source": ["identity"],
            "track_total_hits": false,
        });
        let found = self.cluster.search(&self.alias, &search).await?;
        let names = found.sources().filter_map(|source| {
            let source: Value = serde_json::from_str(source.get()).ok()?;
            Identity::new(source["identity"].as_str()?).ok()
        });
        Ok(names.collect())
    }
}

fn ended(before: Timestamp) -> Value {
    json!({ "range": { "active_to": { "lt": before.as_millis() } } })
}
