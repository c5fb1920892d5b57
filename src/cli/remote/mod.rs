//! Signed requests to a running server. Invariant: each try is signed anew, with the date of its own
//! sending (docs/reference/01-auth.md §4), and a request is never sent more often than the [`RetryPolicy`] says.

mod retry;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::Url;

pub(super) use self::retry::RetryPolicy;
use self::retry::{is_transient, retry_after};
use super::with_causes;
use crate::auth::{SecretKey, digest, string_to_sign};
use crate::domain::TrackerId;
use crate::http::date;

const CONTENT_TYPE: &str = "application/json; charset=utf-8";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// As long as the official plugins wait for one answer (docs/reference/03-update-by-query-and-generations.md §5).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);
/// How much of an unexpected answer is shown to the user.
const SHOWN_CHARS_MAX: usize = 500;

/// A server and the site to speak for.
pub(super) struct Remote {
    http: reqwest::Client,
    base: Url,
    tracker: TrackerId,
    key: SecretKey,
    policy: RetryPolicy,
    retries: AtomicU64,
}

/// How to reach it.
pub(super) struct RemoteOptions {
    pub(super) url: Url,
    pub(super) tracker: TrackerId,
    pub(super) key: SecretKey,
    pub(super) connections: usize,
    pub(super) policy: RetryPolicy,
}

/// Why the command cannot go on; what was acknowledged before stays.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoteError {
    #[error("cannot set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    #[error("`{0}` cannot be the address of a server")]
    Address(Url),
    /// The server will say the same to every further request: wrong key, wrong address.
    #[error("the server answered {status}: {text}")]
    Refused { status: StatusCode, text: String },
    #[error("gave up after {tries} tries: {last}")]
    GaveUp { tries: u32, last: String },
    #[error("the answer of the server cannot be read: {text}")]
    Unreadable { text: String },
}

/// What to send.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Bytes,
    pub(super) encoding: Option<&'static str>,
}

pub(super) struct Reply {
    pub(super) status: StatusCode,
    body: Bytes,
}

impl Remote {
    pub(super) fn new(options: RemoteOptions) -> Result<Self, RemoteError> {
        if options.url.cannot_be_a_base() || !options.url.has_host() {
            return Err(RemoteError::Address(options.url));
        }
        // No provider is built into reqwest here. An error means that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("vetrina/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(options.connections);
        if is_loopback(&options.url) {
            // A proxy of the environment has its own idea of who localhost is.
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().map_err(RemoteError::Setup)?,
            base: options.url,
            tracker: options.tracker,
            key: options.key,
            policy: options.policy,
            retries: AtomicU64::new(0),
        })
    }

    /// How many requests were sent again so far.
    pub(super) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// A server behind a path prefix keeps it.
    pub(super) fn address(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{path}"));
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    /// Sends until there is an answer that another try would not change.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, RemoteError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let (failure, asked_wait) = match self.send_once(call).await {
                Ok((answer, _)) if !is_transient(answer.status) => return Ok(answer),
                Ok((answer, headers)) => (
                    format!("the server answered {}: {}", answer.status, answer.text()),
                    retry_after(&headers),
                ),
                Err(error) => (with_causes(&error), None),
            };
            let Some(wait) = self.policy.wait_after(tried, asked_wait) else {
                return Err(RemoteError::GaveUp {
                    tries: tried,
                    last: failure,
                });
            };
            self.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(wait).await;
        }
    }

    async fn send_once(&self, call: &Call) -> Result<(Reply, HeaderMap), reqwest::Error> {
        let date = date::now();
        let digest = self.authorization(call.method.as_str(), &date, call.url.path());
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::DATE, &date)
            .header(header::AUTHORIZATION, digest)
            .body(call.body.clone());
        if let Some(encoding) = call.encoding {
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?;
        Ok((Reply { status, body }, headers))
    }

    pub(super) fn authorization(&self, method: &str, date: &str, path: &str) -> String {
        let text = string_to_sign(
            method,
            CONTENT_TYPE.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        );
        format!("vetrina {}:{}", self.tracker, digest(&self.key, &text))
    }
}

impl Reply {
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, RemoteError> {
        serde_json::from_slice(&self.body)
            .map_err(|_| RemoteError::Unreadable { text: self.text() })
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body for a human, cut to a length that fits a terminal.
    pub(super) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text = text.trim();
        match text.char_indices().nth(SHOWN_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None if text.is_empty() => "(no body)".to_owned(),
            None => text.to_owned(),
        }
    }

    pub(super) fn into_refusal(self) -> RemoteError {
        RemoteError::Refused {
            status: self.status,
            text: self.text(),
        }
    }
}

/// A tracker id on the command line.
pub(super) fn tracker_id(text: &str) -> Result<TrackerId, String> {
    TrackerId::new(text).ok_or_else(|| "is not a tracker id".to_owned())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
