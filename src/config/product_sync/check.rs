//! Checks of `[product_sync]` and its sources. Every problem is noted; none ends the search for others.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::time::Duration;

use super::super::check::Checks;
use super::super::{ConfiguredSite, Secret};
use super::{
    Affects, AutoMode, Consistency, KeyType, OnRowError, Owner, ProductSync, ProductSyncSection,
    SourceEntry, SourceSettings, TlsMode,
};
use crate::domain::{ObjectType, SourceName, TrackerId};

/// What the environment has, for `dsn = "env:NAME"`.
pub(in super::super) type Variables = HashMap<String, String>;

impl Checks<'_> {
    pub(in super::super) fn product_sync(
        &mut self,
        section: Option<ProductSyncSection>,
        sites: &[ConfiguredSite],
        variables: &Variables,
    ) -> Option<ProductSync> {
        let section = section?;
        if !cfg!(feature = "postgres") {
            self.wrong("product_sync", "this program was built without `postgres`");
        }
        for (key, tokens) in [
            ("admin_tokens", &section.admin_tokens),
            ("user_tokens", &section.user_tokens),
        ] {
            let key = format!("product_sync.{key}");
            self.tokens(&key, tokens, "holds a token");
        }
        let mut sources = Vec::new();
        for (position, entry) in section.sources.into_iter().enumerate() {
            let mut checks = Entry {
                at: format!("product_sync.sources[{position}]"),
                checks: self,
            };
            sources.extend(checks.source(entry, variables));
        }
        self.sources_together(&sources, sites);
        Some(ProductSync {
            admin_tokens: section.admin_tokens,
            user_tokens: section.user_tokens,
            unavailable_error: section
                .unavailable_error
                .unwrap_or_else(|| "Elasticsearch is not available".to_owned()),
            sources,
        })
    }

    fn sources_together(&mut self, sources: &[SourceSettings], sites: &[ConfiguredSite]) {
        let mut names = HashSet::new();
        for (position, source) in sources.iter().enumerate() {
            let at = format!("product_sync.sources[{position}]");
            if !names.insert(&source.name) {
                self.wrong(
                    format!("{at}.name"),
                    format!("`{}` stands twice", source.name),
                );
            }
            let tracker = &source.tracker;
            if !sites.iter().any(|site| site.site.tracker_id == *tracker) {
                self.wrong(format!("{at}.tracker"), format!("no site is `{tracker}`"));
            }
            let owns_the_same = |other: &&SourceSettings| {
                let is_owned = [source.owner, other.owner].contains(&Owner::Source);
                other.tracker == source.tracker
                    && other.object_type == source.object_type
                    && is_owned
            };
            if let Some(other) = sources[..position].iter().find(owns_the_same) {
                let words = format!(
                    "`{}` has the same type; both need `owner = \"shared\"`",
                    other.name
                );
                self.wrong(format!("{at}.type"), words);
            }
        }
    }
}

/// The checks of one source.
struct Entry<'c, 'f> {
    at: String,
    checks: &'c mut Checks<'f>,
}

