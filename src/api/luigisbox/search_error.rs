//! Failures of the public endpoints → status and body, in one match (docs/reference/05-search.md §10). Their
//! bodies are another dialect than those of the content API: `{"error":"…"}`, or plain text.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::task::JoinError;

use super::error::unavailable_because;
use super::wire::autocomplete::BadAutocomplete;
use super::wire::facet_value::{BadFacetValue, NotAText};
use super::wire::filter_tree::BadFilters;
use super::wire::recommend::BadRecommend;
use super::wire::search::BadSearch;
use super::wire::types::BadTypes;
use crate::domain::TrackerId;
use crate::engine::EngineError;
use crate::http::query_string::TooManyParameters;
use crate::http::{BODY_RETRY_AFTER_S, BodyError, NoRoom, json, to_be_retried};
use crate::throttle::Refused;

#[derive(Debug)]
pub(super) enum SearchError {
    NoTracker,
    /// No site has this id.
    UnknownTracker(String),
    TooManyParameters,
    Bad(BadSearch),
    Body(BodyError),
    Filters(BadFilters),
    Types(BadTypes),
    Recommend(BadRecommend),
    /// What is made for one client needs to know for whom.
    NoUser,
    /// Values are looked for in one facet.
    NotOneFacet,
    /// Of other facets there are ranges.
    NotATextFacet,
    /// The client or the site asks for too much.
    Throttled(Refused),
    /// Too many answers wait for their clients.
    NoRoom(NoRoom),
    Engine(EngineError),
}

impl From<TooManyParameters> for SearchError {
    fn from(_: TooManyParameters) -> Self {
        Self::TooManyParameters
    }
}

impl From<BadAutocomplete> for SearchError {
    fn from(bad: BadAutocomplete) -> Self {
        match bad {
            BadAutocomplete::Types(bad) => Self::Types(bad),
            BadAutocomplete::FilterTooComplex => Self::Bad(BadSearch::FilterTooComplex),
        }
    }
}

impl From<BadFacetValue> for SearchError {
    fn from(bad: BadFacetValue) -> Self {
        match bad {
            BadFacetValue::Search(bad) => Self::Bad(bad),
            BadFacetValue::NotOneFacet => Self::NotOneFacet,
        }
    }
}

impl From<NotAText> for SearchError {
    fn from(_: NotAText) -> Self {
        Self::NotATextFacet
    }
}

from_sources!(SearchError {
    BadSearch => Bad,
    BodyError => Body,
    BadFilters => Filters,
    BadTypes => Types,
    BadRecommend => Recommend,
    Refused => Throttled,
    NoRoom => NoRoom,
    EngineError => Engine,
});

impl From<JoinError> for SearchError {
    fn from(error: JoinError) -> Self {
        Self::Engine(EngineError::Internal {
            context: "an answer could not be made",
            source: error.into(),
        })
    }
}

impl IntoResponse for SearchError {
    fn into_response(self) -> Response {
        use StatusCode as Status;
        match self {
            Self::NoTracker => json::error(Status::BAD_REQUEST, "tracker_id is missing"),
            Self::UnknownTracker(tracker) => unknown_tracker(&tracker),
            Self::TooManyParameters => json::error(Status::BAD_REQUEST, "Too many parameters"),
            Self::Bad(BadSearch::FilterTooComplex) | Self::Filters(BadFilters::TooComplex) => {
                json::error(Status::BAD_REQUEST, "Filter too complex")
            }
            Self::Filters(BadFilters::Syntax) => json::error(Status::BAD_REQUEST, "Invalid JSON"),
            Self::Filters(BadFilters::Shape { path, problem }) => json::error(
                Status::BAD_REQUEST,
                &format!("Invalid filter: `{path}` {problem}"),
            ),
            Self::Types(BadTypes::Missing) => json::error(Status::BAD_REQUEST, "type is missing"),
            Self::Types(BadTypes::Malformed) => {
                json::error(Status::BAD_REQUEST, "type is malformed")
            }
            Self::Recommend(bad) => json::error(Status::BAD_REQUEST, &bad.to_string()),
            Self::NoUser => json::error(Status::BAD_REQUEST, "user_id is missing"),
            Self::Body(error) => body_failure(&error),
            Self::Bad(BadSearch::TooManyFacets) => {
                json::error(Status::BAD_REQUEST, "Too many facets")
            }
            Self::NotOneFacet => parameter_error(
                "facet_q",
                "facet_q The request contained zero or more than one facet. Please specify one and only \
                 one facet with this type of request.",
            ),
            Self::NotATextFacet => {
                parameter_error("facets", "facets only text facets can be searched")
            }
            Self::Throttled(refused) => {
                let response = json::error(Status::TOO_MANY_REQUESTS, "Too many requests");
                to_be_retried(response, refused.retry_after_s)
            }
            Self::NoRoom(error) => error.into_response(),
            Self::Engine(error) => engine_failure(error),
        }
    }
}

