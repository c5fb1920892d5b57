//! Damage in what the store says of objects: it deletes nothing, keeps nothing back in silence, and is mended by
//! sending the object again.

use rusqlite::Connection;

use super::damage::{OBJECTS, objects, of_template, template};
use super::*;

fn opened(data: &Path) -> Connection {
    Connection::open(store::path(&folder::of_site(data, &site()))).unwrap()
}

async fn damaged_by(sql: &str) -> Shop {
    let template = template().await;
    let data = of_template(&template);
    assert!(opened(data.path()).execute(sql, []).unwrap() > 0);
    Shop::open_in(data, settings())
}

impl Shop {
    async fn send(&self, number: usize) {
        assert!(all_applied(
            &self.replace(vec![objects().remove(number)]).await
        ));
    }

    fn sums_missing(&self) -> i64 {
        let sql = "SELECT count(*) FROM heads WHERE sum IS NULL";
        let store = opened(self.data.path());
        store.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// A flipped bit in a generation, a type or an end decided what was deleted.
#[rstest::rstest]
#[case::generation("generation = 'mew' WHERE identity = 'p4'", 4)]
#[case::generation_of_the_other("generation = 'new' WHERE identity = 'p5'", 5)]
#[case::no_generation("generation = NULL WHERE identity = 'p4'", 4)]
#[case::kind("type = 'prodect' WHERE identity = 'p5'", 5)]
#[case::end("active_to = 1000 WHERE identity = 'p4'", 4)]
#[case::beginning("active_from = 1000 WHERE identity = 'p4'", 4)]
#[case::version("version = version + 64 WHERE identity = 'p4'", 4)]
#[case::hash("hash = zeroblob(16) WHERE identity = 'p4'", 4)]
#[case::source("source = 'a', row_key = '=' WHERE identity = 'p4'", 4)]
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_head_decides_nothing_and_is_mended_by_sending_its_object(
    #[case] set: &str,
    #[case] number: usize,
) {
    let shop = damaged_by(&format!("UPDATE heads SET {set}")).await;
    shop.examined();
    assert!(shop.problems().contains("left out"), "{}", shop.problems());
    let findings = shop.check().findings;
    assert!(!findings.is_empty());
    assert_eq!(shop.heads().len(), OBJECTS - 1);
    let mut looks = purge::Looks::default();
    shop.purge(Duration::ZERO, &mut looks, Duration::from_secs(1_000_000));

    // All of the other generation go but the one nobody can judge.
    let odd = OBJECTS as u64 / 2;
    let count = if number % 2 == 1 { odd - 1 } else { odd };
    assert_eq!(
        shop.commit("product", "new").await,
        CommitOutcome::Deleted { count }
    );
    let identity = format!("p{number}");
    assert!(
        shop.found().await.contains_key(&identity),
        "it is shown still"
    );

    shop.send(number).await;
    // Where its version was damaged, the index is made again meanwhile.
    let last = shop.stored_sequence();
    shop.engine
        .wait_visible(&site(), last.into())
        .await
        .unwrap();
    let began = std::time::Instant::now();
    while shop
        .engine
        .search(
            &site(),
            SearchQuery::everything(Timestamp::from_millis(NOW_MS)),
        )
        .await
        .is_err()
    {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{}",
            shop.problems()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(shop.problems(), "");
    assert_eq!(shop.found().await.len(), OBJECTS - count as usize);
    assert!(shop.heads().contains_key(&identity));
    let shop = shop.reopen();
    shop.examined();
    assert_eq!(shop.problems(), "");
    if !set.starts_with("version") {
        let findings = shop.check().findings;
        assert!(findings.is_empty(), "{findings:?}");
    }
}

/// A row that an index leads to may be that of another object.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_head_can_be_deleted() {
    let shop = damaged_by("UPDATE heads SET generation = 'mew' WHERE identity = 'p4'").await;
    shop.examined();
    assert_eq!(shop.delete_one("p4", "product").await, Outcome::Applied);
    assert_eq!(shop.problems(), "");
    assert_eq!(shop.found().await.len(), OBJECTS - 1);
    assert!(shop.check().findings.is_empty());
}

/// Folders of before there were checksums, and of an earlier program that was used in between, are no damage.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_checksums_of_heads_is_given_them_and_is_never_called_damaged() {
    let template = template().await;
    let data = of_template(&template);
    let store = opened(data.path());
    for table in ["heads", "log", "sources"] {
        let sql = format!("ALTER TABLE {table} DROP COLUMN sum");
        store.execute_batch(&sql).unwrap();
    }
    store
        .execute_batch(
            "DROP INDEX heads_by_row_key;
             CREATE INDEX heads_by_row ON heads (source, row_key) WHERE row_key > '=';",
        )
        .unwrap();
    let before = check::check(data.path(), &site()).unwrap();
    assert!(before.findings.is_empty(), "{before:?}");
    let shop = Shop::open_in(data, settings());
    shop.examined();
    assert_eq!((shop.problems().as_str(), shop.sums_missing()), ("", 0));
    assert_eq!(shop.heads().len(), OBJECTS);

    // What a program does that knows no checksums: its index, and writes without them.
    shop.engine.close().await;
    store
        .execute_batch(
            "CREATE INDEX IF NOT EXISTS heads_by_row ON heads (source, row_key) WHERE row_key > '=';
             UPDATE heads SET generation = 'newer' WHERE identity = 'p4';",
        )
        .unwrap();
    let shop = shop.reopen();
    shop.examined();
    assert_eq!((shop.problems().as_str(), shop.sums_missing()), ("", 0));
    assert_eq!(shop.heads().len(), OBJECTS);
    assert!(shop.check().findings.is_empty());
}

/// Rows gone from a table without a trace in it were never missed.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_the_store_that_does_not_fit_is_told_and_nothing_more_is_written() {
    let template = template().await;
    let data = of_template(&template);
    let file = store::path(&folder::of_site(data.path(), &site()));
    let mut bytes = std::fs::read(&file).unwrap();
    // Of the index of identities alone: the pages of tables begin otherwise.
    let leaves = bytes.chunks_mut(4096).filter(|page| page[0] == 0x0a);
    let key = leaves.filter_map(|page| {
        let at = page.windows(4).position(|bytes| bytes == b"p123")?;
        Some(&mut page[at])
    });
    for byte in key {
        *byte ^= 1;
    }
    std::fs::write(&file, bytes).unwrap();
    let shop = Shop::open_in(data, settings());
    shop.examined();
    assert!(shop.problems().contains("read-only"), "{}", shop.problems());
    assert!(shop.try_replace(vec![product("p1", "Boot")]).await.is_err());
}

