//! Why there is no file. Invariant: what another try may change is tried again, everything else is not; and what is
//! said of it holds nothing that a server wrote.

use std::error::Error;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

use super::policy::Refused;
use super::trouble;

/// Longest wait a server is granted.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, thiserror::Error)]
pub(in crate::files) enum FetchError {
    /// Another try may end in another way, after so long at least.
    #[error("{reason}")]
    Later {
        reason: String,
        wait: Option<Duration>,
    },
    #[error("{reason}")]
    Failed { reason: String, is_gone: bool },
    /// The place may not be asked.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl FetchError {
    pub(super) fn later(reason: String) -> Self {
        Self::Later { reason, wait: None }
    }

    pub(super) fn failed(reason: String) -> Self {
        Self::Failed {
            reason,
            is_gone: false,
        }
    }

    pub(super) fn of_request(error: reqwest::Error) -> Self {
        if let Some(refused) = refusal(&error) {
            return refused.into();
        }
        let reason = trouble::words(&error).to_owned();
        let error = with_causes(&error.without_url());
        tracing::debug!(error, reason, "a request for a file failed");
        Self::later(reason)
    }

    pub(super) fn of_status(status: StatusCode, headers: &HeaderMap) -> Self {
        let name = status.canonical_reason().unwrap_or_default();
        let reason = format!("the server answered {} {name}", status.as_u16());
        let reason = reason.trim_end().to_owned();
        match status.as_u16() {
            408 | 425 | 429 | 500.. => Self::Later {
                reason,
                wait: retry_after(headers),
            },
            404 | 410 => Self::Failed {
                reason,
                is_gone: true,
            },
            _ => Self::failed(reason),
        }
    }
}

impl From<std::io::Error> for FetchError {
    fn from(error: std::io::Error) -> Self {
        Self::later(format!("it cannot be written down: {error}"))
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text)
            .ok()?
            .duration_since(std::time::SystemTime::now())
            .ok()?,
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

/// The refusal that a connection failed with.
fn refusal(error: &(dyn Error + 'static)) -> Option<Refused> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused.clone());
        }
        cause = error.source();
    }
    None
}

/// An error with what it came from: the first one alone says little.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
