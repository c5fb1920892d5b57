//! What a full or failing disk does: nothing acknowledged is lost, nothing is half applied, searches
//! go on.

use super::*;

fn unavailable_reason(result: Result<WriteReport, EngineError>) -> String {
    match result {
        Err(EngineError::Unavailable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// Too large for the pages a file of this size has left.
fn large_batch() -> Vec<Object> {
    let filler = |n: usize| {
        let mut parts = parts(&format!("p{n}"), "Filler");
        let words: Vec<String> = (0..400).map(|word| format!("w{}", word * n)).collect();
        parts.fields.insert("text", words.join(" ").as_str().into());
        Object::new(parts).unwrap()
    };
    (100..200).map(filler).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_until_there_is_space_again() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    shop.catalog().faults.fill_disk();
    let mut batch = large_batch();
    batch.insert(0, product("p1", "Boot"));
    let reason = unavailable_reason(shop.try_replace(batch.clone()).await);
    assert!(reason.contains("full"), "{reason}");
    assert_eq!(shop.found().await, titles([("p1", "Shoe")]));
    assert_eq!(shop.heads().len(), 1);
    assert_eq!(shop.engine.readiness().problems.len(), 1);

    shop.catalog().faults.free_disk();
    assert!(all_applied(&shop.replace(batch).await));
    assert_eq!(shop.found().await.len(), 101);
    assert_eq!(shop.engine.readiness().problems, []);
    let report = shop.check();
    assert!(report.findings.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_disk_reserve_nothing_is_written() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let data = shop.data;
    drop(shop.engine);
    let shop = Shop::open_in(
        data,
        EmbeddedSettings {
            disk_reserve_bytes: u64::MAX,
            ..settings()
        },
    );
    let reason = unavailable_reason(shop.try_replace(vec![product("p2", "Sock")]).await);
    assert!(reason.contains("reserve"), "{reason}");
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
    assert_eq!(shop.engine.readiness().serving, 1);
    assert_eq!(shop.engine.readiness().problems.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_makes_the_site_read_only_for_good() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    shop.catalog().faults.break_sync(true);
    // Nobody can say whether it reached the disk.
    let in_doubt = shop.try_replace(vec![product("p1", "Boot")]).await;
    assert!(
        matches!(in_doubt, Err(EngineError::InDoubt { .. })),
        "{in_doubt:?}"
    );

    // A later sync that says it worked proves nothing.
    shop.catalog().faults.break_sync(false);
    let reason = unavailable_reason(shop.try_replace(vec![product("p2", "Sock")]).await);
    assert!(reason.contains("read-only"), "{reason}");
    assert_eq!(shop.found().await, titles([("p1", "Shoe")]));
    let readiness = shop.engine.readiness();
    assert_eq!(readiness.serving, 1);
    assert!(readiness.problems[0].reason.contains("read-only"));

    // An operator has looked at the disk and starts the server again.
    let shop = shop.reopen();
    assert!(all_applied(
        &shop.replace(vec![product("p1", "Boot")]).await
    ));
    assert_eq!(shop.found().await, titles([("p1", "Boot")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_in_a_large_request_keeps_what_was_acknowledged_before() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    shop.catalog().faults.fill_disk();
    let reason = unavailable_reason(shop.try_replace(large_batch()).await);
    assert!(reason.contains("full"), "{reason}");
    let shop = shop.reopen();
    assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
}

/// Five thousand objects, of which four thousand would find room.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_request_that_fails_in_the_middle_is_not_applied_in_part() {
    let shop = Shop::open();
    let many = |title: &str| {
        let objects = (0..5_000).map(|n| product(&format!("p{n}"), title));
        objects.collect::<Vec<Object>>()
    };
    shop.catalog().faults.leave_pages(150);
    let reason = unavailable_reason(shop.try_replace(many("Shoe")).await);
    assert!(reason.contains("full"), "{reason}");
    assert_eq!(shop.heads().len(), 0);

    // A thousand of them do fit.
    assert!(all_applied(
        &shop.replace(many("Shoe").split_off(4_000)).await
    ));
    shop.catalog().faults.free_disk();
    assert!(all_applied(&shop.replace(many("Boot")).await));
    let found = shop.found().await;
    assert_eq!(found.len(), 5_000);
    assert!(found.values().all(|title| title == "Boot"));
}
