//! Files of a store that are gone, older or cut at a start: never an empty or an older shop without a word.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Home, products};
use crate::support::{
    Figures, Launch, ServerProcess, TRACKER_ID, eventually, get, product, vetrina,
};

impl Home {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("sites").join(TRACKER_ID).join(name)
    }

    fn size(&self, name: &str) -> u64 {
        fs::metadata(self.file(name)).map_or(0, |file| file.len())
    }

    /// Starts a server that has something to tell, and gives its words.
    async fn start_troubled(&self) -> (ServerProcess, String) {
        let server = Launch::new(self.folder.path()).start();
        let url = format!("{}/health/ready?site={TRACKER_ID}", server.base());
        let told = eventually("a trouble that is told", async || {
            let answer = get(&url).await;
            let told: Value = serde_json::from_str(&answer.text()).ok()?;
            (answer.status == 503)
                .then(|| told.to_string())
                .filter(|told| told.contains(TRACKER_ID))
        });
        let told = told.await;
        (server, told)
    }
}

async fn write(server: &ServerProcess, name: &str, count: usize) {
    let objects = (0..count).map(|number| product(&format!("{name}-{number}")));
    server.site().replace(objects).await.ok();
}

async fn figure(server: &ServerProcess, name: &str) -> u64 {
    let page = get(&format!("{}/metrics", server.base())).await.text();
    Figures::read(&page).value(name, &[("site", TRACKER_ID)]) as u64
}

