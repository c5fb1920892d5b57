//! Another configuration for a running server. Invariant: no request fails for it; each is answered
//! under the configuration it came in under.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::files::FileDownloads;
use super::sources::Sources;
use super::supervisor::Supervisor;
use super::{app_state, transport_settings};
use crate::api::{self, Description};
use crate::browse::{self, Browse, Sessions};
use crate::config::{BrowseActions, Config, ConfiguredSite};
use crate::domain::{Clock, Site, Timestamp, TrackerId};
use crate::engine::Engine;
use crate::http::{Budgets, Transport};
use crate::telemetry::metrics::Metrics;
use crate::throttle::Throttle;

/// Between two looks whether the last request under an old configuration is answered.
const IN_USE_PAUSE: Duration = Duration::from_millis(50);

/// What is older than any configuration and goes on under the next.
pub(super) struct Lasting {
    pub(super) engine: Engine,
    pub(super) clock: Clock,
    /// A reload gives nobody more than before.
    pub(super) throttle: Arc<Throttle>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) budgets: Budgets,
    pub(super) supervisor: Supervisor,
    /// Who is logged in to the pages.
    pub(super) sessions: Arc<Sessions>,
    pub(super) started_at: Timestamp,
}

/// What the routes are made of, again with every configuration.
pub(super) struct Serving {
    transport: Arc<Transport>,
    lasting: Lasting,
    state: Mutex<State>,
    sources: Sources,
    files: FileDownloads,
    /// Held while sites are opened or closed: one change after the other.
    sites_change: tokio::sync::Mutex<()>,
}

struct State {
    config: Config,
    /// Sites that the engine has been asked to serve, and does or says why not, with the settings it
    /// was told.
    opened: HashMap<TrackerId, Site>,
    /// One for each configuration: alive while a request is answered under it, or may be.
    in_use: Vec<Weak<api::Parts>>,
}

impl Serving {
    /// Serves with an engine that has opened the sites of the configuration.
    pub(super) fn start(transport: Arc<Transport>, lasting: Lasting, config: &Config) -> Arc<Self> {
        let sources = Sources::start(&lasting.engine, lasting.clock.clone());
        let files = FileDownloads::start(&lasting, config);
        let serving = Arc::new(Self {
            transport,
            lasting,
            sources,
            files,
            state: Mutex::new(State {
                config: config.clone(),
                opened: config.sites.iter().map(told).collect(),
                in_use: Vec::new(),
            }),
            sites_change: tokio::sync::Mutex::new(()),
        });
        serving.sources.follow(config);
        serving.publish(&mut serving.state());
        serving
    }

    pub(super) fn files(&self) -> FileDownloads {
        self.files.clone()
    }

    pub(super) fn sources(&self) -> Sources {
        self.sources.clone()
    }

    /// Takes over every configuration that comes; ends when none can come any more.
    pub(super) async fn follow(self: Arc<Self>, mut configurations: mpsc::Receiver<Config>) {
        while let Some(next) = configurations.recv().await {
            self.change_to(next);
            self.lasting.supervisor.ready();
        }
    }

    /// Keys and limits are in force when this returns. Settings of the engine follow a moment later;
    /// new sites are opened in the background, and served as soon as they are open; removed ones are closed when their last request is answered.
    fn change_to(self: &Arc<Self>, mut next: Config) {
        let mut state = self.state();
        let kept = next.keep_until_restart(&state.config);
        for key in &kept {
            tracing::warn!(key, "a setting has changed that needs a restart");
        }
        let wanted = site_ids(&next);
        let opened = state.opened.keys();
        let removed = opened.filter(|site| !wanted.contains(site));
        let removed: Vec<TrackerId> = removed.cloned().collect();
        let longest_request =
            state.config.limits.body_timeout + write_timeout(&state.config) + IN_USE_PAUSE;
        state.opened.retain(|site, _| wanted.contains(site));
        state.config = next;
        self.sources.follow(&state.config);
        self.files.follow(&state.config);
        let before = self.publish(&mut state);
        tracing::info!(
            sites = wanted.len(),
            added = wanted.len() - state.opened.len(),
            removed = removed.len(),
            "configuration reloaded"
        );
        drop(state);
        tokio::spawn(Arc::clone(self).open());
        if !removed.is_empty() {
            tokio::spawn(Arc::clone(self).close(removed, before, longest_request));
        }
    }

