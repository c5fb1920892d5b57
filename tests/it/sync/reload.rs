//! SIGHUP: sources follow the configuration.

use super::command::{config_file, launch};
use super::shop::{ask_sync, ended, items, objects_of, source, status};
use crate::support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn sources_come_change_and_go_without_a_restart() {
    let Some(database) = items(500).await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = launch(folder.path(), "", &database).start();
    server.ready().await;
    let base = server.base().to_owned();
    ask_sync(&base, "POST", "").await.status(404);

    config_file(folder.path(), &source("throttle = 200\nbatch = 20"));
    server.reload();
    eventually("the source", async || {
        (ask_sync(&base, "POST", "").await.status == 200).then_some(())
    })
    .await;
    let begun = status(&base).await;
    eventually("some pages", async || {
        (status(&base).await["indexed"].as_u64() > Some(20)).then_some(())
    })
    .await;
    // Faster from now on: the sync goes on where it is.
    config_file(folder.path(), &source(""));
    server.reload();
    let end = ended(&base).await;
    assert_eq!(end["status"], "complete", "{end}");
    assert_eq!(end["sync_id"], begun["sync_id"]);
    assert_eq!(end["indexed"], 500, "{end}");
    assert_eq!(objects_of(&server.site(), "item").await.len(), 500);

    config_file(folder.path(), "");
    server.reload();
    eventually("the source to be gone", async || {
        (ask_sync(&base, "GET", "").await.status == 404).then_some(())
    })
    .await;
    assert_eq!(
        objects_of(&server.site(), "item").await.len(),
        500,
        "what it synced stays"
    );
    let (exit, log) = server.stop();
    assert!(exit.success(), "{log}");
}
