//! One site of several, in and out; and one that is not fit.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::Home;
use super::{Shelf, check, done, names_in, refused, run};
use crate::support::{Launch, ServerProcess, SiteClient, product};

const SITES: [&str; 3] = ["a-1", "b-2", "c-3"];

async fn start(home: &Home) -> ServerProcess {
    let mut launch = Launch::without_site(home.folder.path());
    for (number, site) in SITES.iter().enumerate() {
        launch = launch
            .setting(&format!("SITES__{number}__TRACKER_ID"), site)
            .setting(&format!("SITES__{number}__PRIVATE_KEY"), "key");
    }
    let server = launch.start();
    server.ready().await;
    server
}

/// A folder with as many products in each site as its place says.
async fn filled() -> Home {
    let home = Home::new();
    let server = start(&home).await;
    for (number, site) in SITES.iter().enumerate() {
        let client = SiteClient::new(server.base(), site, "key");
        client
            .replace((0..=number).map(|n| product(&format!("p{n}"))))
            .await
            .ok();
    }
    home.end(server, "filled");
    home
}

async fn counts(home: &Home) -> Vec<u64> {
    let server = start(home).await;
    let mut counts = Vec::new();
    for site in SITES {
        let client = SiteClient::new(server.base(), site, "key");
        counts.push(client.search("size=0").await.total());
    }
    home.end(server, "counted");
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn one_site_is_backed_up_and_put_back_alone() {
    let (home, shelf) = (filled().await, Shelf::new());
    let (one, all) = (shelf.file("one"), shelf.file("all"));
    done(&run("backup", home.folder.path(), &one, &["--site", "b-2"]));
    done(&run("backup", home.folder.path(), &all, &[]));
    let mode = fs::metadata(&all).expect("a backup").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "keys are in it");
    let told = done(&run("restore", home.folder.path(), &one, &["--verify"]));
    assert!(
        told.contains("b-2: 2 objects") && !told.contains("a-1"),
        "{told}"
    );

    let restored = Home::new();
    done(&run(
        "restore",
        restored.folder.path(),
        &all,
        &["--site", "c-3"],
    ));
    assert_eq!(names_in(&restored.folder.path().join("sites")), ["c-3"]);
    // Others beside it are none of its business.
    done(&run("restore", restored.folder.path(), &one, &[]));
    assert_eq!(counts(&restored).await, [0, 2, 3]);
    // All or nothing: `a-1` is free to be put back, the others are not.
    fs::remove_dir_all(restored.folder.path().join("sites/a-1")).expect("a site");
    refused(
        &run("restore", restored.folder.path(), &all, &[]),
        "is there already",
    );
    assert_eq!(
        names_in(&restored.folder.path().join("sites")),
        ["b-2", "c-3"]
    );
    done(&run(
        "restore",
        restored.folder.path(),
        &all,
        &["--replace"],
    ));
    check(restored.folder.path());
    assert_eq!(counts(&restored).await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_damaged_is_left_out_and_named_and_keeps_no_other_out() {
    let (home, shelf) = (filled().await, Shelf::new());
    let store = home.folder.path().join("sites/b-2/store.db");
    let mut bytes = fs::read(&store).expect("a store");
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..16].fill(0xff);
    }
    fs::write(&store, bytes).expect("a store");
    let file = shelf.file("all");
    let told = refused(
        &run("backup", home.folder.path(), &file, &[]),
        "1 of 3 sites are not in the backup",
    );
    assert!(told.contains("b-2: NOT in the backup"), "{told}");
    let restored = Home::new();
    done(&run("restore", restored.folder.path(), &file, &[]));
    assert_eq!(
        names_in(&restored.folder.path().join("sites")),
        ["a-1", "c-3"]
    );
    // Alone it makes no backup.
    let alone = shelf.file("alone");
    refused(
        &run("backup", home.folder.path(), &alone, &["--site", "b-2"]),
        "no site could be copied: `b-2`",
    );
    assert_eq!(shelf.names(), ["all"]);
}

/// Of events a site is not in need.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_broken_are_left_out_and_the_site_is_not() {
    let (home, shelf) = (filled().await, Shelf::new());
    let events = home.folder.path().join("sites/a-1/events.db");
    fs::write(&events, vec![7; 8192]).expect("a file");
    let file = shelf.file("all");
    let told = done(&run("backup", home.folder.path(), &file, &[]));
    assert!(told.contains("events are not in it: "), "{told}");
    let restored = Home::new();
    done(&run("restore", restored.folder.path(), &file, &[]));
    check(restored.folder.path());
    assert_eq!(counts(&restored).await, [1, 2, 3]);
}
