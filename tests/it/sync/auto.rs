//! Which way a source is followed when nothing says it, and that no change is lost on the way from one to
//! another (docs/reference/11-product-sync.md §3).

use serde_json::json;
use tempfile::TempDir;

use super::command::{install, launch, source_command};
use super::shop::{source, source_of};
use super::{Shop, ask_sync};
use crate::support::{HandClock, TestDatabase, TestServer, eventually};

const TABLE: &str = "create table items (
    id bigint primary key, title text, price float8, category text,
    updated_at timestamptz not null default clock_timestamp(),
    is_deleted boolean not null default false)";

const BY_TIME: &str = "select i.id as key, i.title, i.price, i.updated_at, null::json as nested \
    from items i";

/// A shop with some items, over a data folder that outlives its server.
pub(super) async fn shop_in(data: &TempDir, sections: &str) -> Option<Shop> {
    let database = TestDatabase::new().await?;
    database.run(TABLE).await;
    let server = server_in(data, &database, sections).await;
    let client = database.connect().await;
    let shop = Shop {
        database,
        server,
        client,
    };
    shop.insert(1, 20).await;
    Some(shop)
}

async fn server_in(data: &TempDir, database: &TestDatabase, sections: &str) -> TestServer {
    TestServer::builder()
        .data_dir(data.path())
        .set_for_site("attributes_form", "\"as_sent\"")
        .sections(sections)
        .variable("SHOP_DSN", &database.dsn())
        .start()
        .await
}

/// Stops the server, has something done with the database meanwhile, and starts another one on the same data.
pub(super) async fn restarted(
    shop: Shop,
    data: &TempDir,
    meanwhile: impl AsyncFnOnce(&TestDatabase),
) -> Shop {
    let Shop {
        database,
        server,
        client,
    } = shop;
    server.stop().await;
    meanwhile(&database).await;
    let server = server_in(data, &database, &source("")).await;
    Shop {
        database,
        server,
        client,
    }
}

async fn followed_by(shop: &Shop, mode: &str) {
    eventually(&format!("the mode {mode}"), async || {
        (shop.status().await["auto_indexing"]["mode"] == mode).then_some(())
    })
    .await;
}

