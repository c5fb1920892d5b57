//! Composition root: the engine and the routes put together, served, changed and ended cleanly.
//! Invariant: what was acknowledged before the end is in the store and, when there is time, in the
//! index.

mod cluster;
mod files;
mod reload;
mod sources;
mod supervisor;

use std::collections::HashMap;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

use crate::api::{self, AppState, Parts, Sites};
use crate::auth::{ApiKeys, AuthRules, Credentials, Reach, RoleTokens, SecretKey};
use crate::config::{self, Backend, Config};
use crate::domain::{Clock, Site};
use crate::engine::EventSettings;
use crate::engine::embedded::{EmbeddedEngine, EmbeddedSettings};
use crate::engine::{Capabilities, Engine, EngineError};
use crate::http::{
    BudgetSettings, Budgets, ConnectionSettings, Observer, Router, Transport, TransportSettings,
    TrustedProxies, listen,
};
use crate::telemetry::metrics::Metrics;
use crate::throttle::{Quota, Quotas, SiteLimits};
pub(crate) use cluster::settings as cluster_settings;
use reload::{Lasting, Serving};
pub use supervisor::Supervisor;

/// For running requests to finish after a shutdown was asked for. What follows it, closing the
/// engine, has the rest of the ten seconds of docs/operations.md.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// For the engine to index what it has acknowledged. What is cut off here is caught up at the next
/// start, from the store.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(4);

/// Between two times that what was measured is put in order. Until then a request takes some 20 bytes.
const METRICS_TIDY_INTERVAL: Duration = Duration::from_secs(5);

/// Serves until `shutdown` completes. Listens at once: while `engine` opens, `/health` says alive and
/// everything else 503. Each of `reloads` takes the place of the configuration, but for what needs a
/// restart.
pub async fn serve<E>(
    listener: TcpListener,
    config: &Config,
    clock: Clock,
    engine: impl Future<Output = Result<Engine, E>>,
    reloads: mpsc::Receiver<Config>,
    supervisor: Supervisor,
    shutdown: impl Future<Output = ()>,
) -> Result<(), E> {
    let budgets = Budgets::new(budget_settings(config));
    let metrics = Arc::new(Metrics::new());
    let settings = transport_settings(config, api::starting_router());
    let transport = Transport::new(settings, budgets.clone(), observer(Arc::clone(&metrics)));
    let tidying = tokio::spawn(tidy(Arc::clone(&metrics)));
    let watchdog = tokio::spawn(supervisor.clone().keep_watchdog());
    let stop = Arc::new(Notify::new());
    let connections = tokio::spawn({
        let stop = Arc::clone(&stop);
        let transport = Arc::clone(&transport);
        let settings = connection_settings(config);
        async move {
            let stopped = stop.notified();
            listen(listener, settings, transport, stopped, DRAIN_TIMEOUT).await;
        }
    });

    let mut shutdown = std::pin::pin!(shutdown);
    let opened = tokio::select! {
        opened = engine => opened.map(Some),
        () = &mut shutdown => Ok(None),
    };
    if let Ok(Some(engine)) = &opened {
        let lasting = Lasting {
            engine: engine.clone(),
            throttle: Arc::default(),
            metrics,
            budgets,
            supervisor: supervisor.clone(),
            sessions: Arc::default(),
            started_at: clock.now(),
            clock,
        };
        let serving = Serving::start(transport, lasting, config);
        supervisor.ready();
        supervisor::tell_ready(&engine.lifecycle.readiness(), config.sites.len());
        let sources = serving.sources();
        let files = serving.files();
        let following = tokio::spawn(serving.follow(reloads));
        shutdown.await;
        following.abort();
        supervisor.stopping();
        tracing::info!("shutting down");
        stop.notify_one();
        sources.close().await;
        files.close().await;
    }
    stop.notify_one();
    tidying.abort();
    watchdog.abort();
    if let Err(error) = connections.await {
        tracing::error!(%error, "the accept loop failed");
    }
    if let Some(engine) = opened? {
        close(&engine).await;
    }
    Ok(())
}

fn observer(metrics: Arc<Metrics>) -> Observer {
    Box::new(move |answered| {
        let (api, status) = (api::of_path(answered.path), answered.status.as_u16());
        metrics.answered(api, answered.method.as_str(), status, answered.took);
    })
}

async fn tidy(metrics: Arc<Metrics>) {
    let mut ticks = tokio::time::interval(METRICS_TIDY_INTERVAL);
    loop {
        ticks.tick().await;
        metrics.tidy();
    }
}

async fn close(engine: &Engine) {
    if tokio::time::timeout(CLOSE_TIMEOUT, engine.lifecycle.close())
        .await
        .is_err()
    {
        tracing::warn!("indexing goes on at the next start: closing took too long");
    }
}

