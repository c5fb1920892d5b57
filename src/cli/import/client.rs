//! Signed requests to a running server. Invariant: each try is signed anew, with the date of its own
//! sending (contract 01 §4), and a request is never sent more often than the [`RetryPolicy`] says.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use super::batch::Batch;
use super::retry::{RetryPolicy, is_transient, retry_after};
use crate::auth::{SecretKey, digest, string_to_sign};
use crate::cli::with_causes;
use crate::domain::TrackerId;

const CONTENT_TYPE: &str = "application/json; charset=utf-8";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// As long as the official plugins wait for one answer (contract 03 §5).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);
/// How much of an unexpected answer is shown to the user.
const SHOWN_CHARS_MAX: usize = 500;

pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    tracker: TrackerId,
    key: SecretKey,
    compress: bool,
    extract: bool,
    policy: RetryPolicy,
    retries: AtomicU64,
}

/// Why the import cannot go on; what was acknowledged before stays.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    #[error("cannot set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    #[error("`{0}` cannot be the address of a server")]
    Address(Url),
    /// The server will say the same to every further request: wrong key, wrong address.
    #[error("the server answered {status}: {text}")]
    Refused { status: StatusCode, text: String },
    #[error("gave up after {tries} tries: {last}")]
    GaveUp { tries: u32, last: String },
    #[error("the answer to a batch cannot be read: {text}")]
    Unreadable { text: String },
}

/// What the server said of one batch.
#[derive(Debug)]
pub(super) enum BatchAnswer {
    /// Per object (contract 02 §7).
    Report(BatchReport),
    /// Nothing of it was applied, and the reason may lie in a single object.
    RefusedWhole { text: String },
}

#[derive(Debug, Deserialize)]
pub(super) struct BatchReport {
    pub(super) ok_count: u64,
    #[serde(default)]
    pub(super) errors_count: u64,
    #[serde(default)]
    pub(super) errors: serde_json::Map<String, Value>,
}

/// What the server said of one commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CommitAnswer {
    Deleted(u64),
    Refused(String),
}

/// How a [`Client`] talks.
pub(super) struct ClientOptions {
    pub(super) url: Url,
    pub(super) tracker: TrackerId,
    pub(super) key: SecretKey,
    /// Whether request bodies are gzip.
    pub(super) compress: bool,
    /// Whether the server takes nested objects out as objects of their own.
    pub(super) extract: bool,
    pub(super) connections: usize,
    pub(super) policy: RetryPolicy,
}

struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl Client {
    pub(super) fn new(options: ClientOptions) -> Result<Self, ClientError> {
        if options.url.cannot_be_a_base() || !options.url.has_host() {
            return Err(ClientError::Address(options.url));
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
            http: builder.build().map_err(ClientError::Setup)?,
            base: options.url,
            tracker: options.tracker,
            key: options.key,
            compress: options.compress,
            extract: options.extract,
            policy: options.policy,
            retries: AtomicU64::new(0),
        })
    }

    /// How many requests were sent again so far.
    pub(super) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    pub(super) async fn post(&self, batch: &Batch) -> Result<BatchAnswer, ClientError> {
        let mut url = self.address("/v1/content");
        if !self.extract {
            url.query_pairs_mut().append_pair("extract", "false");
        }
        let body = batch.body();
        let (body, encoding) = if self.compress {
            (gzip(&body), Some("gzip"))
        } else {
            (body, None)
        };
        let answer = self.send(&url, body.into(), encoding).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => answer.report().map(BatchAnswer::Report),
            StatusCode::BAD_REQUEST => Ok(match answer.report() {
                Ok(report) => BatchAnswer::Report(report),
                Err(_) => BatchAnswer::RefusedWhole {
                    text: answer.text(),
                },
            }),
            StatusCode::PAYLOAD_TOO_LARGE => Ok(BatchAnswer::RefusedWhole {
                text: answer.text(),
            }),
            _ => Err(answer.into_refusal()),
        }
    }

    /// Ends the upload of one type: deletes what does not carry the generation (contract 03 §5).
    pub(super) async fn commit(
        &self,
        object_type: &str,
        generation: &str,
    ) -> Result<CommitAnswer, ClientError> {
        #[derive(Deserialize)]
        struct Committed {
            deleted_count: u64,
        }

        let mut url = self.address("/v1/content/commit");
        url.query_pairs_mut()
            .append_pair("type", object_type)
            .append_pair("generation", generation);
        let answer = self.send(&url, Bytes::new(), None).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => {
                let committed: Committed = answer.json()?;
                Ok(CommitAnswer::Deleted(committed.deleted_count))
            }
            StatusCode::BAD_REQUEST => Ok(CommitAnswer::Refused(answer.text())),
            _ => Err(answer.into_refusal()),
        }
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

    async fn send(
        &self,
        url: &Url,
        body: Bytes,
        encoding: Option<&'static str>,
    ) -> Result<Answer, ClientError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let (failure, asked_wait) = match self.send_once(url, body.clone(), encoding).await {
                Ok((answer, _)) if !is_transient(answer.status) => return Ok(answer),
                Ok((answer, headers)) => (
                    format!("the server answered {}: {}", answer.status, answer.text()),
                    retry_after(&headers),
                ),
                Err(error) => (with_causes(&error), None),
            };
            let Some(wait) = self.policy.wait_after(tried, asked_wait) else {
                return Err(ClientError::GaveUp {
                    tries: tried,
                    last: failure,
                });
            };
            self.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(wait).await;
        }
    }

    async fn send_once(
        &self,
        url: &Url,
        body: Bytes,
        encoding: Option<&'static str>,
    ) -> Result<(Answer, HeaderMap), reqwest::Error> {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let mut request = self
            .http
            .request(Method::POST, url.clone())
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::DATE, &date)
            .header(header::AUTHORIZATION, self.authorization(&date, url.path()))
            .body(body);
        if let Some(encoding) = encoding {
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?;
        Ok((Answer { status, body }, headers))
    }

    pub(super) fn authorization(&self, date: &str, path: &str) -> String {
        let text = string_to_sign(
            "POST",
            CONTENT_TYPE.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        );
        format!("vetrina {}:{}", self.tracker, digest(&self.key, &text))
    }
}

impl Answer {
    fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body)
            .map_err(|_| ClientError::Unreadable { text: self.text() })
    }

    fn report(&self) -> Result<BatchReport, ClientError> {
        self.json()
    }

    /// The body for a human, cut to a length that fits a terminal.
    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text = text.trim();
        match text.char_indices().nth(SHOWN_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None if text.is_empty() => "(no body)".to_owned(),
            None => text.to_owned(),
        }
    }

    fn into_refusal(self) -> ClientError {
        ClientError::Refused {
            status: self.status,
            text: self.text(),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
}
