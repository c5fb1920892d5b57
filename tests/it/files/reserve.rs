//! A disk that is nearly full: files wait until there is room, and nobody is asked for them meanwhile.

use std::path::Path;

use super::file;
use crate::support::{FileHost, Launch, eventually, plain};

/// The most that may be set.
const RESERVE_BYTES: u64 = 1 << 40;

const BELOW: &str = "files are not fetched below the disk reserve";

fn free_bytes(folder: &Path) -> u64 {
    let disk = rustix::fs::statvfs(folder).expect("a disk");
    disk.f_bavail * disk.f_frsize
}

/// Sends a file to a server that takes it and fetches nothing.
async fn send(home: &Path, host: &FileHost) {
    let off = Launch::new(home).start();
    off.ready().await;
    let site = off.site();
    site.replace([file("manual", host.url("/m"))]).await.ok();
    off.stop();
}

fn fetching(home: &Path, host: &FileHost) -> Launch {
    Launch::new(home)
        .setting("FILES__ENABLED", "true")
        .setting("FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .setting("FILES__ALLOW_PORTS", &format!("[{}]", host.port()))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_fetched_below_the_disk_reserve() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if free_bytes(folder.path()) >= RESERVE_BYTES {
        eprintln!("SKIPPED: this disk has more free than a reserve may be");
        return;
    }
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let home = folder;
    send(home.path(), &host).await;
    let fetching = fetching(home.path(), &host);
    let full = fetching
        .clone()
        .setting("STORAGE__DISK_RESERVE_BYTES", &RESERVE_BYTES.to_string())
        .start();
    eventually("a word of it", async || {
        full.log_so_far().contains(BELOW).then_some(())
    })
    .await;
    let (_, log) = full.stop();
    assert_eq!(log.matches(BELOW).count(), 1, "{log}");
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

/// The server that waited goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_fetched_as_soon_as_there_is_room_again() {
    /// Others write to this disk, too.
    const MARGIN_BYTES: u64 = 2 << 30;
    // A folder of temporary files may be memory.
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let other = tempfile::NamedTempFile::new_in(home.path()).expect("a new file");
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let data = home.path().join("data");
    send(&data, &host).await;
    let reserve = free_bytes(home.path()).saturating_sub(MARGIN_BYTES);
    let taken = rustix::fs::fallocate(
        &other,
        rustix::fs::FallocateFlags::empty(),
        0,
        2 * MARGIN_BYTES,
    );
    if reserve == 0 || reserve > RESERVE_BYTES || taken.is_err() {
        eprintln!("SKIPPED: this disk is too full or too large, or gives no room at once");
        return;
    }
    let server = fetching(&data, &host)
        .setting("STORAGE__DISK_RESERVE_BYTES", &reserve.to_string())
        .start();
    server.ready().await;
    eventually("a word of it", async || {
        server.log_so_far().contains(BELOW).then_some(())
    })
    .await;
    assert_eq!(host.connections(), 0);
    drop(other);
    eventually("the file", async || {
        let found = server.site().search("hinge").await;
        (found.total() == 1).then_some(())
    })
    .await;
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(
        log.contains("files are fetched again, the disk has room"),
        "{log}"
    );
}