    /// Tells the engine of new sites and of those whose settings are others.
    async fn open(self: Arc<Self>) {
        let _change = self.sites_change.lock().await;
        // One after the other, each served at once.
        loop {
            let next = {
                let state = self.state();
                let sites = state.config.sites.iter().map(|entry| &entry.site);
                let is_told = |site: &&Site| state.opened.get(&site.tracker_id) == Some(site);
                // What is quick first: opening a site may take a while.
                let mut untold: Vec<&Site> = sites.filter(|site| !is_told(site)).collect();
                untold.sort_by_key(|site| !state.opened.contains_key(&site.tracker_id));
                untold.first().map(|&site| site.clone())
            };
            let Some(site) = next else { return };
            let id = site.tracker_id.clone();
            self.lasting.engine.lifecycle.open_site(site.clone()).await;
            let is_wanted = {
                let mut state = self.state();
                let is_wanted = site_ids(&state.config).contains(&id);
                let before = is_wanted.then(|| state.opened.insert(id.clone(), site));
                if let Some(None) = before {
                    self.publish(&mut state);
                    tracing::info!(site.tracker_id = id.as_str(), "site added");
                }
                is_wanted
            };
            if !is_wanted {
                self.lasting.engine.lifecycle.close_site(&id).await;
            }
        }
    }

    async fn close(
        self: Arc<Self>,
        removed: Vec<TrackerId>,
        before: Vec<Weak<api::Parts>>,
        longest_request: Duration,
    ) {
        let deadline = Instant::now() + longest_request;
        let are_used = || before.iter().any(|parts| parts.strong_count() > 0);
        while are_used() && Instant::now() < deadline {
            tokio::time::sleep(IN_USE_PAUSE).await;
        }
        let _change = self.sites_change.lock().await;
        for site in removed {
            let is_wanted_again = site_ids(&self.state().config).contains(&site);
            if !is_wanted_again {
                self.lasting.engine.lifecycle.close_site(&site).await;
                tracing::info!(site.tracker_id = site.as_str(), "site removed");
            }
        }
    }

    /// Requests from now on meet the present configuration. Gives what those before may hold.
    fn publish(&self, state: &mut State) -> Vec<Weak<api::Parts>> {
        let mut config = state.config.clone();
        let is_open = |id: &TrackerId| state.opened.contains_key(id);
        config.sites.retain(|entry| is_open(&entry.site.tracker_id));
        let app = app_state(&config, &self.lasting);
        let before = state.in_use.clone();
        state.in_use.retain(|parts| parts.strong_count() > 0);
        state.in_use.push(app.in_use());
        let (routes, description) = self.sources.router(&config, app.clone());
        let pages = self.pages(&config, app, description);
        let routes = routes.merge(browse::routes(pages));
        let settings = transport_settings(&config, routes);
        self.transport.exchange(settings);
        before
    }

    fn pages(&self, config: &Config, app: api::AppState, api: Arc<Description>) -> Browse {
        let token = config.admin_token.as_ref();
        let sessions = Arc::clone(&self.lasting.sessions);
        sessions.follow(token.map(|token| token.expose().as_str()));
        let public = config.public_url.as_deref();
        Browse::new(browse::Parts {
            app,
            api,
            sessions,
            path_prefix: config.path_prefix.clone(),
            is_https: public.is_some_and(|url| url.starts_with("https://")),
            image_hosts: config.image_hosts.clone(),
            sources: self.sources.shown(),
            actions: actions(config.browse_actions),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What is published is made from the state as a whole; half of a change is never seen.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn actions(listed: BrowseActions) -> browse::Actions {
    let BrowseActions {
        delete,
        commit,
        rebuild,
        sync,
    } = listed;
    browse::Actions {
        delete,
        commit,
        rebuild,
        sync,
    }
}

fn told(entry: &ConfiguredSite) -> (TrackerId, Site) {
    (entry.site.tracker_id.clone(), entry.site.clone())
}

fn site_ids(config: &Config) -> HashSet<TrackerId> {
    let ids = config.sites.iter().map(|entry| &entry.site.tracker_id);
    ids.cloned().collect()
}

fn write_timeout(config: &Config) -> Duration {
    Duration::from_millis(config.limits.write_timeout_ms)
}
