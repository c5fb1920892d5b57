//! From the raw form to the checked one: defaults, bounds, sites. Every problem is collected; none
//! ends the search for others.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::file::{FileConfig, LogSection, SiteEntry, StorageSection};
use super::problem::{ConfigError, Problem};
use super::product_sync::Variables;
use super::{Config, ConfiguredSite, Log, LogFormat, Secret, SiteThrottle, Storage, Swiftype};
use crate::domain::{
    AttributesForm, Language, ResultSet, Site, TrackerId, TypeConflicts, VariantMode,
};

pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;
pub(super) const GIB: u64 = 1 << 30;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A timeout below this refuses honest clients.
const TIMEOUTS_MS: RangeInclusive<u64> = 10..=DAY_MS;

/// `folder` is where relative paths in the configuration start.
pub(super) fn checked(
    file: FileConfig,
    folder: &Path,
    variables: &Variables,
    may_be_demo: bool,
) -> Result<Config, ConfigError> {
    let mut checks = Checks {
        folder,
        problems: Vec::new(),
    };
    let data_dir = file.data_dir.unwrap_or_else(|| PathBuf::from("data"));
    let has_none = file.sites.is_empty() && file.swiftype.engines.is_empty();
    let is_demo = may_be_demo && has_none;
    let throttle = checks.throttle(&file.throttle);
    let opensearch = checks.opensearch(file.opensearch);
    let may_be_empty = is_demo || !has_none;
    let mut config = Config {
        listen: checks.listen(file.listen),
        backend: checks.backend(file.backend.as_deref(), opensearch.as_ref()),
        opensearch,
        public_url: checks.public_url(file.public_url),
        path_prefix: checks.path_prefix(file.path_prefix),
        date_tolerance_s: checks.number("date_tolerance_s", file.date_tolerance_s, 60, 1..=900)
            as u32,
        trusted_proxies: checks.trusted_proxies(&file.trusted_proxies),
        sites: checks.sites(file.sites, may_be_empty, throttle.of_a_site),
        is_demo,
        admin_token: checks.admin_token(file.admin.token),
        image_hosts: checks.image_hosts(file.admin.image_hosts),
        browse_actions: checks.browse_actions(&file.browse),
        limits: checks.limits(&file.limits),
        throttle,
        events: checks.events(&file.events),
        files: checks.files(file.files),
        // Below: they are about the sites.
        swiftype: Swiftype::default(),
        product_sync: None,
        storage: checks.storage(&file.storage),
        log: checks.log(file.log),
        data_dir,
        program: None,
    };
    config.swiftype = checks.swiftype(file.swiftype, &mut config.sites, throttle.of_a_site);
    config.product_sync = checks.product_sync(file.product_sync, &config.sites, variables);
    if !checks.problems.is_empty() {
        return Err(ConfigError::Wrong(checks.problems));
    }
    Ok(config)
}

pub(super) struct Checks<'a> {
    pub(super) folder: &'a Path,
    problems: Vec<Problem>,
}