/// A damaged entry of the log told the index to hide another object.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_group_of_the_log_makes_the_index_from_the_heads() {
    let shop = Shop::open();
    super::crash::stop_indexing(&shop);
    shop.replace(vec![product("p1", "One"), product("p2", "Two")])
        .await;
    shop.replace(vec![product("p1", "Other")]).await;
    let data = tempfile::tempdir().unwrap();
    super::crash::copy(shop.data.path(), data.path());
    let sql = "UPDATE log SET operations = x'0000' WHERE sequence = 2";
    assert_eq!(opened(data.path()).execute(sql, []).unwrap(), 1);
    let report = check::check(data.path(), &site()).unwrap();
    assert!(!report.findings.is_empty());
    let shop = Shop::open_in(data, settings());
    assert_eq!(shop.found().await, titles([("p1", "Other"), ("p2", "Two")]));
    assert_eq!(shop.problems(), "");
}

/// Numbers that were given out once are not given out again.
#[tokio::test(flavor = "multi_thread")]
async fn counters_that_lost_a_bit_are_raised() {
    let shop = damaged_by("UPDATE meta SET next_version = 2, next_first_seen = 1").await;
    shop.replace(vec![product("p1000", "New")]).await;
    assert_eq!(shop.found().await.len(), OBJECTS + 1);
    assert!(shop.check().findings.is_empty());
}

/// A damaged bookmark is none: the source is read from its beginning.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_bookmark_is_none() {
    let shop = damaged_by(
        "INSERT INTO sources (source, bookmark, sum) VALUES ('a', 'x', 1), ('b', 'y', NULL)",
    )
    .await;
    let source = |name| SourceName::new(name).unwrap();
    assert_eq!(
        shop.engine.bookmark(&site(), &source("a")).await.unwrap(),
        None
    );
    let of_before = shop.engine.bookmark(&site(), &source("b")).await.unwrap();
    assert_eq!(of_before.as_deref(), Some("y"));
}

/// Writes that were acknowledged and lie behind damage in the write-ahead log were lost in silence.
#[tokio::test(flavor = "multi_thread")]
async fn writes_lost_with_a_damaged_log_file_are_told_until_somebody_took_note() {
    use std::os::unix::fs::FileExt;
    let shop = Shop::open();
    for n in 0..6 {
        shop.replace(vec![product(&format!("p{n}"), "One")]).await;
    }
    let data = tempfile::tempdir().unwrap();
    super::crash::copy(shop.data.path(), data.path());
    let folder = folder::of_site(data.path(), &site());
    let log = std::fs::File::options()
        .read(true)
        .write(true)
        .open(store::wal::path(&folder))
        .unwrap();
    let length = log.metadata().unwrap().len();
    let (at, mut byte) = (length / 2, [0]);
    log.read_exact_at(&mut byte, at).unwrap();
    log.write_all_at(&[byte[0] ^ 1], at).unwrap();
    let report = check::check(data.path(), &site()).unwrap();
    assert!(
        report
            .findings
            .listed
            .iter()
            .any(|finding| finding.contains("lost")),
        "{report:?}"
    );

    let shop = Shop::open_in(data, settings());
    assert!(
        shop.problems().contains("writes are lost"),
        "{}",
        shop.problems()
    );
    assert!(shop.found().await.len() < 6);
    let stats = shop.engine.stats(1).await;
    assert!(stats.by_site[0].open.as_ref().unwrap().lost_transactions > 0);
    let shop = shop.reopen();
    assert!(
        shop.problems().contains("writes are lost"),
        "{}",
        shop.problems()
    );
    assert!(!shop.check().findings.is_empty());
    std::fs::remove_file(store::wal::kept_path(&folder)).unwrap();
    let shop = shop.reopen();
    assert_eq!(shop.problems(), "");
    assert!(shop.check().findings.is_empty());
}
