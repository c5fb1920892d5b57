//! The transport over bare sockets, with routes of the test's own: what real clients send, what bad
//! ones do, and which connections go on afterwards.

mod at_rest;
mod compression;
mod connections;
mod cors;
mod deadlines;
mod encodings;
mod every_answer;
mod health;
mod http2;
mod opening;
mod refusals;
mod requests;
mod throttle;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use vetrina::http::{
    BodyError, BodyLimits, BudgetSettings, Budgets, ConnectionSettings, OriginalPath, RequestId,
    Transport, TransportSettings, TrustedProxies, json as http_json, listen, read_body,
    refuse_declared_length,
};

use crate::support::{PATIENCE, RawConnection, eventually};

/// Small, so that tests can go over it with little.
const LIMITS: BodyLimits = BodyLimits {
    plain_bytes_max: 100_000,
    decoded_bytes_max: 200_000,
    weights: &http_json::Weights::TREE,
};

/// Long enough for any machine, for what a test does not want to happen.
const NEVER: Duration = Duration::from_secs(60);

/// Short, for what a test wants to happen.
const SOON: Duration = Duration::from_millis(50);

const PATIENT: ConnectionSettings = ConnectionSettings {
    first_byte_timeout: NEVER,
    header_timeout: NEVER,
    idle_timeout: NEVER,
    answer_bytes_per_s_min: 1,
};

const BUDGETS: BudgetSettings = BudgetSettings {
    bodies_bytes_max: 10 << 20,
    unproven_bodies_bytes_max: 10 << 20,
    answers_bytes_max: 64 << 20,
    connection_answers_bytes_max: 32 << 20,
    connections_max: 100,
    connections_per_address_max: 100,
};

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
    budgets: Budgets,
    /// What `/held` waits for, and what it says when it waits.
    held: Held,
}

#[derive(Clone, Default)]
struct Held {
    reached: Arc<Notify>,
    released: Arc<Notify>,
}

async fn start() -> Running {
    start_with(PATIENT, NEVER).await
}

async fn start_with(settings: ConnectionSettings, body_timeout: Duration) -> Running {
    start_within(BUDGETS, settings, body_timeout).await
}

async fn start_within(
    budgets: BudgetSettings,
    settings: ConnectionSettings,
    body_timeout: Duration,
) -> Running {
    let held = Held::default();
    let settings_of_requests = TransportSettings {
        routes: routes(held.clone()),
        body_timeout,
        body_bytes_per_s_min: 1,
        trusted_proxies: TrustedProxies::default(),
    };
    let budgets = Budgets::new(budgets);
    let transport = Transport::new(settings_of_requests, budgets.clone(), Box::new(|_| {}));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { drop(stopped.await) };
    let ended = tokio::spawn(listen(listener, settings, transport, shutdown, PATIENCE));
    Running {
        address,
        stop,
        ended,
        budgets,
        held,
    }
}

impl Running {
    /// Waits until no client takes anything of it.
    async fn at_rest(&self) {
        let budgets = &self.budgets;
        eventually("a server at rest", async || {
            let taken = [
                budgets.connections.count(),
                budgets.requests.now(),
                budgets.bodies.proven_bytes(),
                budgets.bodies.unproven_bytes(),
                budgets.answers.bytes(),
            ];
            (taken == [0; 5]).then_some(())
        })
        .await;
    }

    async fn connect(&self) -> RawConnection {
        RawConnection::open(&self.address.to_string()).await
    }
}

fn routes(held: Held) -> Router {
    Router::new()
        .route("/echo", any(echo))
        .route("/a/b", get(async || "b"))
        .route("/refused", any(async || StatusCode::UNAUTHORIZED))
        .route("/panic", get(panic))
        .route("/failed", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/held", get(wait))
        .route("/held-by-post", any(wait))
        .route("/large", any(async || "x".repeat(1_000_000)))
        .layer(Extension(held))
}

/// Tells what came; refuses as a dialect does.
async fn echo(request: Request) -> Response {
    let (head, body) = request.into_parts();
    if let Err(error) = refuse_declared_length(&head.headers, LIMITS) {
        return refusal(&error);
    }
    let bytes = match read_body(&head, body, LIMITS).await {
        Ok(bytes) => bytes,
        Err(error) => return refusal(&error),
    };
    let original = head
        .extensions
        .get::<OriginalPath>()
        .map(OriginalPath::as_str);
    let id = head.extensions.get::<RequestId>().map(RequestId::as_str);
    http_json::response(
        StatusCode::OK,
        &json!({
            "method": head.method.as_str(),
            "original_path": original,
            "query": head.uri.query(),
            "request_id": id,
            "content_type": head.headers.get_all("content-type").iter().count(),
            "length": bytes.len(),
            "text": String::from_utf8_lossy(&bytes[..bytes.len().min(100)]),
        }),
    )
}

fn refusal(error: &BodyError) -> Response {
    let status = match error {
        BodyError::TooLarge { .. } | BodyError::TooHeavy { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::UnsupportedEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        BodyError::TimedOut => StatusCode::REQUEST_TIMEOUT,
        BodyError::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        BodyError::Broken(_) | BodyError::Disconnected => StatusCode::BAD_REQUEST,
    };
    (status, error.to_string()).into_response()
}

async fn panic() -> Body {
    panic!("expected in this test")
}

async fn wait(Extension(held): Extension<Held>) -> &'static str {
    held.reached.notify_one();
    held.released.notified().await;
    "released"
}

/// A request with a body of this length, of which nothing is in it yet.
fn head(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: test\r\n{headers}\r\n")
}

fn with_body(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("{headers}content-length: {}\r\n", body.len());
    let mut request = head(method, path, &length).into_bytes();
    request.extend_from_slice(body);
    request
}
