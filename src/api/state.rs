//! What every handler may use. Cheap to clone; nothing in it is of one request.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::auth::{AuthRules, RoleTokens};
use crate::domain::{Asker, ClientId, Clock, Site, Timestamp, TrackerId};
use crate::engine::{Engine, EngineError};
use crate::http::json::Weights;
use crate::http::{BodyLimits, Budgets, ClientAddress};
use crate::telemetry::metrics::{Api, Metrics, SearchOutcome};
use crate::throttle::{self, Admission, Group, Quota, SiteLimits, Throttle};

#[derive(Clone)]
pub struct AppState(Arc<Parts>);

pub struct Parts {
    pub engine: Engine,
    /// Sites by tracker id, and who may sign for them. Exchanged whole on a reload.
    pub sites: ArcSwap<Sites>,
    pub clock: Clock,
    pub auth: AuthRules,
    pub limits: Limits,
    /// What clients have asked for lately.
    pub throttle: Arc<Throttle>,
    /// What has been counted since the server started.
    pub metrics: Arc<Metrics>,
    /// What requests and connections have taken of what there is.
    pub budgets: Budgets,
    /// Whether the files of objects are fetched.
    pub fetches_files: bool,
    /// Who watches over the server; `None` without a token that would tell them.
    pub operators: Option<RoleTokens>,
    pub started_at: Timestamp,
    /// Scheme and host for links in answers; without it, what the client used.
    pub public_url: Option<String>,
}

/// The sites served and their keys.
#[derive(Debug, Default)]
pub struct Sites {
    pub by_id: std::collections::HashMap<TrackerId, Arc<Site>>,
    pub credentials: crate::auth::Credentials,
    /// What clients of each site may ask for.
    pub throttled: std::collections::HashMap<TrackerId, SiteLimits>,
    /// The same of sites that were made while the server runs.
    pub throttled_else: SiteLimits,
    /// What each API key may ask for beside.
    pub per_api_key: Option<Quota>,
    /// Whether a batch of documents makes the type it names (docs/reference/10-swiftype.md §5).
    pub create_document_types: bool,
    /// How many events each client may send.
    pub events_per_client: Option<Quota>,
    /// Keys of those who speak of documents.
    pub api_keys: crate::auth::ApiKeys,
}

impl Sites {
    /// What clients of the site may ask for.
    pub fn limits_of(&self, site: &TrackerId) -> &SiteLimits {
        self.throttled.get(site).unwrap_or(&self.throttled_else)
    }
}

/// Bounds of one request (docs/reference/02-content.md §7, docs/reference/07-http-principles.md §7).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Body that is not compressed.
    pub body_bytes_max: usize,
    /// Compressed body, after decompression and on the wire.
    pub decoded_bytes_max: usize,
    /// Body of an update by query, before and after decompression
    /// (docs/reference/03-update-by-query-and-generations.md §3).
    pub update_by_query_bytes_max: usize,
    pub patch_objects_max: usize,
    pub delete_objects_max: usize,
    pub search_timeout_ms: u64,
    pub write_timeout_ms: u64,
}

impl AppState {
    /// Waits no longer than a write may take.
    pub async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let done = tokio::time::timeout(self.write_timeout(), work).await;
        done.unwrap_or_else(|_| Err(self.late_write()))
    }

    /// The same for what changes nothing: nothing of it is in doubt.
    pub async fn read_in_time<T>(
        &self,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let done = tokio::time::timeout(self.write_timeout(), work).await;
        done.unwrap_or_else(|_| Err(self.late()))
    }

    fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.limits.write_timeout_ms)
    }

    /// What is said of a read that took too long.
    pub fn late(&self) -> EngineError {
        self.engine.lifecycle.late()
    }

    /// The same of a write: whoever keeps the catalogs may have done it.
    pub fn late_write(&self) -> EngineError {
        match self.late() {
            EngineError::Unavailable { retry_after_s, .. } => {
                EngineError::InDoubt { retry_after_s }
            }
            late => late,
        }
    }

    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Bounds of a body where a route has none of its own.
    pub fn body_limits(&self, weights: &'static Weights) -> BodyLimits {
        BodyLimits {
            plain_bytes_max: self.limits.body_bytes_max,
            decoded_bytes_max: self.limits.decoded_bytes_max,
            weights,
        }
    }

    /// A site that is served, whoever made it.
    pub async fn site(&self, id: &TrackerId) -> Result<Option<Arc<Site>>, EngineError> {
        let configured = self.sites.load().by_id.get(id).cloned();
        match (configured, &self.engine.documents) {
            (None, Some(documents)) => Ok(documents.made_site(id).await?.map(Arc::new)),
            (configured, _) => Ok(configured),
        }
    }

    /// The site that somebody names.
    pub async fn site_named(&self, name: &str) -> Result<Option<Arc<Site>>, EngineError> {
        match TrackerId::new(name) {
            Some(id) => self.site(&id).await,
            None => Ok(None),
        }
    }

    /// Counts a request to a site, unless its clients or this one ask for too much.
    pub fn admit(
        &self,
        group: Group,
        site: &TrackerId,
        client: Option<ClientAddress>,
    ) -> Admission {
        let sites = self.sites.load();
        let (limits, now) = (sites.limits_of(site), self.clock.now());
        let client = client.map(|client| client.0);
        self.throttle.admit(group, site, client, limits, now)
    }

    /// Counts an event of a client of a site, unless the client sends too many.
    pub fn admit_event(
        &self,
        site: &TrackerId,
        client: &ClientId,
    ) -> Result<(), throttle::Refused> {
        let Some(quota) = self.sites.load().events_per_client else {
            return Ok(());
        };
        let key = throttle::key_of([site.as_str(), client.as_str()]);
        let now = self.clock.now();
        self.throttle.admit_event(key, quota, now).outcome
    }

    /// Counts an attempt to log in to the server's pages, unless the client makes too many.
    pub fn admit_log_in(&self, client: Option<ClientAddress>) -> Result<(), throttle::Refused> {
        let nobody = std::net::IpAddr::from([0; 4]);
        let address = client.map_or(nobody, |client| client.0);
        self.throttle
            .admit_log_in(address, self.clock.now())
            .outcome
    }

    /// Those who take turns at searching as one: a client as throttling knows it.
    pub fn asker(client: Option<ClientAddress>) -> Asker {
        Asker {
            client: client.map(|client| throttle::client_of(client.0)),
            ..Asker::default()
        }
    }

    /// Waits for a search of a client, and counts it.
    pub async fn counted_search<T>(
        &self,
        api: Api,
        search: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let began = Instant::now();
        let found = search.await;
        let outcome = match &found {
            Ok(_) => SearchOutcome::Answered,
            Err(EngineError::TimedOut) => SearchOutcome::TimedOut,
            Err(
                EngineError::Overloaded { .. }
                | EngineError::Unavailable { .. }
                | EngineError::NoRoom,
            ) => SearchOutcome::Overloaded,
            Err(EngineError::Internal { .. } | EngineError::InDoubt { .. }) => {
                SearchOutcome::Failed
            }
            Err(
                EngineError::TooMuchWork
                | EngineError::Unsupported(_)
                | EngineError::UnknownSite(_)
                | EngineError::UnknownAttribute(_)
                | EngineError::NoOrigin,
            ) => SearchOutcome::Refused,
        };
        self.metrics.searched(api, outcome, began.elapsed());
        found
    }

    /// Alive as long as anybody can still use this state.
    pub fn in_use(&self) -> Weak<Parts> {
        Arc::downgrade(&self.0)
    }
}

impl std::ops::Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
