//! The Swiftype API (docs/reference/10-swiftype.md) in front of a cluster: what one server made, every other one serves.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{SearchCluster, ServerProcess, TestServer, eventually};
use crate::swiftype::{Client, KEY, document, error, list};

const ROUNDS: u64 = 4;
const BATCH: usize = 10;

async fn server(cluster: &SearchCluster) -> TestServer {
    let keys = format!("[{KEY:?}]");
    let server = cluster.builder().set("swiftype.api_keys", keys);
    server.start().await
}

fn launch(cluster: &SearchCluster, data_dir: &Path) -> ServerProcess {
    let server = cluster.launch(data_dir);
    { server.setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]")) }.start()
}

fn titled(id: &str, title: &str) -> Value {
    document(id, &[("title", json!(title), "string")])
}

async fn make_films(client: &Client) {
    let engine = json!({"engine": {"name": "Films", "language": "en"}});
    client.post("/engines.json", engine).await.status(200);
    let of_type = json!({"document_type": {"name": "movies"}});
    let path = "/engines/films/document_types.json";
    client.post(path, of_type).await.status(200);
}

async fn submit(client: &Client, documents: Value) -> Value {
    let path = "/engines/films/document_types/movies/documents/async_bulk_create_or_update.json";
    let answer = client.post(path, json!({ "documents": documents })).await;
    answer.status(202).json()["document_receipts"].clone()
}

