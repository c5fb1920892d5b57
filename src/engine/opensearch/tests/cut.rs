//! A network between a process and its cluster that loses what it is told to lose. Invariant: what it lets through it lets
//! through as it came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::engine::opensearch::OpenSearchSettings;

/// What is lost of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It never arrives.
    Request,
    /// It is done, and nobody hears of it.
    Answer,
    /// Neither, and neither of those after it.
    All,
    /// Nothing, but it arrives only once it is let go.
    Time,
    Nothing,
}

/// A method, what a path contains, and what is lost of such a request.
type Plan = VecDeque<(Method, &'static str, Lost)>;

#[derive(Clone)]
pub(super) struct Network {
    target: Url,
    http: reqwest::Client,
    plan: Arc<Mutex<Plan>>,
    gate: Arc<Notify>,
    url: Option<Url>,
}

impl Network {
    /// Between the cluster and a process of these settings, which gives up writing after so long.
    pub(super) async fn before(settings: &mut OpenSearchSettings, write_budget: Duration) -> Self {
        let network = Self::start(settings.client.nodes[0].clone()).await;
        settings.client.nodes = vec![network.url.clone().unwrap()];
        settings.client.write_timeout = Duration::from_secs(1);
        settings.client.write_budget = write_budget;
        network
    }

    async fn start(target: Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // No provider is built into the client; another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let network = Self {
            target,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            plan: Arc::default(),
            gate: Arc::default(),
            url: Some(Url::parse(&url).unwrap()),
        };
        let router = Router::new().fallback(carry).with_state(network.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let io = hyper_util::rt::TokioIo::new(stream);
                let server = hyper::server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(io, service));
            }
        });
        network
    }

    /// Loses the next request of this kind that comes after those before it.
    pub(super) fn lose(&self, method: Method, path: &'static str, lost: Lost) {
        self.plan.lock().unwrap().push_back((method, path, lost));
    }

    pub(super) fn has_lost_all(&self) -> bool {
        self.plan.lock().unwrap().is_empty()
    }

    /// What has lost time so far, or is the next to lose some, arrives.
    pub(super) fn let_go(&self) {
        self.gate.notify_one();
    }

    pub(super) fn heal(&self) {
        self.plan.lock().unwrap().clear();
    }

    fn fate(&self, method: &Method, path: &str) -> Option<Lost> {
        let mut plan = self.plan.lock().unwrap();
        let (of, part, lost) = plan.front()?;
        if of != method || !path.contains(part) {
            return None;
        }
        let lost = *lost;
        if lost != Lost::All {
            plan.pop_front();
        }
        Some(lost)
    }
}

async fn carry(
    State(network): State<Network>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let lost = network.fate(&method, &uri.to_string());
    if matches!(lost, Some(Lost::Request | Lost::All)) {
        return std::future::pending().await;
    }
    if lost == Some(Lost::Time) {
        network.gate.notified().await;
    }
    let url = network.target.join(&uri.to_string()).unwrap();
    headers.remove("host");
    let sent = network
        .http
        .request(method, url)
        .headers(headers)
        .body(body);
    let answer = sent.send().await.unwrap();
    if lost == Some(Lost::Answer) {
        return std::future::pending().await;
    }
    let status = answer.status();
    let body = answer.bytes().await.unwrap();
    Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}
