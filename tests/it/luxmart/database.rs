//! The shipped example: its schema, filled, and its configuration, as they stand in `deploy/luxmart`.

use crate::support::{TestDatabase, TestServer};
use crate::sync::{Shop, ended};

pub(super) const SCHEMA: &str = include_str!("../../../deploy/luxmart/schema.sql");
const CONFIG: &str = include_str!("../../../deploy/luxmart/vetrina.toml");

/// Two shops, categories three deep, two brands, twelve products with two variants each.
const ROWS: &str = "
    insert into categories (id, name, parent_id) values
        (1, 'Home', null), (2, 'Kitchen', 1), (3, 'Cups', 2), (4, 'Garden', null);
    insert into brands (id, name) values (1, 'Acme'), (2, 'Besto');
    insert into products (id, store_id, category_id, brand_id, currency_id)
        select n, n % 2 + 1, case when n <= 6 then 3 else 4 end, n % 2 + 1, 1
        from generate_series(1, 12) n;
    insert into product_variants (product_id, name_en, name_de, sku, stock_quantity, price)
        select p, 'Enamel mug ' || p || v, 'Emailbecher ' || p || v, 'SKU-' || p || '-' || v,
            p % 3, p + 0.5
        from generate_series(1, 12) p, generate_series(1, 2) v order by p, v;
    insert into attributes (id, name) values (1, 'Color'), (2, 'Size');
    insert into attribute_values (id, attribute_id, value) values
        (1, 1, 'Red'), (2, 1, 'Blue'), (3, 2, 'Large');
    insert into variant_attribute_values select id, id % 2 + 1 from product_variants;
    insert into variant_attribute_values select id, 3 from product_variants where id <= 4;";

/// The sections of the shipped file that are about the sync, for the site and the token of the tests.
pub(super) fn sections() -> String {
    let at = CONFIG.find("[product_sync]").expect("the section");
    CONFIG[at..].replace("change-me", "admin-token")
}

/// The shop with its outbox installed, synced once.
pub(super) async fn open() -> Option<Shop> {
    let database = filled().await?;
    install(&database);
    Some(serve(database).await)
}

/// The shop without anything in its database that is not of the shop, synced once.
pub(super) async fn open_without_triggers() -> Option<Shop> {
    Some(serve(filled().await?).await)
}

async fn filled() -> Option<TestDatabase> {
    let database = TestDatabase::new().await?;
    database.run(SCHEMA).await;
    database.run(ROWS).await;
    Some(database)
}

#[track_caller]
pub(super) fn install(database: &TestDatabase) {
    let dsn = database.dsn();
    let args = ["install", "variants", "--apply"];
    let output = crate::sync::source_command(&sections(), &args, &[("SHOP_DSN", &dsn)]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

async fn serve(database: TestDatabase) -> Shop {
    let dsn = database.dsn();
    let server = TestServer::builder()
        .sections(&sections())
        .variable("SHOP_DSN", &dsn)
        .start()
        .await;
    let client = database.connect().await;
    let shop = Shop {
        database,
        server,
        client,
    };
    shop.start("").await.status(200);
    let status = ended(&shop.server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["failed"], 0, "{status}");
    shop
}
