//! Engines and document types: sites, configured or made over the API (docs/reference/10-swiftype.md §3, §7).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, ENGINE, KEY, document, error, list, server, server_in};
use crate::support::{Launch, ServerProcess, TRACKER_ID, TestServer, get, product};

fn slugs(engines: &Value) -> Vec<&str> {
    let engines = list(engines).iter();
    engines
        .map(|engine| engine["slug"].as_str().expect("a slug"))
        .collect()
}

#[tokio::test]
async fn every_site_is_an_engine() {
    let server = server().await;
    let client = Client::of(&server);
    let engines = client.get("/engines.json").await.status(200).json();
    assert_eq!(slugs(&engines), [TRACKER_ID, ENGINE]);
    let engine = &engines[1];
    for member in ["name", "slug", "key", "id", "_id", "updated_at"] {
        assert!(engine[member].is_string(), "{member} in {engine}");
    }
    assert_eq!(engine["document_count"], 0);
    assert_eq!(engine["id"], engine["_id"]);
    assert_eq!(engine["key"].as_str().map(str::len), Some(20));
    let updated_at = engine["updated_at"].as_str().expect("a text");
    assert!(
        updated_at.len() == 20 && updated_at.ends_with('Z'),
        "{updated_at}"
    );
    let by_id = format!("/engines/{}", engine["id"].as_str().expect("an id"));
    assert_eq!(client.get(&by_id).await.status(200).json(), *engine);
    let second = client.get("/engines?page=2&per_page=1").await.json();
    assert_eq!(slugs(&second), [ENGINE]);
    assert_eq!(
        client.get("/engines?page=3&per_page=1").await.json(),
        json!([])
    );
}

#[tokio::test]
async fn what_is_not_there_is_told_by_its_name() {
    let server = server().await;
    let client = Client::of(&server);
    let no_entity = "Record not found. No entity with id 'bogus'";
    let books = client.make_type("books").await;
    assert_eq!(
        error(client.get("/engines/bogus.json").await, 404),
        no_entity
    );
    let path = format!("/engines/{ENGINE}/document_types/bogus.json");
    assert_eq!(error(client.get(&path).await, 404), no_entity);
    assert_eq!(
        error(books.call("GET", "/bogus", json!({})).await, 404),
        no_entity
    );
    let path = path.replace(".json", "/documents");
    assert_eq!(error(client.get(&path).await, 404), no_entity);
    for out_of_scope in ["/users", "/engines/bookstore/domains"] {
        error(client.get(out_of_scope).await, 404);
    }
    let wrong_method = client.delete("/engines").await;
    let allowed = wrong_method.header("allow").unwrap_or_default();
    let allowed: BTreeSet<&str> = allowed.split(", ").collect();
    assert_eq!(allowed, BTreeSet::from(["GET", "HEAD", "POST"]));
    error(wrong_method, 405);
}

#[tokio::test]
async fn an_engine_made_over_the_api_stays_until_it_is_deleted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = || server_in(folder.path());
    let server = start().await;
    let client = Client::of(&server);
    let body = json!({"engine": {"name": "new engine from spec", "language": "en"}});
    let engine = client
        .post("/engines.json", body.clone())
        .await
        .status(200)
        .json();
    assert_eq!(engine["slug"], "new-engine-from-spec");
    assert_eq!(engine["name"], "new engine from spec");
    assert_eq!(
        error(client.post("/engines", body).await, 409),
        "Record already exists"
    );
    let path = "/engines/new-engine-from-spec";
    let make_type = json!({"document_type": {"name": "new_doc_type"}});
    let types = format!("{path}/document_types");
    let made = client
        .post(&types, make_type.clone())
        .await
        .status(200)
        .json();
    assert_eq!(made["slug"], "new-doc-type");
    assert_eq!(made["name"], "new_doc_type");
    assert_eq!(made["engine_id"], engine["id"]);
    assert_eq!(made["field_mapping"], json!({}));
    error(client.post(&types, make_type).await, 409);
    let put = json!({"document": document("1", &[("title", json!("running"), "string")])});
    let documents = format!("{types}/new-doc-type/documents");
    client.post(&documents, put).await.status(200);
    let engine = client.get(path).await.status(200).json();
    server.stop().await;

    let server = start().await;
    let client = Client::of(&server);
    let again = client.get(path).await.status(200).json();
    for same in ["id", "key", "name", "updated_at"] {
        assert_eq!(again[same], engine[same], "{same}");
    }
    assert_eq!(again["document_count"], 1);
    let kept = client
        .get(&format!("{documents}/1.json"))
        .await
        .status(200)
        .json();
    assert_eq!(kept["title"], "running");
    // An ordinary site to searches of the primary API, in its language.
    let search = "/search?tracker_id=new-engine-from-spec&q=runs";
    assert_eq!(
        server.get(search).await.status(200).json()["results"]["total_hits"],
        1
    );
    client.delete(path).await.status(204);
    error(client.get(path).await, 404);
    server.get(search).await.status(404);
    assert!(!folder.path().join("sites/new-engine-from-spec").exists());
    server.stop().await;

    let server = start().await;
    error(Client::of(&server).get(path).await, 404);
    server.stop().await;
}

