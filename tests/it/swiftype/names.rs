//! Fields of document types among the names a site may have (docs/reference/10-swiftype.md §5): declared for
//! as long as their type is there, free when it is not.

use serde_json::json;

use super::{Client, ENGINE, server};
use crate::support::{Figures, TestServer, eventually};

async fn names(server: &TestServer, metric: &str) -> f64 {
    let page = server.get("/metrics").await.status(200);
    Figures::read(&page.text()).value(metric, &[("site", ENGINE)])
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_stay_declared_without_documents_and_go_with_their_type() {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let films = client.make_type("films").await;
    let document = |kind: &str, value: serde_json::Value| {
        json!([{"external_id": "1", "fields": [
            {"name": "pages", "value": value, "type": kind}, {"name": "title", "value": "T", "type": "string"}]}])
    };
    let receipts = books.submit(document("integer", json!(7))).await;
    client.settled(&receipts).await;
    let title = json!([{"external_id": "1", "fields": [{"name": "title", "value": "T", "type": "string"}]}]);
    let receipts = films.submit(title).await;
    client.settled(&receipts).await;
    let before = names(&server, "vetrina_attribute_names").await;

    books.call("DELETE", "/1.json", json!({})).await.status(204);
    // Types of fields never change (docs/reference/10-swiftype.md §5), whether a document has the field or not.
    let receipts = books.submit(document("string", json!("many"))).await;
    let settled = client.settled(&receipts).await;
    assert_eq!(settled[0]["status"], "failed", "{settled:?}");

    let path = format!("/engines/{ENGINE}/document_types/books.json");
    client.delete(&path).await.status(204);
    eventually("fields that are free", async || {
        let freed = names(&server, "vetrina_attribute_names_freed_total").await;
        (freed >= 1.0).then_some(())
    })
    .await;
    let after = names(&server, "vetrina_attribute_names").await;
    assert!(after < before, "{after} of {before}");
    let books = client.make_type("books").await;
    let receipts = books.submit(document("string", json!("many"))).await;
    let settled = client.settled(&receipts).await;
    assert_eq!(settled[0]["status"], "complete", "{settled:?}");
    // The other type has its title as before.
    let found = client
        .get(&format!(
            "/engines/{ENGINE}/document_types/films/search.json?q=T"
        ))
        .await
        .status(200)
        .json();
    assert_eq!(found["record_count"], 1, "{found}");
    server.stop().await;
}
