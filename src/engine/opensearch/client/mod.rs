//! The cluster over HTTP: nodes in turn, tries again within a budget, a breaker, and nothing that grows without a bound.
//! It knows requests and answers, and nothing of catalogs. Invariant: what is sent again is safe to be done twice; what is
//! not, is sent again only where nothing of it was done.
//!
//! | file | for |
//! |---|---|
//! | `settings` | nodes, login, certificates, timeouts |
//! | `nodes` | whose turn it is, and who rests |
//! | `call` | one request |
//! | `backoff`, `breaker` | when to ask again, and when not to |
//! | `bulk` | many writes at once, each with its own end |
//! | `error` | why something was not done, and what that means upward |

mod backoff;
mod breaker;
mod bulk;
mod call;
mod error;
mod nodes;
mod settings;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER,
};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

pub(super) use self::bulk::{Action, Item, Operation};
pub(super) use self::call::Call;
pub use self::error::CallError;
pub use self::settings::{ClientSettings, Login, SetupError};
use backoff::{Backoff, luck};
use breaker::Breaker;
use call::Kind;
use nodes::Nodes;
pub(super) use reqwest::Method;

/// Longest answer that is read, in bytes. One object of the largest request fits with all that is found by it.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// Bulk requests on their way at once, of all sites.
const BULKS_MAX: usize = 8;
/// Idle connections kept to each node.
const IDLE_MAX: usize = 16;

pub struct Client {
    http: reqwest::Client,
    nodes: Nodes,
    breaker: Breaker,
    bulks: Semaphore,
    settings: ClientSettings,
    /// When a node has answered anything last.
    answered: Mutex<Option<Instant>>,
    /// Requests that were sent, each once however often that took.
    #[cfg(test)]
    pub(super) sent: std::sync::atomic::AtomicU64,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    body: Vec<u8>,
    retry_after: Option<Duration>,
}

impl Answer {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|error| CallError::Unreadable(error.to_string()))
    }

    fn is_transient(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504)
    }

    fn into_error(self) -> CallError {
        CallError::of_answer(self.status, &self.body, self.retry_after)
    }
}

