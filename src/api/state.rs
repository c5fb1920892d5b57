//! What every handler may use. Cheap to clone; nothing in it is of one request.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;

use crate::auth::AuthRules;
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::Engine;
use crate::throttle::{SiteLimits, Throttle};

#[derive(Clone)]
pub struct AppState(Arc<Parts>);

pub struct Parts {
    pub engine: Arc<dyn Engine>,
    /// Sites by tracker id, and who may sign for them. Exchanged whole on a reload.
    pub sites: ArcSwap<Sites>,
    pub clock: Clock,
    pub auth: AuthRules,
    pub limits: Limits,
    /// What clients have asked for lately.
    pub throttle: Arc<Throttle>,
    /// Scheme and host for links in answers; without it, what the client used.
    pub public_url: Option<String>,
}

/// The sites served and their keys.
#[derive(Debug, Default)]
pub struct Sites {
    pub by_id: std::collections::HashMap<TrackerId, Arc<Site>>,
    pub credentials: crate::auth::Credentials,
    /// What clients of each site may ask for; of a site that is not here, anything.
    pub throttled: std::collections::HashMap<TrackerId, SiteLimits>,
    /// Keys of those who speak of documents.
    pub api_keys: crate::auth::ApiKeys,
}

/// Bounds of one request (contract 02 §7, 07 §7).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Body as it comes over the wire.
    pub body_bytes_max: usize,
    /// Body after decompression.
    pub decoded_bytes_max: usize,
    /// Body of an update by query, before and after decompression (contract 03 §3).
    pub update_by_query_bytes_max: usize,
    pub patch_objects_max: usize,
    pub delete_objects_max: usize,
    pub search_timeout_ms: u64,
    pub write_timeout_ms: u64,
}

impl AppState {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// A site that is served, whoever made it.
    pub fn site(&self, id: &TrackerId) -> Option<Arc<Site>> {
        let configured = self.sites.load().by_id.get(id).cloned();
        configured.or_else(|| {
            let documents = Arc::clone(&self.engine).documents()?;
            documents.made_site(id).map(Arc::new)
        })
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