async fn assert_takes_no_writes(server: &ServerProcess) {
    let body =
        json!({"objects": [{"identity": "new", "type": "product", "fields": {"title": "N"}}]});
    let refused = server
        .site()
        .signed("POST", "/v1/content", body.to_string())
        .await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_stop_leaves_a_store_that_is_whole_alone() {
    let home = Home::new();
    let server = home.start().await;
    write(&server, "a", 300).await;
    home.end(server, "a clean stop");
    assert_eq!(home.size("store.db-wal"), 0);
    let other = Home::new();
    fs::create_dir_all(other.file("")).expect("a folder");
    fs::copy(home.file("store.db"), other.file("store.db")).expect("a copy");
    let server = other.start().await;
    assert_eq!(products(&server.site()).await, 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_gone_is_no_empty_shop() {
    for is_emptied in [false, true] {
        let home = Home::new();
        let server = home.start().await;
        write(&server, "a", 10).await;
        server.kill();
        let kept = home.file("kept.db");
        fs::rename(home.file("store.db"), &kept).expect("a store");
        if is_emptied {
            fs::write(home.file("store.db"), "").expect("a file");
        }
        let log = home.size("store.db-wal");
        assert!(log > 0);

        let (server, told) = home.start_troubled().await;
        assert!(told.contains("`store.db` is missing or empty"), "{told}");
        assert_takes_no_writes(&server).await;
        assert_eq!(figure(&server, "vetrina_site_up").await, 0);
        let (status, words) = server.stop();
        assert!(status.success(), "{words}");
        assert!(words.contains("`store.db` is missing or empty"), "{words}");
        assert_eq!(home.size("store.db-wal"), log, "nothing is written over");
        assert!(home.file("index").join("meta.json").exists());

        fs::rename(&kept, home.file("store.db")).expect("a store");
        let server = home.start().await;
        assert_eq!(products(&server.site()).await, 10);
        home.end(server, "put back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_behind_its_index_takes_no_writes() {
    let home = Home::new();
    let server = home.start().await;
    write(&server, "a", 10).await;
    home.end(server, "a first run");
    let server = home.start().await;
    for round in 0..3 {
        write(&server, &format!("b{round}"), 10).await;
    }
    // As after a crash, with the log.
    server.kill();
    let (log, kept) = (home.file("store.db-wal"), home.file("kept-wal"));
    assert!(home.size("store.db-wal") > 0);
    fs::rename(&log, &kept).expect("a log");

    for start in ["first", "second"] {
        let (server, told) = home.start_troubled().await;
        assert!(
            told.contains("index knew of writes that the store does not have, groups: 3"),
            "{start} {told}"
        );
        assert_eq!(figure(&server, "vetrina_store_lost_transactions").await, 3);
        assert_takes_no_writes(&server).await;
        // What there is can be found.
        assert_eq!(products(&server.site()).await, 10);
        let (status, words) = server.stop();
        assert!(status.success(), "{words}");
        let is_told = words.contains("the index knows of writes that the store does not have");
        assert_eq!(is_told, start == "first", "{words}");
        assert!(home.file("index.ahead").join("meta.json").exists());
        let check = vetrina(&["check", "--data-dir"])
            .arg(home.folder.path())
            .output();
        let check = check.expect("the binary runs");
        assert!(!check.status.success());
        let said = String::from_utf8_lossy(&check.stdout).into_owned();
        assert!(said.contains("index.ahead"), "{said}");
    }

    // The log is found again.
    fs::rename(&kept, &log).expect("a log");
    let server = home.start().await;
    assert_eq!(products(&server.site()).await, 40);
    assert!(!home.file("index.ahead").exists());
    write(&server, "c", 10).await;
    home.end(server, "found again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_that_somebody_took_note_of_is_over() {
    let home = Home::new();
    let server = home.start().await;
    write(&server, "a", 10).await;
    home.end(server, "a first run");
    let older = home.file("older.db");
    fs::copy(home.file("store.db"), &older).expect("a copy");
    let server = home.start().await;
    write(&server, "b", 10).await;
    home.end(server, "a second run");
    fs::rename(&older, home.file("store.db")).expect("an older store");

    let (server, _) = home.start_troubled().await;
    assert!(server.stop().0.success());
    fs::remove_dir_all(home.file("index.ahead")).expect("an index put aside");
    let server = home.start().await;
    assert_eq!(products(&server.site()).await, 10);
    write(&server, "c", 10).await;
    assert_eq!(products(&server.site()).await, 20);
    home.end(server, "note was taken");
}

/// Cut beside a log, a store is neither served nor written to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_cut_is_told() {
    let home = Home::new();
    let server = home.start().await;
    for round in 0..5 {
        write(&server, &format!("a{round}"), 400).await;
    }
    home.end(server, "a first run");
    let server = home.start().await;
    write(&server, "b", 10).await;
    server.kill();
    let whole = fs::read(home.file("store.db")).expect("a store");
    let log = fs::read(home.file("store.db-wal")).expect("a log");
    let pages = whole.len() / 4096;
    let half = pages / 2 * 4096;
    for length in [100, 4096, half, half + 100, pages / 8 * 7 * 4096] {
        fs::write(home.file("store.db"), &whole[..length]).expect("a store");
        fs::write(home.file("store.db-wal"), &log).expect("a log");
        let (server, told) = home.start_troubled().await;
        assert_takes_no_writes(&server).await;
        let (status, words) = server.stop();
        assert!(status.success(), "{length}: {words}");
        assert!(words.contains("ERROR"), "{length}: {told} {words}");
        assert!(!words.contains("panicked"), "{length}: {words}");
        assert!(home.size("store.db") <= length as u64, "{length}: {told}");
    }

    // A page that the log has is not missing: a crash in the middle of a checkpoint leaves that.
    fs::write(home.file("store.db"), &whole[..whole.len() - 4096]).expect("a store");
    fs::write(home.file("store.db-wal"), &log).expect("a log");
    let server = home.start().await;
    assert_eq!(products(&server.site()).await, 2_010);
    home.end(server, "cut of a page in the log");
}

/// It is mapped, so a process that reads it in that moment ends; what was acknowledged is in the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wal_index_that_is_cut_under_a_server_costs_no_acknowledged_write() {
    for length in [0, 100] {
        let home = Home::new();
        let server = home.start().await;
        write(&server, "a", 300).await;
        let cut = fs::File::options()
            .write(true)
            .open(home.file("store.db-shm"));
        cut.and_then(|file| file.set_len(length)).expect("a file");
        for _again in 0..2 {
            let site = server.site();
            // Whether anybody answers is not asked.
            let asked = tokio::spawn(async move { site.search_answer("q=x").await });
            drop(asked.await);
        }
        server.kill();
        let server = home.start().await;
        assert_eq!(products(&server.site()).await, 300);
        home.end(server, "after a cut");
    }
}
