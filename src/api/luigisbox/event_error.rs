//! Failures of events → status and body, in one match (docs/reference/06-autocomplete-and-others.md §6.1, §6.7).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::task::JoinError;

use super::search_error::SearchError;
use super::wire::event::{BadEvent, BadEvents};
use crate::engine::EngineError;
use crate::http::{BodyError, json, to_be_retried};
use crate::throttle::Refused;

#[derive(Debug)]
pub(super) enum EventError {
    /// One of the events; where it stands, when it is one of several.
    Bad {
        at: Option<usize>,
        why: BadEvent,
    },
    Events(BadEvents),
    Body(BodyError),
    UnknownTracker(String),
    /// The client sends too many.
    Limited(Refused),
    Engine(EngineError),
    Lost(JoinError),
}

from_sources!(EventError {
    BadEvents => Events,
    BodyError => Body,
    Refused => Limited,
    EngineError => Engine,
    JoinError => Lost,
});

impl EventError {
    /// Of several failures of one request, the one that is told: what no other try would change first.
    pub(super) fn keep_worse(worst: &mut Option<Self>, error: Self) {
        if worst
            .as_ref()
            .is_none_or(|known| known.rank() < error.rank())
        {
            *worst = Some(error);
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bad { .. } | Self::Events(_) | Self::Body(_) => 3,
            Self::UnknownTracker(_) => 2,
            Self::Engine(_) | Self::Lost(_) => 1,
            Self::Limited(_) => 0,
        }
    }
}

impl IntoResponse for EventError {
    fn into_response(self) -> Response {
        let refused = |words: &str| json::error(StatusCode::BAD_REQUEST, words);
        match self {
            Self::Bad { at: None, why } => refused(&why.to_string()),
            Self::Bad { at: Some(at), why } => refused(&format!("event {at}: {why}")),
            Self::Events(error) => refused(&error.to_string()),
            Self::Limited(refused) => too_many(refused.retry_after_s),
            Self::Engine(EngineError::Overloaded { retry_after_s }) => too_many(retry_after_s),
            // The rest is as everywhere on public paths.
            Self::Body(error) => SearchError::from(error).into_response(),
            Self::UnknownTracker(tracker) => SearchError::UnknownTracker(tracker).into_response(),
            Self::Engine(error) => SearchError::from(error).into_response(),
            Self::Lost(error) => SearchError::from(error).into_response(),
        }
    }
}

fn too_many(retry_after_s: u32) -> Response {
    let response = json::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
    to_be_retried(response, retry_after_s)
}
