//! Counters against a naive count of the same events, restarts in between; what is kept of clients, and for how long.

mod replay;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use super::EventSettings;
use super::file;
use crate::domain::{
    Act, ActivePeriod, ClientId, Clock, Event, EventId, EventKind, Faults, FieldValue, Fields,
    Identity, Line, ListKind, ListView, Object, ObjectParts, ObjectType, Recorded, SentItem,
    SentList, SentQuery, Site, Submission, Timestamp, TrackerId,
};
use crate::engine::embedded::{EmbeddedEngine, EmbeddedSettings, folder};
use crate::engine::{
    CatalogWrites, EngineError, Events, Extraction, Lifecycle, PopularQuery, Telling,
};

const NOW_MS: i64 = 1_791_000_000_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A running engine of one site with some products, its folder and its clock.
struct Shop {
    data: tempfile::TempDir,
    settings: EventSettings,
    now: Arc<AtomicI64>,
    engine: EmbeddedEngine,
    events: u64,
}

fn site() -> TrackerId {
    TrackerId::new("shop-1").unwrap()
}

fn identity(text: &str) -> Identity {
    Identity::new(text).unwrap()
}

fn open(data: &tempfile::TempDir, settings: EventSettings, now: &Arc<AtomicI64>) -> EmbeddedEngine {
    let clock = {
        let now = Arc::clone(now);
        Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)))
    };
    let settings = EmbeddedSettings {
        disk_reserve_bytes: 0,
        index_memory_bytes: 16 << 20,
        events: settings,
        ..EmbeddedSettings::default()
    };
    EmbeddedEngine::open(data.path(), vec![Site::new(site())], settings, clock).unwrap()
}

impl Shop {
    /// With products `p0` to `p9`.
    async fn start(settings: EventSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(NOW_MS));
        let engine = open(&data, settings, &now);
        let mut fields = Fields::default();
        fields.insert("title", FieldValue::Text("Hat".into()));
        let product = |number: usize| Submission::Read {
            object: Object::new(ObjectParts {
                identity: identity(&format!("p{number}")),
                object_type: ObjectType::new("item").unwrap(),
                generation: None,
                active: ActivePeriod::default(),
                legacy_url: None,
                master: None,
                fields: fields.clone(),
                nested: Vec::new(),
            })
            .unwrap(),
            fingerprint: None,
        };
        let products = (0..10).map(product).collect();
        engine
            .replace(&site(), products, Extraction::Leave)
            .await
            .unwrap();
        Self {
            data,
            settings,
            now,
            engine,
            events: 0,
        }
    }

    fn restart(self) -> Self {
        let Self {
            data,
            settings,
            now,
            engine,
            events,
        } = self;
        drop(engine);
        let engine = open(&data, settings, &now);
        Self {
            data,
            settings,
            now,
            engine,
            events,
        }
    }

    fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    /// An event of now, with an id of its own.
    fn event(&mut self, client: &str, kind: EventKind) -> Event {
        self.events += 1;
        Event {
            id: EventId::new(&format!("e{}", self.events)).unwrap(),
            client: ClientId::new(client).unwrap(),
            customer: None,
            at: Some(self.now()),
            may_be_kept: true,
            kind,
            faults: Faults::default(),
        }
    }

    async fn send(&mut self, client: &str, kind: EventKind) {
        let event = self.event(client, kind);
        assert_eq!(self.record(vec![event]).await.unwrap(), [Recorded::Counted]);
    }

    async fn record(&self, events: Vec<Event>) -> Result<Vec<Recorded>, EngineError> {
        self.engine.record(&site(), events, Telling::Now).await
    }

    fn file(&self) -> PathBuf {
        file::path(&folder::of_site(self.data.path(), &site()))
    }

    fn rows(&self, sql: &str) -> i64 {
        let file = Connection::open(self.file()).unwrap();
        file.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    async fn popular(&self) -> Vec<(String, u64)> {
        let item = ObjectType::new("item").unwrap();
        let popular = self.engine.popular_items(&site(), item, 100).await.unwrap();
        let named = popular
            .iter()
            .map(|item| (item.identity.to_string(), item.score));
        named.collect()
    }

    async fn queries(&self) -> Vec<(String, u64)> {
        named(&self.engine.popular_queries(&site(), 1, 100).await.unwrap())
    }

    async fn suggested(&self, typed: &str) -> Vec<(String, u64)> {
        named(
            &self
                .engine
                .suggested_queries(&site(), typed, 100)
                .await
                .unwrap(),
        )
    }

    async fn queries_of(&self, client: &str) -> Vec<String> {
        let client = ClientId::new(client).unwrap();
        self.engine
            .queries_of_client(&site(), client, 10)
            .await
            .unwrap()
    }
}

