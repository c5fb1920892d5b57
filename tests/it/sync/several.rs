//! Several servers with one source and one catalog, which lies in a cluster: one works on the source, and another one goes on
//! where it was.

use super::command::launch;
use super::shop::{ask_sync, ended, items, objects_of, source, status};
use crate::support::{SearchCluster, ServerProcess, TestDatabase, eventually};

const ROWS: usize = 600;

struct Several {
    cluster: SearchCluster,
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Several {
    /// `None` where there is no cluster or no database.
    async fn new() -> Option<Self> {
        Some(Self {
            cluster: SearchCluster::new()?,
            database: items(ROWS).await?,
            folder: tempfile::tempdir().expect("a temporary folder"),
        })
    }

    async fn start(&self, name: &str, more: &str) -> ServerProcess {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a writable folder");
        let server = launch(&folder, &source(more), &self.database);
        let server = self.cluster.before(server);
        let server = server.setting("LOG__LEVEL", "info").start();
        server.ready().await;
        server
    }
}

async fn has_source(server: &ServerProcess) {
    eventually("a server to have the source", async || {
        (!status(server.base()).await["auto_indexing"]["mode"].is_null()).then_some(())
    })
    .await;
}

async fn waits(server: &ServerProcess) {
    eventually("a server to say that it waits", async || {
        let status = status(server.base()).await;
        (status["last_error"] == "another server works on this source").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_whose_server_was_killed_is_gone_on_with_by_the_one_that_waited() {
    let Some(several) = Several::new().await else {
        return;
    };
    super::command::install(&several.database, &source(""));
    let more = "throttle = 200\nbatch = 20";
    let first = several.start("a", more).await;
    has_source(&first).await;
    let second = several.start("b", more).await;
    waits(&second).await;
    let begun = ask_sync(first.base(), "POST", "").await.status(200).json();
    let indexed = eventually("half of the pages", async || {
        let indexed = status(first.base()).await["indexed"].as_u64()?;
        (indexed >= ROWS as u64 / 2).then_some(indexed)
    })
    .await;
    // Whoever waits knows how far the other one is.
    eventually("the one that waits to know of it", async || {
        let status = status(second.base()).await;
        (status["sync_id"] == begun["sync_id"]).then_some(())
    })
    .await;
    let generation = status(first.base()).await["generation"].clone();
    first.kill();
    let gone_on = eventually("the one that waited to go on", async || {
        let status = status(second.base()).await;
        status["last_error"].is_null().then_some(status)
    })
    .await;
    assert!(gone_on["indexed"].as_u64() >= Some(indexed), "{gone_on}");
    let end = ended(second.base()).await;
    assert_eq!(end["status"], "complete", "{end}");
    assert_eq!(end["sync_id"], begun["sync_id"]);
    assert_eq!(end["generation"], generation);
    eventually("all rows", async || {
        (objects_of(&second.site(), "item").await.len() == ROWS).then_some(())
    })
    .await;
    // And it follows what comes.
    let late = format!(
        "insert into items (id, title) values ({}, 'Late')",
        ROWS + 1
    );
    several.database.run(&late).await;
    eventually("what came later", async || {
        (objects_of(&second.site(), "item").await.len() == ROWS + 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_that_waits_is_asked_for_is_done_by_the_one_that_works() {
    let Some(several) = Several::new().await else {
        return;
    };
    super::command::install(&several.database, &source(""));
    let more = "throttle = 200\nbatch = 20";
    let first = several.start("a", more).await;
    has_source(&first).await;
    ask_sync(first.base(), "POST", "").await.status(200);
    assert_eq!(ended(first.base()).await["status"], "complete");
    let second = several.start("b", more).await;
    waits(&second).await;
    let begun = ask_sync(second.base(), "POST", "").await.status(200).json();
    for server in [&first, &second] {
        eventually("the sync that was asked for", async || {
            let status = status(server.base()).await;
            (status["sync_id"] == begun["sync_id"]).then_some(())
        })
        .await;
    }
    assert!(
        first
            .log_so_far()
            .contains(begun["sync_id"].as_str().expect("an id"))
    );
    ask_sync(second.base(), "DELETE", "").await.status(200);
    for server in [&first, &second] {
        let end = ended(server.base()).await;
        assert_eq!(end["status"], "cancelled", "{end}");
        assert_eq!(end["sync_id"], begun["sync_id"]);
    }
    // Nothing of what it did not read is gone.
    assert_eq!(objects_of(&first.site(), "item").await.len(), ROWS);
}
