//! The checked configuration, the only form other modules see. Invariant: every value in a
//! [`Config`] is within its bounds; all problems are found at the start and told with their keys.

mod browse;
mod check;
mod demo_site;
mod environment;
mod events;
mod file;
mod files;
mod limits;
mod misshapen;
mod opensearch;
mod problem;
pub mod product_sync;
mod restart;
mod rules;
mod secret;
mod supervisor;
mod swiftype;
mod throttle;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use browse::BrowseActions;
pub use demo_site::DEMO_TRACKER_ID;
pub use events::Events;
pub use files::Files;
pub use opensearch::{Backend, OpenSearch, OpenSearchLogin};
pub use problem::{ConfigError, Problem};
pub use product_sync::ProductSync;
pub use secret::Secret;
pub use supervisor::{SupervisorSettings, supervisor};

use ipnet::IpNet;

use crate::domain::{Site, TrackerId};

/// Everything that can be set. `config.example.toml` has one key for each field.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub backend: Backend,
    /// `None`: there is none.
    pub opensearch: Option<OpenSearch>,
    /// Scheme, host and path for links in answers, without a slash at the end.
    pub public_url: Option<String>,
    /// Put before received paths when signatures are checked; empty, or with a slash in front only.
    pub path_prefix: String,
    pub date_tolerance_s: u32,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// At least one, but for a server without a configuration.
    pub sites: Vec<ConfiguredSite>,
    pub swiftype: Swiftype,
    /// Opens what is for operators alone; `None`: nobody has one.
    pub admin_token: Option<Secret<String>>,
    /// Hosts that the server's own pages show pictures from.
    pub image_hosts: Vec<String>,
    /// What these pages may do beside showing.
    pub browse_actions: BrowseActions,
    /// No site was set, and none had to be: the only one is the demo site.
    pub is_demo: bool,
    pub limits: Limits,
    pub throttle: Throttle,
    pub events: Events,
    pub files: Files,
    /// `None`: there is none.
    pub product_sync: Option<ProductSync>,
    pub storage: Storage,
    pub log: Log,
    /// The program that documents are read with, where it is not this one.
    pub program: Option<PathBuf>,
}

/// A site and the keys that may sign for it: at least one, but for an engine that `[swiftype]` names.
#[derive(Clone, Debug)]
pub struct ConfiguredSite {
    pub site: Site,
    pub private_keys: Vec<Secret<String>>,
    /// What the site sets itself, and `[throttle]` for the rest.
    pub throttle: SiteThrottle,
}

/// `[swiftype]`: who may use its API. Its engines are among the sites.
#[derive(Clone, Debug, Default)]
pub struct Swiftype {
    pub keys: Vec<SwiftypeKey>,
    /// Whether a batch makes the document type it is sent to.
    pub create_document_types: bool,
}

/// A key, and the engines it opens; without a list all of them.
#[derive(Clone, Debug)]
pub struct SwiftypeKey {
    pub key: Secret<String>,
    pub engines: Option<Vec<TrackerId>>,
}

impl SwiftypeKey {
    pub(crate) fn opens(&self, site: &TrackerId) -> bool {
        let engines = self.engines.as_ref();
        engines.is_none_or(|engines| engines.contains(site))
    }
}

/// `[limits]`: bounds on what comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub body_bytes_max: usize,
    pub decoded_bytes_max: usize,
    /// Memory for all request bodies of clients that have proven who they are, and for what is made
    /// of them.
    pub bodies_bytes_max: usize,
    /// The same of everybody else.
    pub unproven_bodies_bytes_max: usize,
    /// A body that comes more slowly is not waited for.
    pub body_bytes_per_s_min: usize,
    /// Memory for all answers that clients have yet to take.
    pub answers_bytes_max: usize,
    /// The same of one connection.
    pub connection_answers_bytes_max: usize,
    /// A client that takes its answers more slowly loses its connection.
    pub answer_bytes_per_s_min: usize,
    pub update_by_query_bytes_max: usize,
    pub patch_objects_max: usize,
    pub delete_objects_max: usize,
    pub connections_max: usize,
    /// From one address.
    pub connections_per_address_max: usize,
    pub first_byte_timeout: Duration,
    pub header_timeout: Duration,
    pub idle_timeout: Duration,
    pub body_timeout: Duration,
    pub search_timeout_ms: u64,
    pub write_timeout_ms: u64,
    pub write_queue_requests: usize,
    pub write_queue_bytes: usize,
    pub searches_concurrent_max: usize,
    pub search_queue_max: usize,
    pub search_work_max: u64,
}

