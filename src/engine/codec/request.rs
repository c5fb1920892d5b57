//! What a job was asked to do, as JSON. Only this file knows the form.

use serde::{Deserialize, Serialize};

use super::{Unreadable, read, write};
use crate::domain::{Criteria, FieldName, JobKind, JobRequest, ObjectType, UpdateByQuery};

#[derive(Serialize)]
struct UpdateToStore<'a> {
    types: Vec<&'a str>,
    criteria: write::Attributes<'a>,
    /// In order; `null` removes.
    fields: Vec<(&'a str, Option<write::Value<'a>>)>,
}

#[derive(Deserialize)]
struct StoredUpdate {
    types: Vec<String>,
    criteria: read::Attributes,
    fields: Vec<(String, Option<read::Value>)>,
}

pub(in crate::engine) fn encode_request(request: &JobRequest) -> Vec<u8> {
    match request {
        JobRequest::UpdateByQuery(update) => encode_update(update),
    }
}

pub(in crate::engine) fn decode_request(
    kind: JobKind,
    json: &[u8],
) -> Result<JobRequest, Unreadable> {
    match kind {
        JobKind::UpdateByQuery => decode_update(json).map(JobRequest::UpdateByQuery),
    }
}

fn encode_update(update: &UpdateByQuery) -> Vec<u8> {
    let fields = update.fields.iter();
    let update = UpdateToStore {
        types: update.types.iter().map(ObjectType::as_str).collect(),
        criteria: write::Attributes(update.criteria.fields()),
        fields: fields
            .map(|(name, value)| (name.as_str(), value.as_ref().map(write::Value)))
            .collect(),
    };
    serde_json::to_vec(&update).expect("maps with text keys can always be written to memory")
}

fn decode_update(json: &[u8]) -> Result<UpdateByQuery, Unreadable> {
    let stored: StoredUpdate = serde_json::from_slice(json)?;
    let types = stored.types.iter().map(|name| ObjectType::new(name));
    let fields = stored.fields.into_iter();
    Ok(UpdateByQuery {
        types: types
            .collect::<Result<_, _>>()
            .map_err(|_| Unreadable::Name)?,
        criteria: Criteria::new(stored.criteria.0).map_err(|_| Unreadable::Criteria)?,
        fields: fields
            .map(|(name, value)| (FieldName::new(&name), value.map(|value| value.0)))
            .collect(),
    })
}
