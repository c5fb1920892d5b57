//! One request from hyper to the routes and its answer back. Invariants: every answer has a request
//! id; a handler that panics is a 500; the client is told when its connection ends with the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE,
    DATE,
};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use tower::ServiceExt;
use tracing::Instrument;

use super::answers::{AnswerRoom, ConnectionAnswers};
use super::budgets::Budgets;
use super::client_address::TrustedProxies;
use super::date;
use super::head_size;
use super::host;
use super::inbound::{BodyPace, InboundBody};
use super::json;
use super::pace::Pace;
use super::panics;
use super::path;
use super::request_log::{LogLine, REQUEST_ID_HEADER, RequestId, span};
use super::retry_after::{ANSWER_RETRY_AFTER_S, to_be_retried};
use super::seats::{Forwarded, Network, Seat, ShareTaken};

/// What every request passes through on its way to the routes.
pub struct Transport {
    settings: ArcSwap<TransportSettings>,
    budgets: Budgets,
    observer: Observer,
}

/// A connection, as far as its requests must know it.
#[derive(Clone)]
pub(super) struct OfConnection {
    peer: IpAddr,
    answers: ConnectionAnswers,
}

/// Told of every request that was answered.
pub type Observer = Box<dyn Fn(&Answered<'_>) + Send + Sync>;

/// A request, when the head of its answer is made.
pub struct Answered<'a> {
    pub method: &'a Method,
    /// In the one spelling that routes see.
    pub path: &'a str,
    pub status: StatusCode,
    pub took: Duration,
}

/// What of it can be exchanged while requests come in.
pub struct TransportSettings {
    pub routes: Router,
    /// From when a handler first asks for a body to its end.
    pub body_timeout: Duration,
    /// A body that comes more slowly is given up earlier.
    pub body_bytes_per_s_min: usize,
    pub trusted_proxies: TrustedProxies,
}

/// An answer, and whether its connection must end with it.
pub(super) struct Outgoing {
    pub(super) response: Response<Body>,
    pub(super) must_close: bool,
    /// The place of the request among those of its client, until the answer is taken.
    pub(super) forwarded: Option<Forwarded>,
}

impl Transport {
    pub fn new(settings: TransportSettings, budgets: Budgets, observer: Observer) -> Arc<Self> {
        Arc::new(Self {
            settings: ArcSwap::from_pointee(settings),
            budgets,
            observer,
        })
    }

    /// A place for a connection. Proxies that are trusted have no share of their own: those they ask for
    /// have one each.
    pub(super) async fn seat(&self, peer: IpAddr, pace: &Arc<Pace>) -> Result<Seat, ShareTaken> {
        let is_proxy = self.settings.load().trusted_proxies.trusts(peer);
        let network = (!is_proxy).then(|| Network::of(peer));
        self.budgets.connections.take(network, pace).await
    }

    pub(super) fn connection(&self, peer: IpAddr) -> OfConnection {
        OfConnection {
            peer,
            answers: self.budgets.answers.of_connection(),
        }
    }

    /// Requests from now on meet these; those that run keep what they met.
    pub fn exchange(&self, settings: TransportSettings) {
        self.settings.store(Arc::new(settings));
    }

    pub(super) async fn answer<B>(&self, from: &OfConnection, mut request: Request<B>) -> Outgoing
    where
        B: http_body::Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let _counted = self.budgets.requests.one();
        let id = RequestId::of(request.headers());
        path::normalise(&mut request);
        let log_line = LogLine::begin(&request);
        let (method, uri) = (request.method().clone(), request.uri().clone());

        let settings = self.settings.load_full();
        let (mut head, body) = request.into_parts();
        let pace = BodyPace {
            timeout: settings.body_timeout,
            bytes_per_s_min: settings.body_bytes_per_s_min,
        };
        let (body, reuse) = InboundBody::new(body, &head, pace);
        let client = settings.trusted_proxies.client(from.peer, &head.headers);
        head.extensions.insert(client);
        head.extensions.insert(id.clone());
        // Held until the answer is made.
        let memory = self.budgets.bodies.of_request();
        let room = from.answers.of_request(memory.proof(), &head.method);
        head.extensions.insert(memory.clone());
        head.extensions.insert(room.clone());
        let is_forwarded = settings.trusted_proxies.trusts(from.peer);
        let forwarded = is_forwarded.then(|| self.budgets.connections.forwarded(client.0));
        let is_too_large = head_size::is_too_large(&head.headers);
        let has_one_host = host::has_one_host(&head);
        let request = Request::from_parts(head, Body::new(body));

        let routes = settings.routes.clone();
        drop(settings);
        let span = span(&id);
        let (response, forwarded) = match forwarded.transpose() {
            _ if is_too_large => {
                // Its body is not waited for.
                reuse.close();
                let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                (json::error(status, "Request headers are too large"), None)
            }
            _ if !has_one_host => {
                // Others may have read the rest as another request.
                reuse.close();
                let refused = json::error(StatusCode::BAD_REQUEST, "Bad request");
                (refused, None)
            }
            Err(ShareTaken) => {
                let refused = json::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
                (to_be_retried(refused, ANSWER_RETRY_AFTER_S), None)
            }
            Ok(forwarded) => {
                let outcome = panics::caught(routes.oneshot(request))
                    .instrument(span.clone())
                    .await;
                let response = match outcome {
                    Ok(Ok(response)) => response,
                    Ok(Err(impossible)) => match impossible {},
                    Err(panics::Panicked) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
                };
                (response, forwarded)
            }
        };
        let _entered = span.enter();
        drop(memory);
        let mut response = counted(response, &room);
        finish(&mut response, &id);
        let must_close = reuse.must_close();
        if must_close {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        (self.observer)(&Answered {
            method: &method,
            path: uri.path(),
            status: response.status(),
            took: log_line.took(),
        });
        log_line.write(&response);
        Outgoing {
            response,
            must_close,
            forwarded,
        }
    }
}

/// The answer, if there is room for it until the client takes it.
fn counted(response: Response<Body>, room: &AnswerRoom) -> Response<Body> {
    // Web pages may read this one too where they may read the other.
    let origin = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
    room.count(response).unwrap_or_else(|no_room| {
        let mut refused = no_room.into_response();
        if let Some(origin) = origin {
            let headers = refused.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        refused
    })
}

/// What all answers have in common.
fn finish(response: &mut Response<Body>, id: &RequestId) {
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR && has_no_body(response) {
        let text = format!("Internal server error, request id {}\n", id.as_str());
        *response.body_mut() = Body::from(text);
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID_HEADER, id.as_header());
    // Else hyper adds one, and its clock is not for every time.
    headers.insert(DATE, date::header());
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(CACHE_CONTROL).or_insert(no_store);
    // The router joins methods with a bare comma; the reference prints a blank after it.
    if let Some(allow) = headers.get(ALLOW).and_then(|allow| allow.to_str().ok()) {
        let methods: Vec<&str> = allow.split(',').map(str::trim).collect();
        if let Ok(spaced) = HeaderValue::try_from(methods.join(", ")) {
            headers.insert(ALLOW, spaced);
        }
    }
}

fn has_no_body(response: &Response<Body>) -> bool {
    http_body::Body::size_hint(response.body()).exact() == Some(0)
}
