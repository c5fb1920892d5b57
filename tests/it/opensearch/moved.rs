//! What clients can ask for, before and after a catalog is moved: whatever it is, the answer is the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::moves::{Shop, exported};
use crate::support::{TRACKER_ID, TestServer, eventually, product};
use crate::swiftype::{Client, KEY, document, list};
use crate::sync;

/// A server on the folder, or on the cluster.
async fn serve(shop: &Shop, backend: &str) -> TestServer {
    let mut builder = TestServer::builder()
        .set("backend", format!("{backend:?}"))
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set_for_site("commit_keeps_refused", "true")
        .data_dir(&shop.data_dir())
        .sections(&shop.cluster.section())
        .sections(&shop.sections);
    for (name, value) in &shop.variables {
        builder = builder.variable(name, value);
    }
    builder.start().await
}

/// A path below the engine that the site is.
fn engine(path: &str) -> String {
    format!("/engines/{TRACKER_ID}{path}")
}

/// What is written into a document type for later; its receipts.
async fn submit(client: &Client, of: &str, documents: Value) -> Value {
    let path = format!("/document_types/{of}/documents/async_bulk_create_or_update.json");
    let body = json!({ "documents": documents });
    let answer = client.post(&engine(&path), body).await;
    let receipts = answer.status(202).json()["document_receipts"].clone();
    client.settled(&receipts).await;
    receipts
}

/// Everything that is asked for.
async fn told(server: &TestServer) -> Value {
    let client = Client::of(server);
    let get = async |path: &str| client.get(&engine(path)).await.status(200).json();
    let objects = exported(server).await;
    let hits = server.site().search("size=100").await;
    let mut hits: Vec<Value> = hits
        .hits()
        .iter()
        .map(|hit| json!([hit["url"], hit["updated_at"]]))
        .collect();
    hits.sort_by_key(ToString::to_string);
    assert!(hits.iter().all(|hit| hit[1].is_string()), "{hits:?}");
    let types = get("/document_types.json").await;
    let mut documents = Vec::new();
    for of in list(&types) {
        let path = format!("/document_types/{}", of["slug"].as_str().expect("a slug"));
        documents.push(get(&format!("{path}.json")).await);
        documents.push(get(&format!("{path}/documents.json?per_page=100")).await);
        documents.push(get(&format!("{path}/analytics/clicks.json")).await);
    }
    json!({
        "objects": objects,
        "hits": hits,
        "engine": get(".json").await,
        "types": types,
        "documents": documents,
        "clicks": get("/analytics/clicks.json").await,
    })
}

/// What differs, so that it can be read.
#[track_caller]
fn assert_same(now: &Value, before: &Value) {
    for (name, before) in before.as_object().expect("an object") {
        assert_eq!(&now[name], before, "{name}");
    }
}

/// Of one document, by whatever names it.
async fn click(client: &Client, id: &str) {
    let path = engine("/document_types/books/analytics/log_clickthrough.json");
    let clicked = client.post(&path, json!({"q": "lion", "id": id})).await;
    clicked.status(200);
}

fn book(id: &str, pages: u64) -> Value {
    let title = json!(format!("Book {id}"));
    document(
        id,
        &[
            ("title", title, "string"),
            ("pages", json!(pages), "integer"),
        ],
    )
}