#[tokio::test]
async fn the_configuration_keeps_its_engines() {
    let server = server().await;
    let client = Client::of(&server);
    for name in [ENGINE, TRACKER_ID] {
        let refused = client.delete(&format!("/engines/{name}")).await;
        assert_eq!(
            error(refused, 403),
            "Engine is defined in the configuration."
        );
    }
    let body = json!({"engine": {"name": "BookStore"}});
    error(client.post("/engines", body).await, 409);
}

#[tokio::test]
async fn a_folder_of_a_removed_site_is_never_taken_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = format!("[{KEY:?}]");
    let with = TestServer::builder()
        .site("gone", "secret")
        .data_dir(folder.path());
    let server = with.start().await;
    server
        .site_with("gone", "secret")
        .replace([product("p1")])
        .await
        .ok();
    server.stop().await;
    let server = TestServer::builder()
        .set("swiftype.api_keys", key)
        .data_dir(folder.path())
        .start()
        .await;
    let client = Client::of(&server);
    assert_eq!(slugs(&client.get("/engines").await.json()), [TRACKER_ID]);
    error(
        client
            .post("/engines", json!({"engine": {"name": "gone"}}))
            .await,
        409,
    );
    server.stop().await;
}

#[tokio::test]
async fn bad_engines_and_types_are_refused() {
    let server = server().await;
    let client = Client::of(&server);
    let types = format!("/engines/{ENGINE}/document_types");
    for (body, words) in [
        (json!({}), "Missing required parameter: engine"),
        (json!({"engine": "x"}), "Invalid field type: engine"),
        (json!({"engine": {}}), "Missing required parameter: name"),
        (json!({"engine": {"name": 5}}), "Invalid field type: name"),
        (json!({"engine": {"name": "?"}}), "Invalid field type: name"),
        (
            json!({"engine": {"name": "x".repeat(65)}}),
            "Invalid field type: name",
        ),
    ] {
        assert_eq!(error(client.post("/engines", body).await, 400), words);
    }
    for (body, words) in [
        (json!({}), "Missing required parameter: document_type"),
        (
            json!({"document_type": []}),
            "Invalid field type: document_type",
        ),
        (
            json!({"document_type": {"name": ""}}),
            "Missing required parameter: name",
        ),
        (
            json!({"document_type": {"name": "!"}}),
            "Invalid field type: name",
        ),
    ] {
        assert_eq!(error(client.post(&types, body).await, 400), words);
    }
}

