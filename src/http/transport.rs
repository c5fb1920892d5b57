//! One request from hyper to the routes and its answer back. Invariants: every answer has a request
//! id; a handler that panics is a 500; the client is told when its connection ends with the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use tower::ServiceExt;
use tracing::Instrument;

use super::client_address::TrustedProxies;
use super::in_use::InUse;
use super::inbound::InboundBody;
use super::panics;
use super::path;
use super::request_log::{LogLine, REQUEST_ID_HEADER, RequestId, span};

/// What every request passes through on its way to the routes.
pub struct Transport {
    settings: ArcSwap<TransportSettings>,
    pub(super) in_use: Arc<InUse>,
    observer: Observer,
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
    pub trusted_proxies: TrustedProxies,
}

/// An answer, and whether its connection must end with it.
pub(super) struct Answer {
    pub(super) response: Response<Body>,
    pub(super) must_close: bool,
}

impl Transport {
    pub fn new(settings: TransportSettings, in_use: Arc<InUse>, observer: Observer) -> Arc<Self> {
        Arc::new(Self {
            settings: ArcSwap::from_pointee(settings),
            in_use,
            observer,
        })
    }

    /// Requests from now on meet these; those that run keep what they met.
    pub fn exchange(&self, settings: TransportSettings) {
        self.settings.store(Arc::new(settings));
    }

    pub(super) async fn answer<B>(&self, peer: IpAddr, mut request: Request<B>) -> Answer
    where
        B: http_body::Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let _counted = self.in_use.requests.one();
        let id = RequestId::of(request.headers());
        path::normalise(&mut request);
        let log_line = LogLine::begin(&request);
        let (method, uri) = (request.method().clone(), request.uri().clone());

        let settings = self.settings.load_full();
        let (mut head, body) = request.into_parts();
        let (body, reuse) = InboundBody::new(body, &head, settings.body_timeout);
        let client = settings.trusted_proxies.client(peer, &head.headers);
        head.extensions.insert(client);
        head.extensions.insert(id.clone());
        // Held until the answer is made.
        let memory = self.in_use.bodies.of_request();
        head.extensions.insert(memory.clone());
        let request = Request::from_parts(head, Body::new(body));

        let routes = settings.routes.clone();
        drop(settings);
        let span = span(&id);
        let outcome = panics::caught(routes.oneshot(request))
            .instrument(span.clone())
            .await;
        let _entered = span.enter();
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(impossible)) => match impossible {},
            Err(panics::Panicked) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        drop(memory);
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
        Answer {
            response,
            must_close,
        }
    }
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
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(CACHE_CONTROL).or_insert(no_store);
    // The router joins methods with a bare comma; the contract prints a blank after it.
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
