//! What the next start finds after a crash, a restored copy or a hand in the data folder. A crash is
//! a copy of the folder as it lies on the disk at that moment.

use std::fs;
use std::time::Instant;

use super::*;

/// The state a power loss now would leave.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "store.db-shm" {
            match fs::copy(entry.path(), target) {
                // The index clears away files that its last commit no longer needs.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
}

pub(super) fn crashed(shop: &Shop) -> Shop {
    let data = tempfile::tempdir().unwrap();
    copy(shop.data.path(), data.path());
    Shop::open_in(data, settings())
}

/// Lets no group reach the index: the thread's place is taken.
pub(super) fn stop_indexing(shop: &Shop) {
    assert!(
        shop.catalog()
            .groups
            .wait_without_worker(Instant::now() + Duration::from_secs(1))
            || shop.catalog().visible() == shop.stored_sequence()
    );
    shop.catalog().groups.claim();
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_the_index_has_not_seen_are_found_after_a_crash() {
    let shop = Shop::open();
    stop_indexing(&shop);
    shop.replace(vec![product("p1", "Shoe"), product("p2", "Sock")])
        .await;
    shop.replace(vec![product("p1", "Boot")]).await;
    shop.delete_one("p2", "product").await;
    let behind = shop.check();
    assert_eq!((behind.indexed, behind.groups_behind), (0, 3));
    assert!(behind.findings.is_empty(), "{behind:?}");

    let after = crashed(&shop);
    assert_eq!(after.found_now().await, titles([("p1", "Boot")]));
    let report = after.check();
    assert!(report.findings.is_empty(), "{report:?}");
    assert_eq!((report.indexed, report.groups_behind), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_generation_is_all_there_after_a_crash() {
    let shop = Shop::open();
    shop.replace(vec![marked("p1", "One", "x"), marked("p2", "Two", "y")])
        .await;
    shop.found().await;
    let after = crashed(&shop);
    assert_eq!(after.found_now().await.len(), 2);
    drop(after);

    shop.commit("product", "y").await;
    assert_eq!(crashed(&shop).found_now().await, titles([("p2", "Two")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_is_made_from_the_store() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let index = rebuild::index_folder(&shop.folder());
    let shop = {
        drop(shop.engine);
        fs::remove_dir_all(index).unwrap();
        Shop::open_in(shop.data, settings())
    };
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_rebuild_left_is_cleared_away() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let folder = shop.folder();
    drop(shop.engine);
    // Between the two renames: the old index moved away, the new one not yet in its place.
    fs::rename(folder.join("index"), folder.join("index.old")).unwrap();
    fs::create_dir(folder.join("index.new")).unwrap();
    fs::write(folder.join("index.new/meta.json"), "half").unwrap();
    let shop = Shop::open_in(shop.data, settings());
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
    assert!(!folder.join("index.old").exists());
    assert!(!folder.join("index.new").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_index_files_make_a_new_index() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let index = rebuild::index_folder(&shop.folder());
    drop(shop.engine);
    fs::write(index.join("meta.json"), b"{ not what it was").unwrap();
    let shop = Shop::open_in(shop.data, settings());
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_of_another_store_is_not_used() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let other = Shop::open();
    other.replace(vec![product("q1", "Other")]).await;
    other.engine.close().await;
    let index = rebuild::index_folder(&shop.folder());
    drop(shop.engine);
    fs::remove_dir_all(&index).unwrap();
    copy(&rebuild::index_folder(&other.folder()), &index);
    let shop = Shop::open_in(shop.data, settings());
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_the_log_cannot_bring_up_to_date_is_made_again() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    shop.engine.close().await;
    let index = rebuild::index_folder(&shop.folder());
    let older = tempfile::tempdir().unwrap();
    copy(&index, older.path());

    let shop = shop.reopen();
    shop.replace(vec![product("p1", "Boot")]).await;
    drop(shop.engine);
    // The start after that knows that no reader is left, so the next write clears the log.
    let shop = Shop::open_in(shop.data, settings());
    shop.replace(vec![product("p2", "Sock")]).await;
    assert_eq!(shop.check().versions, 2, "the old version is gone");
    drop(shop.engine);

    fs::remove_dir_all(&index).unwrap();
    copy(older.path(), &index);
    let findings = check::check(shop.data.path(), &site()).unwrap().findings;
    assert!(
        findings.listed[0].contains("made again") || findings.listed[0].contains("makes it again")
    );
    let shop = Shop::open_in(shop.data, settings());
    assert_eq!(
        shop.found_now().await,
        titles([("p1", "Boot"), ("p2", "Sock")])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_cannot_be_opened_stops_no_other() {
    let data = tempfile::tempdir().unwrap();
    let broken = folder::of_site(data.path(), &tracker("broken"));
    fs::create_dir_all(&broken).unwrap();
    fs::write(broken.join("store.db"), [7_u8; 8192]).unwrap();
    let now = Arc::new(AtomicI64::new(NOW_MS));
    let engine = engine(data.path(), &["broken", "good"], settings(), &now).unwrap();
    let refused = engine
        .replace(
            &tracker("broken"),
            vec![product("p1", "Shoe").into()],
            Extraction::Leave,
        )
        .await;
    assert!(matches!(refused, Err(EngineError::Unavailable { .. })));
    let report = engine
        .replace(
            &tracker("good"),
            vec![product("p1", "Shoe").into()],
            Extraction::Leave,
        )
        .await;
    assert!(all_applied(&report.unwrap()));
    let readiness = engine.readiness();
    assert_eq!(readiness.serving, 1);
    assert_eq!(readiness.problems[0].site, tracker("broken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_later_format_is_refused_and_left_as_it_is() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    drop(shop.engine);
    let folder = folder::of_site(shop.data.path(), &site());
    let set_format = |format: i64| {
        let store = rusqlite::Connection::open(store::path(&folder)).unwrap();
        store
            .execute("UPDATE meta SET format = ?1", [format])
            .unwrap();
    };
    set_format(store::FORMAT + 1);
    let before = fs::read(store::path(&folder)).unwrap();
    let newer = engine(shop.data.path(), &["shop-1"], settings(), &shop.now).unwrap();
    let reason = &newer.readiness().problems[0].reason;
    let words = format!("store has format {}", store::FORMAT + 1);
    assert!(reason.contains(&words), "{reason}");
    drop(newer);
    assert!(fs::read(store::path(&folder)).unwrap() == before);
    set_format(store::FORMAT);
    let shop = Shop::open_in(shop.data, settings());
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_cannot_share_a_folder() {
    let shop = Shop::open();
    let second = engine(shop.data.path(), &["shop-1"], settings(), &shop.now);
    assert!(matches!(second, Err(EngineError::Unavailable { .. })));
    drop(shop.engine);
    assert!(engine(shop.data.path(), &["shop-1"], settings(), &shop.now).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_finds_what_does_not_agree() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe"), product("p2", "Sock")])
        .await;
    shop.engine.close().await;
    assert!(shop.check().findings.is_empty());
    let versions = shop.heads();
    let store = rusqlite::Connection::open(store::path(&shop.folder())).unwrap();
    let execute = |sql: &str| store.execute(sql, []).unwrap();

    let gone = versions["p1"].version.0;
    execute(&format!("DELETE FROM versions WHERE id = {gone}"));
    let findings = shop.check().findings.listed;
    assert_eq!(findings, ["object `p1`: has no content"]);

    execute("DELETE FROM heads WHERE identity = 'p1'");
    let findings = shop.check().findings.listed;
    assert_eq!(
        findings,
        [format!(
            "the index shows version {gone}, which is not current"
        )]
    );

    let body = versions["p2"].version.0;
    execute(&format!(
        "UPDATE versions SET body = x'00' WHERE id = {body}"
    ));
    let findings = shop.check().findings.listed;
    assert_eq!(findings[0], "object `p2`: content has another checksum");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_made_again_on_request() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let refused = offline::rebuild::rebuild_index(shop.data.path(), site_of("shop-1"));
    assert!(refused.is_err(), "a server is running");
    drop(shop.engine);
    offline::rebuild::rebuild_index(shop.data.path(), site_of("shop-1")).unwrap();
    let report = check::check(shop.data.path(), &site()).unwrap();
    assert_eq!((report.indexed, report.groups_behind), (1, 0));
    assert!(report.findings.is_empty(), "{report:?}");
}
