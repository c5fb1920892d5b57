//! The sources of product sync as pages show them. Without the feature `postgres`, or without a configured source,
//! there is none.

use super::Sources;
use crate::domain::TrackerId;

/// A source as people look at it.
#[derive(Clone, Debug, Default)]
pub struct SourceLook {
    pub name: String,
    pub site: String,
    pub status: &'static str,
    pub has_failed: bool,
    /// Of a running sync.
    pub phase: Option<&'static str>,
    pub indexed: u64,
    pub total: u64,
    pub failed: u64,
    pub deleted: u64,
    pub last_success_at_ms: Option<i64>,
    pub last_error: Option<String>,
    /// How changes are followed; `None` until the database was asked.
    pub mode: Option<&'static str>,
    pub lag_s: f64,
    pub pending: u64,
}

/// What came of asking for a sync.
#[derive(Clone, Debug)]
pub enum SyncAsked {
    Started,
    AlreadyRunning,
    /// A sentence that says why.
    Refused(String),
}

#[cfg(feature = "postgres")]
impl Sources {
    /// Those of a site, or all.
    pub fn looks(&self, site: Option<&TrackerId>) -> Vec<SourceLook> {
        // Without a name nothing can be unknown.
        let sources = self.syncs.iter().flat_map(|syncs| syncs.status(None));
        let of_site = |source: &crate::sync::SourceStatus| site.is_none_or(|id| source.site == *id);
        sources.flatten().filter(of_site).map(look).collect()
    }

    /// Starts a full sync of the source.
    pub async fn start(&self, name: &str) -> SyncAsked {
        use crate::sync::{Ask, Pass, Started};
        let Some(syncs) = &self.syncs else {
            return SyncAsked::Refused("no source is configured".to_owned());
        };
        let ask = Ask {
            forced: false,
            pass: Pass::Rows,
        };
        match syncs.start(Some(name), ask).await {
            Ok(Started::New { .. }) => SyncAsked::Started,
            Ok(Started::AlreadyRunning { .. }) => SyncAsked::AlreadyRunning,
            Err(error) => SyncAsked::Refused(error.to_string()),
        }
    }
}

#[cfg(not(feature = "postgres"))]
impl Sources {
    pub fn looks(&self, _: Option<&TrackerId>) -> Vec<SourceLook> {
        Vec::new()
    }

    pub async fn start(&self, _: &str) -> SyncAsked {
        SyncAsked::Refused("this program was built without product sync".to_owned())
    }
}

#[cfg(feature = "postgres")]
fn look(source: crate::sync::SourceStatus) -> SourceLook {
    use crate::sync::{AutoMode, Phase, Status};
    let phase = match source.phase {
        Phase::Counting => "counting",
        Phase::Reading => "reading",
        Phase::Committing => "committing",
    };
    let status = match source.status {
        Status::Idle => "idle",
        Status::Running => "running",
        Status::Complete => "complete",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
        Status::Interrupted => "interrupted",
    };
    let mode = source.mode.map(|mode| match mode {
        AutoMode::Outbox => "outbox",
        AutoMode::Watermark => "watermark",
        AutoMode::Compare => "compare",
        AutoMode::Off => "off",
    });
    SourceLook {
        name: source.name,
        site: source.site.to_string(),
        status,
        has_failed: source.status == Status::Failed,
        phase: (source.status == Status::Running).then_some(phase),
        indexed: source.indexed,
        total: source.total,
        failed: source.failed,
        deleted: source.deleted,
        last_success_at_ms: source.last_success_at_ms,
        last_error: source.last_error,
        mode,
        lag_s: source.lag_seconds,
        pending: source.pending,
    }
}
