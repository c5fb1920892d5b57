//! Logs as `SQLite` writes them, damaged by hand: what is called lost is compared with what it then finds.

use std::os::unix::fs::FileExt;

use rusqlite::Connection;

use super::*;

const FRAME: u64 = 4096 + FRAME_HEADER_BYTES as u64;

/// A log of so many transactions, each of several pages, as a crash would leave it.
fn log_of(transactions: usize) -> tempfile::TempDir {
    let made = tempfile::tempdir().unwrap();
    let store = Connection::open(crate::engine::embedded::store::path(made.path())).unwrap();
    store
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE t (n INTEGER PRIMARY KEY, filling TEXT);",
        )
        .unwrap();
    for n in 1..transactions {
        let sql = "INSERT INTO t VALUES (?1, ?2)";
        store.execute(sql, (n as i64, "x".repeat(9_000))).unwrap();
    }
    copied(made.path())
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    std::fs::copy(
        crate::engine::embedded::store::path(from),
        crate::engine::embedded::store::path(to.path()),
    )
    .unwrap();
    std::fs::copy(path(from), path(to.path())).unwrap();
    to
}

/// Rows that `SQLite` finds in the end.
fn rows(folder: &Path) -> i64 {
    let store = Connection::open(crate::engine::embedded::store::path(folder)).unwrap();
    store
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap()
}

fn flip(folder: &Path, at: u64) {
    let log = File::options()
        .read(true)
        .write(true)
        .open(path(folder))
        .unwrap();
    let mut byte = [0];
    log.read_exact_at(&mut byte, at).unwrap();
    log.write_all_at(&[byte[0] ^ 4], at).unwrap();
}

fn seen(folder: &Path) -> Survey {
    survey(&path(folder)).unwrap()
}

#[test]
fn a_whole_log_has_lost_nothing() {
    let log = log_of(12);
    assert_eq!(seen(log.path()), Survey { found: 12, lost: 0 });
    assert_eq!(rows(log.path()), 11);
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(seen(nothing.path()), Survey::default());
}

/// Damage in the log made `SQLite` forget acknowledged writes behind it, and nobody said so.
#[test]
fn a_flipped_bit_before_other_transactions_is_seen_wherever_it_is() {
    let whole = log_of(12);
    let frames = (std::fs::metadata(path(whole.path())).unwrap().len() - 32) / FRAME;
    for frame in 0..frames / 2 {
        // Page number, size after the commit, both salts, both checksums, and the page.
        for within in [3, 7, 9, 13, 17, 21, 24, 2_000, FRAME - 1] {
            let log = copied(whole.path());
            flip(log.path(), 32 + frame * FRAME + within);
            let Survey { found, lost } = seen(log.path());
            assert!(lost > 0, "frame {frame}, byte {within}");
            assert!(found + lost <= 12);
            // The first transaction made the table.
            if found > 0 {
                assert_eq!(rows(log.path()), found as i64 - 1);
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_the_header_is_seen() {
    let whole = log_of(12);
    for at in 0..32 {
        let log = copied(whole.path());
        flip(log.path(), at);
        assert_eq!(seen(log.path()).found, 0, "byte {at}");
        assert!(seen(log.path()).lost > 0, "byte {at}");
    }
}

/// What a crash leaves of a transaction nobody was told of is no damage.
#[test]
fn a_log_that_ends_anywhere_has_lost_nothing() {
    let whole = log_of(6);
    let length = std::fs::metadata(path(whole.path())).unwrap().len();
    for end in (0..length).step_by(777) {
        let log = copied(whole.path());
        let file = File::options().write(true).open(path(log.path())).unwrap();
        file.set_len(end).unwrap();
        assert_eq!(seen(log.path()).lost, 0, "{end}");
        // Or with room that was never written.
        file.set_len(length).unwrap();
        assert_eq!(seen(log.path()).lost, 0, "{end} and nothing");
    }
}

/// The last transaction may have come to the disk in any order.
#[test]
fn a_last_transaction_of_which_some_is_missing_has_lost_nothing() {
    let whole = log_of(6);
    let length = std::fs::metadata(path(whole.path())).unwrap().len();
    for missing in 1..=2 {
        let log = copied(whole.path());
        let file = File::options().write(true).open(path(log.path())).unwrap();
        let at = length - missing * FRAME;
        file.write_all_at(&[0; 512], at).unwrap();
        assert_eq!(seen(log.path()), Survey { found: 5, lost: 0 });
    }
}

/// A log that is used again from its beginning has frames of before behind those of now.
#[test]
fn frames_of_an_earlier_use_have_lost_nothing() {
    let made = tempfile::tempdir().unwrap();
    let store = Connection::open(crate::engine::embedded::store::path(made.path())).unwrap();
    store
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE t (n INTEGER PRIMARY KEY, filling TEXT);",
        )
        .unwrap();
    let insert = |n: i64| {
        let sql = "INSERT INTO t VALUES (?1, ?2)";
        store.execute(sql, (n, "x".repeat(9_000))).unwrap();
    };
    (0..10).for_each(insert);
    store
        .query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))
        .unwrap();
    (10..13).for_each(insert);
    let log = copied(made.path());
    assert_eq!(seen(log.path()), Survey { found: 3, lost: 0 });
    flip(log.path(), 32 + 100);
    assert!(seen(log.path()).lost > 0);
}

/// Where the log is written meanwhile, half a frame may be seen once.
#[test]
fn a_log_that_is_being_written_has_lost_nothing() {
    let made = tempfile::tempdir().unwrap();
    let store = Connection::open(crate::engine::embedded::store::path(made.path())).unwrap();
    store
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 40;
             CREATE TABLE t (n INTEGER PRIMARY KEY, filling TEXT);",
        )
        .unwrap();
    let log = path(made.path());
    let writing = std::thread::spawn(move || {
        for n in 0..400 {
            let sql = "INSERT INTO t VALUES (?1, ?2)";
            store.execute(sql, (n, "x".repeat(9_000))).unwrap();
        }
    });
    while !writing.is_finished() {
        assert_eq!(survey_beside_a_writer(&log).unwrap().lost, 0);
    }
    writing.join().unwrap();
}
