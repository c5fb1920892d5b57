//! Who waits for whom: nobody waits for a disk with something in hand that others need.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::*;
use crate::engine::embedded::catalog::Catalog;

/// Longer than anything here takes.
const GIVES_UP_AFTER: Duration = Duration::from_secs(20);

/// Something that a thread holds until it is told to let go.
struct Held {
    let_go: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Held {
    fn by(hold: impl FnOnce(&dyn Fn() -> bool) -> bool + Send + 'static) -> Self {
        let (let_go, told) = mpsc::channel();
        let (has, holds) = mpsc::channel();
        let wait = move |has: &Sender<()>, told: &Receiver<()>| {
            has.send(()).unwrap();
            told.recv_timeout(GIVES_UP_AFTER).is_ok()
        };
        let thread = std::thread::spawn(move || hold(&|| wait(&has, &told)));
        holds.recv().unwrap();
        Self { let_go, thread }
    }

    /// The tables in memory, as who counts holds them.
    fn live(catalog: &Arc<Catalog>) -> Self {
        let catalog = Arc::clone(catalog);
        Self::by(move |wait| catalog.events.holding_live(wait))
    }

    /// The open file, as who reads much of it holds it.
    fn file(catalog: &Arc<Catalog>) -> Self {
        let catalog = Arc::clone(catalog);
        Self::by(move |wait| catalog.events.holding_file(wait))
    }

    /// Whether it was held until now.
    fn let_go(self) -> bool {
        // Whoever gave up hears nothing.
        let _ = self.let_go.send(());
        self.thread.join().unwrap()
    }
}

#[tokio::test]
async fn a_slow_read_of_the_file_holds_nothing_that_others_need() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search_for("hat", &["p1"])).await;
    shop.queries().await;
    let catalog = shop.engine.catalog(&site()).unwrap();
    shop.rows("PRAGMA wal_checkpoint(TRUNCATE)");
    // That it cannot be read is told while the tables are not to be had: it is read without them.
    std::fs::write(shop.file(), "no database").unwrap();
    let held = Held::live(&catalog);
    assert_eq!(catalog.events.problem(), None);
    let let_go = async {
        // Were one lock waited for by an async thread, it would be by this one, which is the only one.
        while !held.thread.is_finished() && catalog.events.problem().is_none() {
            tokio::task::yield_now().await;
        }
        held.let_go()
    };
    let asked = async { tokio::join!(shop.queries_of("c1"), shop.popular(), shop.suggested("ha")) };
    let (was_held, (queries, ..)) = tokio::join!(let_go, asked);
    assert!(was_held);
    assert!(queries.is_empty());
}

#[tokio::test]
async fn the_tables_of_yesterday_answer_while_those_of_today_are_read() {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        shop.send(client, search_for("hat", &["p1"])).await;
    }
    let hat = [("hat".to_owned(), 2)];
    assert_eq!(shop.queries().await, hat);
    shop.pass(DAY_MS);
    let catalog = shop.engine.catalog(&site()).unwrap();
    // As long as this is held nobody reads them.
    let held = Held::file(&catalog);
    assert_eq!(shop.queries().await, hat);
    assert_eq!(shop.suggested("ha").await, hat);
    assert!(held.let_go());
    shop.pass(30 * DAY_MS);
    // What was begun before is done with at some time.
    while !shop.queries().await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nothing_was_counted_yet_while_what_was_is_read_after_a_start() {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        shop.send(client, search_for("hat", &["p1"])).await;
    }
    let shop = shop.restart();
    let catalog = shop.engine.catalog(&site()).unwrap();
    let held = Held::file(&catalog);
    catalog.events.forget_live();
    assert_eq!(shop.queries().await, []);
    assert!(held.let_go());
    while shop.queries().await != [("hat".to_owned(), 2)] {
        tokio::task::yield_now().await;
    }
}
