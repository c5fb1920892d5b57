//! What the tests share: a server in this process or as the real binary, a client that signs, and
//! answers that can be asked. Invariant: every wait in here is bounded, and every port is 0.

mod answer;
mod at_rest;
mod catalog;
mod chance;
mod cluster;
mod file_host;
mod hand_clock;
mod jobs;
#[cfg(feature = "postgres")]
mod postgres;
mod process;
mod prometheus;
mod raw;
mod scripted;
mod server;
mod site;
pub(crate) mod visitors;

pub(crate) use answer::{Answer, SearchAnswer};
pub(crate) use at_rest::assert_at_rest;
pub(crate) use catalog::{ObjectJson, article, category, object, product};
pub(crate) use chance::Chance;
pub(crate) use cluster::{SearchCluster, remove_indices};
pub(crate) use file_host::{FileHost, Gate, answer, answer_with, plain};
pub(crate) use hand_clock::HandClock;
#[cfg(feature = "postgres")]
pub(crate) use postgres::{Cluster, TestDatabase};
pub(crate) use process::{Launch, ServerProcess, vetrina};
pub(crate) use prometheus::Figures;
pub(crate) use raw::{RawAnswer, RawConnection};
pub(crate) use scripted::{Reply, Request, ScriptedServer};
pub(crate) use server::{TestServer, TestServerBuilder};
pub(crate) use site::{SiteClient, ask, ask_with, get};

use std::future::Future;
use std::time::{Duration, Instant};

/// The site that every test server has.
pub(crate) const TRACKER_ID: &str = "1234-5678";

/// Its private key.
pub(crate) const PRIVATE_KEY: &str = "secret";

/// Longest wait for anything. Only a broken server reaches it, whatever else a machine does meanwhile.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer; fails the test, naming what it waited for, when there is none.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
