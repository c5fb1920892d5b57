//! `kill -9` while files are fetched: the next start goes on, nothing is half, and nothing is left lying about.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::file;
use crate::support::{Chance, FileHost, Launch, ServerProcess, eventually, plain, vetrina};

const FILES: usize = 120;
const KILLS: usize = 4;

fn launch(home: &std::path::Path, host: &FileHost) -> Launch {
    Launch::new(home)
        .setting("FILES__ENABLED", "true")
        .setting("FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .setting("FILES__ALLOW_PORTS", &format!("[{}]", host.port()))
        .setting("FILES__FIRST_RETRY_S", "1")
}

async fn fetched(server: &ServerProcess) -> usize {
    let found = server.site().search("f[]=file_state:fetched&size=1").await;
    found.total() as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_fetched_to_the_last_however_often_the_server_is_killed() {
    let host = FileHost::start(|request, stream| {
        plain(
            stream,
            &format!("The hinge of {} is mounted.", &request.target[1..]),
        )
    });
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut chance = Chance::new();
    let mut server = launch(home.path(), &host).start();
    server.ready().await;
    let one = |n: usize| Value::from(file(&format!("f{n}"), host.url(&format!("/n{n}"))));
    server.site().replace((0..FILES).map(one)).await.ok();
    for kill in 1..=KILLS {
        let wanted = FILES * kill / (KILLS + 2);
        eventually("progress", async || {
            (fetched(&server).await >= wanted).then_some(())
        })
        .await;
        tokio::time::sleep(std::time::Duration::from_millis(chance.below(30))).await;
        server.kill();
        server = launch(home.path(), &host).start();
        server.ready().await;
    }
    eventually("all of them", async || {
        (fetched(&server).await == FILES).then_some(())
    })
    .await;
    let site = server.site();
    for n in [0, FILES / 2, FILES - 1] {
        let found = site.search(&format!("n{n} hinge")).await;
        assert_eq!(found.identities()[0], format!("f{n}"), "{chance:?}");
    }
    // Each once, and those that were cut off once more.
    let asked = host.requests().len();
    assert!(
        (FILES..=FILES + KILLS * 4).contains(&asked),
        "{asked} {chance:?}"
    );
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let check = vetrina(&["check", "--data-dir"])
        .arg(home.path())
        .output()
        .expect("the binary runs");
    assert!(check.status.success(), "{check:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_in_the_middle_of_a_download_is_quick_and_goes_on_at_the_next_start() {
    let asked = Arc::new(AtomicUsize::new(0));
    let host = FileHost::start({
        let asked = Arc::clone(&asked);
        move |_, stream| {
            if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                std::thread::sleep(crate::support::PATIENCE);
            }
            plain(stream, "Mount the hinge first.")
        }
    });
    let home = tempfile::tempdir().expect("a temporary folder");
    let server = launch(home.path(), &host).start();
    server.ready().await;
    server
        .site()
        .replace([file("manual", host.url("/"))])
        .await
        .ok();
    eventually("a request", async || {
        (asked.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let server = launch(home.path(), &host).start();
    server.ready().await;
    eventually("the file", async || {
        (fetched(&server).await == 1).then_some(())
    })
    .await;
    server.stop();
}