fn named(queries: &[PopularQuery]) -> Vec<(String, u64)> {
    let named = queries
        .iter()
        .map(|query| (query.title.clone(), query.searches));
    named.collect()
}

fn list(kind: ListKind, query: &str, items: &[&str]) -> EventKind {
    let items = items.iter().enumerate().map(|(at, url)| SentItem {
        url: Some((*url).to_owned()),
        position: Some(at as u64 + 1),
        ..SentItem::default()
    });
    let sent = SentList {
        items: items.collect(),
        query: SentQuery {
            string: Some(query.to_owned()),
            ..SentQuery::default()
        },
    };
    EventKind::Lists(vec![ListView::read(kind, sent, &mut Faults::default())])
}

fn search(query: &str, items: &[&str]) -> EventKind {
    list(ListKind::SearchResults, query, items)
}

fn act(act: Act, target: &str) -> EventKind {
    EventKind::Act {
        act,
        target: Some(identity(target)),
    }
}

fn bought(items: &[&str]) -> EventKind {
    let lines = items.iter().map(|item| Line {
        item: identity(item),
        pieces: 2,
    });
    EventKind::Transaction(lines.collect())
}

#[tokio::test]
async fn nothing_is_made_before_the_first_event() {
    let shop = Shop::start(EventSettings::default()).await;
    assert_eq!(shop.popular().await, []);
    assert_eq!(shop.queries().await, []);
    assert_eq!(shop.queries_of("c1").await, Vec::<String>::new());
    assert!(!shop.file().exists());
}

#[tokio::test]
async fn a_query_is_shown_once_two_clients_found_something_and_as_long_as_it_does() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search("Wool Hat", &["p1"])).await;
    shop.send("c1", search("wool hat", &["p1"])).await;
    assert_eq!(shop.queries().await, [], "one client");
    shop.send("c2", search("wool hat", &[])).await;
    assert_eq!(shop.queries().await, [], "the other found nothing");
    shop.send("c2", search("wool hat", &["p1"])).await;
    let shown = [("wool hat".to_owned(), 4)];
    assert_eq!(shop.queries().await, shown);
    for typed in ["w", "wool h", "HÄT"] {
        assert_eq!(shop.suggested(typed).await, shown, "{typed}");
    }
    for typed in ["", " ", "ool", "wool hats", "hat x"] {
        assert_eq!(shop.suggested(typed).await, [], "{typed}");
    }
    shop.send("c3", search("wool hat", &[])).await;
    assert_eq!(
        (shop.queries().await, shop.suggested("w").await),
        (vec![], vec![])
    );
    let report = shop.engine.query_report(&site(), 10).await.unwrap();
    assert_eq!(report.without_results[0].title, "wool hat");
    assert_eq!(
        (
            report.without_results[0].searches,
            report.without_results[0].empty
        ),
        (5, 2)
    );
    shop.send("c3", search("wool hat", &["p1"])).await;
    let report = shop.engine.query_report(&site(), 10).await.unwrap();
    assert_eq!(
        (report.without_results.len(), report.without_clicks.len()),
        (0, 1)
    );
    shop.send("c3", act(Act::Click, "p1")).await;
    let report = shop.engine.query_report(&site(), 10).await.unwrap();
    assert_eq!(report.without_clicks, []);
    let shop = shop.restart();
    assert_eq!(shop.suggested("hat").await, [("wool hat".to_owned(), 6)]);
}

