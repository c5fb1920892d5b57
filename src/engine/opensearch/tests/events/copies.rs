//! The file in which a process counts.

use std::path::{Path, PathBuf};

use super::*;

/// Files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// What it counted before is counted again, by what the cluster has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_on_the_disk_of_a_process_is_made_again() {
    let Some(shop) = Shop::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut settings = shop.indices.settings();
    settings.events.as_mut().unwrap().folder = folder.path().to_owned();
    let (process, other) = (shop.process_with(settings), shop.process());
    add(&other, [product("a"), product("b")]).await;
    let list = shop.event("1", "one", search_for("hat", &["a", "b"]));
    let click = shop.event("2", "one", click_on("a"));
    record(&process, vec![list, click]).await;
    let site = process.site(&id()).unwrap();
    site.events.as_ref().unwrap().close_file();
    let files = files(folder.path());
    let is_of_events = |path: &&PathBuf| path.to_string_lossy().contains("events.db");
    for file in files.iter().filter(is_of_events) {
        std::fs::write(file, vec![7; 20_000]).unwrap();
    }
    let late = shop.event("3", "one", click_on("b"));
    record(&other, vec![late]).await;
    let expected = popular(&other).await;
    assert_eq!(expected.len(), 2);
    eventually(async || popular(&process).await == expected).await;
    assert_eq!(suggested(&process).await, suggested(&other).await);
}
