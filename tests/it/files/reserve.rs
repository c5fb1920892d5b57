//! A disk that is nearly full: files wait until there is room, and nobody is asked for them meanwhile.

use super::file;
use crate::support::{FileHost, Launch, eventually, plain};

/// The most that may be set.
const RESERVE_BYTES: u64 = 1 << 40;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_fetched_below_the_disk_reserve() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = rustix::fs::statvfs(folder.path()).expect("a disk");
    if disk.f_bavail * disk.f_frsize >= RESERVE_BYTES {
        eprintln!("SKIPPED: this disk has more free than a reserve may be");
        return;
    }
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let home = folder;
    let off = Launch::new(home.path()).start();
    off.ready().await;
    let site = off.site();
    site.replace([file("manual", host.url("/m"))]).await.ok();
    off.stop();
    let fetching = Launch::new(home.path())
        .setting("FILES__ENABLED", "true")
        .setting("FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .setting("FILES__ALLOW_PORTS", &format!("[{}]", host.port()));
    let full = fetching
        .clone()
        .setting("STORAGE__DISK_RESERVE_BYTES", &RESERVE_BYTES.to_string())
        .start();
    let told = "files are not fetched below the disk reserve";
    eventually("a word of it", async || {
        full.log_so_far().contains(told).then_some(())
    })
    .await;
    let (_, log) = full.stop();
    assert_eq!(log.matches(told).count(), 1, "{log}");
    assert_eq!(host.connections(), 0);
    let roomy = fetching.start();
    roomy.ready().await;
    eventually("the file", async || {
        let found = roomy.site().search("hinge").await;
        (found.total() == 1).then_some(())
    })
    .await;
    roomy.stop();
}
