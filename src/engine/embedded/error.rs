//! The errors that the parts of this engine answer with. Invariant: what a client is told to wait is said here once.

use crate::engine::EngineError;

/// How long a client should wait before it asks a site in trouble again, in seconds.
pub(super) const RETRY_AFTER_S: u32 = 10;

pub(super) fn unavailable(reason: impl Into<String>) -> EngineError {
    EngineError::Unavailable {
        reason: reason.into(),
        retry_after_s: RETRY_AFTER_S,
    }
}

pub(super) fn internal(
    context: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> EngineError {
    EngineError::Internal {
        context,
        source: Box::new(source),
    }
}
