//! Every failure of the content API → status and body, in one match (docs/reference/01-auth.md §6,
//! docs/reference/02-content.md §7, docs/reference/07-http-principles.md §4). Invariant: the client gets
//! words it can act on, the log gets the cause, and neither gets a secret.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::wire::content::BatchError;
use super::wire::export::BadCursor;
use super::wire::problem::caused_by;
use super::wire::update_by_query::{BadJobId, UpdateError};
use super::wire::write_options::BadParameter;
use crate::auth::AuthError;
use crate::domain::{CommitSurvey, Problems};
use crate::engine::EngineError;
use crate::http::query_string::TooManyParameters;
use crate::http::{BODY_RETRY_AFTER_S, BodyError, NoRoom, SizeLimit, json, to_be_retried};
use crate::throttle::Refused;

/// Seconds after which a site that is configured but not open is worth another try.
const SITE_RETRY_AFTER_S: u32 = 10;

#[derive(Debug)]
pub(super) enum Error {
    NotAuthorized(AuthError),
    /// The site may not use this API.
    ApiNotAllowed,
    Body(BodyError),
    Batch(BatchError),
    TooManyParameters(TooManyParameters),
    BadParameter(BadParameter),
    /// What the query string or the body says cannot be done.
    Parameters(Problems),
    /// Nothing of the type carries the marker of the commit.
    NoSuchGeneration,
    /// A commit would delete a larger share of its type than the site lets it.
    Guarded {
        survey: CommitSurvey,
        percent: u8,
    },
    /// No such job, or none of this kind.
    JobNotFound,
    JobId(BadJobId),
    Cursor(BadCursor),
    /// The site asks for too much.
    Throttled(Refused),
    Engine(EngineError),
    /// A task of ours ended without a result.
    TaskLost(tokio::task::JoinError),
}

from_sources!(Error {
    AuthError => NotAuthorized,
    BodyError => Body,
    BatchError => Batch,
    TooManyParameters => TooManyParameters,
    BadParameter => BadParameter,
    Problems => Parameters,
    BadJobId => JobId,
    BadCursor => Cursor,
    Refused => Throttled,
    EngineError => Engine,
    tokio::task::JoinError => TaskLost,
});

impl From<UpdateError> for Error {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::Body(error) => Self::Batch(error),
            UpdateError::Parts(problems) => Self::Parameters(problems),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::NotAuthorized(error) => not_authorized(&error),
            Self::ApiNotAllowed => json::error(StatusCode::FORBIDDEN, "API not allowed"),
            Self::Body(error) => body_failure(error),
            Self::Batch(error) => batch_failure(error),
            Self::TooManyParameters(error) => bad_request(&json!({"query": [error.to_string()]})),
            Self::BadParameter(BadParameter { name, expected }) => {
                bad_request(&json!({name: [format!("must be {expected}")]}))
            }
            Self::Parameters(problems) => bad_request(&caused_by(&problems)),
            Self::NoSuchGeneration => json::response(
                StatusCode::BAD_REQUEST,
                &json!({"type": "not_found", "reason": "Generation not in catalog"}),
            ),
            Self::Guarded { survey, percent } => json::response(
                StatusCode::BAD_REQUEST,
                &json!({"type": "guarded", "reason": guarded(survey, percent)}),
            ),
            Self::JobNotFound => json::error(StatusCode::NOT_FOUND, "Job not found"),
            Self::JobId(error) => json::error(StatusCode::BAD_REQUEST, &error.to_string()),
            Self::Cursor(error) => json::error(StatusCode::BAD_REQUEST, &error.to_string()),
            Self::Throttled(refused) => too_many_requests(refused.retry_after_s),
            Self::Engine(error) => engine_failure(error),
            Self::TaskLost(error) => {
                tracing::error!(%error, "a task ended without a result");
                internal()
            }
        }
    }
}

fn guarded(survey: CommitSurvey, percent: u8) -> String {
    let (leaving, all) = (survey.leaving, survey.leaving + survey.staying);
    format!(
        "the commit would delete {leaving} of {all} objects of the type, more than {percent} %: nothing was deleted; \
         see which with `dry_run=true`, or send `force=1`"
    )
}