/// Opens the catalogs of a configuration, wherever it keeps them.
pub async fn open_engine(config: &Config, clock: Clock) -> Result<Engine, EngineError> {
    let engine = match &config.opensearch {
        Some(cluster) if config.backend == Backend::OpenSearch => {
            cluster::open(config, cluster, clock).await?
        }
        _ => {
            let sites = config.sites.iter().map(|entry| entry.site.clone());
            open_folder(config, sites.collect(), clock).await?.doors()
        }
    };
    require(config, engine.capabilities())?;
    Ok(engine)
}

/// Opens these sites of the data folder, off the async threads.
pub(crate) async fn open_folder(
    config: &Config,
    sites: Vec<Site>,
    clock: Clock,
) -> Result<Arc<EmbeddedEngine>, EngineError> {
    let data_dir = config.data_dir.clone();
    let settings = engine_settings(config);
    let opening = tokio::task::spawn_blocking(move || {
        EmbeddedEngine::open(&data_dir, sites, settings, clock)
    });
    match opening.await {
        Ok(opened) => Ok(Arc::new(opened?)),
        Err(panic) => Err(EngineError::Internal {
            context: "the engine could not be opened",
            source: panic.into(),
        }),
    }
}

/// Whether the backend can do what the configuration asks for.
fn require(config: &Config, capabilities: Capabilities) -> Result<(), EngineError> {
    let asked = [
        (
            config.product_sync.is_some(),
            capabilities.product_sync,
            "[product_sync]",
        ),
        (
            !config.swiftype.keys.is_empty(),
            capabilities.documents,
            "[swiftype]",
        ),
        (config.files.enabled, capabilities.files, "[files]"),
    ];
    let missing = asked.iter().find(|(asked, can, _)| *asked && !can);
    match missing {
        Some((_, _, section)) => Err(EngineError::Unavailable {
            reason: format!("the backend has nothing for {section} of the configuration"),
            retry_after_s: 0,
        }),
        None => Ok(()),
    }
}

/// The settings of a configuration that are the engine's.
fn engine_settings(config: &Config) -> EmbeddedSettings {
    let (limits, storage) = (&config.limits, &config.storage);
    EmbeddedSettings {
        disk_reserve_bytes: storage.disk_reserve_bytes,
        awake_sites_max: storage.awake_sites_max,
        sleep_after_s: storage.sleep_after_s,
        page_cache_bytes: storage.page_cache_bytes,
        index_memory_bytes: storage.index_memory_bytes,
        write_queue_requests: limits.write_queue_requests,
        write_queue_bytes: limits.write_queue_bytes,
        searches_concurrent_max: limits.searches_concurrent_max,
        search_queue_max: limits.search_queue_max,
        search_work_max: limits.search_work_max,
        search_timeout_ms: limits.search_timeout_ms,
        expired_retention_s: storage.expired_retention_s,
        fetch_files: config.files.enabled,
        events: event_settings(config.events),
    }
}

fn event_settings(events: config::Events) -> EventSettings {
    EventSettings {
        enabled: events.enabled,
        queue_bytes: events.queue_bytes,
        per_session_max: Some(events.per_session_max).filter(|max| *max > 0),
        counters_kept_days: events.counters_kept_days,
        clients_kept_days: events.clients_kept_days,
        clients_max: events.clients_max,
        client_objects_max: events.client_objects_max,
        client_queries_max: events.client_queries_max,
        file_bytes_max: events.file_bytes_max,
        queries_per_day_max: events.queries_per_day_max,
    }
}

fn connection_settings(config: &Config) -> ConnectionSettings {
    let limits = &config.limits;
    ConnectionSettings {
        first_byte_timeout: limits.first_byte_timeout,
        header_timeout: limits.header_timeout,
        idle_timeout: limits.idle_timeout,
        answer_bytes_per_s_min: limits.answer_bytes_per_s_min,
    }
}

fn budget_settings(config: &Config) -> BudgetSettings {
    let limits = &config.limits;
    BudgetSettings {
        bodies_bytes_max: limits.bodies_bytes_max,
        unproven_bodies_bytes_max: limits.unproven_bodies_bytes_max,
        answers_bytes_max: limits.answers_bytes_max,
        connection_answers_bytes_max: limits.connection_answers_bytes_max,
        connections_max: limits.connections_max,
        connections_per_address_max: limits.connections_per_address_max,
    }
}

fn transport_settings(config: &Config, routes: Router) -> TransportSettings {
    TransportSettings {
        routes,
        body_timeout: config.limits.body_timeout,
        body_bytes_per_s_min: config.limits.body_bytes_per_s_min,
        trusted_proxies: TrustedProxies::new(config.trusted_proxies.clone()),
    }
}

