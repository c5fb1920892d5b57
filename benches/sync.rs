//! How fast a catalog comes from a `PostgreSQL` database, and how soon a change there is found:
//!
//! `cargo bench --bench sync -- [VARIANTS]`
//!
//! The shop of `deploy/luxmart` with so many variants (50,000): a full sync until all of them can be
//! found, the same again with nothing changed, single changes from their commit until they can be found,
//! and one UPDATE of 50,000 rows until the outbox is empty, with searches beside it. The database is one
//! of its own with `fsync` off; it shares the machine.

mod measure;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::Client;

use measure::load::Latencies;
use measure::postgres::TestDatabase;
use measure::server::Server;
use measure::table::{bytes, per_second, row};

const VARIANTS: usize = 50_000;
/// Changed by one statement.
const UPDATED: usize = 50_000;
/// Changed one by one.
const SINGLE_CHANGES: usize = 200;
/// Between two looks whether something can be found.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Between two searches beside the load.
const SEARCH_EVERY: Duration = Duration::from_millis(20);
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(3_600);

const SCHEMA: &str = include_str!("../deploy/luxmart/schema.sql");
const CONFIG: &str = include_str!("../deploy/luxmart/vetrina.toml");
const ADMIN: &str = "change-me";
const ALL: &str = "f[]=type:item";

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let given = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let variants: usize = given.unwrap_or(VARIANTS);
    let database = TestDatabase::new()
        .await
        .ok_or("PostgreSQL is not installed")?;
    fill(&database, variants).await?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("vetrina.toml");
    std::fs::write(&config, CONFIG)?;
    let (config, dsn) = (config.to_string_lossy().into_owned(), database.dsn());
    let environment = [
        ("VETRINA_CONFIG", config.as_str()),
        ("SHOP_DSN", dsn.as_str()),
    ];
    install(&environment)?;
    let server = Arc::new(Server::start_with(&environment).await?);
    let shop = database.connect().await;
    println!("\n## {variants} variants");

    full_sync(&server, variants, "full sync, empty catalog").await?;
    server.wait_until_idle().await?;
    full_sync(&server, variants, "again, nothing changed").await?;
    row("memory", &[bytes(server.memory_peak()?)]);
    server.wait_until_idle().await?;
    single_changes(&server, &shop, variants).await?;
    server.wait_until_idle().await?;
    large_update(&server, &shop, variants.min(UPDATED)).await?;
    row("memory", &[bytes(server.memory_peak()?)]);
    Ok(())
}

/// Two variants a product, each with two attributes, categories two deep.
async fn fill(database: &TestDatabase, variants: usize) -> Result<()> {
    let shop = database.connect().await;
    shop.batch_execute(SCHEMA).await?;
    let rows = format!(
        "insert into categories (id, name, parent_id)
            select n, 'Category ' || n, case when n > 10 then n % 10 + 1 end from generate_series(1, 110) n;
         insert into brands (id, name) select n, 'Brand ' || n from generate_series(1, 50) n;
         insert into attributes (id, name) values (1, 'Color'), (2, 'Size');
         insert into attribute_values (id, attribute_id, value)
            select n, n % 2 + 1, 'Value ' || n from generate_series(1, 40) n;
         insert into products (id, store_id, category_id, brand_id, currency_id)
            select n, n % 5 + 1, n % 100 + 11, n % 50 + 1, 1 from generate_series(1, {variants} / 2 + 1) n;
         insert into product_variants (id, product_id, name_en, name_de, description_en, sku,
            stock_quantity, price)
            select n, n / 2 + 1, 'Variant ' || n || ' of a thing', 'Variante ' || n,
                'A thing described in some words, number ' || n || ', ' || repeat(md5(n::text) || ' ', 6),
                'SKU-' || n, n % 7, n % 1000 + 0.5
            from generate_series(1, {variants}) n;
         insert into variant_attribute_values
            select n, (n * 2) % 40 + 1 from generate_series(1, {variants}) n;
         insert into variant_attribute_values
            select n, (n * 2 + 1) % 40 + 1 from generate_series(1, {variants}) n;
         analyze"
    );
    // Longer than one answer is waited for in the product.
    shop.batch_execute(&rows).await?;
    Ok(())
}

fn install(environment: &[(&str, &str)]) -> Result<()> {
    let installed = std::process::Command::new(env!("CARGO_BIN_EXE_vetrina"))
        .args(["source", "install", "variants", "--apply"])
        .envs(environment.iter().copied())
        .output()?;
    if !installed.status.success() {
        return Err(String::from_utf8_lossy(&installed.stderr)
            .into_owned()
            .into());
    }
    Ok(())
}

