//! Documents one by one and in bulk, written when they are answered (docs/reference/10-swiftype.md §3, §4).
//! Invariant: a bulk request is answered element by element, in its order.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::call::Call;
use super::engines::{At, ListPage};
use super::error::Error;
use super::located::{Destination, DocumentType};
use super::refusals;
use super::wire::{document, problem};
use crate::domain::{
    DocumentOutcome, DocumentPart, DocumentProblem, Identity, ObjectType, StoredDocument,
};
use crate::engine::{DocumentEdit, DocumentKey, PutMode};
use crate::http::json;
use crate::telemetry::audit::Deletion;
use crate::telemetry::metrics::{Api, Operation};

/// Most documents of one request that is answered when all are written.
const BULK_MAX: usize = 1_000;

/// GET `…/documents`
pub(super) async fn list(
    At((engine, name)): At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = call
        .document_type(call.engine(&engine).await?, &name)
        .await?;
    let page = ListPage::read(&call)?;
    let (site, object_type) = (of.engine.tracker_id(), of.object_type.clone());
    let (skip, memory) = (page.skip as u64, call.memory.clone());
    let documents = call
        .documents
        .documents(site, object_type, skip, page.limit, memory);
    let documents = documents.await?;
    Ok(json::response(StatusCode::OK, &Bodies(&of, &documents)))
}

/// One after the other: together they would take as much again as the documents.
struct Bodies<'a>(&'a DocumentType, &'a [StoredDocument]);

impl Serialize for Bodies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let documents = self.1.iter();
        serializer.collect_seq(documents.map(|one| document::body(self.0, one)))
    }
}

