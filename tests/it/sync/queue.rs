//! Rows wait for the writer as anything else does, and give back what they took.

use serde_json::json;
use tokio::task::JoinSet;

use super::{Shop, source};
use crate::support::{TestDatabase, TestServer, eventually};

const TABLE: &str = "create table items (
    id bigint primary key, title text, price float8, category text,
    is_deleted boolean not null default false)";

/// Rows of the sync, each as long as this.
const ROWS: usize = 600;
const TEXT_BYTES: usize = 4_000;

/// Less than a fifth of what all rows take.
const QUEUE_BYTES: usize = 1 << 20;

const WRITERS: usize = 40;

/// Issue 12: rows were queued with a size and released with none. Once they had come to as much as the
/// queue may hold, writes were refused until a restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_sync_leaves_the_write_queue_empty() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    let server = TestServer::builder()
        .set("limits.write_queue_bytes", QUEUE_BYTES)
        .sections(&source("batch = 20"))
        .variable("SHOP_DSN", &database.dsn())
        .start()
        .await;
    let client = database.connect().await;
    let shop = Shop {
        database,
        server,
        client,
    };
    shop.run(&format!(
        "insert into items (id, title) select n, n || repeat(' mug', {}) \
         from generate_series(1, {ROWS}) n",
        TEXT_BYTES / 4
    ))
    .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["indexed"], ROWS, "{status}");
    shop.server.at_rest().await;

    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let site = shop.site();
        writers.spawn(async move {
            let object = json!({
                "identity": format!("p{number}"),
                "type": "product",
                "fields": {"title": format!("Jug {number}")},
            });
            site.replace([object]).await.status
        });
    }
    let statuses = writers.join_all().await;
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    shop.server.at_rest().await;
}

/// What rows are refused, or are too many for the queue at a time, is given back as well.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_refused_or_deleted_hold_nothing() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 300).await;
    shop.run("update items set price = 'NaN' where id <= 20")
        .await;
    shop.sync().await;
    shop.run("delete from items where id between 100 and 200")
        .await;
    eventually("the deletions", async || {
        (shop.objects().await.len() == 300 - 20 - 101).then_some(())
    })
    .await;
    shop.server.at_rest().await;
}
