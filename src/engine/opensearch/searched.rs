//! What a search found, as the cluster says it.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::client::CallError;

/// What a search found.
#[derive(Deserialize)]
pub(super) struct Searched {
    hits: Hits,
    #[serde(default)]
    pub(super) aggregations: Value,
    #[serde(default)]
    pub(super) suggest: Value,
    #[serde(rename = "_shards")]
    shards: Shards,
    timed_out: bool,
}

#[derive(Deserialize)]
struct Hits {
    total: Option<Total>,
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

#[derive(Deserialize)]
pub(super) struct Hit {
    #[serde(rename = "_source")]
    source: Option<Box<RawValue>>,
    /// What fields hold, where that was asked for.
    #[serde(default)]
    pub(super) fields: HashMap<String, Vec<Value>>,
    #[serde(rename = "_score")]
    pub(super) score: Option<f64>,
    /// Queries with a name that it meets.
    #[serde(default, rename = "matched_queries")]
    pub(super) matched: Vec<String>,
    /// By what it was put in order.
    #[serde(default)]
    pub(super) sort: Vec<Value>,
    /// Nested documents of it that were asked for, by the name that they were asked by.
    #[serde(default)]
    inner_hits: HashMap<String, Inner>,
    #[serde(rename = "_nested")]
    nested: Option<Nested>,
}

#[derive(Deserialize)]
struct Inner {
    hits: Hits,
}

/// Where a nested document is in its object.
#[derive(Deserialize)]
struct Nested {
    offset: u32,
}

#[derive(Deserialize)]
pub(super) struct Shards {
    total: u64,
    pub(super) failed: u64,
}

impl Searched {
    pub(super) fn total(&self) -> u64 {
        self.hits.total.as_ref().map_or(0, |total| total.value)
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &RawValue> {
        self.hits
            .hits
            .iter()
            .filter_map(|hit| hit.source.as_deref())
    }

    pub(super) fn hits(&self) -> &[Hit] {
        &self.hits.hits
    }

    pub(super) fn take_hits(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.hits.hits)
    }

    /// So many were asked.
    pub(super) fn shards(&self) -> u64 {
        self.shards.total
    }

    /// An answer of some shards is a wrong one.
    pub(super) fn complete(self) -> Result<Self, CallError> {
        if self.timed_out || self.shards.failed > 0 {
            return Err(CallError::NoAnswer("some shards did not answer".to_owned()));
        }
        Ok(self)
    }
}

impl Hit {
    pub(super) fn source(&self) -> Option<&RawValue> {
        self.source.as_deref()
    }

    /// The nested documents of this name.
    pub(super) fn take_inner(&mut self, name: &str) -> Vec<Self> {
        let inner = self.inner_hits.remove(name);
        inner.map_or_else(Vec::new, |inner| inner.hits.hits)
    }

    /// Of a nested document, its place among those of the object.
    pub(super) fn place(&self) -> Option<u32> {
        self.nested.as_ref().map(|nested| nested.offset)
    }

    /// Whether it meets the query of this name.
    pub(super) fn meets(&self, name: &str) -> bool {
        self.matched.iter().any(|matched| matched == name)
    }
}