/// `[throttle]`: what each client may ask for; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    pub of_a_site: SiteThrottle,
    pub search_per_address_per_5s: Option<NonZeroU32>,
    pub autocomplete_per_address_per_5s: Option<NonZeroU32>,
    /// Of one site.
    pub recommend_per_5s: Option<NonZeroU32>,
    pub recommend_per_address_per_5s: Option<NonZeroU32>,
    pub events_per_client_per_15s: Option<NonZeroU32>,
}

/// What all clients of one site together may ask for; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteThrottle {
    pub content_per_minute: Option<NonZeroU32>,
    /// Content requests that run at a time.
    pub content_concurrent_max: Option<NonZeroU32>,
    pub search_per_minute: Option<NonZeroU32>,
    pub autocomplete_per_minute: Option<NonZeroU32>,
}

/// `[storage]`: budgets of the data on disk and in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage {
    pub disk_reserve_bytes: u64,
    pub awake_sites_max: usize,
    pub sleep_after_s: u64,
    pub page_cache_bytes: u64,
    pub index_memory_bytes: usize,
    pub expired_retention_s: u64,
}

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// A level, or a list of levels by module.
    pub level: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Auto,
    Human,
    Json,
}

/// What the command line says over file and environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub listen: Option<SocketAddr>,
    pub data_dir: Option<PathBuf>,
}

impl Config {
    /// Reads the file, if one is given, the environment over it, the command line over both. Without
    /// a file, there may be no sites: see [`Config::add_demo_site`].
    pub fn load(path: Option<&Path>, overrides: Overrides) -> Result<Self, ConfigError> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path).map_err(|source| {
                let path = path.to_owned();
                ConfigError::Unreadable { path, source }
            })?,
            None => String::new(),
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
        Self::read(&text, variables, overrides, folder, path.is_none())
    }

    /// The program that documents are read with: this one. On Linux by the link to what runs, which also leads there
    /// after an upgrade has put another file in its place.
    pub fn program(&self) -> Result<PathBuf, String> {
        match &self.program {
            Some(program) => Ok(program.clone()),
            None if cfg!(target_os = "linux") => Ok(PathBuf::from("/proc/self/exe")),
            None => std::env::current_exe()
                .map_err(|error| format!("this program cannot be found: {error}")),
        }
    }

    /// Gives a server that was told of no site the demo site. Its key is made at the first start and
    /// kept in the data folder.
    pub fn add_demo_site(&mut self) -> Result<(), ConfigError> {
        let demo_site = demo_site::open(&self.data_dir, self.throttle.of_a_site);
        self.sites.push(demo_site.map_err(|source| {
            let path = self.data_dir.join(demo_site::FILE_NAME);
            ConfigError::Unreadable { path, source }
        })?);
        Ok(())
    }

    /// The same as [`Config::load`] from text, for tests: without the machine's environment, and with sites required.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::read(text, [], Overrides::default(), Path::new(""), false)
    }

    /// The same with an environment.
    pub fn from_toml_with(
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::read(text, variables, Overrides::default(), Path::new(""), false)
    }

    /// A connection string from the environment, by the name of its variable.
    pub fn dsn_from(variable: &str) -> Option<Secret<String>> {
        std::env::var(variable).ok().map(Secret::new)
    }

    fn read(
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
        folder: &Path,
        may_be_demo: bool,
    ) -> Result<Self, ConfigError> {
        let variables: HashMap<String, String> = variables.into_iter().collect();
        let mut file = file::read(text, variables.clone())?;
        file.data_dir = overrides.data_dir.or(file.data_dir);
        file.listen = overrides
            .listen
            .map(|listen| listen.to_string())
            .or(file.listen);
        check::checked(file, folder, &variables, may_be_demo)
    }
}

#[cfg(test)]
mod tests;
