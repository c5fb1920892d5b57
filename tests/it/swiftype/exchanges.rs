//! The seven exchanges of the reference (docs/reference/10-swiftype.md §5), with their JSON shapes. Its
//! misprints are not copied: a receipt's own link is its own.

use serde_json::{Value, json};

use super::{Client, ENGINE, KEY, list, server};
use crate::support::{Answer, HandClock, TestServer, ask, ask_with};

const SUBMIT: &str =
    "/engines/bookstore/document_types/books/documents/async_bulk_create_or_update";

/// The two documents of the reference: the second gives `title` another type.
fn documents() -> Value {
    json!([
        {"external_id": "3", "fields": [
            {"name": "title", "value": "my title 1", "type": "string"},
            {"name": "page_type", "value": "user", "type": "enum"}]},
        {"external_id": "4", "fields": [
            {"name": "title", "value": "my title 1", "type": "enum"},
            {"name": "page_type", "value": "user", "type": "enum"}]},
    ])
}

/// The key as the user of Basic authentication, as curl sends `https://KEY:@host`.
async fn get_with_basic(server: &TestServer, path: &str) -> Answer {
    // `api key:`
    let basic = [("Authorization", "Basic YXBpIGtleTo=")];
    ask("GET", &format!("{}/api/v1{path}", server.base()), &basic).await
}

fn receipt(base: &str, id: &Value, external_id: &Value, status: &str, errors: &Value) -> Value {
    let id = id.as_str().expect("an id");
    json!({
        "id": id,
        "external_id": external_id,
        "status": status,
        "errors": errors,
        "links": {
            "document_receipt": format!("{base}/api/v1/document_receipts/{id}.json"),
            "document": null,
        },
    })
}

#[tokio::test]
async fn a_batch_is_submitted_and_polled_as_the_reference_shows() {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let base = server.base();

    // Submitting a batch of documents.
    let body = json!({ "documents": documents() });
    let answer = client.post(SUBMIT, body).await.status(202).json();
    let receipts = answer["document_receipts"].clone();
    let [first, second] = list(&receipts) else {
        panic!("two receipts in {answer}");
    };
    let (id_1, id_2) = (&first["id"], &second["id"]);
    assert_ne!(id_1, id_2);
    for id in [id_1, id_2] {
        let digits = id.as_str().expect("an id").as_bytes();
        let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        assert!(digits.len() == 24 && digits.iter().all(is_hex), "{id}");
    }
    let ids = format!(
        "{},{}",
        id_1.as_str().expect("an id"),
        id_2.as_str().expect("an id")
    );
    assert_eq!(
        answer,
        json!({
            "batch_link": format!("{base}/api/v1/document_receipts.json?ids={ids}"),
            "document_receipts": [
                receipt(&base, id_1, &json!("3"), "pending", &json!([])),
                receipt(&base, id_2, &json!("4"), "pending", &json!([])),
            ],
        })
    );

    // Checking with a GET request and with a POST request.
    let settled = client.settled(&receipts).await;
    let path = format!("/document_receipts.json?ids={ids}");
    let by_get = get_with_basic(&server, &path).await.status(200).json();
    assert_eq!(by_get, json!(settled));
    let by_link = get_with_basic(&server, &path.replace(',', "%2C")).await;
    assert_eq!(by_link.json(), by_get);

    // A receipt for a failed document creation.
    let words =
        "Invalid type for title: Got enum, but title is already defined as string in schema.";
    let failed = receipt(&base, id_2, &json!("4"), "failed", &json!([words]));
    assert_eq!(by_get[1], failed);

    // A single document receipt.
    let path = format!("/document_receipts/{}.json", id_1.as_str().expect("an id"));
    let single = get_with_basic(&server, &path).await.status(200).json();
    assert_eq!(single, by_get[0]);
    assert_eq!(single["status"], "complete");
    let link = single["links"]["document"].as_str().expect("a link");
    let engine = client.get("/engines/bookstore.json").await.json();
    let of_type = client
        .get("/engines/bookstore/document_types/books")
        .await
        .json();
    let document = books
        .call("GET", "/3.json", json!({}))
        .await
        .status(200)
        .json();
    assert_eq!(
        link,
        format!(
            "{base}/api/v1/engines/{}/document_types/{}/documents/{}.json",
            engine["id"].as_str().expect("an id"),
            of_type["id"].as_str().expect("an id"),
            document["id"].as_str().expect("an id"),
        )
    );
    let followed = client
        .get(link.split("/api/v1").nth(1).expect("a path"))
        .await;
    assert_eq!(followed.status(200).json(), document);
    assert_eq!(document["title"], "my title 1");
    assert_eq!(document["page_type"], "user");
    books.call("GET", "/4", json!({})).await.status(404);
}

#[tokio::test]
async fn a_submission_without_documents_is_refused_as_the_reference_shows() {
    let server = server().await;
    let client = Client::of(&server);
    client.make_type("books").await;
    for body in [
        json!({"documents": []}),
        json!({"documents": {}}),
        json!({"documents": "x"}),
        json!({"documents": null}),
        json!({}),
    ] {
        let answer = client
            .post(&format!("{SUBMIT}.json"), body)
            .await
            .status(400);
        assert_eq!(
            answer.json(),
            json!({"error": "Invalid field type: documents"})
        );
    }
}

#[tokio::test]
async fn a_receipt_older_than_a_day_has_expired() {
    let hand = HandClock::new();
    let server = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"))
        .clock(hand.clock())
        .start()
        .await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let settled = books.submit_and_settle(documents()).await;
    let id = &settled[0]["id"];
    let path = format!(
        "/document_receipts.json?ids={}",
        id.as_str().expect("an id")
    );

    hand.go_on(24 * 60 * 60 - 2);
    let polled = get_with_basic(&server, &path).await.json();
    assert_eq!(polled[0]["status"], "complete");
    hand.go_on(4);
    let polled = get_with_basic(&server, &path).await.status(200).json();
    let expired = receipt(&server.base(), id, &Value::Null, "expired", &json!([]));
    assert_eq!(polled, json!([expired]));
    let single = format!("/document_receipts/{}", id.as_str().expect("an id"));
    let single = get_with_basic(&server, &single).await.status(200).json();
    assert_eq!(single, expired);
    // The document is there all the same.
    books.call("GET", "/3", json!({})).await.status(200);
}

#[tokio::test]
async fn the_key_may_stand_in_the_body_of_a_form_less_curl() {
    let server = server().await;
    Client::of(&server).make_type("books").await;
    // curl sends this type when it is told of none.
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let url = format!("{}/api/v1{SUBMIT}.json", server.base());
    let body = json!({"auth_token": KEY, "documents": documents()}).to_string();
    ask_with("POST", &url, &form, body).await.status(202);
}