#[tokio::test]
async fn deleting_a_type_deletes_its_documents_and_its_schema() {
    let server = server().await;
    let client = Client::of(&server);
    let [books, films] = [
        client.make_type("books").await,
        client.make_type("films").await,
    ];
    let path = format!("/engines/{ENGINE}/document_types/books");
    books
        .put(document("1", &[("price", json!(5), "integer")]))
        .await;
    films
        .put(document("1", &[("price", json!("five"), "string")]))
        .await;
    let mapping = client.get(&path).await.json();
    let expected = json!({"price": "integer", "external_id": "enum", "updated_at": "date"});
    assert_eq!(mapping["field_mapping"], expected);
    assert_eq!(mapping["document_count"], 1);
    let before = books
        .submit(json!([document("2", &[("price", json!(6), "integer")])]))
        .await;
    client.delete(&path).await.status(204);
    error(client.get(&path).await, 404);
    error(client.delete(&path).await, 404);
    books.call("GET", "/1", json!({})).await.status(404);
    films.call("GET", "/1", json!({})).await.status(200);
    // It was written, then deleted with the type.
    assert_eq!(client.settled(&before).await[0]["status"], "complete");
    let again = client.make_type("books").await;
    again.call("GET", "/1", json!({})).await.status(404);
    again
        .put(document("1", &[("price", json!("none"), "enum")]))
        .await;
    let types = client
        .get(&format!("/engines/{ENGINE}/document_types"))
        .await
        .json();
    let names: Vec<_> = list(&types).iter().map(|one| &one["slug"]).collect();
    assert_eq!(names, ["films", "books"]);
}

#[tokio::test]
async fn objects_of_the_primary_api_are_documents_too() {
    let server = server().await;
    let client = Client::of(&server);
    server
        .site()
        .replace([product("p1").title("Sock")])
        .await
        .ok();
    let types = format!("/engines/{TRACKER_ID}/document_types");
    let listed = client.get(&types).await.status(200).json();
    assert_eq!(listed[0]["slug"], "product");
    let path = format!("{types}/product/documents");
    let found = client.get(&format!("{path}/p1")).await.status(200).json();
    assert_eq!(found["external_id"], "p1");
    assert_eq!(found["title"], "Sock");
    let by_id = format!("{path}/{}", found["id"].as_str().expect("an id"));
    assert_eq!(client.get(&by_id).await.status(200).json(), found);
    assert_eq!(list(&client.get(&path).await.json()).len(), 1);
    let change = json!({"fields": {"title": "Warm sock"}});
    let changed = client
        .put(&format!("{path}/p1/update_fields"), change)
        .await;
    assert_eq!(changed.status(200).json()["title"], "Warm sock");
    let refused = json!({"fields": {"title": true}});
    error(
        client
            .put(&format!("{path}/p1/update_fields"), refused)
            .await,
        400,
    );
    client.delete(&format!("{path}/p1")).await.status(204);
    client.get(&format!("{path}/p1")).await.status(404);
}

struct WithFile {
    server: ServerProcess,
    folder: TempDir,
}

impl WithFile {
    async fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("vetrina.toml"), settings).expect("writable");
        let file = folder.path().join("vetrina.toml");
        let server = Launch::without_site(&folder.path().join("data"))
            .arg("--config")
            .arg(&file.to_string_lossy())
            .start();
        server.ready().await;
        Self { server, folder }
    }

    fn reload(&self, settings: &str) {
        let new = self.folder.path().join("new.toml");
        std::fs::write(&new, settings).expect("writable");
        std::fs::rename(new, self.folder.path().join("vetrina.toml")).expect("writable");
        self.server.reload();
    }
}

#[tokio::test]
async fn a_reload_changes_keys_and_engines_and_keeps_those_made_over_the_api() {
    let with = WithFile::start("[swiftype]\napi_keys = [\"old\"]\nengines = [\"one\"]").await;
    let [old, new] = ["old", "new"].map(|key| Client::new(with.server.base(), key));
    old.post("/engines", json!({"engine": {"name": "made"}}))
        .await
        .status(200);
    with.reload("[swiftype]\napi_keys = [\"new\"]\nengines = [\"one\", \"two\"]");
    crate::support::eventually("the reload", async || {
        (new.get("/engines/two").await.status == 200).then_some(())
    })
    .await;
    error(old.get("/engines").await, 401);
    assert_eq!(
        slugs(&new.get("/engines").await.json()),
        ["made", "one", "two"]
    );
    new.delete("/engines/made").await.status(204);
    let ready = get(&format!("{}/health/ready", with.server.base())).await;
    assert_eq!(ready.status(200).json()["serving"], 2);
}
