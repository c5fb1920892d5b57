//! Counters against a naive count of the same events, restarts in between; what is kept of clients, and for how long.

mod clearing;
mod clients;
mod counting;
mod privacy;
mod replay;
mod room;
mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use crate::domain::{
    Act, ActivePeriod, ClientId, Clock, Event, EventKind, FieldValue, Fields, ListKind, Object,
    ObjectParts, ObjectType, Recorded, Site, Submission, Timestamp, TrackerId,
};
use crate::engine::conformance::objects::identity;
use crate::engine::conformance::visitors::{act, event, purchase, search_for, shown};
use crate::engine::embedded::{EmbeddedEngine, EmbeddedSettings, record};
use crate::engine::{
    CatalogWrites, EngineError, EventSettings, Events, Extraction, Lifecycle, PopularQuery,
    Telling, events, folder,
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

fn open(
    data: &tempfile::TempDir,
    settings: EventSettings,
    disk_reserve_bytes: u64,
    now: &Arc<AtomicI64>,
) -> EmbeddedEngine {
    let clock = {
        let now = Arc::clone(now);
        Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)))
    };
    let settings = EmbeddedSettings {
        disk_reserve_bytes,
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
        let engine = open(&data, settings, 0, &now);
        let shop = Self {
            data,
            settings,
            now,
            engine,
            events: 0,
        };
        shop.replace_products().await;
        shop
    }

    async fn replace_products(&self) {
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
        { &self.engine }
            .replace(&site(), products, Extraction::Leave)
            .await
            .unwrap();
    }

    fn restart(self) -> Self {
        self.restart_with_reserve(0)
    }

    fn restart_with_reserve(self, disk_reserve_bytes: u64) -> Self {
        let Self {
            data,
            settings,
            now,
            engine,
            events,
        } = self;
        drop(engine);
        let engine = open(&data, settings, disk_reserve_bytes, &now);
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
        event(&format!("e{}", self.events), client, self.now(), kind)
    }

    async fn send(&mut self, client: &str, kind: EventKind) {
        let event = self.event(client, kind);
        assert_eq!(self.record(vec![event]).await.unwrap(), [Recorded::Counted]);
    }

    async fn record(&self, events: Vec<Event>) -> Result<Vec<Recorded>, EngineError> {
        self.engine.record(&site(), events, Telling::Now).await
    }

    fn file(&self) -> PathBuf {
        events::path(&folder::of_site(self.data.path(), &site()))
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

fn bought(items: &[&str]) -> EventKind {
    purchase(items, 2)
}
