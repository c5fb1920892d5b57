//! Ids: what has one keeps it (docs/reference/10-swiftype.md §1, §7).

use serde_json::{Value, json};

use super::{Client, document, error, list, server_in};
use crate::support::{TRACKER_ID, product};

/// Types and documents of a shop, as the facade lists them.
async fn listed(client: &Client) -> (Value, Value) {
    let types = format!("/engines/{TRACKER_ID}/document_types");
    let documents = format!("{types}/product/documents");
    let ids = |list_of: &Value| {
        let ids = list(list_of).iter();
        ids.map(|one| one["id"].clone()).collect::<Value>()
    };
    (
        ids(&client.get(&types).await.status(200).json()),
        ids(&client.get(&documents).await.status(200).json()),
    )
}

#[tokio::test]
async fn what_came_through_the_primary_api_keeps_its_ids() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = || server_in(folder.path());
    let server = start().await;
    let client = Client::of(&server);
    let sock = |id| product(id).title("Sock");
    let socks = [sock("p1"), sock("p2"), sock("product:p3")];
    server.site().replace(socks).await.ok();
    let before = listed(&client).await;
    assert_eq!(list(&before.0).len(), 1);
    assert_eq!(list(&before.1).len(), 3);
    let product = format!("/engines/{TRACKER_ID}/document_types/product");
    let shown = async |id: &str| {
        let path = format!("{product}/documents/{id}");
        client.get(&path).await.status(200).json()
    };
    let record = async || {
        let answer = client.get(&format!("{product}/search?q=sock")).await;
        let records = answer.json()["records"]["product"].clone();
        let mut ids: Vec<[Value; 3]> = list(&records)
            .iter()
            .map(|one| ["id", "_type", "external_id"].map(|name| one[name].clone()))
            .collect();
        ids.sort_by_key(|[.., external_id]| external_id.to_string());
        ids
    };
    let records = record().await;

    // The first write through the facade: an attribute, then a whole document in the place of an object.
    let change = json!({"fields": {"title": "Warm sock"}});
    let path = format!("{product}/documents/p1/update_fields");
    let changed = client.put(&path, change).await.status(200).json();
    assert_eq!(changed["id"], before.1[0]);
    assert_eq!(changed["document_type_id"], before.0[0]);
    assert_eq!(listed(&client).await, before);
    let title = [("title", json!("Sock"), "string")];
    let body = json!({"document": document("p3", &title)});
    let path = format!("{product}/documents/create_or_update");
    let replaced = client.post(&path, body).await.status(200).json();
    assert_eq!(replaced["id"], before.1[2]);
    assert_eq!(listed(&client).await, before);
    assert_eq!(record().await, records);
    for id in list(&before.1) {
        let id = id.as_str().expect("an id");
        assert_eq!(shown(id).await["id"], id);
    }
    let by_id = format!(
        "/engines/{TRACKER_ID}/document_types/{}",
        before.0[0].as_str().expect("an id")
    );
    assert_eq!(
        client.get(&by_id).await.status(200).json()["id"],
        before.0[0]
    );
    server.stop().await;

    let server = start().await;
    let client = Client::of(&server);
    assert_eq!(listed(&client).await, before, "after a restart");
    // A document that was not there has an id of its own, and the type is there already.
    let path = format!("{product}/documents");
    let body = json!({"document": document("p4", &title)});
    let new = client.post(&path, body).await.status(200).json();
    assert!(!list(&before.1).contains(&new["id"]));
}

#[tokio::test]
async fn a_type_of_objects_is_not_made_again() {
    let server = super::server().await;
    let client = Client::of(&server);
    server
        .site()
        .replace([product("p1").title("Sock")])
        .await
        .ok();
    let before = listed(&client).await;
    let types = format!("/engines/{TRACKER_ID}/document_types");
    let body = json!({"document_type": {"name": "Product"}});
    let refused = client.post(&types, body).await;
    assert_eq!(error(refused, 409), "Record already exists");
    assert_eq!(listed(&client).await, before);
}