fn body_failure(error: &BodyError) -> Response {
    match error {
        BodyError::TooLarge { bytes_max, .. } => json::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("Body is larger than {bytes_max} bytes"),
        ),
        BodyError::TooHeavy { .. } => json::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Body holds more than fits in memory",
        ),
        BodyError::UnsupportedEncoding => json::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported content encoding",
        ),
        BodyError::Broken(_) => json::error(StatusCode::BAD_REQUEST, "Invalid JSON"),
        BodyError::Disconnected => json::error(StatusCode::BAD_REQUEST, "Body ended early"),
        BodyError::TimedOut => plain(StatusCode::REQUEST_TIMEOUT, "Request timed out"),
        BodyError::Overloaded => unavailable(BODY_RETRY_AFTER_S),
    }
}

fn engine_failure(error: EngineError) -> Response {
    match error {
        EngineError::UnknownSite(tracker) => unknown_tracker(tracker.as_str()),
        EngineError::UnknownAttribute(name) => json::error(
            StatusCode::BAD_REQUEST,
            &format!("Nonexisting attribute used: {name}"),
        ),
        EngineError::NoOrigin => json::error(
            StatusCode::BAD_REQUEST,
            "context[geo_location] is missing or not `lat,lon`",
        ),
        EngineError::TooMuchWork => json::error(
            StatusCode::BAD_REQUEST,
            "Search too complex: use fewer filters, facets, words or types",
        ),
        error @ EngineError::Unsupported(_) => {
            json::error(StatusCode::BAD_REQUEST, &error.to_string())
        }
        EngineError::NoRoom => NoRoom.into_response(),
        EngineError::TimedOut => plain(StatusCode::REQUEST_TIMEOUT, "Request timed out"),
        // A search puts nothing in doubt.
        EngineError::Overloaded { retry_after_s } | EngineError::InDoubt { retry_after_s } => {
            unavailable(retry_after_s)
        }
        EngineError::Unavailable {
            reason,
            retry_after_s,
        } => {
            tracing::warn!(reason, "search refused");
            unavailable_because(&reason, retry_after_s)
        }
        EngineError::Internal { context, source } => {
            tracing::error!(error = source, "search failed: {context}");
            // Without a body: `http` knows the request id and puts it into words.
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What is wrong with a parameter, under its name.
fn parameter_error(parameter: &str, problem: &str) -> Response {
    let body = serde_json::json!({ parameter: [problem] });
    json::response(StatusCode::BAD_REQUEST, &body)
}

fn plain(status: StatusCode, text: impl IntoResponse) -> Response {
    (status, text).into_response()
}

/// What was sent is told as far as it can be an id: nobody has answers made as large as bodies.
fn unknown_tracker(tracker: &str) -> Response {
    let (told, more) = match tracker.char_indices().nth(TrackerId::BYTES_MAX) {
        Some((end, _)) => (&tracker[..end], "…"),
        None => (tracker, ""),
    };
    let text = format!("Catalog for tracker_id: \"{told}{more}\" not found.");
    plain(StatusCode::NOT_FOUND, text)
}

fn unavailable(retry_after_s: u32) -> Response {
    let response = json::error(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable");
    to_be_retried(response, retry_after_s)
}
