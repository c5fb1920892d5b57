//! Work that goes on after a catalog was moved, and work that keeps it from being moved.

use serde_json::json;

use super::moved::serve;
use super::moves::Shop;
use crate::support::{Launch, eventually, product};
use crate::sync;

/// Those of jobs are not done where they are moved to: what they have changed is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalog_with_a_job_that_has_not_ended_is_not_moved_to_the_end() {
    let Some(shop) = Shop::new() else {
        return;
    };
    let server = Launch::new(&shop.data_dir()).start();
    server.ready().await;
    for part in 0..8 {
        let objects = (0..500).map(|at| product(&format!("/{part}/{at}")).field("size", 1));
        server.site().replace(objects).await.ok();
    }
    let number = server
        .site()
        .start_update(json!({"size": 1}), json!({"size": 2}))
        .await;
    server.kill();
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("has 1 jobs that have not ended"), "{words}");
    let server = serve(&shop, "embedded").await;
    let ended = server.site().ended_job(number).await;
    server.stop().await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{words}");
    let cluster = serve(&shop, "opensearch").await;
    assert_eq!(cluster.site().job(number).await.status(200).json(), ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_goes_on_where_it_was_after_a_move_and_back() {
    let (Some(mut shop), Some(database)) = (Shop::new(), sync::items(20).await) else {
        return;
    };
    let source = sync::source("");
    shop.sections.clone_from(&source);
    shop.variables.push(("SHOP_DSN", database.dsn()));
    sync::install(&database, &source);
    let embedded = serve(&shop, "embedded").await;
    sync::ask_sync(&embedded.base(), "POST", "")
        .await
        .status(200);
    let synced = sync::ended(&embedded.base()).await;
    assert_eq!(synced["status"], "complete", "{synced}");
    embedded.stop().await;
    for (from, to, more) in [
        ("embedded", "opensearch", &[][..]),
        ("opensearch", "embedded", &["--finish"][..]),
    ] {
        // What changes meanwhile is in the outbox of the database.
        let gone = if to == "opensearch" { 3 } else { 4 };
        database
            .run(&format!("delete from items where id = {gone}"))
            .await;
        database
            .run(&format!(
                "insert into items (id, title) values ({}, 'New')",
                100 + gone
            ))
            .await;
        let (code, words) = shop.moves(from, to, more).await;
        assert_eq!(code, 0, "{words}");
        let server = serve(&shop, to).await;
        eventually("the changes", async || {
            let objects = sync::objects_of(&server.site(), "item").await;
            let is_gone = !objects.contains_key(&gone.to_string());
            (is_gone && objects.contains_key(&(100 + gone).to_string())).then_some(())
        })
        .await;
        let now = sync::ended(&server.base()).await;
        for name in [
            "sync_id",
            "status",
            "generation",
            "total",
            "indexed",
            "finished_at",
        ] {
            assert_eq!(now[name], synced[name], "{name}: {now}");
        }
        // A row that becomes none takes its object with it, whoever made it.
        assert_eq!(sync::objects_of(&server.site(), "item").await.len(), 20);
        server.stop().await;
    }
}
