//! A database that goes away, comes back, or refuses: told, waited out, and nothing is lost.

use std::future::ready;

use super::shop::server_of;
use super::{Shop, source};
use crate::support::{TestDatabase, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_listening_connection_that_is_ended_comes_back() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 5).await;
    shop.sync().await;
    for round in 0..3 {
        let ended = shop
            .client
            .query(
                "select pg_terminate_backend(pid) from pg_stat_activity \
                 where datname = current_database() and application_name = 'vetrina items'",
                &[],
            )
            .await
            .expect("an administrator may");
        assert!(!ended.is_empty(), "nobody was connected in round {round}");
        shop.run(&format!(
            "update items set title = 'Round {round}' where id <= 3"
        ))
        .await;
        shop.in_step().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_restarted_is_followed_again() {
    let Some(database) = TestDatabase::alone().await else {
        return;
    };
    let Some(shop) = Shop::following_in(database, "").await else {
        return;
    };
    shop.insert(1, 50).await;
    shop.sync().await;
    let cluster = shop.database.cluster.clone();
    cluster.stop();
    let answer = shop.start("").await.status(503);
    assert_eq!(answer.text(), r#"{"error":"Database is not available"}"#);
    assert_eq!(shop.site().search("f[]=type:item&size=0").await.total(), 50);
    eventually("the trouble to be told", async || {
        let status = shop.status().await;
        (!status["last_error"].is_null()).then_some(())
    })
    .await;
    cluster.start_again();
    let shop = shop.reconnected().await;
    shop.run("delete from items where id <= 10; update items set title = 'Back' where id = 20")
        .await;
    shop.in_step().await;
    eventually("the trouble to be over", async || {
        let status = shop.status().await;
        status["last_error"].is_null().then_some(())
    })
    .await;
}

/// The sync stops at the page it is at and goes on when the database is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_a_sync_does_not_end_it() {
    let Some(database) = TestDatabase::alone().await else {
        return;
    };
    let Some(shop) = Shop::following_in(database, "throttle = 500\nbatch = 50").await else {
        return;
    };
    shop.insert(1, 700).await;
    let started = shop.start("").await.status(200).json();
    eventually("the sync to be under way", async || {
        (shop.status().await["indexed"].as_u64() > Some(100)).then_some(())
    })
    .await;
    let cluster = shop.database.cluster.clone();
    cluster.stop();
    cluster.start_again();
    let status = super::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["sync_id"], started["sync_id"]);
    assert_eq!(status["indexed"], 700, "no page was read twice: {status}");
    let shop = shop.reconnected().await;
    assert_eq!(shop.objects().await, shop.wanted().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_taken_away_are_told_and_given_back() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let role = format!("{}_sync", database.name);
    database.run(&format!("create role {role} login")).await;
    let Some(shop) = Shop::following_in(database, "").await else {
        return;
    };
    let grants = format!(
        "grant select on items to {role}; grant usage on schema search_sync to {role}; \
         grant select, delete on search_sync.outbox to {role}"
    );
    shop.run(&grants).await;
    let (dsn, sections) = (shop.database.dsn_of(&role), source(""));
    let shop = shop.handed_to(server_of(&dsn, &sections)).await;
    shop.insert(1, 5).await;
    shop.sync().await;
    shop.run(&format!("revoke select on items from {role}"))
        .await;
    shop.run("update items set title = 'Unseen' where id = 1")
        .await;
    eventually("the missing right to be told", async || {
        let error = shop.status().await["last_error"].clone();
        let is_told = error
            .as_str()
            .is_some_and(|words| words.contains("permission denied"));
        is_told.then_some(())
    })
    .await;
    shop.run(&format!("grant select on items to {role}")).await;
    shop.in_step().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_fails_ends_the_sync_and_says_why() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 5).await;
    shop.sync().await;
    shop.run("alter table items rename column price to cost")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "failed", "{status}");
    let error = status["last_error"].as_str().expect("a reason");
    assert!(error.contains("price"), "{error}");
    assert_eq!(shop.objects().await.len(), 5);
    shop.run("alter table items rename column cost to price")
        .await;
    assert_eq!(shop.sync().await["status"], "complete");
}

/// One server works on a source; another waits, and takes over when the first is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_worked_on_by_one_server_at_a_time() {
    let Some(first) = Shop::following("").await else {
        return;
    };
    first.insert(1, 5).await;
    first.sync().await;
    let second = server_of(&first.database.dsn(), &source("")).await;
    eventually("the second server to say that it waits", async || {
        let status = super::shop::status(&second.base()).await;
        (status["last_error"] == "another server works on this source").then_some(())
    })
    .await;
    let shop = first.handed_to(ready(second)).await;
    shop.run("insert into items (id, title) values (6, 'Six')")
        .await;
    eventually("the second server to follow", async || {
        shop.objects().await.contains_key("6").then_some(())
    })
    .await;
}

/// A statement that takes too long, here for a lock, is told, and tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_takes_too_long_is_tried_again() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 150).await;
    let locking = shop.database.connect().await;
    let lock = "begin; lock table items in access exclusive mode";
    locking.batch_execute(lock).await.expect("a lock");
    shop.start("").await.status(200);
    // The worker may meet the lock before the sync does: then it is told while nothing runs yet.
    eventually("the timeout of a running sync to be told", async || {
        let status = shop.status().await;
        let words = status["last_error"].as_str().unwrap_or_default();
        (words.contains("lock timeout") && status["status"] == "running").then_some(())
    })
    .await;
    locking.batch_execute("rollback").await.expect("an end");
    let status = super::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
    eventually("nothing to be wrong any more", async || {
        shop.status().await["last_error"].is_null().then_some(())
    })
    .await;
    assert_eq!(shop.objects().await, shop.wanted().await);
}

/// Nobody has to wait for the database to cancel what waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_waits_for_its_database_can_be_cancelled() {
    let Some(database) = TestDatabase::alone().await else {
        return;
    };
    let Some(shop) = Shop::following_in(database, "throttle = 300\nbatch = 20").await else {
        return;
    };
    shop.insert(1, 400).await;
    shop.start("").await.status(200);
    eventually("the sync to be under way", async || {
        (shop.status().await["indexed"].as_u64() > Some(20)).then_some(())
    })
    .await;
    shop.database.cluster.stop();
    shop.ask("DELETE", "").await.status(200);
    let status = super::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "cancelled", "{status}");
}
