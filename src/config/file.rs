//! The raw form of the configuration: the TOML file, key by key, and the environment over it.
//! Nothing is checked here but shape; `config.example.toml` says what each key means.

use std::path::PathBuf;

use serde::Deserialize;

use super::browse::BrowseSection;
use super::events::EventsSection;
use super::files::FilesSection;
use super::misshapen;
use super::opensearch::OpenSearchSection;
use super::problem::{ConfigError, Problem};
use super::product_sync::ProductSyncSection;
use super::rules::RulesSection;
use super::secret::Secret;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileConfig {
    pub(super) listen: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) backend: Option<String>,
    pub(super) opensearch: Option<OpenSearchSection>,
    pub(super) public_url: Option<String>,
    pub(super) path_prefix: Option<String>,
    pub(super) date_tolerance_s: Option<u64>,
    #[serde(default)]
    pub(super) trusted_proxies: Vec<String>,
    #[serde(default)]
    pub(super) sites: Vec<SiteEntry>,
    #[serde(default)]
    pub(super) swiftype: SwiftypeSection,
    #[serde(default)]
    pub(super) admin: AdminSection,
    #[serde(default)]
    pub(super) browse: BrowseSection,
    #[serde(default)]
    pub(super) limits: LimitsSection,
    #[serde(default)]
    pub(super) throttle: ThrottleSection,
    #[serde(default)]
    pub(super) events: EventsSection,
    #[serde(default)]
    pub(super) files: FilesSection,
    pub(super) product_sync: Option<ProductSyncSection>,
    #[serde(default)]
    pub(super) storage: StorageSection,
    #[serde(default)]
    pub(super) log: LogSection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteEntry {
    pub(super) tracker_id: Option<String>,
    pub(super) private_key: Option<Secret<String>>,
    #[serde(default)]
    pub(super) private_keys: Vec<Secret<String>>,
    pub(super) api_allowed: Option<bool>,
    pub(super) variants: Option<String>,
    pub(super) search_links: Option<bool>,
    pub(super) result_set: Option<String>,
    pub(super) attributes_form: Option<String>,
    pub(super) type_conflicts: Option<String>,
    pub(super) commit_guard_percent: Option<u64>,
    pub(super) commit_keeps_refused: Option<bool>,
    pub(super) language: Option<String>,
    pub(super) rules_file: Option<PathBuf>,
    pub(super) rules: Option<RulesSection>,
    pub(super) content_per_minute: Option<u64>,
    pub(super) content_concurrent_max: Option<u64>,
    pub(super) search_per_minute: Option<u64>,
    pub(super) autocomplete_per_minute: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SwiftypeSection {
    #[serde(default)]
    pub(super) api_keys: Vec<Secret<String>>,
    #[serde(default)]
    pub(super) engines: Vec<String>,
    pub(super) create_document_types: Option<bool>,
    #[serde(default)]
    pub(super) keys: Vec<SwiftypeKeyEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SwiftypeKeyEntry {
    pub(super) key: Option<Secret<String>>,
    #[serde(default)]
    pub(super) engines: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminSection {
    pub(super) token: Option<Secret<String>>,
    #[serde(default)]
    pub(super) image_hosts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsSection {
    pub(super) body_bytes_max: Option<u64>,
    pub(super) decoded_bytes_max: Option<u64>,
    pub(super) bodies_bytes_max: Option<u64>,
    pub(super) unproven_bodies_bytes_max: Option<u64>,
    pub(super) body_bytes_per_s_min: Option<u64>,
    pub(super) answers_bytes_max: Option<u64>,
    pub(super) connection_answers_bytes_max: Option<u64>,
    pub(super) answer_bytes_per_s_min: Option<u64>,
    pub(super) update_by_query_bytes_max: Option<u64>,
    pub(super) patch_objects_max: Option<u64>,
    pub(super) delete_objects_max: Option<u64>,
    pub(super) connections_max: Option<u64>,
    pub(super) connections_per_address_max: Option<u64>,
    pub(super) first_byte_timeout_ms: Option<u64>,
    pub(super) header_timeout_ms: Option<u64>,
    pub(super) idle_timeout_ms: Option<u64>,
    pub(super) body_timeout_ms: Option<u64>,
    pub(super) search_timeout_ms: Option<u64>,
    pub(super) write_timeout_ms: Option<u64>,
    pub(super) write_queue_requests: Option<u64>,
    pub(super) write_queue_bytes: Option<u64>,
    pub(super) searches_concurrent_max: Option<u64>,
    pub(super) search_queue_max: Option<u64>,
    pub(super) search_work_max: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThrottleSection {
    pub(super) content_per_minute: Option<u64>,
    pub(super) content_concurrent_max: Option<u64>,
    pub(super) search_per_minute: Option<u64>,
    pub(super) autocomplete_per_minute: Option<u64>,
    pub(super) search_per_address_per_5s: Option<u64>,
    pub(super) autocomplete_per_address_per_5s: Option<u64>,
    pub(super) recommend_per_5s: Option<u64>,
    pub(super) recommend_per_address_per_5s: Option<u64>,
    pub(super) events_per_client_per_15s: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StorageSection {
    pub(super) disk_reserve_bytes: Option<u64>,
    pub(super) awake_sites_max: Option<u64>,
    pub(super) sleep_after_s: Option<u64>,
    pub(super) page_cache_bytes: Option<u64>,
    pub(super) index_memory_bytes: Option<u64>,
    pub(super) expired_retention_s: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogSection {
    pub(super) format: Option<String>,
    pub(super) level: Option<String>,
}

/// Reads the text of a file and lays settings from the environment over it.
pub(super) fn read(
    text: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<FileConfig, ConfigError> {
    // Once on its own, so that what is wrong with it is told with its line.
    if let Err(error) = toml::from_str::<FileConfig>(text) {
        return Err(misshapen::problem(text, &error).into());
    }
    let mut table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| Problem::new("file", error.message()))?;
    super::environment::lay_over(&mut table, variables)?;
    FileConfig::deserialize(table)
        .map_err(|error| Problem::new("environment", error.message()).into())
}