fn not_authorized(error: &AuthError) -> Response {
    let mut body = json!({
        "error": "Not Authorized",
        "reason": error.reason(),
        "details": error.to_string(),
    });
    match error {
        AuthError::SignatureMismatch { string_to_sign } => {
            body["string_to_sign"] = String::from_utf8_lossy(string_to_sign).into();
        }
        AuthError::DateOutOfRange { server_now, .. } => {
            body["server_date"] = server_now.to_string().into();
        }
        _ => {}
    }
    tracing::info!(reason = error.reason(), "request not authorized");
    let mut response = json::response(StatusCode::UNAUTHORIZED, &body);
    let scheme = HeaderValue::from_static("ApiAuth");
    response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    response
}

fn body_failure(error: BodyError) -> Response {
    match error {
        BodyError::TooLarge { limit, bytes_max } => too_large(&match limit {
            SizeLimit::Encoded => format!("body is larger than {bytes_max} bytes"),
            SizeLimit::Decoded => {
                format!("body is larger than {bytes_max} bytes after decompression")
            }
        }),
        BodyError::TooHeavy { .. } => {
            too_large("body holds more than fits in memory: send it in smaller parts")
        }
        BodyError::UnsupportedEncoding => json::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported content encoding",
        ),
        BodyError::Broken(detail) => bad_body(format!("is not valid JSON: {detail}")),
        BodyError::TimedOut => timed_out(),
        BodyError::Disconnected => bad_body("ended early"),
        BodyError::Overloaded => too_many_requests(BODY_RETRY_AFTER_S),
    }
}

fn batch_failure(error: BatchError) -> Response {
    match error {
        BatchError::Syntax(detail) => bad_body(format!("is not valid JSON: {detail}")),
        BatchError::TooDeep => bad_body("is nested too deep"),
        BatchError::Objects(rule) => bad_request(&caused_by(&Problems::one(["objects"], rule))),
        BatchError::TooManyObjects { .. } | BatchError::TooManyValues { .. } => {
            too_large(&error.to_string())
        }
    }
}

fn engine_failure(error: EngineError) -> Response {
    match error {
        EngineError::Overloaded { retry_after_s } => too_many_requests(retry_after_s),
        EngineError::Unavailable {
            reason,
            retry_after_s,
        } => {
            tracing::warn!(reason, "write refused");
            unavailable_because(&reason, retry_after_s)
        }
        error @ EngineError::InDoubt { retry_after_s } => {
            tracing::warn!(%error, "write in doubt");
            unavailable_because(&error.to_string(), retry_after_s)
        }
        EngineError::UnknownSite(site) => {
            tracing::warn!(%site, "a configured site is not open");
            unavailable(SITE_RETRY_AFTER_S)
        }
        EngineError::NoRoom => NoRoom.into_response(),
        EngineError::TimedOut => timed_out(),
        EngineError::UnknownAttribute(name) => json::error(
            StatusCode::BAD_REQUEST,
            &format!("Nonexisting attribute used: {name}"),
        ),
        // Only searches ask for distances, for too much, or for what cannot be done.
        error
        @ (EngineError::NoOrigin | EngineError::TooMuchWork | EngineError::Unsupported(_)) => {
            json::error(StatusCode::BAD_REQUEST, &error.to_string())
        }
        EngineError::Internal { context, source } => {
            tracing::error!(error = &*source, "write failed: {context}");
            internal()
        }
    }
}

/// The request as a whole is unusable; nothing was applied.
fn bad_request(caused_by: &Value) -> Response {
    let body = json!({
        "type": "malformed_input",
        "reason": "incorrect parameters provided",
        "caused_by": caused_by,
    });
    json::response(StatusCode::BAD_REQUEST, &body)
}

fn bad_body(what: impl Into<Cow<'static, str>>) -> Response {
    bad_request(&json!({"body": [what.into()]}))
}

fn too_large(which_limit: &str) -> Response {
    let body = json!({"type": "payload_too_large", "reason": which_limit});
    json::response(StatusCode::PAYLOAD_TOO_LARGE, &body)
}

fn too_many_requests(retry_after_s: u32) -> Response {
    let response = json::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
    to_be_retried(response, retry_after_s)
}

fn unavailable(retry_after_s: u32) -> Response {
    let response = json::error(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable");
    to_be_retried(response, retry_after_s)
}

pub(super) fn unavailable_because(details: &str, retry_after_s: u32) -> Response {
    let body = json!({"error": "Service unavailable", "details": details});
    let response = json::response(StatusCode::SERVICE_UNAVAILABLE, &body);
    to_be_retried(response, retry_after_s)
}

fn timed_out() -> Response {
    let mut response = Response::new(Body::from("Request timed out"));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// Without a body: `http` knows the request id and puts it into words.
fn internal() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

#[cfg(test)]
mod tests;
