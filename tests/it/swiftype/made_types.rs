//! Document types that nobody made: the first batch of documents does (docs/reference/10-swiftype.md §5).

use serde_json::{Value, json};

use super::{Client, ENGINE, KEY, Type, document, error, list, server};
use crate::support::{Launch, ServerProcess, TestServer, ask_with};

fn title(external_id: &str) -> Value {
    document(external_id, &[("title", "Lion".into(), "string")])
}

fn of_name(client: &Client, name: &str) -> Type {
    Type {
        client: client.clone(),
        path: format!("/engines/{ENGINE}/document_types/{name}"),
    }
}

async fn slugs(client: &Client) -> Vec<String> {
    let path = format!("/engines/{ENGINE}/document_types.json");
    let types = client.get(&path).await.status(200).json();
    let slugs = list(&types).iter().map(|one| one["slug"].as_str());
    slugs.map(|slug| slug.expect("a slug").to_owned()).collect()
}

const BULKS: [&str; 2] = [
    "/bulk_create_or_update.json",
    "/bulk_create_or_update_verbose",
];

/// The first example of the reference.
#[tokio::test]
async fn a_batch_makes_the_type_it_is_sent_to() {
    let server = server().await;
    let client = Client::of(&server);
    let books = of_name(&client, "books");
    books.call("GET", "", json!({})).await.status(404);
    let receipts = books
        .submit_and_settle(json!([title("1"), {"fields": []}, title("2")]))
        .await;
    let statuses: Vec<_> = receipts.iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["complete", "failed", "complete"]);
    let link = receipts[0]["links"]["document"].as_str().expect("a link");
    let (_, path) = link.split_once("/api/v1").expect("a link of ours");
    assert_eq!(
        client.get(path).await.status(200).json()["external_id"],
        "1"
    );
    assert_eq!(
        books
            .search(json!({"q": "lion"}))
            .await
            .good()
            .ids("books")
            .len(),
        2
    );
    let shown = client.get(&books.path).await.status(200).json();
    assert_eq!(shown["name"], "books");
    assert_eq!(shown["document_count"], 2);
    assert_eq!(shown["field_mapping"]["title"], "string");
    assert!(shown["updated_at"].is_string());
    let again = json!({"document_type": {"name": "books"}});
    let path = format!("/engines/{ENGINE}/document_types");
    error(client.post(&path, again).await, 409);
}

#[tokio::test]
async fn both_synchronous_forms_make_it_too_and_no_other_write_does() {
    let server = server().await;
    let client = Client::of(&server);
    for (at, path) in BULKS.iter().enumerate() {
        let of = of_name(&client, &format!("type-{at}"));
        let body = json!({"documents": [title("1")]});
        let answer = of.call("POST", path, body).await.status(200).json();
        assert_eq!(answer, json!([true]));
        let shown = of.call("GET", "/1", json!({})).await.status(200).json();
        assert_eq!(shown["title"], "Lion");
    }
    let of = of_name(&client, "none");
    let one = json!({"document": title("1")});
    let many = json!({"documents": [title("1")]});
    let keys = json!({"documents": ["1"]});
    for (method, path, body) in [
        ("POST", "", &one),
        ("POST", "/create_or_update", &one),
        ("POST", "/bulk_create", &many),
        ("PUT", "/bulk_update", &many),
        ("POST", "/bulk_destroy", &keys),
        (
            "PUT",
            "/1/update_fields",
            &json!({"fields": {"title": "x"}}),
        ),
        ("DELETE", "/1", &json!({})),
        ("GET", "", &json!({})),
        ("GET", "/1", &json!({})),
    ] {
        let answer = of.call(method, path, body.clone()).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
    }
    client
        .post(&format!("{}/search", of.path), json!({"q": ""}))
        .await
        .status(404);
    assert_eq!(slugs(&client).await, ["type-0", "type-1"]);
}