impl Client {
    pub fn new(settings: ClientSettings) -> Result<Self, SetupError> {
        settings.check()?;
        // No provider is built into the client. An error means that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if let Some(login) = settings.login.header() {
            let mut login = HeaderValue::from_str(&login).map_err(|_| SetupError::Login)?;
            login.set_sensitive(true);
            headers.insert(AUTHORIZATION, login);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("vetrina/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(IDLE_MAX)
            // Nodes are named one by one; a proxy of the environment was not meant for them.
            .no_proxy();
        let certificates = settings.certificates()?;
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        Ok(Self {
            http: builder.build().map_err(SetupError::Client)?,
            nodes: Nodes::new(settings.nodes.clone()),
            breaker: Breaker::default(),
            bulks: Semaphore::new(BULKS_MAX),
            settings,
            answered: Mutex::default(),
            #[cfg(test)]
            sent: std::sync::atomic::AtomicU64::new(0),
        })
    }

    /// Sends until there is an answer that says that it was done, or one that no other try would change.
    pub(super) async fn call(&self, call: &Call) -> Result<Answer, CallError> {
        let answer = self.answer(call).await?;
        match answer.status {
            200..=299 => Ok(answer),
            _ => Err(answer.into_error()),
        }
    }

    /// The same, where not to find something is an answer too.
    pub(super) async fn find(&self, call: &Call) -> Result<Option<Answer>, CallError> {
        let answer = self.answer(call).await?;
        match answer.status {
            200..=299 => Ok(Some(answer)),
            404 => Ok(None),
            _ => Err(answer.into_error()),
        }
    }

    /// An answer of any status but those that say to come again.
    async fn answer(&self, call: &Call) -> Result<Answer, CallError> {
        #[cfg(test)]
        self.sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let budget = call.look.unwrap_or_else(|| self.budget(call.kind));
        let mut backoff = Backoff::new(Instant::now(), budget);
        loop {
            let now = Instant::now();
            let open_for = match call.look {
                Some(_) => None,
                None => self.breaker.open_for(now),
            };
            let (failure, asked) = match open_for {
                Some(left) => {
                    let why = "it failed several times in a row".to_owned();
                    (CallError::Unreachable(why), Some(left))
                }
                None => match self.try_once(call, backoff.left(now)).await {
                    Ok(answer) if answer.is_transient() => {
                        let asked = answer.retry_after;
                        (answer.into_error(), asked)
                    }
                    Ok(answer) => return Ok(answer),
                    Err(error) => (error, None),
                },
            };
            if !may_repeat(call.kind, &failure) {
                return Err(failure);
            }
            match backoff.next(Instant::now(), asked, luck()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(failure),
            }
        }
    }

    async fn try_once(&self, call: &Call, left: Duration) -> Result<Answer, CallError> {
        let node = self.nodes.pick(Instant::now());
        let address = self.nodes.address(node, &call.path);
        let address = address.map_err(|error| CallError::Unreadable(error.to_string()))?;
        let mut request = self.http.request(call.method.clone(), address);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, body.content_type);
            if body.is_packed {
                request = request.header(CONTENT_ENCODING, "gzip");
            }
            request = request.body(body.bytes.clone());
        }
        let within = match (call.look, call.kind) {
            // So that one that is lost is not all.
            (Some(look), _) => left.min(look / 2),
            (None, Kind::Read) => self.settings.read_timeout,
            (None, Kind::Repeatable | Kind::Once) => {
                let left = left.max(self.settings.connect_timeout);
                self.settings.write_timeout.min(left)
            }
        };
        let sent = async { read(request.send().await?).await };
        let began = Instant::now();
        let mut has_broken_off = false;
        let result = match tokio::time::timeout(within, sent).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Failure::Answer(error))) => Err(error),
            Ok(Err(Failure::Http(error))) => {
                self.nodes.rest(node, Instant::now());
                has_broken_off = true;
                let told = with_causes(&error);
                Err(if error.is_connect() {
                    CallError::Unreachable(told)
                } else {
                    CallError::NoAnswer(told)
                })
            }
            Err(_) => Err(CallError::NoAnswer(format!(
                "not within {} ms",
                within.as_millis()
            ))),
        };
        tracing::debug!(
            path = call.path,
            asked_bytes = call.body.as_ref().map_or(0, |body| body.bytes.len()),
            answered_bytes = result.as_ref().map_or(0, |answer| answer.body.len()),
            took_us = began.elapsed().as_micros() as u64,
            "asked the cluster"
        );
        if result.is_ok() {
            *self.answered() = Some(Instant::now());
        }
        match &result {
            // It works, and has much to do.
            Ok(answer) if answer.status < 500 => {
                self.nodes.is_back(node);
                self.breaker.succeeded();
            }
            // Of one node that dies many requests fail at once, and say nothing of the others.
            Err(_) if has_broken_off && self.nodes.has_any(Instant::now()) => {}
            _ => self.breaker.failed(Instant::now()),
        }
        result
    }

    /// Whether a node has answered anything within this time.
    pub(super) fn has_answered_within(&self, time: Duration) -> bool {
        self.answered().is_some_and(|last| last.elapsed() < time)
    }

    fn answered(&self) -> MutexGuard<'_, Option<Instant>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn budget(&self, kind: Kind) -> Duration {
        match kind {
            Kind::Read => self.settings.read_budget,
            Kind::Repeatable | Kind::Once => self.settings.write_budget,
        }
    }
}

fn may_repeat(kind: Kind, failure: &CallError) -> bool {
    match failure {
        CallError::Unreachable(_)
        | CallError::Busy {
            status: 429 | 503, ..
        } => true,
        CallError::NoAnswer(_) | CallError::Busy { .. } => kind != Kind::Once,
        CallError::Blocked(_)
        | CallError::Refused { .. }
        | CallError::Unreadable(_)
        | CallError::TooLong { .. } => false,
    }
}

enum Failure {
    Http(reqwest::Error),
    Answer(CallError),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

async fn read(mut response: Response) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            let told = CallError::TooLong {
                bytes_max: ANSWER_BYTES_MAX,
            };
            return Err(Failure::Answer(told));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        body,
        retry_after: retry_after.map(Duration::from_secs),
    })
}

/// The error and what it came from: the library's own words say little.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        told = format!("{told}: {next}");
        cause = next.source();
    }
    told
}
