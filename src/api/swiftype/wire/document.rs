//! Documents as they are sent and as they are returned (docs/reference/10-swiftype.md §3, §4).

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{instant, value};
use crate::api::swiftype::located::DocumentType;
use crate::domain::{
    Document, DocumentPart, DocumentProblem, FieldChanges, FieldName, ObjectType, SentField,
    StoredDocument,
};
use crate::engine::{DocumentKey, SubmittedDocument};

/// One document of a request. Parts of other shapes are told apart from absent ones.
#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(borrow)]
    external_id: Option<&'a RawValue>,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SentDefinition {
    #[serde(default)]
    name: Value,
    #[serde(rename = "type", default)]
    field_type: Value,
    /// Absent and `null` are two things.
    #[serde(default, deserialize_with = "present")]
    value: Option<value::Sent>,
}

fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<value::Sent>, D::Error> {
    value::Sent::deserialize(value).map(Some)
}

/// Reads a document; its external id is told also when the rest cannot be one.
pub(in crate::api::swiftype) fn read(
    object_type: &ObjectType,
    json: &RawValue,
) -> SubmittedDocument {
    let shape = DocumentProblem::WrongShape;
    let Ok(sent) = serde_json::from_str::<Sent<'_>>(json.get()) else {
        return SubmittedDocument {
            external_id: None,
            document: Err(shape(DocumentPart::Document)),
        };
    };
    let external_id = match sent.external_id.map(external_id) {
        Some(Ok(id)) => id,
        Some(Err(problem)) => return refused(None, problem),
        None => String::new(),
    };
    if external_id.is_empty() {
        return refused(None, DocumentProblem::Missing(DocumentPart::ExternalId));
    }
    let document = Document::identity(object_type, &external_id).and_then(|identity| {
        let fields = sent.fields.map_or(Ok(Vec::new()), read_fields)?;
        Document::new(identity, object_type.clone(), fields)
    });
    SubmittedDocument {
        external_id: Some(external_id),
        document,
    }
}

fn refused(external_id: Option<String>, problem: DocumentProblem) -> SubmittedDocument {
    SubmittedDocument {
        external_id,
        document: Err(problem),
    }
}

/// A text or a number, compared as text; `null` is none.
fn external_id(json: &RawValue) -> Result<String, DocumentProblem> {
    match serde_json::from_str(json.get()) {
        Ok(Value::String(text)) => Ok(text),
        Ok(Value::Number(number)) => Ok(number.to_string()),
        Ok(Value::Null) => Ok(String::new()),
        _ => Err(DocumentProblem::WrongShape(DocumentPart::ExternalId)),
    }
}

/// `[]`, `{}` and `null` all mean no fields.
fn read_fields(json: &RawValue) -> Result<Vec<SentField>, DocumentProblem> {
    if matches!(json.get(), "null" | "{}") {
        return Ok(Vec::new());
    }
    let wrong = DocumentProblem::WrongShape(DocumentPart::Fields);
    let Ok(definitions) = serde_json::from_str::<Vec<&RawValue>>(json.get()) else {
        return Err(wrong);
    };
    definitions
        .into_iter()
        .map(|definition| match serde_json::from_str(definition.get()) {
            Ok(definition) => field(definition),
            Err(_) => Err(wrong.clone()),
        })
        .collect()
}

fn field(sent: SentDefinition) -> Result<SentField, DocumentProblem> {
    let text = |value: Value, part| match value {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::Null | Value::String(_) => Err(DocumentProblem::Missing(part)),
        _ => Err(DocumentProblem::WrongShape(part)),
    };
    let Some(value::Sent(sent_value)) = sent.value else {
        return Err(DocumentProblem::Missing(DocumentPart::Value));
    };
    Ok(SentField {
        name: FieldName::new(&text(sent.name, DocumentPart::Name)?),
        field_type: text(sent.field_type, DocumentPart::Type)?,
        value: sent_value,
    })
}

/// One element of a bulk update: which document, and what its fields shall be.
pub(in crate::api::swiftype) fn read_update(
    json: &RawValue,
) -> Result<(DocumentKey, FieldChanges), DocumentProblem> {
    let sent: Sent<'_> = serde_json::from_str(json.get())
        .map_err(|_| DocumentProblem::WrongShape(DocumentPart::Document))?;
    let id = sent.external_id.map_or(Ok(String::new()), external_id)?;
    if id.is_empty() {
        return Err(DocumentProblem::Missing(DocumentPart::ExternalId));
    }
    let fields = sent
        .fields
        .ok_or(DocumentProblem::Missing(DocumentPart::Fields))?;
    Ok((DocumentKey(id), read_changes(fields)?))
}

/// `{name: value}`.
pub(in crate::api::swiftype) fn read_changes(
    json: &RawValue,
) -> Result<FieldChanges, DocumentProblem> {
    let value::SentChanges(changes) = serde_json::from_str(json.get())
        .map_err(|_| DocumentProblem::WrongShape(DocumentPart::Fields))?;
    Ok(changes)
}

/// A key in a list of documents to delete.
pub(in crate::api::swiftype) fn read_key(json: &RawValue) -> Result<DocumentKey, DocumentProblem> {
    external_id(json).map(DocumentKey)
}

/// The fields of a document, then what every document has, as one flat object.
pub(in crate::api::swiftype) fn body(of: &DocumentType, stored: &StoredDocument) -> Value {
    let mut body = fields(stored, |_| true);
    let id = of.document_id(stored.place).to_string();
    let external_id = Document::external_id(&of.object_type, stored.object.shown().identity());
    for (name, value) in [
        ("external_id", external_id.to_owned()),
        ("engine_id", of.engine.id().to_string()),
        ("document_type_id", of.id().to_string()),
        ("id", id.clone()),
        ("_id", id),
        ("updated_at", instant(stored.updated_at)),
    ] {
        body.insert(name.to_owned(), Value::String(value));
    }
    Value::Object(body)
}

/// The fields that are wanted.
pub(in crate::api::swiftype) fn fields(
    stored: &StoredDocument,
    is_wanted: impl Fn(&str) -> bool,
) -> Map<String, Value> {
    let fields = stored.object.shown().fields().iter();
    fields
        .filter(|(name, _)| is_wanted(name.as_str()))
        .map(|(name, field)| (name.as_str().to_owned(), value::from_domain(field)))
        .collect()
}
