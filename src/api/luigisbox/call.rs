//! What calls do around its own work: read its parameters, keep to the time it has, and
//! keep long work off the async threads.

use axum::extract::Request;
use tokio::task::JoinError;

use crate::engine::EngineError;
use crate::http::BodyRoom;
use crate::http::query_string::{QueryString, TooManyParameters};

/// Bodies above this are parsed off the async threads. Parsing takes some 10 ns a byte.
pub(super) const INLINE_PARSE_BYTES_MAX: usize = 32 * 1024;

pub(super) fn query(request: &Request) -> Result<QueryString, TooManyParameters> {
    QueryString::parse(request.uri().query().unwrap_or_default())
}

/// Does work to its end with the room that the request has taken, also when nobody waits for it any more: what
/// was read is held until then.
pub(super) async fn to_its_end<T: Send + 'static>(
    room: BodyRoom,
    work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> Result<T, EngineError> {
    room.through(work).await.unwrap_or_else(|error| {
        Err(EngineError::Internal {
            context: "a write ended without a result",
            source: Box::new(error),
        })
    })
}

/// Runs work where it keeps no other request waiting, if it is long.
pub(super) async fn off_async_threads<T: Send + 'static>(
    is_long: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    if is_long {
        tokio::task::spawn_blocking(work).await
    } else {
        Ok(work())
    }
}