/// GET `…/documents/{document}`
pub(super) async fn show(
    At((engine, name, key)): At<(String, String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = call
        .document_type(call.engine(&engine).await?, &name)
        .await?;
    let (site, object_type) = (of.engine.tracker_id(), of.object_type.clone());
    let found = call
        .documents
        .document(site, object_type, DocumentKey(key.clone()))
        .await?;
    let found = found.ok_or(Error::NotFound(key))?;
    Ok(json::response(StatusCode::OK, &document::body(&of, &found)))
}

/// POST `…/documents`
pub(super) async fn create(at: At<(String, String)>, call: Call) -> Result<Response, Error> {
    put_one(at, call, PutMode::Create).await
}

/// POST `…/documents/create_or_update`
pub(super) async fn create_or_update(
    at: At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    put_one(at, call, PutMode::CreateOrReplace).await
}

async fn put_one(
    At((engine, name)): At<(String, String)>,
    call: Call,
    mode: PutMode,
) -> Result<Response, Error> {
    let of = call.written_type(&engine, &name).await?;
    let sent = call.parameters.raw("document");
    let sent = sent.ok_or(Error::Missing("document"))?;
    let sent = document::read(&of.object_type, sent);
    let key = sent.external_id.unwrap_or_default();
    let edit = match sent.document {
        Ok(document) => DocumentEdit::Put { document, mode },
        Err(problem) => DocumentEdit::Refuse(problem),
    };
    let stored = write_one(&call, &of, Operation::Replace, edit, key).await?;
    Ok(json::response(
        StatusCode::OK,
        &document::body(&of, &stored),
    ))
}

/// PUT `…/documents/{document}/update_fields`
pub(super) async fn update_fields(
    At((engine, name, key)): At<(String, String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = call.written_type(&engine, &name).await?;
    let fields = call.parameters.raw("fields");
    let fields = fields.ok_or(Error::Missing("fields"))?;
    let fields = document::read_changes(fields).map_err(|problem| Error::Document {
        problem,
        key: key.clone(),
    })?;
    let edit = DocumentEdit::Update {
        key: DocumentKey(key.clone()),
        fields,
    };
    let stored = write_one(&call, &of, Operation::Patch, edit, key).await?;
    Ok(json::response(
        StatusCode::OK,
        &document::body(&of, &stored),
    ))
}

/// DELETE `…/documents/{document}`
pub(super) async fn destroy(
    At((engine, name, key)): At<(String, String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = call.written_type(&engine, &name).await?;
    let edit = DocumentEdit::Delete(DocumentKey(key.clone()));
    match write(&call, &of.into(), Operation::Delete, vec![edit])
        .await?
        .pop()
    {
        Some(DocumentOutcome::Deleted) => Ok(StatusCode::NO_CONTENT.into_response()),
        _ => Err(Error::NotFound(key)),
    }
}

/// POST `…/documents/bulk_create`
pub(super) async fn bulk_create(at: At<(String, String)>, call: Call) -> Result<Response, Error> {
    let put = |object_type: &ObjectType, json: &RawValue| put(object_type, json, PutMode::Create);
    let of = written(at, &call).await?;
    bulk(of, call, Operation::Replace, put, is_done).await
}

/// POST `…/documents/bulk_create_or_update`
pub(super) async fn bulk_create_or_update(
    at: At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = made_type(at, &call).await?;
    bulk(of, call, Operation::Replace, replace, is_done).await
}

/// POST `…/documents/bulk_create_or_update_verbose`
pub(super) async fn bulk_create_or_update_verbose(
    at: At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = made_type(at, &call).await?;
    bulk(of, call, Operation::Replace, replace, is_done_or_why_not).await
}

/// PUT `…/documents/bulk_update`
pub(super) async fn bulk_update(at: At<(String, String)>, call: Call) -> Result<Response, Error> {
    let update = |_: &ObjectType, json: &RawValue| match document::read_update(json) {
        Ok((key, fields)) => DocumentEdit::Update { key, fields },
        Err(problem) => DocumentEdit::Refuse(problem),
    };
    let of = written(at, &call).await?;
    bulk(of, call, Operation::Patch, update, is_done).await
}

/// POST `…/documents/bulk_destroy`
pub(super) async fn bulk_destroy(at: At<(String, String)>, call: Call) -> Result<Response, Error> {
    let delete = |_: &ObjectType, json: &RawValue| match document::read_key(json) {
        Ok(key) => DocumentEdit::Delete(key),
        Err(_) => DocumentEdit::Refuse(DocumentProblem::Missing(DocumentPart::ExternalId)),
    };
    let of = written(at, &call).await?;
    bulk(of, call, Operation::Delete, delete, is_done).await
}

async fn written(
    At((engine, name)): At<(String, String)>,
    call: &Call,
) -> Result<Destination, Error> {
    Ok(call.written_type(&engine, &name).await?.into())
}

async fn made_type(
    At((engine, name)): At<(String, String)>,
    call: &Call,
) -> Result<Destination, Error> {
    call.made_type(&engine, &name).await
}

async fn bulk(
    of: Destination,
    mut call: Call,
    operation: Operation,
    read: impl Fn(&ObjectType, &RawValue) -> DocumentEdit + Send + 'static,
    told: fn(&DocumentOutcome) -> Value,
) -> Result<Response, Error> {
    let object_type = of.document_type.object_type.clone();
    let edits = elements(&mut call, BULK_MAX, move |json| read(&object_type, json)).await?;
    let outcomes = write(&call, &of, operation, edits).await?;
    let answers: Vec<Value> = outcomes.iter().map(told).collect();
    Ok(json::response(StatusCode::OK, &answers))
}

/// Reads each element of `documents`, off the async threads; refuses a list that is none, is empty or
/// has too many.
pub(super) async fn elements<T: Send + 'static>(
    call: &mut Call,
    most: usize,
    read: impl Fn(&RawValue) -> T + Send + 'static,
) -> Result<Vec<T>, Error> {
    // Taken, for it is most of the body.
    let sent = call.parameters.take("documents");
    let sent = sent.ok_or(Error::WrongType("documents"))?;
    let room = call.room.clone();
    let reading = move || {
        let _room = room;
        let list: Vec<&RawValue> =
            serde_json::from_str(sent.get()).map_err(|_| Error::WrongType("documents"))?;
        if list.is_empty() {
            return Err(Error::WrongType("documents"));
        }
        if list.len() > most {
            return Err(Error::Bad(format!("Too many documents: limit is {most}")));
        }
        Ok(list.into_iter().map(read).collect())
    };
    tokio::task::spawn_blocking(reading).await?
}

fn replace(object_type: &ObjectType, json: &RawValue) -> DocumentEdit {
    put(object_type, json, PutMode::CreateOrReplace)
}

fn put(object_type: &ObjectType, json: &RawValue, mode: PutMode) -> DocumentEdit {
    match document::read(object_type, json).document {
        Ok(document) => DocumentEdit::Put { document, mode },
        Err(problem) => DocumentEdit::Refuse(problem),
    }
}

fn is_done(outcome: &DocumentOutcome) -> Value {
    (!matches!(outcome, DocumentOutcome::Refused(_))).into()
}

fn is_done_or_why_not(outcome: &DocumentOutcome) -> Value {
    match outcome {
        DocumentOutcome::Refused(problem) => problem::verbose_words(problem).into(),
        _ => true.into(),
    }
}

async fn write(
    call: &Call,
    of: &Destination,
    operation: Operation,
    edits: Vec<DocumentEdit>,
) -> Result<Vec<DocumentOutcome>, Error> {
    let site = of.document_type.engine.tracker_id().clone();
    let object_type = of.document_type.object_type.clone();
    let names = edits
        .iter()
        .map(|edit| refusals::name_of(&object_type, edit));
    let names: Vec<Option<Identity>> = names.collect();
    let (documents, written) = (call.documents.clone(), of.written());
    let write = async move { documents.write_documents(&site, written, edits).await };
    let outcomes = call.to_its_end(write).await?;
    let outcomes = outcomes.ok_or_else(|| of.not_found())?;
    let is_refused = |outcome: &&DocumentOutcome| matches!(outcome, DocumentOutcome::Refused(_));
    let refused = outcomes.iter().filter(is_refused).count();
    let accepted = outcomes.len() - refused;
    call.app
        .metrics
        .objects(Api::Swiftype, operation, accepted, refused);
    let told = names.into_iter().zip(&outcomes);
    let told = told.filter_map(|(name, outcome)| match outcome {
        DocumentOutcome::Refused(problem) => Some((name, problem)),
        _ => None,
    });
    let site = of.document_type.engine.tracker_id();
    refusals::note(call, site, &object_type, told);
    let is_gone = |outcome: &&DocumentOutcome| matches!(outcome, DocumentOutcome::Deleted);
    let deleted = outcomes.iter().filter(is_gone).count();
    if deleted > 0 {
        Deletion {
            site: of.document_type.engine.tracker_id().as_str(),
            call: "delete",
            object_type: Some(of.document_type.object_type.as_str()),
            deleted: Some(deleted as u64),
            ..Deletion::default()
        }
        .note();
    }
    Ok(outcomes)
}

async fn write_one(
    call: &Call,
    of: &DocumentType,
    operation: Operation,
    edit: DocumentEdit,
    key: String,
) -> Result<StoredDocument, Error> {
    let of = of.clone().into();
    match write(call, &of, operation, vec![edit]).await?.pop() {
        Some(DocumentOutcome::Written(stored)) => Ok(stored),
        Some(DocumentOutcome::Refused(problem)) => Err(Error::Document { problem, key }),
        _ => Err(Error::NotFound(key)),
    }
}
