//! Sites that come and go, and how an engine is doing.

use std::time::Duration;

use async_trait::async_trait;

use super::EngineError;
use super::stats::EngineStats;
use crate::domain::{Site, TrackerId};

/// Why a site is not fully served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteProblem {
    pub site: TrackerId,
    pub reason: String,
}

/// State of the engine as an operator asks for it.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// Sites that answer searches.
    pub serving: usize,
    /// Sites that refuse writes or searches.
    pub problems: Vec<SiteProblem>,
}

/// The sites of an engine and its end.
#[async_trait]
pub trait Lifecycle: Send + Sync + 'static {
    /// Serves one more site, making its catalog when there is none, and returns when it is current. A
    /// site that is served already gets these settings, without a search or write that fails for it.
    /// A site that cannot be opened is told by [`Self::readiness`]; opening it again tries again.
    async fn open_site(&self, site: Site);

    /// Serves a site no more. Returns when what was acknowledged is indexed and its catalog closed.
    async fn close_site(&self, site: &TrackerId);

    fn readiness(&self) -> Readiness;

    /// How the engine is doing; of the first `sites_max` sites by id, each on its own.
    async fn stats(&self, sites_max: usize) -> EngineStats;

    /// Has the index of a site made again of its store, beside the one that serves; returns when that has begun. `false`
    /// where one is being made already.
    async fn rebuild_index(&self, site: &TrackerId) -> Result<bool, EngineError>;

    /// What somebody is told who waited in vain: that it took too long, or that whoever keeps the catalogs did not answer.
    fn late(&self) -> EngineError {
        EngineError::TimedOut
    }

    /// How long somebody waits who only looks; `None` where nobody else has to answer.
    fn look_within(&self) -> Option<Duration> {
        None
    }

    /// Ends background work: everything acknowledged is indexed and closed.
    async fn close(&self);
}
