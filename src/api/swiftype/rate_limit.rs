//! Rate limits as clients of this API read them (docs/reference/10-swiftype.md §2): `X-RateLimit-Limit` and
//! `X-RateLimit-Remaining` on every answer to a request that was counted, refused or not. Invariant: a
//! request is counted once, however often it looks something up.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::error::Error;
use crate::throttle::Admission;

/// In the measure of an hour, as the hosted service has it.
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// What was said to the request; a request extension.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted(Arc<OnceLock<Admission>>);

impl Counted {
    /// Counts the request; one that was counted already is told the same again.
    pub(super) fn once(&self, admit: impl FnOnce() -> Admission) -> Result<(), Error> {
        self.0.get_or_init(admit).outcome.map_err(Error::Throttled)
    }
}

/// Tells clients what is left to them.
pub(super) async fn tell(mut request: Request, next: Next) -> Response {
    let counted = Counted::default();
    request.extensions_mut().insert(counted.clone());
    let mut response = next.run(request).await;
    let standing = counted.0.get().and_then(|admission| admission.standing);
    if let Some(standing) = standing {
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(standing.per_hour));
        headers.insert(REMAINING, HeaderValue::from(standing.remaining));
    }
    response
}