/// What nobody notes down: rows that are changed, come and go.
async fn change(shop: &Shop) {
    shop.run("update items set title = 'Changed', updated_at = '2001-01-01' where id = 1")
        .await;
    shop.run("delete from items where id = 2").await;
    shop.run("insert into items (id, title, updated_at) values (90, 'New', '2001-01-01')")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_between_the_last_sync_and_the_installation_is_not_lost() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 20).await;
    let status = shop.sync().await;
    let following = json!({"mode": "compare", "lag_seconds": 0.0, "pending": 0});
    assert_eq!(status["auto_indexing"], following);
    change(&shop).await;
    assert_ne!(shop.objects().await, shop.wanted().await);
    // A running server notices it by itself.
    install(&shop.database, &source(""));
    shop.in_step().await;
    followed_by(&shop, "outbox").await;
    let compared = super::ended(&shop.server.base()).await;
    assert_eq!(compared["status"], "complete", "{compared}");
    assert_eq!(compared["skipped"], 18, "{compared}");
    // Once: from now on the triggers tell.
    shop.run("update items set title = 'Told' where id = 5")
        .await;
    shop.in_step().await;
    assert_eq!(shop.status().await["sync_id"], compared["sync_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_that_came_while_the_server_was_away_are_new_to_it() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let Some(shop) = shop_in(&data, &source("")).await else {
        return;
    };
    shop.sync().await;
    let change = "update items set title = 'Changed' where id = 1; delete from items where id = 2";
    let shop = restarted(shop, &data, async |database| {
        database.run(change).await;
        install(database, &source(""));
    })
    .await;
    shop.in_step().await;
    let compared = super::ended(&shop.server.base()).await;
    // Nothing is read anew when it comes back and they are as they were.
    let shop = restarted(shop, &data, async |_| {}).await;
    shop.run("update items set title = 'Told' where id = 5")
        .await;
    shop.in_step().await;
    assert_eq!(shop.status().await["sync_id"], compared["sync_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_that_go_and_come_back_lose_nothing() {
    let Some(shop) = Shop::following("").await else {
        return;
    };
    shop.insert(1, 20).await;
    shop.sync().await;
    let dsn = shop.database.dsn();
    let args = ["uninstall", "items", "--apply"];
    let output = source_command(&source(""), &args, &[("SHOP_DSN", &dsn)]);
    assert!(output.status.success());
    change(&shop).await;
    followed_by(&shop, "compare").await;
    install(&shop.database, &source(""));
    shop.in_step().await;
    followed_by(&shop, "outbox").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_column_is_followed_until_there_are_triggers() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let sections = source_of(BY_TIME, "watermark_column = \"updated_at\"");
    let Some(shop) = shop_in(&data, &sections).await else {
        return;
    };
    let status = shop.sync().await;
    assert_eq!(status["auto_indexing"]["mode"], "watermark", "{status}");
    shop.run("update items set title = 'Later', updated_at = clock_timestamp() where id = 3")
        .await;
    shop.in_step().await;
    change(&shop).await;
    install(&shop.database, &sections);
    shop.in_step().await;
    followed_by(&shop, "outbox").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_are_compared_when_it_is_time() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    let hand = HandClock::new();
    let sections = source("auto = \"compare\"\nreconcile_every_h = 2");
    // By name, triggers are of no concern.
    install(&database, &source(""));
    let server = TestServer::builder()
        .clock(hand.clock())
        .set_for_site("attributes_form", "\"as_sent\"")
        .sections(&sections)
        .variable("SHOP_DSN", &database.dsn())
        .start()
        .await;
    let client = database.connect().await;
    let shop = Shop {
        database,
        server,
        client,
    };
    shop.insert(1, 20).await;
    let first = shop.sync().await;
    assert_eq!(first["auto_indexing"]["mode"], "compare", "{first}");
    change(&shop).await;
    assert_ne!(shop.objects().await, shop.wanted().await);
    hand.go_on(2 * 60 * 60);
    shop.in_step().await;
    let second = super::ended(&shop.server.base()).await;
    assert_eq!(second["status"], "complete", "{second}");
    assert_eq!(second["skipped"], 18, "{second}");
}

/// A comparison that would take too much away is told, and not begun again at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_that_fails_is_not_begun_over_and_over() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 20).await;
    let first = shop.sync().await;
    shop.run("delete from items where id > 2").await;
    install(&shop.database, &source(""));
    let failed = eventually("the comparison to fail", async || {
        let status = shop.status().await;
        (status["status"] == "failed").then_some(status)
    })
    .await;
    assert_ne!(failed["sync_id"], first["sync_id"]);
    // Whatever follows is followed; the next sync is for people to start.
    shop.run("update items set title = 'Told' where id = 1")
        .await;
    eventually("a change that was told", async || {
        (shop.objects().await["1"]["title"] == "Told").then_some(())
    })
    .await;
    assert_eq!(shop.status().await["sync_id"], failed["sync_id"]);
    let forced = shop.sync_with("?force=1").await;
    assert_eq!(forced["status"], "complete", "{forced}");
    assert_eq!(shop.objects().await, shop.wanted().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_off_is_not_followed_whatever_there_is() {
    let Some(shop) = Shop::open("auto = \"off\"").await else {
        return;
    };
    install(&shop.database, &source(""));
    shop.insert(1, 3).await;
    let status = shop.sync().await;
    let following = json!({"mode": "off", "lag_seconds": 0.0, "pending": 0});
    assert_eq!(status["auto_indexing"], following);
    shop.run("update items set title = 'Told' where id = 1")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["skipped"], 2, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_how_to_install_the_triggers() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = launch(folder.path(), &source(""), &database).start();
    server.ready().await;
    ask_sync(server.base(), "GET", "").await.status(200);
    eventually("a line that says it", async || {
        let log = server.log_so_far();
        let says_it = log.contains("vetrina source install items --config FILE --apply");
        (says_it && log.contains("compared every 24 h")).then_some(())
    })
    .await;
    let output = source_command(
        &source(""),
        &["check", "items"],
        &[("SHOP_DSN", &database.dsn())],
    );
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("comparing all rows every 24 h"), "{words}");
}
