//! A cluster in this process that does as it is told: answers, silence, and answers that come although nobody waits any more.
//! Invariant: what was done is remembered, in order.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use flate2::read::GzDecoder;
use reqwest::Url;
use tokio::net::TcpListener;

use crate::engine::opensearch::client::{Client, ClientSettings, Login};

/// What it does with the next request.
#[derive(Clone)]
pub(super) enum Turn {
    Answer(u16, String),
    ComeAgain(u16, u64),
    /// Does it, and never says so.
    Silence,
}

/// A request as it came, unpacked.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

#[derive(Default)]
struct Script {
    turns: VecDeque<Turn>,
    came: Vec<Came>,
}

#[derive(Clone, Default)]
pub(super) struct Fake {
    script: Arc<Mutex<Script>>,
    url: Option<Url>,
}

impl Fake {
    /// Where no turn is left it answers `{}`.
    pub(super) async fn start(turns: impl IntoIterator<Item = Turn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let mut fake = Self::default();
        fake.script.lock().unwrap().turns.extend(turns);
        fake.url = Some(Url::parse(&url).unwrap());
        let router = Router::new().fallback(serve).with_state(fake.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(io, service),
                );
            }
        });
        fake
    }

    pub(super) fn url(&self) -> Url {
        self.url.clone().unwrap()
    }

    pub(super) fn came(&self) -> Vec<Came> {
        self.script.lock().unwrap().came.clone()
    }

    pub(super) fn client(&self) -> Client {
        Client::new(quick(vec![self.url()])).unwrap()
    }
}

/// Settings with which a test does not wait for long.
pub(super) fn quick(nodes: Vec<Url>) -> ClientSettings {
    ClientSettings {
        read_timeout: Duration::from_millis(200),
        write_timeout: Duration::from_millis(200),
        login: Login::Bearer("secret".to_owned()),
        ..ClientSettings::of_nodes(nodes)
    }
}

async fn serve(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = match headers.get("content-encoding") {
        Some(_) => {
            let mut text = String::new();
            GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
            text
        }
        None => String::from_utf8(body.to_vec()).unwrap(),
    };
    let turn = {
        let mut script = fake.script.lock().unwrap();
        script.came.push(Came {
            method,
            path: uri.to_string(),
            headers,
            body,
        });
        script.turns.pop_front()
    };
    let answer = |status| Response::builder().status(status);
    match turn {
        None => answer(200).body("{}".into()).unwrap(),
        Some(Turn::Answer(status, body)) => answer(status).body(body.into()).unwrap(),
        Some(Turn::ComeAgain(status, seconds)) => {
            let answer = answer(status).header("retry-after", seconds);
            answer.body("{}".into()).unwrap()
        }
        Some(Turn::Silence) => std::future::pending().await,
    }
}
