//! Catalogs in a cluster of `OpenSearch`, which several processes of this server may share. What is here so far: writes, commits,
//! reads by id and page by page, jobs, files, what was refused, searches, and what people see who look into a catalog, each behind its
//! door, checked by the cases of `conformance` that ask nothing else. What it has not is known by
//! [`crate::engine::Engine::capabilities`].
//!
//! Invariant: what was acknowledged is in the cluster, on the disks of all copies of its shard; nothing of a catalog is in this
//! process that would be missed if it died.
//!
//! | file | for |
//! |---|---|
//! | `client` | the cluster over HTTP |
//! | `layout` | how a catalog lies in it; pure |
//! | `cluster`, `many`, `searched` | requests of this server, and their answers |
//! | `control` | what a site says of itself to all processes |
//! | `lease` | who writes a site, and how nobody's write is lost |
//! | `site` | the writer of a site |
//! | `reads`, `survey` | what is there |
//! | `search` | what is found |
//! | `kept_job`, `jobs` | work that is done after its request was answered |
//! | `refusals` | what was refused lately |
//! | `sources` | rows of sources |
//! | `kept_documents`, `documents` | documents with declared types, receipts, and engines made while servers run |
//! | `events` | what visitors did |
//! | `files` | files of objects, to be fetched by one process or another |
//! | `rebuild` | another index for a site |
//! | `expunge` | what is deleted, taken out of indices |
//! | `purge`, `freeze` | what has expired; what is kept somewhere else |
//! | `moved` | what goes to another backend, and comes from there |
//! | `health`, `examination`, `figures`, `rounds` | how the cluster is, in numbers too, and what other processes left |
//! | `door`, `lifecycle` | the traits |

pub mod client;

mod cluster;
mod control;
mod documents;
mod door;
mod events;
mod examination;
mod expunge;
mod figures;
mod files;
mod freeze;
mod health;
mod jobs;
mod kept_documents;
mod kept_job;
mod layout;
mod lease;
mod lifecycle;
mod many;
mod moved;
mod purge;
mod reads;
mod rebuild;
mod refusals;
mod rounds;
mod search;
mod searched;
mod site;
mod sources;
mod survey;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use self::events::CountedEvents;
pub use self::examination::{Examination, ExaminedSite};

use self::client::{Client, ClientSettings, SetupError};
use self::cluster::Cluster;
use self::documents::Engines;
use self::events::{Shelves, SiteEvents};
use self::figures::FiguresKept;
use self::files::share::{self, Sharing};
use self::layout::mapping::Copies;
use self::layout::names::Names;
use self::site::OpenSite;
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::{Engine, EngineError};

/// Where catalogs are kept.
#[derive(Clone, Debug)]
pub struct OpenSearchSettings {
    pub client: ClientSettings,
    /// Begins the name of every index, for clusters that others use too: lower-case letters, digits, `-`.
    pub prefix: String,
    pub shards: u32,
    pub replicas: u32,
    /// How long another process may stand still while it writes a site, before its site is taken over.
    pub lease: Duration,
    /// How long objects are kept after their end.
    pub expired_retention: Duration,
    /// `None` where events are not counted.
    pub events: Option<CountedEvents>,
    /// Whether this process fetches files.
    pub fetch_files: bool,
}

impl OpenSearchSettings {
    /// The same cluster, and what is usual for the rest.
    pub fn of(client: ClientSettings) -> Self {
        Self {
            client,
            prefix: "vetrina-".to_owned(),
            shards: 1,
            replicas: 1,
            lease: Duration::from_secs(30),
            expired_retention: Duration::from_secs(24 * 60 * 60),
            events: None,
            fetch_files: false,
        }
    }
}