impl Entry<'_, '_> {
    /// `None` when something was wrong, which was noted.
    fn source(&mut self, entry: SourceEntry, variables: &Variables) -> Option<SourceSettings> {
        let name = self.named("name", entry.name, SourceName::new, NAME_WORDS);
        let tracker = self.named("tracker", entry.tracker, TrackerId::new, "is no tracker id");
        let object_type = entry.r#type.map(|name| {
            let read = |text: &str| ObjectType::new(text).ok();
            self.named("type", Some(name), read, "is no type name")
        });
        let dsn = self.dsn(entry.dsn.as_deref(), variables);
        let query = self.query(entry.query);
        let (tls, tls_is_good) = self.optional("tls", entry.tls.as_deref(), TLS_MODES);
        let (key_type, key_type_is_good) =
            self.optional("key_type", entry.key_type.as_deref(), KEY_TYPES);
        let (auto, auto_is_good) = self.optional("auto", entry.auto.as_deref(), AUTO_MODES);
        let consistency = self.choice("consistency", entry.consistency.as_deref(), CONSISTENCIES);
        let on_row_error = self.choice("on_row_error", entry.on_row_error.as_deref(), ROW_ERRORS);
        let owner = self.choice("owner", entry.owner.as_deref(), OWNERS);
        let batch = self.number("batch", entry.batch, 100, 1..=1_000) as usize;
        let throttle = self.number("throttle", entry.throttle, 0, 0..=1_000_000);
        let shrink_guard = self.number("shrink_guard", entry.shrink_guard, 50, 0..=100) as u8;
        let overlap = self.number(
            "watermark_overlap_s",
            entry.watermark_overlap_s,
            300,
            1..=86_400,
        );
        let reconcile = self.number("reconcile_every_h", entry.reconcile_every_h, 24, 1..=8_760);
        let schedule = entry.schedule.map(|text| self.schedule(&text));
        let affects: Vec<_> = entry.affects.into_iter().collect();
        let affects = affects.into_iter().map(|entry| self.affects(entry));
        let affects: Vec<Option<Affects>> = affects.collect();
        if !(tls_is_good && key_type_is_good && auto_is_good) {
            return None;
        }
        Some(SourceSettings {
            name: name?,
            dsn: dsn?,
            tls,
            tls_ca_file: entry.tls_ca_file,
            tracker: tracker?,
            object_type: match object_type {
                Some(object_type) => Some(object_type?),
                None => None,
            },
            query: query?,
            key_type,
            batch,
            throttle: u32::try_from(throttle).ok().and_then(NonZeroU32::new),
            consistency: consistency?,
            on_row_error: on_row_error?,
            shrink_guard,
            auto,
            watermark_column: entry.watermark_column,
            watermark_overlap: Duration::from_secs(overlap),
            reconcile_every: Duration::from_secs(reconcile * 60 * 60),
            deleted_column: entry.deleted_column,
            owner: owner?,
            schedule: match schedule {
                Some(schedule) => Some(schedule?),
                None => None,
            },
            affects: affects.into_iter().collect::<Option<Vec<_>>>()?,
        })
    }

    fn wrong(&mut self, key: &str, words: impl Into<String>) {
        self.checks.wrong(format!("{}.{key}", self.at), words);
    }

    fn named<T>(
        &mut self,
        key: &str,
        text: Option<String>,
        read: impl Fn(&str) -> Option<T>,
        words: &str,
    ) -> Option<T> {
        let Some(text) = text else {
            self.wrong(key, "is missing");
            return None;
        };
        let value = read(&text);
        if value.is_none() {
            self.wrong(key, format!("`{text}` {words}"));
        }
        value
    }

    /// Only by reference: a file with a password in it is read by too many.
    fn dsn(&mut self, dsn: Option<&str>, variables: &Variables) -> Option<Secret<String>> {
        let Some(name) = dsn.and_then(|dsn| dsn.strip_prefix("env:")) else {
            self.wrong("dsn", "must name a variable, as in `env:SHOP_DSN`");
            return None;
        };
        let value = variables.get(name).filter(|value| !value.is_empty());
        if value.is_none() {
            self.wrong("dsn", format!("environment variable `{name}` is not set"));
        }
        value.cloned().map(Secret::new)
    }

    /// It is wrapped in parentheses, so it is one statement without an end of its own.
    fn query(&mut self, query: Option<String>) -> Option<String> {
        let query = query.unwrap_or_default();
        let query = query.trim().trim_end_matches(';').trim_end();
        if query.is_empty() {
            self.wrong("query", "is missing");
            return None;
        }
        Some(query.to_owned())
    }

    fn number(
        &mut self,
        key: &str,
        value: Option<u64>,
        default: u64,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        let key = format!("{}.{key}", self.at);
        self.checks.number(&key, value, default, bounds)
    }

    fn choice<T: Copy>(
        &mut self,
        key: &str,
        name: Option<&str>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let key = format!("{}.{key}", self.at);
        self.checks.choice(&key, name, choices)
    }

    /// As [`Self::choice`], with nothing for a name that was not set. The second is whether it is as
    /// it should be.
    fn optional<T: Copy>(
        &mut self,
        key: &str,
        name: Option<&str>,
        choices: &[(&str, T)],
    ) -> (Option<T>, bool) {
        let Some(name) = name else {
            return (None, true);
        };
        let chosen = self.choice(key, Some(name), choices);
        (chosen, chosen.is_some())
    }

    fn schedule(&mut self, text: &str) -> Option<Duration> {
        let interval = read_interval(text);
        if interval.is_none() {
            self.wrong(
                "schedule",
                format!("`{text}` is no interval of a minute to 365 days, as in `6h`"),
            );
        }
        interval
    }

    fn affects(&mut self, (table, keys): (String, String)) -> Option<Affects> {
        let read = read_table(&table);
        if read.is_none() {
            let words = "is no table as in `public.products` or `public.stock (variant_id)`";
            self.wrong("affects", format!("`{table}` {words}"));
        }
        let (schema, table, column) = read?;
        Some(Affects {
            schema,
            table,
            column,
            keys: keys.trim().trim_end_matches(';').trim_end().to_owned(),
        })
    }
}

const NAME_WORDS: &str = "is no name of a source: small letters, digits, `_`, at most 40";

const TLS_MODES: &[(&str, TlsMode)] = &[
    ("disable", TlsMode::Disable),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-full", TlsMode::VerifyFull),
];
const KEY_TYPES: &[(&str, KeyType)] = &[
    ("int", KeyType::Int),
    ("bigint", KeyType::BigInt),
    ("uuid", KeyType::Uuid),
    ("text", KeyType::Text),
];
const AUTO_MODES: &[(&str, AutoMode)] = &[
    ("outbox", AutoMode::Outbox),
    ("watermark", AutoMode::Watermark),
    ("compare", AutoMode::Compare),
    ("off", AutoMode::Off),
];
const CONSISTENCIES: &[(&str, Consistency)] = &[
    ("keyset", Consistency::Keyset),
    ("snapshot", Consistency::Snapshot),
];
const ROW_ERRORS: &[(&str, OnRowError)] = &[
    ("keep_old", OnRowError::KeepOld),
    ("abort", OnRowError::Abort),
];
const OWNERS: &[(&str, Owner)] = &[("source", Owner::Source), ("shared", Owner::Shared)];

/// `90m`, `6h`, `1d`.
pub(super) fn read_interval(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit_s = match unit {
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit_s)?;
    (60..=365 * 24 * 60 * 60)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

/// `schema.table` or `schema.table (column)`, names as the database keeps them.
fn read_table(text: &str) -> Option<(String, String, Option<String>)> {
    let (table, column) = match text.split_once('(') {
        Some((table, rest)) => (table, Some(rest.trim_end().strip_suffix(')')?.trim())),
        None => (text, None),
    };
    let (schema, table) = table.trim().split_once('.')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(['"', '.', '(', ')']);
    (is_name(schema) && is_name(table) && column.is_none_or(is_name)).then(|| {
        (
            schema.to_owned(),
            table.to_owned(),
            column.map(str::to_owned),
        )
    })
}
