//! A database with a table of items, and a server that keeps a catalog in step with it.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio_postgres::Client;

use crate::support::{Answer, SiteClient, TRACKER_ID, TestDatabase, TestServer, ask, eventually};

pub(crate) const ADMIN: &str = "Token admin-token";
pub(crate) const USER: &str = "Token user-token";

const SYNC: &str = "/v1/products/search/sync/";

/// Most hits of one page of a search.
const PAGE: usize = 200;

const TABLE: &str = "create table items (
    id bigint primary key,
    title text,
    price float8,
    category text,
    updated_at timestamptz not null default clock_timestamp(),
    is_deleted boolean not null default false)";

const QUERY: &str = "select i.id as key, i.title, i.price, \
    case when i.category is not null then json_build_array(json_build_object('identity', \
    'c-' || i.category, 'type', 'category', 'fields', json_build_object('title', i.category))) end \
    as nested from items i";

/// A source of the items, with more keys.
pub(crate) fn source(more: &str) -> String {
    source_of(QUERY, more)
}

pub(crate) fn source_of(query: &str, more: &str) -> String {
    format!(
        "[product_sync]\nadmin_tokens = [\"admin-token\"]\nuser_tokens = [\"user-token\"]\n\
         [[product_sync.sources]]\nname = \"items\"\ndsn = \"env:SHOP_DSN\"\n\
         tracker = {TRACKER_ID:?}\ntype = \"item\"\nquery = {query:?}\n{more}\n"
    )
}

/// A database with so many items; `None` when there is no `PostgreSQL` here.
pub(crate) async fn items(count: usize) -> Option<TestDatabase> {
    let database = TestDatabase::new().await?;
    database.run(TABLE).await;
    let fill = format!(
        "insert into items (id, title, price) select n, 'Item ' || n, n \
         from generate_series(1, {count}) n"
    );
    database.run(&fill).await;
    Some(database)
}

/// A server that reads its source by this connection string.
pub(crate) async fn server_of(dsn: &str, sections: &str) -> TestServer {
    TestServer::builder()
        .set_for_site("attributes_form", "\"as_sent\"")
        .sections(sections)
        .variable("SHOP_DSN", dsn)
        .start()
        .await
}

pub(crate) struct Shop {
    pub(crate) database: TestDatabase,
    pub(crate) server: TestServer,
    pub(crate) client: Client,
}

impl Shop {
    /// Without auto-indexing; `None` when there is no `PostgreSQL` here.
    pub(crate) async fn open(more: &str) -> Option<Self> {
        Self::open_with(QUERY, more).await
    }

    /// The same with rows of another query.
    pub(crate) async fn open_with(query: &str, more: &str) -> Option<Self> {
        let database = TestDatabase::new().await?;
        database.run(TABLE).await;
        Some(Self::serve(database, &source_of(query, more)).await)
    }

    /// With the outbox installed.
    pub(crate) async fn following(more: &str) -> Option<Self> {
        let database = TestDatabase::new().await?;
        Self::following_in(database, more).await
    }

    pub(crate) async fn following_in(database: TestDatabase, more: &str) -> Option<Self> {
        database.run(TABLE).await;
        super::command::install(&database, &source(more));
        Some(Self::serve(database, &source(more)).await)
    }

    pub(crate) async fn serve(database: TestDatabase, sections: &str) -> Self {
        let server = server_of(&database.dsn(), sections).await;
        let client = database.connect().await;
        Self {
            database,
            server,
            client,
        }
    }

    /// With another connection, after the database was away.
    pub(crate) async fn reconnected(self) -> Self {
        let client = self.database.connect().await;
        Self { client, ..self }
    }

    /// With another server, once the first is stopped.
    pub(crate) async fn handed_to(self, next: impl Future<Output = TestServer>) -> Self {
        self.server.stop().await;
        let server = next.await;
        Self { server, ..self }
    }

    pub(crate) fn site(&self) -> SiteClient {
        self.server.site()
    }

    pub(crate) async fn run(&self, sql: &str) {
        let done = self.client.batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    }

    /// Items `from` to `to`, all with a title and a price.
    pub(crate) async fn insert(&self, from: usize, to: usize) {
        let sql = format!(
            "insert into items (id, title, price) select n, 'Item ' || n, n / 4.0 \
             from generate_series({from}, {to}) n"
        );
        self.run(&sql).await;
    }

    pub(crate) async fn start(&self, query: &str) -> Answer {
        self.ask("POST", query).await
    }

    pub(crate) async fn ask(&self, method: &str, query: &str) -> Answer {
        ask_sync(&self.server.base(), method, query).await
    }

    pub(crate) async fn status(&self) -> Value {
        status(&self.server.base()).await
    }

    /// Starts a sync and waits for its end.
    pub(crate) async fn sync(&self) -> Value {
        self.sync_with("").await
    }

    pub(crate) async fn sync_with(&self, query: &str) -> Value {
        let started = self.start(query).await.status(200).json();
        // A worker that is slow says that it begins after the answer: until then its status is that of the sync before.
        eventually("the end of the sync that was asked for", async || {
            let status = self.status().await;
            let is_it = status["sync_id"] == started["sync_id"];
            (is_it && status["status"] != "running").then_some(status)
        })
        .await
    }

    pub(crate) async fn objects(&self) -> BTreeMap<String, Value> {
        objects_of(&self.site(), "item").await
    }

    /// Waits until the catalog is what the database has.
    pub(crate) async fn in_step(&self) {
        let wanted = self.wanted().await;
        eventually("the catalog to be in step", async || {
            (self.objects().await == wanted).then_some(())
        })
        .await;
    }

    /// What the catalog should have.
    pub(crate) async fn wanted(&self) -> BTreeMap<String, Value> {
        let sql = "select id::text, json_strip_nulls(json_build_object('title', title, \
                   'price', price, 'category', category))::text from items where not is_deleted";
        let rows = self.client.query(sql, &[]).await.expect("the items");
        let pair = |row: &tokio_postgres::Row| {
            let json: String = row.get(1);
            (row.get(0), serde_json::from_str(&json).expect("JSON"))
        };
        rows.iter().map(pair).collect()
    }
}

pub(crate) async fn ask_sync(base: &str, method: &str, query: &str) -> Answer {
    ask(
        method,
        &format!("{base}{SYNC}{query}"),
        &[("Authorization", ADMIN)],
    )
    .await
}

/// Of the first source.
pub(crate) async fn status(base: &str) -> Value {
    ask_sync(base, "GET", "").await.status(200).json()["sources"][0].clone()
}

/// The status once no sync runs.
pub(crate) async fn ended(base: &str) -> Value {
    eventually("the end of the sync", async || {
        let status = status(base).await;
        (status["status"] != "running").then_some(status)
    })
    .await
}

/// Every object of a type: title, price and category by identity.
pub(crate) async fn objects_of(site: &SiteClient, object_type: &str) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    for page in 1.. {
        let found = site
            .search(&format!("f[]=type:{object_type}&size={PAGE}&page={page}"))
            .await;
        for hit in found.hits() {
            let mut kept = serde_json::Map::new();
            for name in ["title", "price", "category"] {
                let value = &hit["attributes"][name];
                let value = value.as_array().map_or(value, |list| &list[0]);
                if !value.is_null() {
                    kept.insert(name.to_owned(), value.clone());
                }
            }
            let identity = hit["url"].as_str().expect("an identity").to_owned();
            objects.insert(identity, Value::Object(kept));
        }
        if found.hits().len() < PAGE {
            break;
        }
    }
    objects
}
