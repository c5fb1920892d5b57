//! Failures of this dialect → status and body, in one match (docs/reference/11-product-sync.md §1).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::engine::EngineError;
use crate::http::{NoRoom, json, to_be_retried};
use crate::sync::StartError;
use crate::throttle::Refused;

/// Seconds until something that is away is worth another try.
const RETRY_AFTER_S: u32 = 10;

#[derive(Debug)]
pub(super) enum Error {
    Unauthorized,
    Forbidden,
    UnknownSource,
    NotConfigured,
    /// In the words of the configuration.
    CatalogUnavailable(String),
    DatabaseUnavailable,
    /// A parameter, and what it must be.
    BadParameter(&'static str, &'static str),
    /// The clients of the site ask for too much.
    Throttled(Refused),
    /// Too many answers wait for their clients.
    NoRoom(NoRoom),
    Search(EngineError),
}

impl From<NoRoom> for Error {
    fn from(no_room: NoRoom) -> Self {
        Self::NoRoom(no_room)
    }
}

impl Error {
    pub(super) fn of_start(error: StartError, unavailable_error: &str) -> Self {
        match error {
            StartError::UnknownSource => Self::UnknownSource,
            StartError::NoSources => Self::NotConfigured,
            StartError::CatalogUnavailable => {
                Self::CatalogUnavailable(unavailable_error.to_owned())
            }
            StartError::DatabaseUnavailable => Self::DatabaseUnavailable,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        use StatusCode as Status;
        match self {
            Self::Unauthorized => json::error(Status::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden => json::error(Status::FORBIDDEN, "Forbidden - Admin access required"),
            Self::UnknownSource => json::error(Status::NOT_FOUND, "Unknown source"),
            Self::NotConfigured => unavailable("Product sync is not configured"),
            Self::CatalogUnavailable(words) => unavailable(&words),
            Self::DatabaseUnavailable => unavailable("Database is not available"),
            Self::BadParameter(name, rule) => {
                json::error(Status::BAD_REQUEST, &format!("{name} must be {rule}"))
            }
            Self::Throttled(refused) => {
                let response = json::error(Status::TOO_MANY_REQUESTS, "Too many requests");
                to_be_retried(response, refused.retry_after_s)
            }
            Self::NoRoom(error) => error.into_response(),
            Self::Search(error) => search_failure(&error),
        }
    }
}

fn search_failure(error: &EngineError) -> Response {
    match error {
        EngineError::Internal { context, source } => {
            tracing::error!(error = source, "search failed: {context}");
            let words = format!("Search failed: {context}");
            json::error(StatusCode::INTERNAL_SERVER_ERROR, &words)
        }
        EngineError::NoRoom => NoRoom.into_response(),
        EngineError::TooMuchWork => json::error(
            StatusCode::BAD_REQUEST,
            "Search too complex: use fewer filters or words",
        ),
        EngineError::Unsupported { .. } => {
            json::error(StatusCode::NOT_IMPLEMENTED, &error.to_string())
        }
        other => {
            tracing::warn!(error = %other, "search refused");
            unavailable("Search service is currently unavailable")
        }
    }
}

fn unavailable(words: &str) -> Response {
    to_be_retried(
        json::error(StatusCode::SERVICE_UNAVAILABLE, words),
        RETRY_AFTER_S,
    )
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use rstest::rstest;

    use super::*;

    fn internal() -> EngineError {
        EngineError::Internal {
            context: "the index broke",
            source: "x".into(),
        }
    }

    #[rstest]
    #[case(Error::Unauthorized, 401, r#"{"error":"Unauthorized"}"#)]
    #[case(
        Error::Forbidden,
        403,
        r#"{"error":"Forbidden - Admin access required"}"#
    )]
    #[case(Error::UnknownSource, 404, r#"{"error":"Unknown source"}"#)]
    #[case(
        Error::NotConfigured,
        503,
        r#"{"error":"Product sync is not configured"}"#
    )]
    #[case(
        Error::CatalogUnavailable("Elasticsearch is not available".to_owned()),
        503,
        r#"{"error":"Elasticsearch is not available"}"#
    )]
    #[case(
        Error::DatabaseUnavailable,
        503,
        r#"{"error":"Database is not available"}"#
    )]
    #[case(
        Error::BadParameter("size", "1 to 100"),
        400,
        r#"{"error":"size must be 1 to 100"}"#
    )]
    #[case(
        Error::Search(EngineError::TimedOut),
        503,
        r#"{"error":"Search service is currently unavailable"}"#
    )]
    #[case(
        Error::Search(EngineError::TooMuchWork),
        400,
        r#"{"error":"Search too complex: use fewer filters or words"}"#
    )]
    #[case(
        Error::Search(internal()),
        500,
        r#"{"error":"Search failed: the index broke"}"#
    )]
    #[tokio::test]
    async fn every_failure_has_its_status_and_body(
        #[case] error: Error,
        #[case] status: u16,
        #[case] body: &str,
    ) {
        let response = error.into_response();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            response.headers().contains_key("retry-after"),
            status == 503
        );
        let sent = to_bytes(response.into_body(), 1_000).await.expect("a body");
        assert_eq!(String::from_utf8_lossy(&sent), body);
    }
}
