//! What is too old goes: as time really passes, a piece at a time, and beside everything else.

use std::time::{Duration, Instant};

use super::*;
use crate::engine::embedded::catalog::Catalog;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Tables that something is deleted of for its age.
const TABLES: [&str; 8] = [
    "item_days",
    "query_days",
    "query_item_days",
    "queries",
    "spellings",
    "items",
    "clients",
    "baskets",
];

impl Shop {
    fn catalog(&self) -> Arc<Catalog> {
        self.engine.catalog(&site()).unwrap()
    }

    fn counts(&self) -> Vec<(&'static str, i64)> {
        let count = |table| (table, self.rows(&format!("SELECT count(*) FROM {table}")));
        TABLES.map(count).to_vec()
    }

    /// Counters of objects and queries that nobody knows any more, on a day.
    fn add_counters(&self, of: std::ops::Range<i64>, day: i64) {
        let mut file = Connection::open(self.file()).unwrap();
        let all = file.transaction().unwrap();
        for number in of {
            all.execute(
                "INSERT INTO item_days VALUES (?1, ?2, 0, 1, 0, 0, 0, 0, 0)",
                [day, number],
            )
            .unwrap();
            all.execute(
                "INSERT INTO queries VALUES (?1, 'old ' || ?1, ?2, NULL, 1, 1)",
                [number, day],
            )
            .unwrap();
            all.execute("INSERT INTO spellings VALUES (?1, 'Old', 1)", [number])
                .unwrap();
        }
        all.commit().unwrap();
    }
}

async fn busy_shop() -> Shop {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        shop.send(client, search_for("hat", &["p1"])).await;
        shop.send(client, act(Act::Click, "p1")).await;
        shop.send(client, bought(&["p1", "p2"])).await;
    }
    shop
}

#[tokio::test]
async fn a_clock_that_is_ahead_for_a_moment_takes_nothing_that_was_counted() {
    let mut shop = busy_shop().await;
    let before = (shop.counts(), shop.popular().await, shop.queries().await);
    shop.pass(200 * DAY_MS);
    shop.queries().await;
    record::clear_after(&shop.catalog(), MINUTE);
    assert_eq!(shop.counts(), before.0);
    // What is counted meanwhile is of a day that is yet to come.
    shop.send("c3", act(Act::Click, "p5")).await;
    record::clear_after(&shop.catalog(), MINUTE);
    let mut shop = shop.restart();
    shop.queries().await;
    record::clear_after(&shop.catalog(), MINUTE);
    shop.pass(-200 * DAY_MS);
    let after = (shop.popular().await, shop.queries().await);
    assert_eq!(after, (before.1, before.2));
    shop.send("c1", act(Act::Click, "p1")).await;
}

#[tokio::test]
async fn what_is_too_old_goes_as_time_passes() {
    let mut shop = busy_shop().await;
    shop.pass(99 * DAY_MS);
    shop.send("c3", act(Act::Click, "p3")).await;
    record::clear_after(&shop.catalog(), 30 * DAY);
    assert_eq!(shop.rows("SELECT count(*) FROM clients"), 3);
    // It may move twice as fast as time, to catch up with days without the server.
    record::clear_after(&shop.catalog(), 25 * DAY);
    let left: Vec<i64> = shop.counts().into_iter().map(|(_, count)| count).collect();
    assert_eq!(left, [1, 0, 0, 0, 0, 1, 1, 0]);
}

#[tokio::test]
async fn much_that_is_too_old_goes_a_piece_at_a_time_and_in_no_request() {
    const OLD: i64 = 12_000;
    let mut shop = busy_shop().await;
    let day = NOW_MS / DAY_MS;
    let before = shop.counts();
    shop.add_counters(1_000..1_000 + OLD, day - 200);
    shop.pass(DAY_MS);
    // Neither what is counted on the next day, nor who asks, nor who wants to be forgotten has anything deleted.
    shop.send("c1", act(Act::Click, "p1")).await;
    shop.queries().await;
    let client = ClientId::new("c2").unwrap();
    shop.engine.forget_client(&site(), client).await.unwrap();
    let old = format!("SELECT count(*) FROM item_days WHERE day = {}", day - 200);
    assert_eq!(shop.rows(&old), OLD);

    let catalog = shop.catalog();
    // Whose thread takes turns as well.
    let began = Instant::now();
    catalog.presence.send_to_sleep();
    while catalog.events.queue.send_away() {
        assert!(began.elapsed() < Duration::from_secs(30), "it stays");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    catalog.events.begin_clearing();
    let mut left = OLD;
    for _ in 0..2 {
        record::clear_some(&catalog);
        let now = shop.rows(&old);
        assert!(left - now <= 4_000, "{left} {now}");
        left = now;
    }
    assert!(catalog.events.has_to_clear(), "{left}");
    while catalog.events.has_to_clear() {
        // Between any two of them events are counted.
        shop.send("c1", act(Act::Click, "p1")).await;
        record::clear_some(&catalog);
    }
    let left = shop.rows(&old);
    assert_eq!(left, 0);
    assert_eq!(shop.rows("SELECT count(*) FROM queries"), before[3].1);
    assert_eq!(shop.rows("SELECT count(*) FROM spellings"), before[4].1);
    assert_eq!(shop.rows("SELECT count(*) FROM items"), before[5].1);
}

#[tokio::test]
async fn an_object_that_a_client_is_remembered_by_keeps_its_name() {
    let settings = EventSettings {
        clients_kept_days: 400,
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    shop.send("c2", search_for("hat", &["p2"])).await;
    assert_eq!(shop.rows("SELECT count(*) FROM items"), 2);
    shop.pass(100 * DAY_MS);
    shop.send("c3", act(Act::Click, "p3")).await;
    record::clear_after(&shop.catalog(), 50 * DAY);
    let named = "SELECT group_concat(identity, ' ') FROM items ORDER BY number";
    let file = Connection::open(shop.file()).unwrap();
    let named: String = file.query_row(named, [], |row| row.get(0)).unwrap();
    assert_eq!(named, "p1 p3");
}