/// The catalogs of all sites.
pub struct OpenSearchCatalogs {
    cluster: Arc<Cluster>,
    sites: RwLock<HashMap<TrackerId, Arc<OpenSite>>>,
    /// Sites that no configuration names.
    engines: Engines,
    lease: Duration,
    expired_retention: Duration,
    events: Option<(CountedEvents, Arc<Shelves>)>,
    clock: Clock,
    sharing: Arc<Sharing>,
    figures: FiguresKept,
}

impl OpenSearchCatalogs {
    /// Asks the cluster for nothing yet: each site is made when somebody needs it.
    pub fn new(
        settings: OpenSearchSettings,
        sites: Vec<Site>,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        let copies = Copies {
            shards: settings.shards,
            replicas: settings.replicas,
        };
        let client = Client::new(settings.client)?;
        let names = Names::new(&settings.prefix);
        let catalogs = Self {
            cluster: Arc::new(Cluster::new(client, names, copies)),
            sites: RwLock::default(),
            engines: Engines::default(),
            lease: settings.lease,
            expired_retention: settings.expired_retention,
            events: settings.events.map(|counted| {
                let shelves = Arc::new(Shelves::new(counted.folder.clone()));
                (counted, shelves)
            }),
            clock,
            sharing: Arc::new(Sharing::new(settings.fetch_files)),
            figures: FiguresKept::default(),
        };
        for site in sites {
            catalogs.open(site);
        }
        Ok(catalogs)
    }

    /// Serves one more site, or one with other settings.
    pub fn open(&self, site: Site) {
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = sites.get(&site.tracker_id) {
            open.set(site);
            return;
        }
        let id = site.tracker_id.clone();
        sites.insert(id, Arc::new(self.site_with(site)));
    }

    /// A site that nobody knows yet.
    fn site_with(&self, site: Site) -> OpenSite {
        let events = self.events.as_ref().map(|(counted, shelves)| {
            let id = &site.tracker_id;
            let alias = self.cluster.names.events(id);
            SiteEvents::new(counted, Arc::clone(shelves), id.as_str(), alias)
        });
        OpenSite::new(
            Arc::clone(&self.cluster),
            site,
            self.clock.clone(),
            self.lease,
            events,
            Arc::clone(&self.sharing),
        )
    }

    /// Serves a site no more. Returns when what waits to be written is written.
    pub async fn close(&self, site: &TrackerId) {
        let site = {
            let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
            sites.remove(site)
        };
        if let Some(site) = site {
            site.close().await;
        }
    }

    /// Looks at the cluster, and begins what goes on beside requests, until these catalogs are dropped.
    pub async fn begin(self: &Arc<Self>) {
        share::begin(self);
        rounds::begin(self).await;
    }

    /// Why the cluster cannot be used, as it was looked at last.
    pub fn unusable(&self) -> Option<String> {
        self.cluster.health.condition().unusable.clone()
    }

    /// All it can do.
    pub fn doors(self: &Arc<Self>) -> Engine {
        Engine {
            writes: self.clone(),
            reads: self.clone(),
            inspection: self.clone(),
            refusals: self.clone(),
            search: self.clone(),
            jobs: self.clone(),
            lifecycle: self.clone(),
            files: Some(self.clone()),
            sources: Some(self.clone()),
            documents: Some(self.clone()),
            events: self.events.is_some().then(|| self.clone() as _),
            affinities: self.events.is_some().then(|| self.clone() as _),
        }
    }

    /// By their ids.
    fn all(&self) -> Vec<Arc<OpenSite>> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<OpenSite>> = sites.values().cloned().collect();
        drop(sites);
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    fn site(&self, site: &TrackerId) -> Result<Arc<OpenSite>, EngineError> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let found = sites.get(site).cloned();
        found.ok_or_else(|| EngineError::UnknownSite(site.clone()))
    }
}

/// Writers end once they have done what waits.
impl Drop for OpenSearchCatalogs {
    fn drop(&mut self) {
        let sites = self.sites.get_mut().unwrap_or_else(PoisonError::into_inner);
        for site in sites.values() {
            drop(site.end());
        }
    }
}