async fn full_sync(server: &Server, variants: usize, name: &str) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/v1/products/search/sync/", server.base());
    let began = Instant::now();
    let answer = http
        .post(&url)
        .header("Authorization", format!("Token {ADMIN}"));
    let answer = answer.send().await?;
    if answer.status() != 200 {
        return Err(answer.text().await?.into());
    }
    let answered = began.elapsed();
    while server.count(ALL).await? < variants as u64 {
        patient(began)?;
        tokio::time::sleep(LOOK_EVERY * 5).await;
    }
    let found = began.elapsed();
    let status = loop {
        let asked = http
            .get(&url)
            .header("Authorization", format!("Token {ADMIN}"));
        let status: serde_json::Value = serde_json::from_str(&asked.send().await?.text().await?)?;
        let status = status["sources"][0].clone();
        if status["status"] != "running" {
            break status;
        }
        patient(began)?;
        tokio::time::sleep(LOOK_EVERY * 5).await;
    };
    if status["status"] != "complete" {
        return Err(status.to_string().into());
    }
    let completed = began.elapsed();
    row(
        name,
        &[
            format!("answered after {answered:.1?}"),
            format!("all found after {found:.2?}"),
            format!("complete after {completed:.2?}"),
            per_second(variants, completed),
            format!("{} skipped", status["skipped"]),
            format!(
                "page {} ms, at most {} ms",
                status["numbers"]["page_ms_mean"], status["numbers"]["page_ms_max"]
            ),
        ],
    );
    Ok(())
}

/// From the commit of one change until a search finds it, at rest otherwise.
async fn single_changes(server: &Server, shop: &Client, variants: usize) -> Result<()> {
    let mut latencies = Vec::with_capacity(SINGLE_CHANGES);
    for change in 0..SINGLE_CHANGES {
        let id = (change * 7_919 % variants + 1) as i64;
        let sku = format!("CHANGED-{change}");
        let sql = "update product_variants set sku = $2 where id = $1";
        shop.execute(sql, &[&id, &sku]).await?;
        let committed = Instant::now();
        let sought = format!("f[]=sku:{sku}");
        while server.count(&sought).await? == 0 {
            patient(committed)?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
        latencies.push(committed.elapsed());
        // The shop does something else in between.
        tokio::time::sleep(Duration::from_millis(20 + (change as u64 * 37) % 200)).await;
    }
    let latencies = Latencies::new(latencies);
    row("single changes", &cells(&latencies));
    Ok(())
}

/// Until the last row of one statement is followed, with searches beside it.
async fn large_update(server: &Arc<Server>, shop: &Client, updated: usize) -> Result<()> {
    let done = Arc::new(AtomicBool::new(false));
    let searching = tokio::spawn(searches(Arc::clone(server), Arc::clone(&done)));
    let began = Instant::now();
    let sql = "update product_variants set stock_quantity = 77 where id <= $1";
    shop.execute(sql, &[&(updated as i64)]).await?;
    let committed = Instant::now();
    let statement = committed.duration_since(began);
    while server.count("f[]=type:item&f[]=stock_quantity:77").await? < updated as u64 {
        patient(began)?;
        tokio::time::sleep(LOOK_EVERY * 10).await;
    }
    let found = committed.elapsed();
    loop {
        let left = shop
            .query_one("select count(*) from search_sync.outbox", &[])
            .await?;
        if left.get::<_, i64>(0) == 0 {
            break;
        }
        patient(began)?;
        tokio::time::sleep(LOOK_EVERY * 10).await;
    }
    let drained = committed.elapsed();
    done.store(true, Ordering::Relaxed);
    row(
        "UPDATE of many rows",
        &[
            format!("{updated} rows"),
            format!("statement {statement:.2?}"),
            format!("all found after {found:.2?}"),
            format!("outbox empty after {drained:.2?}"),
            per_second(updated, drained),
        ],
    );
    row("searches beside it", &cells(&searching.await??));
    Ok(())
}

async fn searches(server: Arc<Server>, done: Arc<AtomicBool>) -> Result<Latencies> {
    let mut latencies = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let began = Instant::now();
        server.count("q=variant%20thing").await?;
        latencies.push(began.elapsed());
        tokio::time::sleep(SEARCH_EVERY).await;
    }
    Ok(Latencies::new(latencies))
}

fn cells(latencies: &Latencies) -> Vec<String> {
    let at = |share| format!("{:.1?}", latencies.percentile(share));
    vec![
        format!("{} of them", latencies.len()),
        format!("p50 {}", at(0.5)),
        format!("p99 {}", at(0.99)),
        format!("max {}", at(1.0)),
    ]
}

fn patient(since: Instant) -> Result<()> {
    if since.elapsed() > PATIENCE {
        return Err("waited in vain".into());
    }
    Ok(())
}
