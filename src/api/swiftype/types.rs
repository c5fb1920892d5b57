//! Document types: list, show, create and delete (docs/reference/10-swiftype.md §3).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::call::Call;
use super::engines::At;
use super::error::Error;
use super::located::DocumentType;
use super::wire::engine::{TypeBody, field_mapping};
use super::wire::instant;
use crate::domain::{ObjectType, Scope, TypesWanted, slug};
use crate::engine::Made;
use crate::http::json;
use crate::telemetry::audit::Deletion;

/// GET `/engines/{engine}/document_types`
pub(super) async fn list(At(engine): At<String>, call: Call) -> Result<Response, Error> {
    let engine = call.engine(&engine).await?;
    let mut bodies = Vec::new();
    for document_type in call.document_types(&engine).await? {
        bodies.push(body(&call, &document_type).await?);
    }
    Ok(json::response(StatusCode::OK, &bodies))
}

/// POST `/engines/{engine}/document_types`
pub(super) async fn create(At(engine): At<String>, call: Call) -> Result<Response, Error> {
    let engine = call.engine(&engine).await?;
    let name = sent_name(&call)?;
    let object_type = ObjectType::new(&slug(&name)).map_err(|_| Error::WrongType("name"))?;
    // Objects of it may have come through another API.
    match call
        .document_type(engine.clone(), object_type.as_str())
        .await
    {
        Ok(_) => return Err(Error::Exists),
        Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    let site = engine.tracker_id();
    let created = call
        .documents
        .create_document_type(site, object_type.clone(), name, None);
    match call.app.in_time(created).await? {
        Made::New => {
            let engine = call.engine(site.as_str()).await?;
            let created = call.document_type(engine, object_type.as_str()).await?;
            Ok(json::response(
                StatusCode::OK,
                &body(&call, &created).await?,
            ))
        }
        Made::Exists => Err(Error::Exists),
        Made::TooMany => Err(Error::too_many_types()),
    }
}

/// GET `/engines/{engine}/document_types/{type}`
pub(super) async fn show(
    At((engine, name)): At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let document_type = call
        .document_type(call.engine(&engine).await?, &name)
        .await?;
    Ok(json::response(
        StatusCode::OK,
        &body(&call, &document_type).await?,
    ))
}

/// DELETE `/engines/{engine}/document_types/{type}`
pub(super) async fn destroy(
    At((engine, name)): At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let document_type = call.written_type(&engine, &name).await?;
    let (site, object_type) = (
        document_type.engine.tracker_id(),
        document_type.object_type.clone(),
    );
    let deleted = call
        .documents
        .delete_document_type(site, object_type.clone());
    if !call.app.in_time(deleted).await? {
        return Err(Error::NotFound(name));
    }
    Deletion {
        site: site.as_str(),
        call: "delete_type",
        object_type: Some(object_type.as_str()),
        ..Deletion::default()
    }
    .note();
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn sent_name(call: &Call) -> Result<String, Error> {
    let sent = call.parameters.value("document_type");
    let Value::Object(sent) = sent.ok_or(Error::Missing("document_type"))? else {
        return Err(Error::WrongType("document_type"));
    };
    match sent.get("name") {
        Some(Value::String(name)) if !name.trim().is_empty() => Ok(name.clone()),
        None | Some(Value::Null | Value::String(_)) => Err(Error::Missing("name")),
        Some(_) => Err(Error::WrongType("name")),
    }
}

async fn body(call: &Call, of: &DocumentType) -> Result<TypeBody, Error> {
    let only = Scope {
        types: TypesWanted::Only(vec![of.object_type.clone()]),
        active_at: None,
    };
    let count = call
        .app
        .engine
        .reads
        .count(of.engine.tracker_id(), only)
        .await?;
    let site = of.engine.tracker_id();
    let written = call
        .documents
        .last_write(site, Some(of.object_type.clone()));
    let written = written.await?.unwrap_or(of.created_at());
    let fields = of.declared().map_or(&[][..], |declared| declared.fields());
    Ok(TypeBody {
        id: of.id().to_string(),
        name: of.name(),
        slug: of.slug(),
        engine_id: of.engine.id().to_string(),
        updated_at: instant(written.max(of.created_at())),
        document_count: count,
        field_mapping: field_mapping(fields),
    })
}
