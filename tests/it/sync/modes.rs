//! Following without triggers, and finding out which way to follow.

use super::{Shop, source};
use crate::support::{TestDatabase, TestServer, eventually};

const WATERMARK: &str = "select i.id as key, i.title, i.price, i.updated_at, i.is_deleted, null::json \
    as nested from items i";

const TABLE: &str = "create table items (
    id bigint primary key, title text, price float8, category text,
    updated_at timestamptz not null default clock_timestamp(),
    is_deleted boolean not null default false);
    create index on items (updated_at, id)";

async fn by_watermark(more: &str) -> Option<Shop> {
    let database = TestDatabase::new().await?;
    database.run(TABLE).await;
    let more = format!("auto = \"watermark\"\ndeleted_column = \"is_deleted\"\n{more}");
    let sections = super::shop::source_of(WATERMARK, &more);
    Some(Shop::serve(database, &sections).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_rows_are_found_by_their_time() {
    let Some(shop) = by_watermark("").await else {
        return;
    };
    shop.insert(1, 30).await;
    shop.run("update items set is_deleted = true where id = 30")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["auto_indexing"]["mode"], "watermark", "{status}");
    assert_eq!(status["total"], 29, "{status}");
    assert_eq!(shop.objects().await, shop.wanted().await);
    shop.run("update items set title = 'Later', updated_at = clock_timestamp() where id <= 3")
        .await;
    shop.run("update items set is_deleted = true, updated_at = clock_timestamp() where id = 9")
        .await;
    shop.run("insert into items (id, title) values (50, 'Fifty')")
        .await;
    shop.in_step().await;
}

/// A hard delete has no time; comparing keys finds it, and what was never told.
#[tokio::test(flavor = "multi_thread")]
async fn comparing_keys_finds_what_the_watermark_does_not() {
    let Some(shop) = by_watermark("shrink_guard = 0").await else {
        return;
    };
    shop.insert(1, 40).await;
    shop.sync().await;
    shop.run("delete from items where id <= 12").await;
    shop.run("insert into items (id, title, updated_at) values (70, 'Old', '2001-01-01')")
        .await;
    let status = shop.sync_with("?keys=1").await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["deleted"], 12, "{status}");
    assert_eq!(shop.objects().await, shop.wanted().await);
}

/// A transaction shows its rows when it ends, with a time that is past by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_ends_late_is_found_by_the_overlap() {
    let Some(shop) = by_watermark("").await else {
        return;
    };
    shop.insert(1, 5).await;
    shop.sync().await;
    let late = shop.database.connect().await;
    let begun = "begin; insert into items (id, title) values (80, 'Late')";
    late.batch_execute(begun).await.expect("a transaction");
    shop.run("insert into items (id, title) values (81, 'Early')")
        .await;
    eventually("the early one", async || {
        shop.objects().await.contains_key("81").then_some(())
    })
    .await;
    late.batch_execute("commit").await.expect("a commit");
    shop.in_step().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_by_schedule_begins_by_itself() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    database
        .run("insert into items (id, title) values (1, 'One')")
        .await;
    let shop = Shop::serve(database, &source("schedule = \"1h\"")).await;
    shop.in_step().await;
    let status = super::ended(&shop.server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
}

/// A fan-out is followed, and one that is too large is read as a whole.
#[tokio::test(flavor = "multi_thread")]
async fn other_tables_lead_to_their_rows_however_many() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    database
        .run(
            "create table groups (id int primary key, title text); \
              insert into groups values (1, 'Small'), (2, 'Large'); \
              alter table items add column group_id int references groups (id)",
        )
        .await;
    let query = "select i.id as key, coalesce(g.title, '') || ' ' || i.id as title from items i \
                 left join groups g on g.id = i.group_id";
    // Of the large group it says that it concerns more rows than are followed one by one.
    let affects = "[product_sync.sources.affects]\n\"public.groups\" = \"\"\"\n\
        select i.id from items i where i.group_id = any($1::text[]::int[])\n\
        union all select n from generate_series(1, 50001) n where '2' = any($1::text[])\"\"\"\n";
    let sections = super::shop::source_of(query, affects);
    super::command::install(&database, &sections);
    let shop = Shop::serve(database, &sections).await;
    shop.run(
        "insert into items (id, group_id) select n, case when n <= 10 then 1 else 2 end \
              from generate_series(1, 50) n",
    )
    .await;
    shop.sync().await;
    let first = shop.status().await["sync_id"].clone();
    shop.run("update groups set title = 'Tiny' where id = 1")
        .await;
    let found = async |text: &str| {
        let found = shop
            .site()
            .search(&format!("q={text}&f[]=type:item&size=0"))
            .await;
        found.total()
    };
    eventually("the small group", async || {
        (found("Tiny").await == 10).then_some(())
    })
    .await;
    assert_eq!(
        shop.status().await["sync_id"],
        first,
        "ten rows are no reason for a sync"
    );
    shop.run("update groups set title = 'Huge' where id = 2")
        .await;
    eventually("a sync of its own", async || {
        (shop.status().await["sync_id"] != first).then_some(())
    })
    .await;
    eventually("the large group", async || {
        (found("Huge").await == 40).then_some(())
    })
    .await;
}

/// A clean end stops the sync behind the page it is at; the next start goes on there.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_leaves_its_sync_to_the_next_start() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    let data = tempfile::tempdir().expect("a temporary folder");
    let start = async || {
        TestServer::builder()
            .data_dir(data.path())
            .set_for_site("attributes_form", "\"as_sent\"")
            .sections(&source("throttle = 400\nbatch = 20"))
            .variable("SHOP_DSN", &database.dsn())
            .start()
            .await
    };
    let fill =
        "insert into items (id, title) select n, 'Item ' || n from generate_series(1, 400) n";
    database.run(fill).await;
    let server = start().await;
    let base = server.base();
    let begun = super::shop::ask_sync(&base, "POST", "")
        .await
        .status(200)
        .json();
    eventually("the sync to be under way", async || {
        let status = super::shop::status(&base).await;
        (status["indexed"].as_u64() > Some(40)).then_some(())
    })
    .await;
    server.stop_at_work().await;
    let server = start().await;
    let status = super::ended(&server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["sync_id"], begun["sync_id"]);
    assert_eq!(status["indexed"], 400, "{status}");
}
