//! Document types as documents beside the catalog, one each. Invariant: what of a type is declared says the control of the site; what
//! stands behind that in its document is of a write that did not come to its end.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::book::KeptType;
use crate::domain::{
    DeclaredField, DocumentType, FieldName, FieldType, ObjectType, Schema, Timestamp, TrackerId,
};

/// What a search calls the last write of a document.
const UPDATED_AT: &str = "updated_at";

/// Attributes and document types of a site, as far as somebody has asked for them.
#[derive(Clone, Debug, Default)]
pub(in crate::engine::opensearch) struct KnownSchema {
    pub(in crate::engine::opensearch) schema: Arc<Schema>,
    /// Those that are in the schema.
    pub(in crate::engine::opensearch) types: Vec<KeptType>,
    /// Of the site.
    pub(in crate::engine::opensearch) life: u64,
}

/// A document type as it is kept.
#[derive(Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Stored {
    #[serde(rename = "type")]
    object_type: String,
    name: String,
    created_at: i64,
    /// The attribute that holds when a document was written last.
    updated_at: Option<u32>,
    /// Names, their types and attributes, in order of first use.
    fields: Vec<(String, String, u32)>,
}

pub(in crate::engine::opensearch) fn id(site: &TrackerId, number: u64) -> String {
    format!("type:{site}:{number}")
}

/// The document of a type.
pub(in crate::engine::opensearch) fn encode(of: &DocumentType) -> Vec<u8> {
    let fields = of.fields().iter().map(|field| {
        let (name, kind) = (field.name.to_string(), field.field_type.name());
        (name, kind.to_owned(), field.attribute)
    });
    let stored = Stored {
        object_type: of.object_type.to_string(),
        name: of.name.clone(),
        created_at: of.created_at.as_millis(),
        updated_at: of.updated_at().map(|field| field.attribute),
        fields: fields.collect(),
    };
    serde_json::to_vec(&stored).expect("a map with text keys can always be written to memory")
}

impl Stored {
    /// Adds the type, or what it has more than the schema knows; `None` for what nobody here has written.
    pub(in crate::engine::opensearch) fn add_to(
        &self,
        schema: &mut Schema,
        count: u32,
    ) -> Option<()> {
        let object_type = ObjectType::new(&self.object_type).ok()?;
        let known = schema.document_types().get(&object_type);
        let known = known.map(|known| known.fields().len());
        if known.is_none() {
            let created_at = Timestamp::from_millis(self.created_at);
            let name = self.name.clone();
            let new = DocumentType::new(object_type.clone(), name, created_at);
            schema.add_document_type(new);
            if let Some(attribute) = self.updated_at {
                let field = DeclaredField {
                    name: FieldName::new(UPDATED_AT),
                    field_type: FieldType::Date,
                    attribute,
                };
                schema.add_declared(&object_type, field);
            }
        }
        let known = known.unwrap_or(0);
        for (name, kind, attribute) in self.fields.get(known..count as usize)? {
            let field = DeclaredField {
                name: FieldName::new(name),
                field_type: FieldType::from_name(kind)?,
                attribute: *attribute,
            };
            schema.add_declared(&object_type, field);
        }
        Some(())
    }
}