fn app_state(config: &Config, lasting: &Lasting) -> AppState {
    let limits = &config.limits;
    let token = config.admin_token.as_ref();
    AppState::new(Parts {
        engine: lasting.engine.clone(),
        sites: ArcSwap::from_pointee(served_sites(config)),
        clock: lasting.clock.clone(),
        auth: AuthRules {
            date_tolerance_s: config.date_tolerance_s,
            path_prefix: config.path_prefix.clone(),
        },
        limits: api::Limits {
            body_bytes_max: limits.body_bytes_max,
            decoded_bytes_max: limits.decoded_bytes_max,
            update_by_query_bytes_max: limits.update_by_query_bytes_max,
            patch_objects_max: limits.patch_objects_max,
            delete_objects_max: limits.delete_objects_max,
            search_timeout_ms: limits.search_timeout_ms,
            write_timeout_ms: limits.write_timeout_ms,
        },
        throttle: Arc::clone(&lasting.throttle),
        metrics: Arc::clone(&lasting.metrics),
        budgets: lasting.budgets.clone(),
        fetches_files: config.files.enabled,
        operators: token.map(|token| RoleTokens::new([token.expose().as_str()], [])),
        started_at: lasting.started_at,
        public_url: config.public_url.clone(),
    })
}

fn served_sites(config: &Config) -> Sites {
    let mut by_id = HashMap::new();
    let mut keys = HashMap::new();
    let mut throttled = HashMap::new();
    for entry in &config.sites {
        let id = entry.site.tracker_id.clone();
        let secrets = entry
            .private_keys
            .iter()
            .map(|key| SecretKey::new(key.expose()));
        keys.insert(id.clone(), secrets.collect());
        throttled.insert(id.clone(), site_limits(entry.throttle, config.throttle));
        by_id.insert(id, Arc::new(entry.site.clone()));
    }
    Sites {
        by_id,
        credentials: Credentials { keys },
        throttled,
        throttled_else: site_limits(config.throttle.of_a_site, config.throttle),
        per_api_key: per_minute(config.throttle.of_a_site.content_per_minute),
        api_keys: api_keys(&config.swiftype),
        create_document_types: config.swiftype.create_document_types,
        events_per_client: quota(config.throttle.events_per_client_per_15s, 15),
    }
}

fn api_keys(swiftype: &config::Swiftype) -> ApiKeys {
    ApiKeys::new(swiftype.keys.iter().map(|entry| {
        let reach = entry.engines.as_ref().map_or(Reach::Everything, |list| {
            Reach::Only(Arc::new(list.iter().cloned().collect()))
        });
        (SecretKey::new(entry.key.expose()), reach)
    }))
}

/// The windows of docs/reference/07-http-principles.md §5.
fn site_limits(of_site: config::SiteThrottle, of_all: config::Throttle) -> SiteLimits {
    SiteLimits {
        content: Quotas {
            per_site: per_minute(of_site.content_per_minute),
            per_address: None,
        },
        search: Quotas {
            per_site: per_minute(of_site.search_per_minute),
            per_address: quota(of_all.search_per_address_per_5s, 5),
        },
        autocomplete: Quotas {
            per_site: per_minute(of_site.autocomplete_per_minute),
            per_address: quota(of_all.autocomplete_per_address_per_5s, 5),
        },
        recommend: Quotas {
            per_site: quota(of_all.recommend_per_5s, 5),
            per_address: quota(of_all.recommend_per_address_per_5s, 5),
        },
        content_concurrent_max: of_site.content_concurrent_max,
    }
}

fn per_minute(requests: Option<NonZeroU32>) -> Option<Quota> {
    quota(requests, 60)
}

fn quota(requests: Option<NonZeroU32>, window_s: u64) -> Option<Quota> {
    Some(Quota::new(requests?, Duration::from_secs(window_s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_the_configuration_are_those_of_the_engine() {
        let text = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
        let config = Config::from_toml(text).expect("a good configuration");
        assert_eq!(engine_settings(&config), EmbeddedSettings::default());
    }

    #[test]
    fn what_the_backend_cannot_do_is_told_at_the_start() {
        let text = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n\
                    [swiftype]\napi_keys = [\"0123456789abcdef\"]\n";
        let config = Config::from_toml(text).expect("a good configuration");
        let can = |documents| Capabilities {
            product_sync: false,
            documents,
            events: false,
            files: false,
        };
        assert!(require(&config, can(true)).is_ok());
        let refused = require(&config, can(false)).expect_err("there are no documents");
        assert!(refused.to_string().contains("[swiftype]"), "{refused}");
    }
}
