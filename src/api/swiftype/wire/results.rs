//! What a search answers (docs/reference/10-swiftype.md §6).

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::located::DocumentType;
use super::search::{DocumentSearch, Kind};
use super::{document, instant};
use crate::domain::{
    Document, DocumentPlace, FacetBucket, FacetCounts, FacetKind, Hit, MarkedText, SearchResults,
    ShownName, SpellingSuggestion, StoredDocument, Timestamp,
};

#[derive(Serialize)]
pub(in crate::api::swiftype) struct SearchBody {
    /// On this page, of all document types.
    record_count: usize,
    records: Map<String, Value>,
    info: Map<String, Value>,
    errors: Value,
}

impl SearchBody {
    pub(in crate::api::swiftype) fn new() -> Self {
        Self {
            record_count: 0,
            records: Map::new(),
            info: Map::new(),
            errors: json!({}),
        }
    }

    pub(in crate::api::swiftype) fn add(
        &mut self,
        of: &DocumentType,
        records: Vec<Value>,
        info: Value,
    ) {
        self.record_count += records.len();
        self.records.insert(of.slug(), records.into());
        self.info.insert(of.slug(), info);
    }

    #[must_use]
    pub(in crate::api::swiftype) fn with_errors(mut self, errors: Value) -> Self {
        self.errors = errors;
        self
    }
}

pub(in crate::api::swiftype) fn record(
    of: &DocumentType,
    hit: Hit,
    place: DocumentPlace,
    fetched: Option<&[String]>,
) -> Value {
    let highlights = hit.highlights;
    let stored = StoredDocument {
        object: hit.object,
        place,
        updated_at: hit.updated_at,
    };
    let is_wanted = |name: &str| fetched.is_none_or(|list| list.iter().any(|one| one == name));
    let mut record = document::fields(&stored, is_wanted);
    let external_id = Document::external_id(&of.object_type, stored.object.shown().identity());
    for (name, value) in [
        ("id", json!(of.document_id(place).to_string())),
        ("external_id", json!(external_id)),
        ("updated_at", json!(instant(stored.updated_at))),
        ("_score", json!(hit.score)),
        ("_type", json!(of.id().to_string())),
        ("_index", json!(of.engine.id().to_string())),
        ("_version", Value::Null),
        ("sort", Value::Null),
        ("highlight", highlight(&highlights)),
        ("_explanation", Value::Null),
    ] {
        record.insert(name.to_owned(), value);
    }
    Value::Object(record)
}

fn highlight(highlights: &[(ShownName, MarkedText)]) -> Value {
    let marked = highlights.iter().map(|(name, text)| {
        let html = text.to_html("<em>", "</em>");
        (name.as_str().to_owned(), html.into())
    });
    Value::Object(marked.collect())
}

/// What is said of a document type beside its records.
pub(in crate::api::swiftype) fn info(
    asked: &DocumentSearch,
    of: &DocumentType,
    results: &SearchResults,
    suggestion: Option<&SpellingSuggestion>,
) -> Value {
    let total = results.total_hits as usize;
    let mut info = json!({
        "query": asked.text,
        "current_page": asked.page,
        "num_pages": total.div_ceil(asked.per_page),
        "per_page": asked.per_page,
        "total_result_count": total,
    });
    if asked.kind() == Kind::Search {
        info["facets"] = facets(of, &results.facets);
    }
    if let Some(suggestion) = suggestion {
        info["spelling_suggestion"] = json!({
            "text": suggestion.text,
            "score": suggestion.score,
        });
    }
    info
}

fn facets(of: &DocumentType, counted: &[FacetCounts]) -> Value {
    let facets = counted.iter().map(|facet| {
        let name = of.name_of_attribute(facet.field.as_str());
        (name, counts(facet))
    });
    Value::Object(facets.collect())
}

/// What of a shop does not fit the type of its attribute stands behind what does.
fn counts(facet: &FacetCounts) -> Value {
    let texts = |buckets: &[FacetBucket<String>]| -> Vec<(String, Value)> {
        let buckets = buckets.iter();
        buckets
            .map(|bucket| (bucket.value.clone(), bucket.count.into()))
            .collect()
    };
    let mut entries: Vec<(String, Value)> = match &facet.kind {
        FacetKind::Text(buckets) => texts(buckets),
        FacetKind::Boolean(buckets) => buckets
            .iter()
            .map(|bucket| (bucket.value.to_string(), bucket.count.into()))
            .collect(),
        FacetKind::Number(buckets) => buckets
            .iter()
            .map(|bucket| (number(bucket.value.0), bucket.count.into()))
            .collect(),
        FacetKind::Date(buckets) => by_second(buckets),
    };
    entries.extend(texts(&facet.misfits));
    Value::Object(entries.into_iter().collect())
}

/// What is shown as the same second is one value.
fn by_second(buckets: &[FacetBucket<(Timestamp, Timestamp)>]) -> Vec<(String, Value)> {
    let mut counts: Vec<(String, u64)> = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        let second = instant(bucket.value.0);
        match counts.iter_mut().find(|(known, _)| *known == second) {
            Some((_, count)) => *count += bucket.count,
            None => counts.push((second, bucket.count)),
        }
    }
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let counts = counts.into_iter();
    counts
        .map(|(second, count)| (second, count.into()))
        .collect()
}

/// Whole numbers without a fraction.
fn number(value: f64) -> String {
    value.to_string()
}