#[tokio::test]
async fn thirty_days_count_and_older_counters_go() {
    let settings = EventSettings {
        counters_kept_days: 40,
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    for client in ["c1", "c2"] {
        shop.send(client, search("hat", &["p1"])).await;
        shop.send(client, act(Act::Click, "p1")).await;
    }
    shop.pass(29 * DAY_MS);
    assert_eq!(shop.popular().await, [("p1".to_owned(), 2)]);
    assert_eq!(shop.queries().await, [("hat".to_owned(), 2)]);
    shop.pass(DAY_MS);
    assert_eq!(
        (shop.popular().await, shop.queries().await),
        (vec![], vec![])
    );
    assert_eq!(shop.rows("SELECT sum(clicks) FROM item_days"), 2);
    shop.pass(10 * DAY_MS);
    shop.send("c1", act(Act::Conversion, "p2")).await;
    for table in ["query_days", "query_item_days", "queries", "spellings"] {
        assert_eq!(
            shop.rows(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    assert_eq!(shop.rows("SELECT count(*) FROM item_days"), 1);
}

#[tokio::test]
async fn an_event_is_counted_once_also_after_a_restart() {
    let mut shop = Shop::start(EventSettings::default()).await;
    let event = shop.event("c1", act(Act::Conversion, "p1"));
    let both = shop
        .record(vec![event.clone(), event.clone()])
        .await
        .unwrap();
    assert_eq!(both, [Recorded::Counted, Recorded::Repeated]);
    let shop = shop.restart();
    assert_eq!(
        shop.record(vec![event]).await.unwrap(),
        [Recorded::Repeated]
    );
    assert_eq!(shop.popular().await, [("p1".to_owned(), 5)]);
}

#[tokio::test]
async fn a_click_after_a_restart_belongs_to_the_list_before_it() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search("hat", &["p1", "p2"])).await;
    shop.send("c1", list(ListKind::ProductListing, "", &["p3"]))
        .await;
    let mut shop = shop.restart();
    shop.pass(MINUTE_MS);
    shop.send("c1", act(Act::Click, "p2")).await;
    shop.send("c1", act(Act::Click, "p3")).await;
    shop.send("c2", act(Act::Click, "p2")).await;
    assert_eq!(shop.rows("SELECT clicks FROM query_item_days"), 1);
    assert_eq!(shop.rows("SELECT clicks FROM query_days"), 1);
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM item_days WHERE list = 1"),
        1
    );
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM item_days WHERE list = 3"),
        1
    );
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM item_days WHERE list = 0"),
        1
    );
    shop.pass(31 * MINUTE_MS);
    shop.send("c1", act(Act::Click, "p2")).await;
    assert_eq!(
        shop.rows("SELECT clicks FROM query_days"),
        1,
        "another session"
    );
}

#[tokio::test]
async fn what_a_client_was_shown_goes_after_half_an_hour() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search("hat", &["p1"])).await;
    assert_eq!(shop.rows("SELECT count(*) FROM lists"), 1);
    shop.pass(31 * MINUTE_MS);
    super::look(&shop.engine.catalog(&site()).unwrap());
    shop.send("c2", act(Act::Click, "p1")).await;
    assert_eq!(shop.rows("SELECT count(*) FROM lists"), 0);
    assert_eq!(shop.rows("SELECT count(*) FROM sessions"), 1);
}

#[tokio::test]
async fn a_client_that_is_forgotten_is_forgotten_at_once() {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        shop.send(client, search("hat", &["p1"])).await;
    }
    shop.send("c1", search("mine alone", &["p1"])).await;
    shop.send("c1", EventKind::View(Some(identity("p1")))).await;
    assert_eq!(shop.queries_of("c1").await, ["hat"]);
    let client = ClientId::new("c1").unwrap();
    shop.engine
        .forget_client(&site(), client.clone())
        .await
        .unwrap();
    assert_eq!(shop.queries_of("c1").await, Vec::<String>::new());
    assert_eq!(shop.queries_of("c2").await, ["hat"]);
    for table in ["history", "clients", "sessions", "lists"] {
        assert!(
            shop.rows(&format!("SELECT count(*) FROM {table}")) <= 1,
            "{table}"
        );
    }
    assert_eq!(
        shop.rows("SELECT count(*) FROM queries WHERE first_client IS NOT NULL"),
        0
    );
    assert_eq!(
        shop.queries().await,
        [("hat".to_owned(), 2)],
        "counters stay"
    );
    shop.send("c1", act(Act::Click, "p1")).await;
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM query_days"),
        0,
        "nor what it was shown"
    );
    shop.engine.forget_client(&site(), client).await.unwrap();
}

