//! What a sync refuses to do, and rows that are no objects.

use super::Shop;
use crate::support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_deletes_nothing_whatever_is_asked() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 10).await;
    shop.sync().await;
    let before = shop.objects().await;
    shop.run("delete from items").await;
    for query in ["", "?force=1"] {
        let status = shop.sync_with(query).await;
        assert_eq!(status["status"], "failed", "{status}");
        let error = status["last_error"].as_str().expect("a reason");
        assert!(error.contains("nothing was deleted"), "{error}");
        assert_eq!(status["deleted"], 0);
        assert_eq!(shop.objects().await, before, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_does_not_shrink_to_less_than_half_unless_forced() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 100).await;
    shop.sync().await;
    shop.run("delete from items where id > 50").await;
    assert_eq!(shop.sync().await["status"], "complete", "half is left");
    shop.run("delete from items where id > 24").await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "failed", "{status}");
    assert_eq!(shop.objects().await.len(), 50);
    let status = shop.sync_with("?force=1").await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["deleted"], 26);
    assert_eq!(shop.objects().await, shop.wanted().await);
}

/// Objects that came another way count too: they would go as well.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_sync_is_guarded_as_well() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    let items = (0..10).map(|n| {
        serde_json::json!({"identity": format!("x{n}"), "type": "item", "fields": {"title": "x"}})
    });
    shop.site().replace(items).await.ok();
    shop.insert(1, 3).await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "failed", "{status}");
    // A sync that fails waits for no index.
    eventually("all to be found", async || {
        (shop.objects().await.len() == 13).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_is_counted_and_its_old_object_kept() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 10).await;
    shop.run("update items set category = 'Rare' where id = 2")
        .await;
    shop.sync().await;
    let before = shop.objects().await;
    shop.run("update items set price = 'NaN' where id = 1")
        .await;
    shop.run("update items set title = null, category = null where id = 2")
        .await;
    shop.run("insert into items (id, title, price) values (11, 'x', 'Infinity')")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "complete", "{status}");
    assert!(status["failed"].as_u64() >= Some(3), "{status}");
    let errors = status["errors"].as_array().expect("errors");
    let of = |key: &str| {
        let found = errors.iter().find(|error| error["key"] == key);
        found.map(|error| error["reason"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(
        of("1").as_deref(),
        Some("price: NaN is no number to search for")
    );
    assert_eq!(of("2").as_deref(), Some("title: must be filled"));
    assert_eq!(
        of("11").as_deref(),
        Some("price: Infinity is no number to search for")
    );
    assert_eq!(
        shop.objects().await,
        before,
        "old objects stay, bad new ones do not come"
    );
    // What was nested in an object that stays, stays with it.
    assert_eq!(
        shop.site().search("f[]=type:category").await.identities(),
        ["c-Rare"]
    );
    // A row that was bad and is gone is gone.
    shop.run("delete from items where id = 2").await;
    shop.sync().await;
    assert!(!shop.objects().await.contains_key("2"));
    assert_eq!(shop.site().search("f[]=type:category").await.total(), 0);
}

/// The type of an attribute is fixed by its first value; only the catalog knows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_catalog_refuses_is_counted_too() {
    // Its name makes it a date.
    let query = "select i.id as key, i.title, 'soon' as introduced_at from items i";
    let Some(shop) = Shop::open_with(query, "").await else {
        return;
    };
    shop.insert(1, 2).await;
    let status = shop.sync().await;
    assert_eq!(status["failed"], 2, "{status}");
    assert_eq!(
        status["status"], "failed",
        "nothing made an object: {status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_may_ask_to_stop_at_the_first_bad_row() {
    let Some(shop) = Shop::open("on_row_error = \"abort\"").await else {
        return;
    };
    shop.insert(1, 5).await;
    shop.sync().await;
    shop.run("delete from items where id = 1; update items set title = ' ' where id = 3")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "failed", "{status}");
    assert_eq!(status["last_error"], "row `3`: title: must be filled");
    assert_eq!(shop.objects().await.len(), 5, "nothing was deleted");
}
