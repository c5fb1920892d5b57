//! Auto-indexing: what changes in the database is found without anybody calling.

use serde_json::json;

use super::Shop;
use crate::support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_come_change_and_go_are_followed() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 20).await;
    shop.sync().await;
    shop.run("insert into items (id, title, category) values (100, 'New', 'Cups')")
        .await;
    shop.in_step().await;
    shop.run("update items set title = 'Changed', price = null where id <= 5")
        .await;
    shop.in_step().await;
    shop.run("delete from items where id = 3").await;
    shop.in_step().await;
    // A key that changes is a row that goes and a row that comes.
    shop.run("update items set id = 200 where id = 100").await;
    shop.in_step().await;
    let categories = shop.site().search("f[]=type:category").await;
    assert_eq!(categories.identities(), ["c-Cups"]);
    let status = shop.status().await;
    assert_eq!(status["auto_indexing"]["mode"], "outbox", "{status}");
    eventually("an empty outbox", async || {
        let pending = &shop.status().await["auto_indexing"]["pending"];
        (*pending == json!(0)).then_some(())
    })
    .await;
}

/// What is followed without a sync ever having run has no marker yet, and is there all the same.
#[tokio::test(flavor = "multi_thread")]
async fn changes_before_the_first_sync_are_followed_too() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 5).await;
    shop.in_step().await;
    assert_eq!(shop.sync().await["deleted"], 0);
    shop.in_step().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_table_that_is_filled_again_is_read_anew() {
    let Some(shop) = Shop::following("shrink_guard = 0").await else {
        return;
    };
    shop.insert(1, 30).await;
    shop.sync().await;
    shop.run("begin; truncate items; insert into items (id, title) values (7, 'Seven'); commit")
        .await;
    shop.in_step().await;
}

/// Numbers of the outbox become visible out of order: the transaction that took the lower one ends last.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_end_in_the_other_order_are_both_followed() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 2).await;
    shop.sync().await;
    let slow = shop.database.connect().await;
    let quick = shop.database.connect().await;
    let run = async |client: &tokio_postgres::Client, sql: &str| {
        client.batch_execute(sql).await.expect("a good statement");
    };
    run(&slow, "begin; update items set title = 'Slow' where id = 1").await;
    run(
        &quick,
        "begin; update items set title = 'Quick' where id = 2",
    )
    .await;
    let numbers = slow
        .query_one("select max(seq) from search_sync.outbox", &[])
        .await
        .expect("its own entry");
    let slow_number: i64 = numbers.get(0);
    run(&quick, "commit").await;
    eventually("the quick one", async || {
        let objects = shop.objects().await;
        (objects["2"]["title"] == "Quick").then_some(())
    })
    .await;
    run(&slow, "commit").await;
    shop.in_step().await;
    let last = shop
        .client
        .query_one(
            "select nextval(pg_get_serial_sequence('search_sync.outbox', 'seq'))",
            &[],
        )
        .await
        .expect("a number");
    assert!(
        slow_number < last.get::<_, i64>(0) - 1,
        "the quick one came after the slow one"
    );
}

/// The commit of a sync deletes what it did not mark; what is followed meanwhile is marked.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_followed_while_a_sync_runs_survives_its_commit() {
    let Some(shop) = Shop::following("throttle = 1000\nbatch = 50").await else {
        return;
    };
    shop.insert(1_000, 1_600).await;
    shop.sync().await;
    shop.start("").await.status(200);
    eventually("the sync to be under way", async || {
        (shop.status().await["indexed"].as_u64() > Some(100)).then_some(())
    })
    .await;
    // Behind the place where the sync is, with a category that nothing else is in.
    shop.run("insert into items (id, title, category) values (1, 'Early', 'Rare')")
        .await;
    eventually("the new row", async || {
        shop.objects().await.contains_key("1").then_some(())
    })
    .await;
    let status = shop.status().await;
    assert_eq!(
        status["status"], "running",
        "the sync was to be running still"
    );
    shop.run("delete from items where id = 1001").await;
    let status = super::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(shop.objects().await, shop.wanted().await);
    let categories = shop.site().search("f[]=type:category").await;
    assert_eq!(categories.identities(), ["c-Rare"]);
}

/// Between syncs what is written carries the last committed marker, nested objects included.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_followed_between_syncs_has_the_committed_generation() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 3).await;
    let status = shop.sync().await;
    let generation = status["generation"]
        .as_str()
        .expect("a generation")
        .to_owned();
    shop.run("insert into items (id, title, category) values (9, 'Nine', 'Rare')")
        .await;
    shop.in_step().await;
    for object_type in ["item", "category"] {
        let answer = shop.site().commit(object_type, &generation).await.ok();
        assert_eq!(answer.json(), json!({"deleted_count": 0}), "{object_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_update_is_followed_to_its_end() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 3_000).await;
    shop.sync().await;
    shop.run("update items set title = 'Sale ' || id").await;
    shop.in_step().await;
}

/// A key that cannot be one must not keep the others waiting.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_makes_no_sense_is_left_behind() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 3).await;
    shop.sync().await;
    shop.run(
        "insert into search_sync.outbox (source, rel, key) values ('items', 'public.items', 'x'); \
         update items set title = 'After' where id = 2",
    )
    .await;
    shop.in_step().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_other_sources_are_left_alone() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.run(
        "insert into search_sync.outbox (source, rel, key) values ('others', 'public.items', '1')",
    )
    .await;
    shop.insert(1, 2).await;
    shop.in_step().await;
    let left = shop
        .client
        .query("select source from search_sync.outbox", &[])
        .await;
    let left = left.expect("the outbox");
    eventually("the own entries to go", async || {
        let left = shop
            .client
            .query("select source from search_sync.outbox", &[])
            .await;
        (left.expect("the outbox").len() == 1).then_some(())
    })
    .await;
    assert!(left.iter().any(|row| row.get::<_, &str>(0) == "others"));
}
