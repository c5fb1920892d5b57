//! Starts after starts that did not get far: what they left is no damage, and what they did is done again.

use std::fs;

use super::crash::{crashed, stop_indexing};
use super::*;

/// Names of the segments an index has.
fn segments(shop: &Shop) -> Vec<String> {
    let files = fs::read_dir(rebuild::index_folder(&shop.folder())).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let names = names.filter_map(|name| Some(name.strip_suffix(".term")?.to_owned()));
    names.collect()
}

/// Killed while it catches up, the server leaves files of the names that the next start gives again.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_after_one_that_was_killed_while_catching_up_takes_the_index_as_it_is() {
    let shop = Shop::open();
    shop.replace((0..40).map(|n| product(&format!("p{n}"), "Shoe")).collect())
        .await;
    shop.found().await;
    let shop = shop.reopen();
    stop_indexing(&shop);
    shop.replace(vec![product("p1", "Boot")]).await;
    shop.delete_one("p2", "product").await;
    let after = crashed(&shop);
    let expected = after.found_now().await;
    let (before, index) = (segments(&shop), rebuild::index_folder(&shop.folder()));
    drop(after);

    // Every file that a writer may leave without a commit: deletions of all stamps, half segments, lists.
    let mut left = Vec::new();
    for segment in &before {
        left.extend((0..200).map(|stamp| format!("{segment}.{stamp}.del")));
    }
    left.extend(["0123456789abcdef0123456789abcdef.idx", ".tmpHalf"].map(str::to_owned));
    let committed: Vec<_> = left
        .iter()
        .filter(|name| index.join(name).exists())
        .cloned()
        .collect();
    for name in left.iter().filter(|name| !committed.contains(name)) {
        fs::write(index.join(name), b"half").unwrap();
    }
    let began = std::time::Instant::now();
    let after = crashed(&shop);
    assert_eq!(after.found_now().await, expected);
    assert_eq!(after.engine.readiness().problems, []);
    // Not made anew: what was there is there still.
    let now = segments(&after);
    assert!(
        before.iter().all(|segment| now.contains(segment)),
        "{before:?} {now:?}"
    );
    let index = rebuild::index_folder(&after.folder());
    let halves = left.iter().filter(|name| {
        !committed.contains(name) && fs::read(index.join(name)).is_ok_and(|file| file == b"half")
    });
    assert_eq!(halves.count(), 0, "after {:?}", began.elapsed());
    let report = after.check();
    assert!(report.findings.is_empty(), "{report:?}");
}

/// An index that is whole serves, whatever keeps it from going on.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_serves_what_the_index_holds_and_goes_on_when_there_is_room() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    shop.found().await;
    let shop = shop.reopen();
    stop_indexing(&shop);
    shop.replace(vec![product("p1", "Boot")]).await;
    shop.replace(vec![product("p2", "Sock")]).await;
    let data = tempfile::tempdir().unwrap();
    crash::copy(shop.data.path(), data.path());
    let full = data.path().to_owned();
    index::faults::fill_disk(&full, true);
    let after = Shop::open_in(data, settings());
    assert_eq!(after.found_now().await, titles([("p1", "Shoe")]));
    let readiness = after.engine.readiness();
    assert_eq!(readiness.serving, 1);
    let reason = &readiness.problems[0].reason;
    assert!(reason.contains("group 1 of 3"), "{reason}");
    let stats = after.engine.stats(1).await;
    let open = stats.by_site[0].open.as_ref().unwrap();
    assert_eq!((open.visible, open.store.unwrap().written), (1, 3));

    index::faults::fill_disk(&full, false);
    assert_eq!(
        after.found().await,
        titles([("p1", "Boot"), ("p2", "Sock")])
    );
    let report = after.check();
    assert!(report.findings.is_empty(), "{report:?}");
}
