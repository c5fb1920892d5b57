//! What browsers may call with an engine's key: searches, whose answers every page may read
//! (docs/reference/10-swiftype.md §3, §6). Invariant: the key opens these searches of its engine and nothing
//! else.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};

use super::call::{Call, body_limits, read_parameters};
use super::describe::searches::{Asked, public};
use super::error::Error;
use super::located::sites;
use super::search::find;
use super::wire::parameters::Parameters;
use super::wire::search::Kind;
use crate::api::AppState;
use crate::api::cross_origin::{allow_any_origin, preflight};
use crate::api::method_not_allowed;
use crate::api::openapi::{Described, Verb};
use crate::auth::Reach;
use crate::domain::TrackerId;
use crate::engine::EngineError;
use crate::http::{AnswerRoom, json, read_body};
use crate::throttle::Group;

pub(super) fn routes() -> Described<AppState> {
    let mut routes = Described::new();
    for (asked, kind) in [
        (Asked::Search, Kind::Search),
        (Asked::Suggest, Kind::Suggest),
    ] {
        for verb in [Verb::Get, Verb::Post] {
            let answer = move |app, request| answer(app, request, kind);
            routes = routes.on(public(verb, asked), answer);
        }
    }
    routes.preflighted(&preflight).wrap(|router| {
        router
            .method_not_allowed_fallback(method_not_allowed)
            .layer(from_fn(allow_any_origin))
    })
}

async fn answer(State(app): State<AppState>, request: Request, kind: Kind) -> Response {
    let (head, body) = request.into_parts();
    let query = Parameters::of_query(head.uri.query().unwrap_or_default());
    let mut parameters = match query {
        Ok(parameters) => parameters,
        Err(error) => return Error::from(error).into_response(),
    };
    let callback = parameters.take_text("callback");
    let found = async {
        let body = read_body(&head, body, body_limits(&head, &app)).await?;
        parameters.add_body(read_parameters(body).await?);
        let key = parameters.take_text("engine_key");
        let key = key.ok_or(Error::NotSignedIn)?;
        let site = site_of(&app, &key).await?.ok_or(Error::NotSignedIn)?;
        let reach = Reach::Only(Arc::new(HashSet::from([site.clone()])));
        let call = Call::new(&app, &head, parameters, reach)?;
        call.admit(&site, Group::Search)?;
        let engine = call.find_engine(site.as_str()).await?;
        let writer = head.extensions.get::<AnswerRoom>();
        let writer = writer.map(AnswerRoom::begin).transpose()?;
        let memory = call.memory.clone();
        let body = find(call, engine, None, kind).await?;
        let answer = match writer {
            Some(writer) => json::written(writer, StatusCode::OK, &body)?,
            None => json::response(StatusCode::OK, &body),
        };
        drop(memory);
        Ok::<_, Error>(answer)
    };
    let response = found.await.unwrap_or_else(Error::into_response);
    match callback {
        Some(callback) => called_back(&callback, response).await,
        None => response,
    }
}

/// The engine with this key. There is no secret in it: it stands in every page.
async fn site_of(app: &AppState, key: &str) -> Result<Option<TrackerId>, EngineError> {
    let Some(documents) = &app.engine.documents else {
        return Ok(None);
    };
    for site in sites(app).await? {
        let card = documents.card(&site.tracker_id).await;
        if card.is_ok_and(|card| card.key == key) {
            return Ok(Some(site.tracker_id.clone()));
        }
    }
    Ok(None)
}

/// The answer as a script that hands it to a function of the page. A script that is no 200 would not be
/// run.
async fn called_back(callback: &str, response: Response) -> Response {
    if !is_function_name(callback) {
        return Error::WrongType("callback").into_response();
    }
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let body = body.unwrap_or_default();
    let script = [b"/**/", callback.as_bytes(), b"(", &body, b");"].concat();
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/javascript; charset=utf-8"),
        ),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (StatusCode::OK, headers, script).into_response()
}

/// `[A-Za-z_$][\w$.]*`
fn is_function_name(text: &str) -> bool {
    let starts = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$');
    let goes_on = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.');
    let bytes = text.as_bytes();
    bytes.first().is_some_and(starts) && bytes.iter().all(goes_on)
}