/// Objects, documents, what was refused of them and what was clicked on.
async fn fill(server: &TestServer) {
    let (site, client) = (server.site(), Client::of(server));
    // The name has one type here and another one there.
    site.replace([product("/p0").field("pages", "many").generation("g1")])
        .await
        .ok();
    let objects = (1..30).map(|at| {
        let name = format!("/p{at}");
        product(&name).field("size", at).generation("g2")
    });
    site.replace(objects).await.ok();
    let of_type = |name: &str| json!({"document_type": {"name": name}});
    for name in ["books", "films"] {
        client
            .post(&engine("/document_types.json"), of_type(name))
            .await
            .status(200);
    }
    submit(
        &client,
        "books",
        json!([book("1", 10), book("2", 20), book("3", 30)]),
    )
    .await;
    submit(
        &client,
        "films",
        json!([document("1", &[("seen_at", json!("2026-01-02"), "date")])]),
    )
    .await;
    let gone = engine("/document_types/books/documents/2.json");
    client.delete(&gone).await.status(204);
    click(&client, "1").await;
    click(&client, "3").await;
    site.replace([
        json!({"identity": "/p3", "type": "product", "generation": "g3", "fields": {"title": ""}}),
    ])
    .await
    .status(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_asked_for_is_the_same_after_a_move_and_back() {
    let Some(shop) = Shop::new() else {
        return;
    };
    let embedded = serve(&shop, "embedded").await;
    fill(&embedded).await;
    // Times are told in seconds.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 3, "{words}");
    let client = Client::of(&embedded);
    submit(&client, "books", json!([book("4", 40), book("1", 11)])).await;
    embedded
        .site()
        .delete([("product", "/p7")])
        .await
        .status(200);
    embedded
        .site()
        .replace([product("/p7").generation("g2")])
        .await
        .ok();
    let before = told(&embedded).await;
    embedded.stop().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{words}");
    let cluster = serve(&shop, "opensearch").await;
    assert_same(&told(&cluster).await, &before);
    // What is new there comes last, and has an id that nothing had.
    let client = Client::of(&cluster);
    submit(&client, "books", json!([book("5", 50)])).await;
    client
        .post(
            &engine("/document_types.json"),
            json!({"document_type": {"name": "songs"}}),
        )
        .await
        .status(200);
    submit(
        &client,
        "songs",
        json!([document("1", &[("title", json!("Song"), "string")])]),
    )
    .await;
    click(&client, "5").await;
    let site = cluster.site();
    site.replace([product("/new").generation("g3")]).await.ok();
    // Its newest upload was refused before the move.
    site.replace([product("/p4").generation("g3")]).await.ok();
    let committed = site.commit("product", "g3").await.status(200);
    drop(committed);
    let names: Vec<Value> = exported(&cluster)
        .await
        .into_iter()
        .map(|one| one["identity"].clone())
        .collect();
    assert!(names.contains(&json!("/p3")), "{names:?}");
    assert!(!names.contains(&json!("/p5")), "{names:?}");
    let before = told(&cluster).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let (code, words) = shop.moves("opensearch", "embedded", &[]).await;
    assert_eq!(code, 3, "{words}");
    let (code, words) = shop.moves("opensearch", "embedded", &["--finish"]).await;
    assert_eq!(code, 0, "{words}");
    cluster.stop().await;
    let embedded = serve(&shop, "embedded").await;
    assert_same(&told(&embedded).await, &before);
    let ids = |told: &Value| {
        let documents = told["documents"]
            .as_array()
            .expect("a list")
            .iter()
            .flat_map(list);
        let ids = documents.filter_map(|one| one["id"].as_str().map(str::to_owned));
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let known = ids(&before);
    let client = Client::of(&embedded);
    submit(&client, "books", json!([book("6", 60)])).await;
    let now = ids(&told(&embedded).await);
    assert_eq!(now.difference(&known).count(), 1, "{now:?} {known:?}");
    // To a folder that has nothing of it, once more.
    embedded.stop().await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{words}");
    std::fs::remove_dir_all(shop.data_dir()).expect("it is there");
    let (code, words) = shop.moves("opensearch", "embedded", &["--finish"]).await;
    assert_eq!(code, 0, "{words}");
    let embedded = serve(&shop, "embedded").await;
    let again = told(&embedded).await;
    assert_eq!(ids(&again), now);
    for name in ["hits", "engine", "types"] {
        assert_eq!(again[name], told(&embedded).await[name], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_goes_on_where_it_was_after_a_move_and_back() {
    let (Some(mut shop), Some(database)) = (Shop::new(), sync::items(20).await) else {
        return;
    };
    let source = sync::source("auto_index = true");
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
