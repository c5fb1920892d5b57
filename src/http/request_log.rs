//! An id for every request and one log line when it is answered. Invariant: neither query strings,
//! header values nor bodies are logged; they can hold secrets and personal data.
//!
//! The request's span carries `http.request_id`, so every line written while answering has it too.

use std::fmt::Display;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Body as _;
use tracing::Span;
use tracing::field::Empty;

use super::path::OriginalPath;

/// Header that carries the id, in and out (docs/reference/07-http-principles.md §7).
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// Longest path and method of a log line, in bytes; clients may send a thousand times as much.
const LOGGED_BYTES_MAX: usize = 512;

/// Longest id taken over from a client, in bytes.
const ID_BYTES_MAX: usize = 128;

/// The id of a request: the client's own, or a fresh one. A request extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(REQUEST_ID_HEADER).filter(|id| is_sane(id));
        Self(sent.cloned().unwrap_or_else(|| {
            // Not by the time: a clock before 1970 has none.
            HeaderValue::try_from(uuid::Uuid::new_v4().to_string())
                .expect("a uuid is visible ASCII")
        }))
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("checked to be visible ASCII")
    }

    pub(super) fn as_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// Visible ASCII only: the id is written to logs as it is.
fn is_sane(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=ID_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

/// Puts the site into the request's span, once a handler knows it.
pub fn name_site(tracker_id: &dyn Display) {
    Span::current().record("site.tracker_id", tracing::field::display(tracker_id));
}

pub(super) fn span(id: &RequestId) -> Span {
    tracing::info_span!(
        "request",
        http.request_id = id.as_str(),
        site.tracker_id = Empty
    )
}

/// What the log line says of the request, kept while it is answered.
pub(super) struct LogLine {
    method: String,
    path: String,
    began: Instant,
}

impl LogLine {
    pub(super) fn begin<B>(request: &Request<B>) -> Self {
        let original = request.extensions().get::<OriginalPath>();
        Self {
            method: logged(request.method().as_str()),
            path: logged(original.map_or_else(|| request.uri().path(), OriginalPath::as_str)),
            began: Instant::now(),
        }
    }

    /// Since the request came.
    pub(super) fn took(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn write(self, response: &Response<Body>) {
        let Self {
            method,
            path,
            began,
        } = self;
        let status = response.status().as_u16();
        let bytes = response.body().size_hint().exact();
        let duration_ms = began.elapsed().as_secs_f64() * 1e3;
        // Probes come every few seconds and say nothing new.
        let is_probe = ["/health", "/health/ready", "/metrics"].contains(&path.as_str());
        if is_probe && response.status().is_success() {
            tracing::debug!(method, path, status, duration_ms, bytes, "request answered");
        } else {
            tracing::info!(method, path, status, duration_ms, bytes, "request answered");
        }
    }
}

/// The text, or its beginning and how long it is.
fn logged(text: &str) -> String {
    if text.len() <= LOGGED_BYTES_MAX {
        return text.to_owned();
    }
    let mut at_most = (0..=LOGGED_BYTES_MAX).rev();
    let end = at_most.find(|at| text.is_char_boundary(*at));
    let beginning = &text[..end.unwrap_or(0)];
    format!("{beginning}… ({} bytes)", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(sent: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(sent).expect("a valid header value");
        headers.insert(REQUEST_ID_HEADER, value);
        RequestId::of(&headers).as_str().to_owned()
    }

    #[test]
    fn a_sane_id_is_kept() {
        assert_eq!(id_for(b"abc-123"), "abc-123");
        let longest = "x".repeat(ID_BYTES_MAX);
        assert_eq!(id_for(longest.as_bytes()), longest);
    }

    #[test]
    fn what_is_logged_is_short() {
        assert_eq!(logged("/search"), "/search");
        let longest = "/".repeat(LOGGED_BYTES_MAX);
        assert_eq!(logged(&longest), longest);
        let long = "é".repeat(30_000);
        let expected = format!("{}… (60000 bytes)", "é".repeat(LOGGED_BYTES_MAX / 2));
        assert_eq!(logged(&long), expected);
    }

    #[test]
    fn any_other_id_is_replaced_by_a_fresh_one() {
        let too_long = [b'x'; ID_BYTES_MAX + 1];
        for sent in [b"" as &[u8], b"a b", "é".as_bytes(), &too_long] {
            assert!(uuid::Uuid::parse_str(&id_for(sent)).is_ok());
        }
        assert_ne!(
            RequestId::of(&HeaderMap::new()),
            RequestId::of(&HeaderMap::new())
        );
    }
}
