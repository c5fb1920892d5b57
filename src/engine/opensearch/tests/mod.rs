//! The laws of this backend: what several processes, lost answers and commits must not do. Against a real cluster, if there is
//! one (`conformance::cluster`).

mod commits;
mod cut;
mod documents;
mod events;
mod expunge;
mod files;
mod histories;
mod jobs;
mod lives;
mod lost_answers;
mod mapped;
mod names;
mod places;
mod processes;
mod purge;
mod rebuild;
mod searches;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::client::Call;
use super::{OpenSearchCatalogs, OpenSearchSettings};
use crate::domain::{
    CommitOutcome, GenerationCommit, Object, Outcome, Scan, ScanPosition, Scope, Site, Submission,
    TrackerId,
};
use crate::engine::conformance::objects::{generation, object_type, site_of, tracker};
use crate::engine::{CatalogReads, CatalogWrites, EngineError, Extraction};

fn site() -> Site {
    site_of("Shop-1")
}

fn id() -> TrackerId {
    tracker("Shop-1")
}

fn start(settings: OpenSearchSettings) -> Arc<OpenSearchCatalogs> {
    let clock = crate::domain::Clock::system();
    Arc::new(OpenSearchCatalogs::new(settings, vec![site()], clock).unwrap())
}

async fn try_add<O: Into<Object>>(
    catalogs: &OpenSearchCatalogs,
    objects: impl IntoIterator<Item = O>,
) -> Result<Vec<Outcome>, EngineError> {
    let objects = objects
        .into_iter()
        .map(|object| Submission::from(object.into()));
    let report = catalogs
        .replace(&id(), objects.collect(), Extraction::Extract)
        .await?;
    Ok(report.outcomes)
}

/// All of them are taken.
async fn add<O: Into<Object>>(catalogs: &OpenSearchCatalogs, objects: impl IntoIterator<Item = O>) {
    let outcomes = try_add(catalogs, objects).await.unwrap();
    assert!(
        outcomes.iter().all(|outcome| *outcome == Outcome::Applied),
        "{outcomes:?}"
    );
}

async fn stored(catalogs: &OpenSearchCatalogs) -> Vec<Object> {
    let scan = Scan {
        scope: Scope::default(),
        after: ScanPosition::default(),
        limit: 1_000,
    };
    catalogs.scan(&id(), scan).await.unwrap().objects
}

async fn names(catalogs: &OpenSearchCatalogs) -> Vec<String> {
    let stored = stored(catalogs).await.into_iter();
    stored.map(|object| object.identity.to_string()).collect()
}

async fn commit(catalogs: &OpenSearchCatalogs, of: &str) -> CommitOutcome {
    let commit = GenerationCommit {
        object_type: object_type("product"),
        generation: generation(of),
        must_exist: true,
        guard_percent: 0,
        keeps_refused: false,
    };
    catalogs.commit_generation(&id(), commit).await.unwrap()
}

/// What the cluster answers to a question.
async fn told(catalogs: &OpenSearchCatalogs, path: String) -> Value {
    let asked = catalogs.cluster.client.call(&Call::get(path)).await;
    asked.unwrap().read().unwrap()
}

/// Waits for what comes by itself, for a minute.
async fn eventually(is_so: impl AsyncFn() -> bool) {
    for _ in 0..1_200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never is so");
}
