//! `kill -9` in the middle of a sync: the next start goes on with it where it was.

use super::command::launch;
use super::shop::{ask_sync, ended, items, objects_of, source, status};
use crate::support::{ServerProcess, eventually};

const ROWS: usize = 1_200;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_was_killed_goes_on_with_the_same_generation() {
    let Some(database) = items(ROWS).await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sections = source("throttle = 1000\nbatch = 20");
    let launch = launch(folder.path(), &sections, &database).setting("LOG__LEVEL", "info");
    let start = async || -> ServerProcess {
        let server = launch.start();
        server.ready().await;
        server
    };
    let mut server = start().await;
    let begun = ask_sync(server.base(), "POST", "").await.status(200).json();
    let generation = status(server.base()).await["generation"].clone();
    assert!(generation.is_string());
    let mut indexed = 0;
    for _ in 0..KILLS {
        indexed = eventually("some more pages", async || {
            let now = status(server.base()).await["indexed"]
                .as_u64()
                .expect("a count");
            (now > indexed + 40).then_some(now)
        })
        .await;
        server.kill();
        // What is gone now is behind the place where the sync is, or before it.
        let gone = format!(
            "delete from items where id in ({indexed}, {})",
            indexed + 400
        );
        database.run(&gone).await;
        server = start().await;
        let resumed = status(server.base()).await;
        assert!(resumed["indexed"].as_u64() >= Some(indexed), "{resumed}");
        assert_eq!(resumed["generation"], generation, "{resumed}");
    }
    let end = ended(server.base()).await;
    assert_eq!(end["status"], "complete", "{end}");
    assert_eq!(end["sync_id"], begun["sync_id"]);
    assert_eq!(end["generation"], generation);
    // A second one makes up for what was deleted behind the place of the first.
    ask_sync(server.base(), "POST", "").await.status(200);
    let end = ended(server.base()).await;
    assert_eq!(end["status"], "complete", "{end}");
    let client = database.connect().await;
    let rows = client
        .query("select id::text from items order by 1", &[])
        .await;
    let wanted: Vec<String> = rows
        .expect("the items")
        .iter()
        .map(|row| row.get(0))
        .collect();
    let objects = objects_of(&server.site(), "item").await;
    assert_eq!(objects.into_keys().collect::<Vec<_>>(), wanted);
    let (exit, log) = server.stop();
    assert!(exit.success(), "{log}");
}

/// An index that is damaged is made again from the store; the sync finds everything either way.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_costs_nothing_that_was_synced() {
    let Some(database) = items(300).await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let launch = launch(folder.path(), &source(""), &database);
    let server = launch.start();
    server.ready().await;
    ask_sync(server.base(), "POST", "").await.status(200);
    assert_eq!(ended(server.base()).await["status"], "complete");
    server.kill();
    let index = data.join("sites/1234-5678/index");
    for file in std::fs::read_dir(&index).expect("the index") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|kind| kind != "lock") {
            std::fs::write(path, "nonsense").expect("a writable file");
        }
    }
    let server = launch.start();
    server.ready().await;
    ask_sync(server.base(), "POST", "").await.status(200);
    assert_eq!(ended(server.base()).await["status"], "complete");
    assert_eq!(objects_of(&server.site(), "item").await.len(), 300);
}
