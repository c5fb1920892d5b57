//! Writers at work while a sync runs and after it: in the end the catalog is what the database has, every
//! key and every value.

use std::sync::Arc;

use super::Shop;
use crate::support::Chance;

const WRITERS: usize = 4;
const STATEMENTS: usize = 120;
const KEYS: u64 = 400;

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_becomes_what_the_database_has() {
    hold_in_step("throttle = 1500\nbatch = 40\nshrink_guard = 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_does_when_a_sync_reads_a_snapshot() {
    hold_in_step("throttle = 1500\nbatch = 40\nshrink_guard = 0\nconsistency = \"snapshot\"").await;
}

async fn hold_in_step(settings: &str) {
    let Some(shop) = Shop::following(settings).await else {
        return;
    };
    shop.insert(1, KEYS as usize).await;
    let shop = Arc::new(shop);
    shop.start("").await.status(200);
    let mut chance = Chance::new();
    let context = format!("{chance:?}");
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let seed: Vec<u64> = (0..STATEMENTS * 4)
            .map(|_| chance.below(u64::MAX))
            .collect();
        let client = shop.database.connect().await;
        writers.push(tokio::spawn(async move {
            for numbers in seed.chunks(4) {
                let done = client.batch_execute(&statement(numbers)).await;
                // Two writers may want the same key.
                if let Err(error) = done {
                    let code = error.code().map(tokio_postgres::error::SqlState::code);
                    assert!(matches!(code, Some("23505" | "40P01")), "{error:?}");
                    client
                        .batch_execute("rollback")
                        .await
                        .expect("a connection");
                }
            }
        }));
    }
    for writer in writers {
        writer.await.expect("a writer that ends well");
    }
    let status = super::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "complete", "{context} {status}");
    shop.in_step().await;
    // And once more with everything at rest: nothing was left for a sync to find.
    let status = shop.sync().await;
    assert_eq!(status["deleted"], 0, "{context} {status}");
    assert_eq!(status["skipped"], status["indexed"], "{context} {status}");
}

/// One transaction, of one or two statements.
fn statement(numbers: &[u64]) -> String {
    let (a, b) = (numbers[1] % KEYS + 1, numbers[2] % KEYS + 1);
    let price = numbers[3] % 1_000;
    let one = match numbers[0] % 6 {
        0 => format!("delete from items where id = {a}"),
        1 => format!(
            "insert into items (id, title, price) values ({a}, 'New {price}', {price}) \
             on conflict (id) do update set title = excluded.title"
        ),
        2 => format!("update items set id = {} where id = {a}", b + KEYS),
        3 => format!(
            "update items set price = null, category = 'C{}' where id = {a}",
            price % 5
        ),
        4 => format!(
            "update items set title = 'Many {price}' where id between {a} and {}",
            a + 20
        ),
        _ => format!("update items set price = {price} where id = {a}"),
    };
    match numbers[3] % 3 {
        0 => {
            format!("begin; {one}; update items set title = 'Also {price}' where id = {b}; commit")
        }
        _ => one,
    }
}
