//! Engines: list, show, make and remove (docs/reference/10-swiftype.md §3, §7).

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::call::Call;
use super::error::Error;
use super::located::Listed;
use super::wire::engine::EngineBody;
use crate::api::AppState;
use crate::domain::{Language, Scope, Site, TrackerId, slug};
use crate::engine::{EngineError, Made};
use crate::http::json;
use crate::telemetry::audit::Deletion;

/// Most engines made over this API: each takes a folder and some memory.
const ENGINES_MAX: usize = 1_000;

/// What the path names, decoded; a path that is no text names nothing there is.
pub(super) struct At<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for At<T> {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let path: Result<Path<T>, PathRejection> = Path::from_request_parts(head, app).await;
        let no_such = || Error::NotFound(head.uri.path().to_owned());
        path.map(|Path(names)| Self(names)).map_err(|_| no_such())
    }
}

/// Which part of a list is wanted.
pub(super) struct ListPage {
    pub(super) skip: usize,
    pub(super) limit: usize,
}

impl ListPage {
    const SIZE: i64 = 50;
    const SIZE_MAX: i64 = 100;

    pub(super) fn read(call: &Call) -> Result<Self, Error> {
        let page = call.parameters.number("page")?.unwrap_or(1).max(1);
        let size = call.parameters.number("per_page")?.unwrap_or(Self::SIZE);
        let size = size.clamp(1, Self::SIZE_MAX);
        Ok(Self {
            skip: usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX),
            limit: size as usize,
        })
    }
}

/// GET `/engines`
pub(super) async fn list(call: Call) -> Result<Response, Error> {
    call.admit_key()?;
    let page = ListPage::read(&call)?;
    let mut bodies = Vec::new();
    for engine in call
        .engines()
        .await?
        .iter()
        .skip(page.skip)
        .take(page.limit)
    {
        bodies.push(body(&call, engine).await?);
    }
    Ok(json::response(StatusCode::OK, &bodies))
}

/// POST `/engines`
pub(super) async fn create(call: Call) -> Result<Response, Error> {
    call.admit_key()?;
    let (name, language) = sent(&call)?;
    let tracker_id = TrackerId::new(&slug(&name));
    let tracker_id = tracker_id.ok_or(Error::WrongType("name"))?;
    if !call.reach.includes(&tracker_id) {
        return Err(Error::Denied);
    }
    if call.documents.made_sites().await?.len() >= ENGINES_MAX {
        let words = format!("Too many engines: limit is {ENGINES_MAX}");
        return Err(Error::Bad(words));
    }
    match call.find_engine(tracker_id.as_str()).await {
        Ok(_) => return Err(Error::Exists),
        // Also where another server has removed it, and this one has only heard of its making.
        Err(Error::NotFound(_) | Error::Engine(EngineError::UnknownSite(_))) => {}
        Err(error) => return Err(error),
    }
    let site = Site {
        language,
        ..Site::of_documents(tracker_id.clone())
    };
    let made = call.documents.make_site(site, name);
    match call.app.in_time(made).await? {
        Made::New => {
            let engine = call.engine(tracker_id.as_str()).await?;
            Ok(json::response(StatusCode::OK, &body(&call, &engine).await?))
        }
        Made::Exists | Made::TooMany => Err(Error::Exists),
    }
}

/// GET `/engines/{engine}`
pub(super) async fn show(At(engine): At<String>, call: Call) -> Result<Response, Error> {
    let engine = call.engine(&engine).await?;
    Ok(json::response(StatusCode::OK, &body(&call, &engine).await?))
}

/// DELETE `/engines/{engine}`
pub(super) async fn destroy(At(engine): At<String>, call: Call) -> Result<Response, Error> {
    let engine = call.engine(&engine).await?;
    let site = engine.tracker_id();
    if call.app.sites.load().by_id.contains_key(site) || engine.card.name.is_none() {
        return Err(Error::Configured);
    }
    call.app.in_time(call.documents.remove_site(site)).await?;
    Deletion {
        site: site.as_str(),
        call: "remove_engine",
        ..Deletion::default()
    }
    .note();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Name and language out of `{"engine": {…}}`.
fn sent(call: &Call) -> Result<(String, Language), Error> {
    let sent = call.parameters.value("engine");
    let Value::Object(sent) = sent.ok_or(Error::Missing("engine"))? else {
        return Err(Error::WrongType("engine"));
    };
    let name = match sent.get("name") {
        Some(Value::String(name)) if !name.trim().is_empty() => name.clone(),
        None | Some(Value::Null | Value::String(_)) => return Err(Error::Missing("name")),
        Some(_) => return Err(Error::WrongType("name")),
    };
    // Languages nobody here knows are searched word by word.
    let language = sent.get("language").and_then(Value::as_str);
    let language = language.and_then(|code| Language::from_code(&code.to_ascii_lowercase()));
    Ok((name, language.unwrap_or_default()))
}

async fn body(call: &Call, engine: &Listed) -> Result<EngineBody, Error> {
    let site = engine.tracker_id();
    let count = call.app.engine.reads.count(site, Scope::default()).await?;
    let written = call.documents.last_write(site, None).await?;
    let written = written.unwrap_or(engine.card.created_at);
    Ok(EngineBody::new(
        engine.name(),
        engine.slug(),
        engine.card.key.clone(),
        engine.id(),
        written.max(engine.card.created_at),
        count,
    ))
}
