//! The engine of a configuration that names a cluster. Invariant: a cluster that is not there keeps nothing from starting: the
//! server says so, and serves when it is.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, OpenSearch, OpenSearchLogin};
use crate::domain::Clock;
use crate::engine::opensearch::client::{ClientSettings, Login};
use crate::engine::opensearch::{CountedEvents, OpenSearchCatalogs, OpenSearchSettings};
use crate::engine::{Engine, EngineError};

/// In the data folder: files that can be made again of the cluster.
const EVENTS_FOLDER: &str = "events-of-cluster";

/// The catalogs of all sites of the configuration.
pub(super) async fn open(
    config: &Config,
    cluster: &OpenSearch,
    clock: Clock,
) -> Result<Engine, EngineError> {
    let sites = config.sites.iter().map(|entry| entry.site.clone());
    let settings = OpenSearchSettings {
        events: events(config),
        ..settings(config, cluster)?
    };
    let catalogs = OpenSearchCatalogs::new(settings, sites.collect(), clock);
    let catalogs = Arc::new(catalogs.map_err(|error| failed(error.into()))?);
    catalogs.begin().await;
    Ok(catalogs.doors())
}

/// Where events are counted, if they are.
fn events(config: &Config) -> Option<CountedEvents> {
    config.events.enabled.then(|| CountedEvents {
        settings: super::event_settings(config.events),
        folder: config.data_dir.join(EVENTS_FOLDER),
        disk_reserve_bytes: config.storage.disk_reserve_bytes,
    })
}

/// What of a configuration is the engine's.
pub(crate) fn settings(
    config: &Config,
    cluster: &OpenSearch,
) -> Result<OpenSearchSettings, EngineError> {
    let nodes = cluster.nodes.iter().map(|node| url::Url::parse(node));
    let nodes = nodes.collect::<Result<Vec<_>, _>>();
    let certificates = cluster.tls_ca_file.as_ref().map(std::fs::read);
    let client = ClientSettings {
        login: match &cluster.login {
            OpenSearchLogin::Nobody => Login::Nobody,
            OpenSearchLogin::Basic { user, password } => Login::Basic {
                user: user.clone(),
                password: password.expose().clone(),
            },
            OpenSearchLogin::ApiKey(key) => Login::ApiKey(key.expose().clone()),
        },
        tls_ca_pem: certificates
            .transpose()
            .map_err(|error| failed(error.into()))?,
        connect_timeout: cluster.connect_timeout,
        read_timeout: cluster.read_timeout,
        write_timeout: cluster.write_timeout,
        ..ClientSettings::of_nodes(nodes.map_err(|error| failed(error.into()))?)
    };
    Ok(OpenSearchSettings {
        prefix: cluster.prefix.clone(),
        shards: cluster.shards,
        replicas: cluster.replicas,
        lease: cluster.takeover_after,
        expired_retention: Duration::from_secs(config.storage.expired_retention_s),
        fetch_files: config.files.enabled,
        ..OpenSearchSettings::of(client)
    })
}

fn failed(source: Box<dyn std::error::Error + Send + Sync>) -> EngineError {
    EngineError::Internal {
        context: "the cluster cannot be used as `[opensearch]` says",
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_the_configuration_are_those_of_the_engine() {
        let text = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n\
                    [opensearch]\nnodes = [\"http://a:9200\"]\n";
        let config = Config::from_toml(text).expect("a good configuration");
        let cluster = config.opensearch.clone().expect("it is there");
        let url = url::Url::parse("http://a:9200").expect("a URL");
        let expected = OpenSearchSettings::of(ClientSettings::of_nodes(vec![url]));
        let read = settings(&config, &cluster).expect("good settings");
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    }
}
