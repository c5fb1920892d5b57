//! Every failure of this API → status and body, in one match (docs/reference/10-swiftype.md §2). Invariant: a
//! body is `{"error": "…"}`, always JSON; the log gets the cause.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::wire::parameters::BadParameters;
use super::wire::problem;
use crate::domain::{DocumentProblem, DocumentTypes};
use crate::engine::EngineError;
use crate::http::{BODY_RETRY_AFTER_S, BodyError, NoRoom, json, to_be_retried};
use crate::throttle::Refused;

#[derive(Debug)]
pub(super) enum Error {
    /// No key, or one nobody was given.
    NotSignedIn,
    /// The key opens other engines.
    Denied,
    /// Only the configuration can remove the engine.
    Configured,
    /// No engine, document type or document of this name.
    NotFound(String),
    /// The backend has no documents.
    NotOffered,
    Exists,
    Missing(&'static str),
    WrongType(&'static str),
    /// Some other thing that cannot be done, in a sentence.
    Bad(String),
    Document {
        problem: DocumentProblem,
        key: String,
    },
    Parameters(BadParameters),
    Body(BodyError),
    /// The key, the engine or the client asks for too much.
    Throttled(Refused),
    /// Too many answers wait for their clients.
    NoRoom(NoRoom),
    Engine(EngineError),
    /// A task of ours ended without a result.
    TaskLost(tokio::task::JoinError),
}

impl Error {
    /// No further document type where there are as many as there may be.
    pub(super) fn refuse_types_beyond_max(types: &DocumentTypes) -> Result<(), Self> {
        if types.len() < DocumentTypes::MAX {
            return Ok(());
        }
        Err(Self::too_many_types())
    }

    pub(super) fn too_many_types() -> Self {
        let max = DocumentTypes::MAX;
        Self::Bad(format!("Too many document types: limit is {max}"))
    }
}

from_sources!(Error {
    BadParameters => Parameters,
    BodyError => Body,
    NoRoom => NoRoom,
    EngineError => Engine,
    tokio::task::JoinError => TaskLost,
});

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn => told(
                StatusCode::UNAUTHORIZED,
                "You need to sign in or sign up before continuing.",
            ),
            Self::Denied => told(StatusCode::FORBIDDEN, "Permission denied."),
            Self::Configured => told(
                StatusCode::FORBIDDEN,
                "Engine is defined in the configuration.",
            ),
            Self::NotFound(name) => not_found(&name),
            Self::NotOffered => told(
                StatusCode::NOT_IMPLEMENTED,
                "The backend of this server has no documents.",
            ),
            Self::Exists => told(StatusCode::CONFLICT, "Record already exists"),
            Self::Missing(name) => bad(&format!("Missing required parameter: {name}")),
            Self::WrongType(name) => bad(&format!("Invalid field type: {name}")),
            Self::Bad(words) => bad(&words),
            Self::Document { problem, key } => match problem {
                DocumentProblem::NotFound => not_found(&key),
                DocumentProblem::Exists => told(StatusCode::CONFLICT, "Record already exists"),
                problem => bad(&problem::words(&problem)),
            },
            Self::Parameters(error) => bad(&error.to_string()),
            Self::Body(error) => body_failure(&error),
            Self::Throttled(refused) => rate_limited(refused.retry_after_s),
            Self::NoRoom(error) => error.into_response(),
            Self::Engine(error) => engine_failure(error),
            Self::TaskLost(error) => {
                tracing::error!(%error, "a task ended without a result");
                internal()
            }
        }
    }
}

fn body_failure(error: &BodyError) -> Response {
    match error {
        BodyError::TooLarge { bytes_max, .. } => told(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("Request is larger than {bytes_max} bytes"),
        ),
        BodyError::TooHeavy { .. } => told(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Request holds more than fits in memory: send it in smaller parts",
        ),
        BodyError::UnsupportedEncoding => told(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported content encoding",
        ),
        BodyError::Broken(detail) => bad(&format!("Invalid JSON: {detail}")),
        BodyError::TimedOut => timed_out(),
        BodyError::Disconnected => bad("Request ended early"),
        BodyError::Overloaded => rate_limited(BODY_RETRY_AFTER_S),
    }
}

fn engine_failure(error: EngineError) -> Response {
    match error {
        EngineError::Overloaded { retry_after_s } => rate_limited(retry_after_s),
        EngineError::Unavailable {
            reason,
            retry_after_s,
        } => {
            tracing::warn!(reason, "request refused");
            let words = format!("Service unavailable: {reason}");
            let response = told(StatusCode::SERVICE_UNAVAILABLE, &words);
            to_be_retried(response, retry_after_s)
        }
        error @ EngineError::InDoubt { retry_after_s } => {
            tracing::warn!(%error, "write in doubt");
            let words = format!("Service unavailable: {error}");
            let response = told(StatusCode::SERVICE_UNAVAILABLE, &words);
            to_be_retried(response, retry_after_s)
        }
        // Removed while the request was on its way.
        EngineError::UnknownSite(site) => not_found(site.as_str()),
        EngineError::UnknownAttribute(name) => bad(&format!("Unknown field: {name}")),
        EngineError::NoOrigin => bad("A distance needs a point to measure from"),
        EngineError::TooMuchWork => {
            bad("Search too complex: use fewer filters, facets, words or document types")
        }
        error @ EngineError::Unsupported(_) => bad(&error.to_string()),
        EngineError::NoRoom => NoRoom.into_response(),
        EngineError::TimedOut => timed_out(),
        EngineError::Internal { context, source } => {
            tracing::error!(error = &*source, "request failed: {context}");
            internal()
        }
    }
}

fn rate_limited(retry_after_s: u32) -> Response {
    let response = told(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded.");
    to_be_retried(response, retry_after_s)
}

fn not_found(name: &str) -> Response {
    let words = format!("Record not found. No entity with id '{name}'");
    told(StatusCode::NOT_FOUND, &words)
}

fn timed_out() -> Response {
    told(StatusCode::REQUEST_TIMEOUT, "Request timed out")
}

fn internal() -> Response {
    told(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
}

fn bad(words: &str) -> Response {
    told(StatusCode::BAD_REQUEST, words)
}

fn told(status: StatusCode, words: &str) -> Response {
    json::error(status, words)
}