impl Checks<'_> {
    pub(super) fn wrong(&mut self, key: impl Into<String>, words: impl Into<String>) {
        self.problems.push(Problem::new(key, words));
    }

    pub(super) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    /// The value, or the default; a value out of bounds is a problem.
    pub(super) fn number(
        &mut self,
        key: &str,
        value: Option<u64>,
        default: u64,
        bounds: RangeInclusive<u64>,
    ) -> u64 {
        let value = value.unwrap_or(default);
        if !bounds.contains(&value) {
            let (least, most) = bounds.into_inner();
            self.wrong(key, format!("`{value}` is not between {least} and {most}"));
        }
        value
    }

    fn admin_token(&mut self, token: Option<Secret<String>>) -> Option<Secret<String>> {
        self.tokens("admin.token", token.as_slice(), "is a token");
        token
    }

    /// Names of hosts, with a port or without; `*.` before one stands for all below it.
    fn image_hosts(&mut self, hosts: Vec<String>) -> Vec<String> {
        let is_host = |host: &str| {
            let host = host.strip_prefix("*.").unwrap_or(host);
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
            host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.chars().all(allowed)
        };
        for host in hosts.iter().filter(|host| !is_host(host)) {
            let words =
                format!("`{host}` is not a host such as `cdn.example.com` or `*.example.com`");
            self.wrong("admin.image_hosts", words);
        }
        hosts
    }

    /// Complains of tokens that no client can send.
    pub(super) fn tokens(&mut self, key: &str, tokens: &[Secret<String>], holds: &str) {
        let is_none = |token: &Secret<String>| {
            let token = token.expose();
            token.is_empty() || token.contains(|c: char| !c.is_ascii_graphic())
        };
        if tokens.iter().any(is_none) {
            let words = "that is empty, or has blanks or letters beyond ASCII";
            self.wrong(key, format!("{holds} {words}"));
        }
    }

    pub(super) fn duration(&mut self, key: &str, value: Option<u64>, default_ms: u64) -> Duration {
        Duration::from_millis(self.number(key, value, default_ms, TIMEOUTS_MS))
    }

    /// The value with this name; the first is the default.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        name: Option<&str>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let Some(name) = name else {
            return choices.first().map(|choice| choice.1);
        };
        let found = choices.iter().find(|choice| choice.0 == name);
        if found.is_none() {
            let names: Vec<String> = choices
                .iter()
                .map(|choice| format!("`{}`", choice.0))
                .collect();
            self.wrong(key, format!("`{name}` is none of {}", names.join(", ")));
        }
        found.map(|choice| choice.1)
    }

    fn listen(&mut self, listen: Option<String>) -> std::net::SocketAddr {
        let default = std::net::SocketAddr::from(([127, 0, 0, 1], 7700));
        let Some(text) = listen else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.wrong(
                "listen",
                format!("`{text}` is no `address:port`, as in `0.0.0.0:7700`"),
            );
            default
        })
    }

    fn public_url(&mut self, url: Option<String>) -> Option<String> {
        let url = url?;
        let has_host = ["http://", "https://"].iter().any(|scheme| {
            url.strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty())
        });
        if !has_host || url.contains(['?', '#']) || url.contains(char::is_whitespace) {
            self.wrong(
                "public_url",
                format!("`{url}` is no URL as in `https://search.example.com`"),
            );
        }
        Some(url.trim_end_matches('/').to_owned())
    }

    fn path_prefix(&mut self, prefix: Option<String>) -> String {
        let prefix = prefix.unwrap_or_default();
        let is_path = prefix.starts_with('/') && !prefix.contains(['?', '#', ' ']);
        if !prefix.is_empty() && !is_path {
            self.wrong(
                "path_prefix",
                format!("`{prefix}` is no path as in `/search-api`"),
            );
        }
        prefix.trim_end_matches('/').to_owned()
    }

    fn sites(
        &mut self,
        entries: Vec<SiteEntry>,
        may_be_empty: bool,
        throttle: SiteThrottle,
    ) -> Vec<ConfiguredSite> {
        if entries.is_empty() && !may_be_empty {
            self.wrong("sites", "at least one `[[sites]]` is needed");
        }
        let mut seen = HashSet::new();
        let mut sites = Vec::new();
        for (position, entry) in entries.into_iter().enumerate() {
            let Some(site) = self.site(&format!("sites[{position}]"), entry, throttle) else {
                continue;
            };
            let tracker_id = &site.site.tracker_id;
            if seen.insert(tracker_id.clone()) {
                sites.push(site);
            } else {
                let key = format!("sites[{position}].tracker_id");
                self.wrong(key, format!("`{tracker_id}` stands twice"));
            }
        }
        sites
    }

    /// `None` when something was wrong, which was noted.
    fn site(
        &mut self,
        at: &str,
        entry: SiteEntry,
        throttle: SiteThrottle,
    ) -> Option<ConfiguredSite> {
        let throttle = self.site_throttle(at, &entry, throttle);
        let sent_id = entry.tracker_id.unwrap_or_default();
        let tracker_id = TrackerId::new(&sent_id);
        if tracker_id.is_none() {
            let words =
                format!("`{sent_id}` is no tracker id: letters, digits, `-`, `_`, at most 64");
            self.wrong(format!("{at}.tracker_id"), words);
        }
        let private_keys: Vec<Secret<String>> = entry
            .private_key
            .into_iter()
            .chain(entry.private_keys)
            .collect();
        if private_keys.is_empty() {
            self.wrong(format!("{at}.private_key"), "is missing");
        }
        if private_keys.iter().any(|key| key.expose().is_empty()) {
            self.wrong(format!("{at}.private_key"), "is empty");
        }
        let variants = self.choice(
            &format!("{at}.variants"),
            entry.variants.as_deref(),
            &[
                ("inside", VariantMode::Inside),
                ("separate", VariantMode::Separate),
                ("best", VariantMode::Best),
            ],
        );
        let attributes_form = self.choice(
            &format!("{at}.attributes_form"),
            entry.attributes_form.as_deref(),
            &[
                ("arrays", AttributesForm::Arrays),
                ("as_sent", AttributesForm::AsSent),
            ],
        );
        let type_conflicts = self.choice(
            &format!("{at}.type_conflicts"),
            entry.type_conflicts.as_deref(),
            &[
                ("keep", TypeConflicts::Keep),
                ("refuse", TypeConflicts::Refuse),
            ],
        );
        let result_set = self.choice(
            &format!("{at}.result_set"),
            entry.result_set.as_deref(),
            &[("narrow", ResultSet::Narrow), ("wide", ResultSet::Wide)],
        );
        let language = self.choice(
            &format!("{at}.language"),
            entry.language.as_deref(),
            &Language::ALL,
        );
        let key = format!("{at}.commit_guard_percent");
        let commit_guard_percent = self.number(&key, entry.commit_guard_percent, 0, 0..=100) as u8;
        let commit_keeps_refused = entry.commit_keeps_refused.unwrap_or(false);
        let rules = self.rules(at, entry.rules_file.as_deref(), entry.rules);
        Some(ConfiguredSite {
            site: Site {
                tracker_id: tracker_id?,
                api_allowed: entry.api_allowed.unwrap_or(true),
                variants: variants?,
                attributes_form: attributes_form?,
                type_conflicts: type_conflicts?,
                language: language?,
                rules: Arc::new(rules),
                words_by_attribute: false,
                search_links: entry.search_links.unwrap_or(false),
                result_set: result_set?,
                commit_guard_percent,
                commit_keeps_refused,
            },
            private_keys,
            throttle,
        })
    }

    fn storage(&mut self, section: &StorageSection) -> Storage {
        let mut number = |key: &str, value, default, bounds| {
            self.number(&format!("storage.{key}"), value, default, bounds)
        };
        let s = section;
        Storage {
            disk_reserve_bytes: number(
                "disk_reserve_bytes",
                s.disk_reserve_bytes,
                256 * MIB,
                0..=GIB * KIB,
            ),
            awake_sites_max: number("awake_sites_max", s.awake_sites_max, 64, 1..=10_000) as usize,
            sleep_after_s: number("sleep_after_s", s.sleep_after_s, 1_800, 0..=DAY_MS),
            page_cache_bytes: number(
                "page_cache_bytes",
                s.page_cache_bytes,
                64 * MIB,
                MIB..=64 * GIB,
            ),
            // tantivy refuses less than 15 MB.
            index_memory_bytes: number(
                "index_memory_bytes",
                s.index_memory_bytes,
                100 * MIB,
                16 * MIB..=4 * GIB,
            ) as usize,
            expired_retention_s: number(
                "expired_retention_s",
                s.expired_retention_s,
                86_400,
                0..=DAY_MS,
            ),
        }
    }

    fn log(&mut self, section: LogSection) -> Log {
        let formats = [
            ("auto", LogFormat::Auto),
            ("human", LogFormat::Human),
            ("json", LogFormat::Json),
        ];
        let format = self.choice("log.format", section.format.as_deref(), &formats);
        Log {
            format: format.unwrap_or_default(),
            level: section.level.unwrap_or_else(|| "info".to_owned()),
        }
    }
}
