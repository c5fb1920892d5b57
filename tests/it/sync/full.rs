//! A full sync: what is in the catalog after it, and what nobody sees during it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::Shop;
use crate::support::{eventually, product};

#[tokio::test(flavor = "multi_thread")]
async fn every_row_becomes_an_object_and_what_is_gone_is_gone() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 250).await;
    shop.run("update items set category = 'Cups' where id <= 10")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["total"], 250);
    assert_eq!(status["indexed"], 250);
    assert_eq!(status["deleted"], 0);
    assert_eq!(shop.objects().await, shop.wanted().await);
    let categories = shop.site().search("f[]=type:category").await;
    assert_eq!(categories.identities(), ["c-Cups"]);

    // Hard deletes are not told to anybody here; the next sync finds out. So are columns that are null
    // now, and categories that nothing is in any more.
    shop.run("delete from items where id between 50 and 99")
        .await;
    shop.run("update items set price = null, category = null where id <= 20")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["deleted"], 51, "{status}");
    assert_eq!(status["skipped"], 180, "{status}");
    assert_eq!(shop.objects().await, shop.wanted().await);
    assert_eq!(shop.site().search("f[]=type:category").await.total(), 0);
}

/// Old objects stay until the commit, new ones show as they come: the count never falls below what it
/// was and will be.
#[tokio::test(flavor = "multi_thread")]
async fn a_searcher_never_sees_fewer_objects_than_before_and_after() {
    let Some(shop) = Shop::open("throttle = 2000\nshrink_guard = 0\nbatch = 50").await else {
        return;
    };
    shop.insert(1, 600).await;
    shop.sync().await;
    // 400 go, 100 come: 300 are there at the end.
    shop.run("delete from items where id <= 400").await;
    shop.insert(601, 700).await;
    let shop = Arc::new(shop);
    let ended = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn({
        let (shop, ended) = (Arc::clone(&shop), Arc::clone(&ended));
        async move {
            let mut seen = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                seen.push(shop.site().search("f[]=type:item&size=0").await.total());
            }
            seen
        }
    });
    let status = shop.sync().await;
    ended.store(true, Ordering::Relaxed);
    assert_eq!(status["deleted"], 400, "{status}");
    let seen = watching.await.expect("the watcher ends");
    assert_eq!(shop.objects().await, shop.wanted().await);
    let fell = seen.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(
        fell <= 1,
        "more than the commit took objects away: {seen:?}"
    );
    assert!(
        seen.iter().all(|count| (300..=700).contains(count)),
        "{seen:?}"
    );
    let before_commit = seen.iter().take_while(|count| **count >= 600).count();
    assert!(
        seen[before_commit..].iter().all(|count| *count == 300),
        "{seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_of_the_same_rows_writes_nothing_anew() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 120).await;
    let first = shop.sync().await;
    let second = shop.sync().await;
    assert_eq!(second["skipped"], 120, "{second}");
    assert_ne!(first["generation"], second["generation"]);
    assert_ne!(first["sync_id"], second["sync_id"]);
}

/// `Overwrite: each sync completely re-indexes`: objects of the type that came by other ways go.
#[tokio::test(flavor = "multi_thread")]
async fn a_type_belongs_to_its_source_and_other_types_do_not() {
    let Some(shop) = Shop::open("shrink_guard = 0").await else {
        return;
    };
    shop.insert(1, 3).await;
    let item = json!({"identity": "x1", "type": "item", "fields": {"title": "By hand"}});
    shop.site().replace([item, product("p1").into()]).await.ok();
    let status = shop.sync().await;
    assert_eq!(status["deleted"], 1, "{status}");
    assert_eq!(shop.objects().await, shop.wanted().await);
    assert_eq!(shop.site().search("f[]=type:product").await.total(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_type_keeps_what_others_sent() {
    let Some(shop) = Shop::open("owner = \"shared\"").await else {
        return;
    };
    shop.insert(1, 4).await;
    let item = json!({"identity": "x1", "type": "item", "fields": {"title": "By hand"}});
    shop.site().replace([item]).await.ok();
    shop.sync().await;
    shop.run("delete from items where id = 1").await;
    // Taken over by somebody else: not the source's any more, though it is gone from there.
    let taken = json!({"identity": "2", "type": "item", "fields": {"title": "Taken over"}});
    shop.site().replace([taken]).await.ok();
    shop.run("delete from items where id = 2").await;
    let status = shop.sync().await;
    assert_eq!(status["deleted"], 1, "{status}");
    let left: Vec<String> = shop.objects().await.into_keys().collect();
    assert_eq!(left, ["2", "3", "4", "x1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sync_deletes_nothing() {
    let Some(shop) = Shop::open("throttle = 500\nshrink_guard = 0").await else {
        return;
    };
    shop.insert(1, 100).await;
    shop.sync().await;
    shop.run("delete from items where id <= 50").await;
    shop.insert(1_001, 3_000).await;
    let none = shop.ask("DELETE", "").await.status(200).json();
    assert_eq!(none, json!({"message": "No product sync is running."}));
    shop.start("").await.status(200);
    eventually("the sync to have begun reading", async || {
        (shop.status().await["indexed"].as_u64() > Some(0)).then_some(())
    })
    .await;
    let cancelled = shop.ask("DELETE", "").await.status(200).json();
    assert_eq!(
        cancelled,
        json!({"message": "Product sync is being cancelled."})
    );
    let status = super::shop::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "cancelled", "{status}");
    assert_eq!(status["deleted"], 0);
    let old = shop
        .site()
        .search("f[]=type:item&f[]=title:Item 1&size=0")
        .await;
    assert_eq!(
        old.total(),
        1,
        "deleted in the database, and never committed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changes_its_name_is_not_there_twice() {
    let query = "select i.id as key, 'sku-' || i.price as identity, i.title from items i";
    let Some(database) = crate::support::TestDatabase::new().await else {
        return;
    };
    database
        .run("create table items (id bigint primary key, title text, price int)")
        .await;
    let shop = Shop::serve(database, &super::shop::source_of(query, "")).await;
    shop.run("insert into items values (1, 'One', 10), (2, 'Two', 20)")
        .await;
    shop.sync().await;
    let names = async || -> Vec<String> { shop.objects().await.into_keys().collect() };
    assert_eq!(names().await, ["sku-10", "sku-20"]);
    shop.run("update items set price = 11 where id = 1").await;
    shop.sync().await;
    assert_eq!(names().await, ["sku-11", "sku-20"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_is_lost_is_filled_again_by_one_sync() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 130).await;
    shop.sync().await;
    let wanted = shop.wanted().await;
    let Shop {
        database, server, ..
    } = shop;
    server.stop().await;
    let shop = Shop::serve(database, &super::source("")).await;
    assert!(shop.objects().await.is_empty());
    assert_eq!(shop.status().await["status"], "idle");
    shop.sync().await;
    assert_eq!(shop.objects().await, wanted);
}
