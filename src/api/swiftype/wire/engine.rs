//! Engines and document types as this API writes them (docs/reference/10-swiftype.md §3).

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::instant;
use crate::domain::{DeclaredField, StampedId, Timestamp};

#[derive(Serialize)]
pub(in crate::api::swiftype) struct EngineBody {
    pub(in crate::api::swiftype) name: String,
    pub(in crate::api::swiftype) slug: String,
    pub(in crate::api::swiftype) key: String,
    id: String,
    _id: String,
    updated_at: String,
    document_count: u64,
}

impl EngineBody {
    pub(in crate::api::swiftype) fn new(
        name: String,
        slug: String,
        key: String,
        id: StampedId,
        updated_at: Timestamp,
        document_count: u64,
    ) -> Self {
        Self {
            name,
            slug,
            key,
            id: id.to_string(),
            _id: id.to_string(),
            updated_at: instant(updated_at),
            document_count,
        }
    }
}

#[derive(Serialize)]
pub(in crate::api::swiftype) struct TypeBody {
    pub(in crate::api::swiftype) id: String,
    pub(in crate::api::swiftype) name: String,
    pub(in crate::api::swiftype) slug: String,
    pub(in crate::api::swiftype) engine_id: String,
    pub(in crate::api::swiftype) updated_at: String,
    pub(in crate::api::swiftype) document_count: u64,
    pub(in crate::api::swiftype) field_mapping: Value,
}

/// `{}` while nothing is declared, else also what every document has.
pub(in crate::api::swiftype) fn field_mapping(fields: &[DeclaredField]) -> Value {
    if fields.is_empty() {
        return json!({});
    }
    let shown = fields.iter().filter(|field| !field.name.is_hidden());
    let declared = shown.map(|field| (field.name.as_str(), field.field_type.name()));
    let always = [("external_id", "enum"), ("updated_at", "date")];
    let mapping = declared.chain(always);
    Value::Object(
        mapping
            .map(|(name, word)| (name.to_owned(), word.into()))
            .collect::<Map<_, _>>(),
    )
}
