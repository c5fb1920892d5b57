//! A disk without a free byte: what is on it is served, and it goes on when there is room. The disk is one in memory
//! that only the server sees; where none may be made, the test is skipped, loudly.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{Home, products};
use crate::support::{Launch, eventually, get};

/// Makes the disk where the data folder is, puts what is there on it, fills it up, and starts the server. A stop may
/// leave the memory that connections share or take it away.
const ON_A_FULL_DISK: &str = r#"
    set -e
    mkdir "$DATA.whole"
    cp -r "$DATA"/. "$DATA.whole"
    mount -t tmpfs -o size=24m none "$DATA"
    cp -r "$DATA.whole"/. "$DATA"
    rm -r "$DATA.whole"
    rm -f "$DATA"/sites/*/*-shm
    dd if=/dev/zero of="$DATA/filler" bs=4096 2>/dev/null || true
    exec "$@"
"#;

fn may_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["-Urm", "mount", "-t", "tmpfs", "none", "/mnt"])
        .status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        eprintln!("SKIPPED: a disk in memory cannot be made here (unshare -Urm mount): full_disk");
    }
    may
}

/// A file of the data folder as the server sees it.
fn seen_by(process: u32, folder: &Path, file: &str) -> PathBuf {
    let inside = folder.strip_prefix("/").expect("an absolute path");
    let root = PathBuf::from(format!("/proc/{process}/root"));
    root.join(inside).join(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_a_free_byte_serves_and_goes_on_when_there_is_room() {
    if !may_mount() {
        return;
    }
    let home = Home::new();
    let objects = |from: usize| -> Vec<_> {
        let object = |n| json!({"identity": format!("p{n}"), "type": "product", "fields": {"title": format!("Shoe {n}")}});
        (from..from + 100).map(object).collect()
    };
    let server = home.start().await;
    server.site().replace(objects(0)).await.ok();
    home.end(server, "before");

    let folder = home.folder.path();
    let server = Launch::new(folder)
        .within(&["unshare", "-Urm", "sh", "-c", ON_A_FULL_DISK])
        .variable("DATA", &folder.to_string_lossy())
        .setting("STORAGE__DISK_RESERVE_BYTES", "1048576")
        .start();
    server.ready().await;
    let site = server.site();
    assert_eq!(products(&site).await, 100);
    site.replace(objects(100)).await.status(503);
    let ready = get(&format!("{}/health/ready", server.base())).await;
    assert!(ready.text().contains("full"), "{}", ready.text());

    let filler = seen_by(server.id(), folder, "filler");
    std::fs::remove_file(filler).expect("the disk was filled up");
    eventually("there is room", async || {
        let answer = site.replace(objects(100)).await;
        (answer.status == 201).then_some(())
    })
    .await;
    eventually("it is found", async || {
        (products(&site).await == 200).then_some(())
    })
    .await;
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}
