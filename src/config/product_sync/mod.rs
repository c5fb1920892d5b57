//! `[product_sync]`: who may start a sync, and the sources that catalogs are kept in step with
//! (docs/reference/11-product-sync.md §3). Invariant: a source names a configured site, and no two of one
//! site own the same type.

mod check;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Secret;
use crate::domain::{ObjectType, SourceName, TrackerId};
pub(super) use check::Variables;

/// `[product_sync]`.
#[derive(Clone, Debug)]
pub struct ProductSync {
    pub admin_tokens: Vec<Secret<String>>,
    pub user_tokens: Vec<Secret<String>>,
    /// What 503 says while the catalog cannot be written.
    pub unavailable_error: String,
    /// In the order they are synced.
    pub sources: Vec<SourceSettings>,
}

/// One of `[[product_sync.sources]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSettings {
    pub name: SourceName,
    pub dsn: Secret<String>,
    /// Over what the connection string says.
    pub tls: Option<TlsMode>,
    /// Certificates that are trusted beside the system's.
    pub tls_ca_file: Option<PathBuf>,
    pub tracker: TrackerId,
    /// `None`: the rows say it.
    pub object_type: Option<ObjectType>,
    pub query: String,
    /// `None`: found out.
    pub key_type: Option<KeyType>,
    pub batch: usize,
    /// Rows a second.
    pub throttle: Option<NonZeroU32>,
    pub consistency: Consistency,
    pub on_row_error: OnRowError,
    /// Of the objects, in percent; 0 is no guard.
    pub shrink_guard: u8,
    /// `None`: the outbox where its triggers are found, else the watermark where its column is named,
    /// else comparing.
    pub auto: Option<AutoMode>,
    pub watermark_column: Option<String>,
    pub watermark_overlap: Duration,
    pub reconcile_every: Duration,
    /// A row is as good as deleted where this column is true.
    pub deleted_column: Option<String>,
    pub owner: Owner,
    pub schedule: Option<Duration>,
    pub affects: Vec<Affects>,
}

impl SourceSettings {
    /// The column that says when a row was changed.
    pub fn watermark(&self) -> &str {
        self.watermark_column.as_deref().unwrap_or("updated_at")
    }
}

/// Rows of another table, and which rows of the source change with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affects {
    pub schema: String,
    pub table: String,
    /// What of its rows is noted down; `None`: its primary key.
    pub column: Option<String>,
    /// From changed keys (`$1`, an array of text) to keys of the source.
    pub keys: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyFull,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    Int,
    BigInt,
    Uuid,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    Keyset,
    Snapshot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRowError {
    KeepOld,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoMode {
    Outbox,
    Watermark,
    /// All rows are read and compared now and then.
    Compare,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Source,
    Shared,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProductSyncSection {
    #[serde(default)]
    admin_tokens: Vec<Secret<String>>,
    #[serde(default)]
    user_tokens: Vec<Secret<String>>,
    unavailable_error: Option<String>,
    #[serde(default)]
    sources: Vec<SourceEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceEntry {
    name: Option<String>,
    dsn: Option<String>,
    tls: Option<String>,
    tls_ca_file: Option<PathBuf>,
    tracker: Option<String>,
    r#type: Option<String>,
    query: Option<String>,
    key_type: Option<String>,
    batch: Option<u64>,
    throttle: Option<u64>,
    consistency: Option<String>,
    on_row_error: Option<String>,
    shrink_guard: Option<u64>,
    auto: Option<String>,
    watermark_column: Option<String>,
    watermark_overlap_s: Option<u64>,
    reconcile_every_h: Option<u64>,
    deleted_column: Option<String>,
    owner: Option<String>,
    schedule: Option<String>,
    #[serde(default)]
    affects: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests;
