//! Sites that configuration has for shops are engines like all others (contract 10 §7).

use serde_json::{Value, json};

use crate::support::{TRACKER_ID, product};
use crate::swiftype::{Client, Found, document, server};

#[tokio::test]
async fn objects_of_a_shop_are_searched_field_by_field() {
    let server = server().await;
    let client = Client::of(&server);
    let thing = |id: &str, title: &str, print: &str, story: &str| {
        let thing = product(id).title(title).field("print", print);
        thing.field("description", story).field("available", true)
    };
    let shop = [
        thing("p1", "Lion mug", "winter", "for tea"),
        thing("p2", "Mug", "lion", "for tea in winter"),
        thing("p3", "Winter sock", "stripes", "not for a lion"),
    ];
    server.site().replace(shop).await.ok();
    let path = format!("/engines/{TRACKER_ID}/document_types/product");
    let ask = async |call: &str, options: Value| {
        let answer = client.post(&format!("{path}/{call}"), options).await;
        let mut ids = Found(answer.status(200).json()).good().ids("product");
        ids.sort();
        ids
    };
    let search = async |fields: Value| {
        let options = json!({"q": "lion", "search_fields": {"product": fields}});
        ask("search", options).await
    };
    assert_eq!(search(json!(["title"])).await, ["p1"]);
    assert_eq!(search(json!(["print"])).await, ["p2"]);
    assert_eq!(
        search(json!(["description^2", "title"])).await,
        ["p1", "p3"]
    );
    let anywhere = json!({"q": "lion"});
    assert_eq!(ask("search", anywhere).await, ["p1", "p2", "p3"]);
    let flags = json!({"q": "true", "search_fields": {"product": ["available"]}});
    assert_eq!(ask("search", flags).await.len(), 3);
    let suggest = async || {
        let all = ask("suggest", json!({"q": "wint"})).await;
        let titles = json!({"q": "wint", "search_fields": {"product": ["title"]}});
        (all, ask("suggest", titles).await)
    };
    let expected = (
        ["p1", "p2", "p3"].map(str::to_owned).to_vec(),
        vec!["p3".to_owned()],
    );
    assert_eq!(suggest().await, expected);
    // A document among them leaves the objects as they are found.
    let fields = [("title", json!("Winter lamp"), "string")];
    let body = json!({"documents": [document("d1", &fields)]});
    let batch = format!("{path}/documents/async_bulk_create_or_update");
    let receipts = client.post(&batch, body).await.status(202).json();
    client.settled(&receipts["document_receipts"]).await;
    let (all, titles) = suggest().await;
    assert_eq!(all, ["d1", "p1", "p2", "p3"]);
    assert_eq!(titles, ["d1", "p3"]);
}