#[tokio::test]
async fn who_does_not_want_to_be_kept_is_counted_and_leaves_no_trace() {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        for kind in [
            search("hat", &["p1"]),
            list(ListKind::Autocomplete, "ha", &["p1"]),
            act(Act::Click, "p1"),
            bought(&["p1"]),
            EventKind::View(Some(identity("p1"))),
        ] {
            let mut event = shop.event(client, kind);
            event.may_be_kept = false;
            event.customer = ClientId::new("u-77");
            assert_eq!(shop.record(vec![event]).await.unwrap(), [Recorded::Counted]);
        }
    }
    assert_eq!(shop.popular().await, [("p1".to_owned(), 22)]);
    assert_eq!(shop.rows("SELECT sum(searches) FROM query_days"), 2);
    assert_eq!(
        shop.queries().await,
        [],
        "nobody knows whether these were two"
    );
    for table in ["history", "clients", "sessions", "lists"] {
        assert_eq!(
            shop.rows(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    assert_eq!(
        shop.rows("SELECT count(*) FROM queries WHERE first_client IS NOT NULL"),
        0
    );
}

#[tokio::test]
async fn of_clients_and_queries_so_many_are_kept() {
    let settings = EventSettings {
        clients_max: 3,
        client_objects_max: 2,
        queries_per_day_max: 4,
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    for client in 0..8 {
        for item in 0..5 {
            shop.pass(1);
            let seen = EventKind::View(Some(identity(&format!("p{item}"))));
            shop.send(&format!("c{client}"), seen).await;
        }
        let query = format!("query {client}");
        shop.send(&format!("c{client}"), search(&query, &["p1"]))
            .await;
    }
    assert_eq!(shop.rows("SELECT count(*) FROM clients"), 3);
    assert_eq!(shop.rows("SELECT count(*) FROM history WHERE kind = 0"), 6);
    assert_eq!(
        shop.rows("SELECT min(what) FROM history WHERE kind = 0"),
        4,
        "the latest"
    );
    assert_eq!(shop.rows("SELECT count(*) FROM queries"), 4);
    shop.pass(DAY_MS);
    shop.send("c1", search("tomorrow", &["p1"])).await;
    assert_eq!(shop.rows("SELECT count(*) FROM queries"), 5);
    let stats = shop.engine.stats(1).await;
    let faults = &stats.by_site[0].open.as_ref().unwrap().events.faults;
    let not_kept = faults
        .iter()
        .find(|(kind, _)| kind.as_str() == "query_not_kept");
    assert_eq!(not_kept.map(|(_, count)| *count), Some(4));
}

#[tokio::test]
async fn a_session_has_so_many_events_where_that_is_set() {
    let settings = EventSettings {
        per_session_max: Some(2),
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    let refused = shop.event("c1", act(Act::Click, "p1"));
    for _ in 0..2 {
        let told = shop.record(vec![refused.clone()]).await.unwrap();
        assert_eq!(
            told,
            [Recorded::OverSession],
            "it is not one that was counted"
        );
    }
    let past = shop
        .engine
        .record(&site(), vec![refused], Telling::Past)
        .await;
    assert_eq!(past.unwrap(), [Recorded::Counted]);
    shop.send("c2", act(Act::Click, "p1")).await;
    shop.pass(31 * MINUTE_MS);
    shop.send("c1", act(Act::Click, "p1")).await;
}

#[tokio::test]
async fn a_broken_file_stops_events_and_nothing_else() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    let Shop {
        data,
        settings,
        now,
        engine,
        events,
    } = shop;
    drop(engine);
    let path = file::path(&folder::of_site(data.path(), &site()));
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    for log in ["events.db-wal", "events.db-shm"] {
        let _ = std::fs::remove_file(path.with_file_name(log));
    }
    let engine = open(&data, settings, &now);
    let mut shop = Shop {
        data,
        settings,
        now,
        engine,
        events,
    };
    assert!(
        shop.engine.readiness().problems.is_empty(),
        "nobody looked yet"
    );
    let event = shop.event("c1", act(Act::Click, "p1"));
    let refused = shop.record(vec![event]).await;
    assert!(
        matches!(refused, Err(EngineError::Unavailable { .. })),
        "{refused:?}"
    );
    let problems = shop.engine.readiness().problems;
    assert!(
        problems[0].reason.contains("events are not counted"),
        "{problems:?}"
    );
    assert_eq!(shop.engine.readiness().serving, 1);
    assert!(!super::check::faults(&folder::of_site(shop.data.path(), &site())).is_empty());
}
