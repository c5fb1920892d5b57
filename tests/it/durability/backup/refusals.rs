//! What is no backup, and where none is put. Whatever is refused leaves everything as it was.

use std::fs;
use std::path::Path;

use super::super::{Home, invented, products};
use super::{Shelf, back_up, check, done, names_in, refused, run, site_folder};
use crate::support::{Chance, vetrina};

/// A data folder with some products, and its backup.
async fn backed_up(shelf: &Shelf) -> (Home, Vec<u8>) {
    let home = Home::new();
    let server = home.start().await;
    server.site().replace(invented(40)).await.ok();
    let file = shelf.file("good");
    back_up(&home, &file);
    home.end(server, "backed up");
    (home, fs::read(file).expect("a backup"))
}

/// Has a restore of these bytes refused, in an empty folder and over a site that is there.
#[track_caller]
fn assert_refused(home: &Home, shelf: &Shelf, bytes: &[u8], words: &str) {
    let file = shelf.file("bad");
    fs::write(&file, bytes).expect("a writable folder");
    let empty = tempfile::tempdir().expect("a temporary folder");
    let nowhere = empty.path().join("data");
    let store = fs::read(site_folder(home).join("store.db")).expect("a store");
    for (data_dir, more) in [
        (nowhere.as_path(), &[][..]),
        (home.folder.path(), &["--replace"]),
    ] {
        refused(&run("restore", data_dir, &file, more), words);
    }
    assert!(!nowhere.exists(), "{words}: the data folder was touched");
    let after = fs::read(site_folder(home).join("store.db")).expect("a store");
    assert!(store == after, "{words}: the store was touched");
    assert_eq!(names_in(&home.folder.path().join("sites")).len(), 1);
    refused(
        &run("restore", home.folder.path(), &file, &["--verify"]),
        words,
    );
}

/// The bytes with a word of the manifest exchanged, under a checksum that is right.
fn with_manifest(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = |needle: &[u8]| {
        bytes
            .windows(needle.len())
            .position(|window| window == needle)
    };
    let begin = at(b"{\n  \"backup_format\"").expect("a manifest");
    let end = begin
        + bytes[begin..]
            .iter()
            .position(|byte| *byte == 0)
            .expect("an end");
    let json = String::from_utf8(bytes[begin..end].to_vec()).expect("JSON");
    assert!(json.contains(from), "{json}");
    let old = blake3::hash(json.as_bytes()).to_hex().to_string();
    let changed = json.replacen(from, to, 1);
    let new = blake3::hash(changed.as_bytes()).to_hex().to_string();
    let sum_at = at(old.as_bytes()).expect("the checksum of the manifest");
    let mut bytes = bytes.to_vec();
    bytes[begin..end].copy_from_slice(changed.as_bytes());
    bytes[sum_at..sum_at + new.len()].copy_from_slice(new.as_bytes());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_backup_and_a_damaged_one_are_none() {
    let shelf = Shelf::new();
    let (home, good) = backed_up(&shelf).await;
    let mut chance = Chance::new();
    assert_refused(&home, &shelf, b"", "it ends early");
    for _ in 0..5 {
        let length = chance.below(good.len() as u64 - 1024) as usize;
        assert_refused(&home, &shelf, &good[..length], "it ends early");
    }
    // Blocks alone, whole, as of a copy that was cut at the size of a block.
    assert_refused(&home, &shelf, &[0; 1024], "it has no manifest");
    for _ in 0..5 {
        let mut bytes = good.clone();
        // What fills blocks up means nothing, and is of zeros.
        let at = loop {
            let at = chance.below(good.len() as u64 - 1024) as usize;
            if good[at] != 0 {
                break at;
            }
        };
        bytes[at] ^= 1 << chance.below(8);
        let file = shelf.file("flipped");
        fs::write(&file, &bytes).expect("a writable folder");
        let verified = run("restore", home.folder.path(), &file, &["--verify"]);
        assert!(!verified.status.success(), "byte {at}, {chance:?}");
    }
    assert_refused(
        &home,
        &shelf,
        &fs::read(site_folder(&home).join("store.db")).expect("a store"),
        "is not a backup",
    );
    done(&run(
        "restore",
        home.folder.path(),
        &shelf.file("good"),
        &["--replace"],
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_version_wrote_is_refused() {
    let shelf = Shelf::new();
    let (home, good) = backed_up(&shelf).await;
    let later = with_manifest(&good, "\"backup_format\": 1", "\"backup_format\": 2");
    assert_refused(
        &home,
        &shelf,
        &later,
        "the backup has format 2, written by vetrina",
    );
    let file = shelf.file("later-store");
    let later = with_manifest(&good, "\"store_format\": 2", "\"store_format\": 3");
    fs::write(&file, later).expect("a writable folder");
    refused(
        &run("restore", home.folder.path(), &file, &["--replace"]),
        "has format 3, written by vetrina",
    );
    // One that is not what the manifest says.
    let other = with_manifest(&good, "\"objects\": 62", "\"objects\": 63");
    fs::write(&file, other).expect("a writable folder");
    let words = "it has 62 objects, its manifest says 63";
    refused(
        &run("restore", home.folder.path(), &file, &["--replace"]),
        words,
    );
    assert_eq!(names_in(&home.folder.path().join("sites")).len(), 1);
    check(home.folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_put_where_something_is_without_being_told() {
    let shelf = Shelf::new();
    let (home, _) = backed_up(&shelf).await;
    let good = shelf.file("good");
    refused(
        &run("restore", home.folder.path(), &good, &[]),
        "with `--replace` a site takes the place",
    );
    refused(
        &run("restore", home.folder.path(), &good, &["--site", "nobody"]),
        "`nobody` is not in the backup",
    );
    refused(
        &run("backup", home.folder.path(), &good, &[]),
        "never written over anything",
    );
    let server = home.start().await;
    let running = run("restore", home.folder.path(), &good, &["--replace"]);
    refused(&running, "another vetrina works on the data folder");
    assert_eq!(products(&server.site()).await, 40);
    home.end(server, "served on");
}

/// The name that a backup gets is that of a whole one, or nothing has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_killed_is_none_and_keeps_no_other_from_being_made() {
    let shelf = Shelf::new();
    let (home, _) = backed_up(&shelf).await;
    let mut chance = Chance::new();
    let mut killed = 0;
    let mut limit_us = 20_000;
    while killed < 5 {
        let file = shelf.file("killed");
        let mut command = vetrina(&["backup", "--data-dir"]);
        command.arg(home.folder.path()).arg(&file);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the binary starts");
        std::thread::sleep(std::time::Duration::from_micros(chance.below(limit_us)));
        child.kill().expect("it was started here");
        child.wait().expect("it was started here");
        if file.exists() {
            done(&run("restore", Path::new("nowhere"), &file, &["--verify"]));
            fs::remove_file(&file).expect("a backup");
            limit_us = (limit_us * 3 / 4).max(100);
        } else {
            killed += 1;
        }
    }
    back_up(&home, &shelf.file("killed"));
    assert_eq!(shelf.names(), ["good", "killed"]);
}