#[tokio::test]
async fn documents_that_are_all_refused_make_no_type() {
    let server = server().await;
    let client = Client::of(&server);
    let of = of_name(&client, "books");
    let bad = json!({"documents": [
        {"fields": []},
        document("1", &[("_id", "x".into(), "enum")]),
        document("2", &[("n", "x".into(), "integer")]),
    ]});
    for path in ["/async_bulk_create_or_update.json"].iter().chain(&BULKS) {
        let answer = of.call("POST", path, bad.clone()).await;
        assert_eq!(
            error(answer, 404),
            "Record not found. No entity with id 'books'",
            "{path}"
        );
    }
    for (body, status) in [
        (json!({"documents": []}), 400),
        (json!({"documents": vec![title("1"); 101]}), 400),
        (json!({}), 400),
    ] {
        let path = "/async_bulk_create_or_update";
        error(of.call("POST", path, body).await, status);
    }
    assert!(slugs(&client).await.is_empty());
}

#[tokio::test]
async fn a_name_that_cannot_be_a_type_is_not_found() {
    let server = server().await;
    let client = Client::of(&server);
    let body = json!({"documents": [title("1")]});
    let long = "a".repeat(65);
    // The last is the id of a type that is gone.
    for name in ["---", "%C3%A9%21", &long, "5473d6142ed96065a9000001"] {
        let of = of_name(&client, name);
        for path in ["/async_bulk_create_or_update"].iter().chain(&BULKS) {
            let answer = of.call("POST", path, body.clone()).await;
            assert_eq!(answer.status, 404, "{name} {path}: {}", answer.text());
        }
    }
    let of = Type {
        client: client.clone(),
        path: "/engines/none/document_types/books".to_owned(),
    };
    error(
        of.call("POST", "/async_bulk_create_or_update", body.clone())
            .await,
        404,
    );

    // A name is made a slug, as it is when a type is made by itself, and found by both.
    let of = of_name(&client, "New_Books");
    of.submit_and_settle(json!([title("1")])).await;
    of.submit_and_settle(json!([title("2")])).await;
    assert_eq!(slugs(&client).await, ["new-books"]);
    let found = of_name(&client, "new-books")
        .search(json!({"q": "lion"}))
        .await;
    assert_eq!(found.good().ids("new-books").len(), 2);
}

#[tokio::test]
async fn a_setting_leaves_types_to_those_who_make_them() {
    let server = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"))
        .set("swiftype.create_document_types", false);
    let server = server.start().await;
    let client = Client::of(&server);
    let body = json!({"documents": [title("1")]});
    let of = of_name(&client, "books");
    for path in ["/async_bulk_create_or_update"].iter().chain(&BULKS) {
        error(of.call("POST", path, body.clone()).await, 404);
    }
    let made = client.make_type("books").await;
    assert_eq!(
        made.submit_and_settle(json!([title("1")])).await[0]["status"],
        "complete"
    );
}

#[tokio::test]
async fn a_batch_with_a_byte_order_mark_is_read() {
    let server = server().await;
    let client = Client::of(&server);
    let body = json!({"auth_token": KEY, "documents": [title("1")]});
    let url = format!(
        "{}/api/v1/engines/{ENGINE}/document_types/books/documents/bulk_create_or_update",
        server.base()
    );
    let json = [("Content-Type", "application/json")];
    let answer = ask_with("POST", &url, &json, format!("\u{feff}{body}")).await;
    assert_eq!(answer.status(200).json(), json!([true]));
    assert_eq!(slugs(&client).await, ["books"]);
}

/// What was answered is there after a crash: type, documents and receipts are of one transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_a_batch_made_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = Launch::without_site(folder.path())
        .setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]"))
        .setting("SWIFTYPE__ENGINES", &format!("[{ENGINE:?}]"));
    let running: ServerProcess = launch.start();
    running.ready().await;
    let client = Client::new(running.base(), KEY);
    let receipts = of_name(&client, "books").submit(json!([title("1")])).await;
    running.kill();

    let running = launch.start();
    running.ready().await;
    let client = Client::new(running.base(), KEY);
    assert_eq!(client.settled(&receipts).await[0]["status"], "complete");
    let books = of_name(&client, "books");
    assert_eq!(
        books.search(json!({"q": "lion"})).await.good().ids("books"),
        ["1"]
    );
    let shown = client.get(&books.path).await.status(200).json();
    assert_eq!(shown["field_mapping"]["title"], "string");
    let engine = client.get(&format!("/engines/{ENGINE}")).await.json();
    assert_eq!(engine["updated_at"], shown["updated_at"]);
}