async fn found(client: &Client, text: &str) -> Vec<String> {
    let path = "/engines/films/document_types/movies/search.json";
    let answer = client.post(path, json!({ "q": text })).await.status(200);
    let records = answer.json()["records"]["movies"].clone();
    let ids = list(&records).iter();
    ids.map(|one| one["external_id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Pages of documents, in order of creation, to the end.
async fn listed(client: &Client) -> Vec<String> {
    let mut ids = Vec::new();
    for page in 1.. {
        let path =
            format!("/engines/films/document_types/movies/documents.json?per_page=100&page={page}");
        let documents = client.get(&path).await.status(200).json();
        let documents = list(&documents);
        let names = documents.iter().map(|one| one["external_id"].to_string());
        ids.extend(names);
        if documents.len() < 100 {
            break;
        }
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_made_is_served_by_every_other_one() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let servers = [server(&cluster).await, server(&cluster).await];
    let [one, other] = [0, 1].map(|at| Client::of(&servers[at]));
    // Known there, and not yet made.
    let engines = other.get("/engines.json").await.status(200).json();
    assert_eq!(list(&engines).len(), 1);
    make_films(&one).await;
    let engine = one.get("/engines/films.json").await.status(200).json();
    // At once, by its slug and by its id.
    for name in ["films", engine["id"].as_str().expect("an id")] {
        let path = format!("/engines/{name}.json");
        assert_eq!(other.get(&path).await.status(200).json(), engine);
    }
    let again = json!({"engine": {"name": "films"}});
    error(other.post("/engines.json", again).await, 409);
    let receipts = submit(
        &other,
        json!([
            titled("1", "The red balloon"),
            titled("2", "The blue bird"),
            document("3", &[("title", json!("Playtime"), "enum")]),
        ]),
    );
    let receipts = receipts.await;
    assert!(list(&receipts).iter().all(|one| one["status"] == "pending"));
    let settled = one.settled(&receipts).await;
    let states: Vec<&str> = settled
        .iter()
        .map(|receipt| receipt["status"].as_str().expect("a status"))
        .collect();
    assert_eq!(states, ["complete", "complete", "failed"]);
    for client in [&one, &other] {
        assert_eq!(found(client, "balloon").await, ["1"]);
        let link = settled[1]["links"]["document"].as_str().expect("a link");
        let path = link.split("/api/v1").last().expect("a path");
        let document = client.get(path).await.status(200).json();
        assert_eq!(document["external_id"], "2");
    }
    // A field that one server declared is refused by the other one under another type.
    let path = "/engines/films/document_types/movies/documents/create_or_update.json";
    let year = |kind: &str| {
        let year = document("4", &[("year", json!(1956), kind)]);
        json!({ "document": year })
    };
    one.post(path, year("integer")).await.status(200);
    error(other.post(path, year("enum")).await, 400);
    // By the id that the other server gave it.
    let given = one.post(path, year("integer")).await.status(200).json();
    let named = given["id"].as_str().expect("an id");
    let path = format!("/engines/films/document_types/movies/documents/{named}.json");
    other.delete(&path).await.status(204);
    error(one.get(&path).await, 404);
    assert_eq!(listed(&one).await, ["\"1\"", "\"2\""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_one_server_removed_is_gone_for_every_other_one() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let servers = [server(&cluster).await, server(&cluster).await];
    let [one, other] = [0, 1].map(|at| Client::of(&servers[at]));
    make_films(&one).await;
    let receipts = submit(&other, json!([titled("1", "The red balloon")])).await;
    other.settled(&receipts).await;
    let click = json!({"q": "balloon", "id": "1"});
    let path = "/engines/films/document_types/movies/analytics/log_clickthrough.json";
    for client in [&one, &other] {
        client.post(path, click.clone()).await.status(200);
    }
    let clicks = async |client: &Client| {
        let counted = client.get("/engines/films/analytics/clicks.json").await;
        counted.status(200).json()[0][1].clone()
    };
    assert_eq!(
        (clicks(&one).await, clicks(&other).await),
        (json!(2), json!(2))
    );
    one.delete("/engines/films.json").await.status(204);
    error(one.get("/engines/films.json").await, 404);
    // Until the other one knows, it is asked for what is not there any more: that is no fault of the server.
    let movies = "/engines/films/document_types/movies";
    for path in ["/search.json", "/suggest.json"] {
        let answer = other
            .post(&format!("{movies}{path}"), json!({"q": "balloon"}))
            .await;
        error(answer, 404);
    }
    for path in [
        "/documents.json",
        "/documents/1.json",
        ".json",
        "/analytics/clicks.json",
    ] {
        error(other.get(&format!("{movies}{path}")).await, 404);
    }
    eventually("the other server knows", async || {
        let gone = other.get("/engines/films.json").await.status == 404;
        gone.then_some(())
    })
    .await;
    let unknown = other.post(
        "/document_receipts.json",
        json!({"ids": [receipts[0]["id"]]}),
    );
    assert_eq!(unknown.await.status(200).json()[0]["status"], "unknown");
    let indices = cluster
        .get(&format!("/_cat/indices/{}cat-films*", cluster.prefix))
        .await;
    assert_eq!(indices.text(), "", "nothing is left of it");
    // Another one of that name has nothing of the first one, whoever asks.
    make_films(&other).await;
    for client in [&one, &other] {
        assert_eq!(clicks(client).await, 0);
        assert_eq!(listed(client).await, [] as [&str; 0]);
        assert_eq!(found(client, "balloon").await, [] as [&str; 0]);
    }
    let body = json!({"document": document("1", &[("title", json!(7), "integer")])});
    let path = "/engines/films/document_types/movies/documents.json";
    one.post(path, body).await.status(200);
    assert_eq!(listed(&other).await, ["\"1\""]);
}

/// Submits batches until nobody answers; keeps the receipts of those that were acknowledged.
async fn submit_all(client: Client, round: u64, acknowledged: Arc<Mutex<Vec<Value>>>) {
    let path = "/engines/films/document_types/movies/documents/async_bulk_create_or_update.json";
    for batch in 0.. {
        let documents: Vec<Value> = (0..BATCH)
            .map(|at| titled(&format!("{round}-{batch}-{at}"), "The red balloon"))
            .collect();
        let answer = client.post(path, json!({ "documents": documents })).await;
        if answer.status != 202 {
            return;
        }
        let receipts = answer.json()["document_receipts"].clone();
        let mut acknowledged = acknowledged.lock().expect("no test fails within");
        acknowledged.extend(list(&receipts).iter().cloned());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_document_that_it_gave_a_receipt_for() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heir = launch(&cluster, &folder.path().join("heir"));
    heir.ready().await;
    let client = Client::new(heir.base(), KEY);
    make_films(&client).await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for round in 0..ROUNDS {
        let dies = launch(&cluster, &folder.path().join("dies"));
        dies.ready().await;
        let submitting = submit_all(
            Client::new(dies.base(), KEY),
            round,
            Arc::clone(&acknowledged),
        );
        let submitting = tokio::spawn(submitting);
        tokio::time::sleep(Duration::from_millis(500 + 110 * round)).await;
        dies.kill();
        let _ = submitting.await;
        // This one waits for nobody who is dead.
        submit(
            &client,
            json!([titled(&format!("heir-{round}"), "Playtime")]),
        )
        .await;
    }
    let receipts = acknowledged.lock().expect("no test fails within").clone();
    assert!(!receipts.is_empty());
    let there = listed(&client).await;
    for some in receipts.chunks(500) {
        for receipt in client.settled(&json!(some)).await {
            assert_eq!(receipt["status"], "complete", "{receipt}");
            let id = receipt["external_id"].to_string();
            assert!(there.contains(&id), "{id} is lost");
        }
    }
    // Each has an id of its own.
    let mut documents: Vec<String> = Vec::new();
    for some in receipts.chunks(500) {
        let settled = client.settled(&json!(some)).await;
        documents.extend(
            settled
                .iter()
                .map(|one| one["links"]["document"].to_string()),
        );
    }
    let count = documents.len();
    documents.sort_unstable();
    documents.dedup();
    assert_eq!(documents.len(), count);
}
