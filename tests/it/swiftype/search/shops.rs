//! Sites that configuration has for shops are engines like all others (docs/reference/10-swiftype.md §7).

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

#[tokio::test]
async fn what_does_not_fit_an_attribute_of_a_shop_is_asked_for_like_the_rest() {
    let server = server().await;
    let client = Client::of(&server);
    let fan = |id: &str, airflow: Value, size: Value| {
        product(id)
            .title("Fan")
            .field("airflow", airflow)
            .field("size", size)
    };
    let shop = [
        fan("p1", json!(57), json!("XL")),
        fan("p2", json!("57 CFM"), json!(36)),
        fan("p3", json!(120), json!(38)),
    ];
    server.site().replace(shop).await.status(201);
    let path = format!("/engines/{TRACKER_ID}/document_types/product/search");
    let ask = async |options: Value| {
        let answer = client.post(&path, options).await;
        Found(answer.status(200).json()).good().ids("product")
    };
    let filtered = async |filters: Value| {
        let mut ids = ask(json!({"filters": {"product": filters}})).await;
        ids.sort();
        ids
    };
    assert_eq!(filtered(json!({"airflow": "57 CFM"})).await, ["p2"]);
    assert_eq!(
        filtered(json!({"airflow": ["57 CFM", 120]})).await,
        ["p2", "p3"]
    );
    assert_eq!(filtered(json!({"airflow": "!57 CFM"})).await, ["p1", "p3"]);
    let range = |from: i32, to: i32| json!({"type": "range", "from": from, "to": to});
    assert_eq!(filtered(json!({"airflow": range(50, 60)})).await, ["p1"]);
    assert_eq!(filtered(json!({"size": range(37, 40)})).await, ["p3"]);
    assert_eq!(filtered(json!({"size": "[36 TO *]"})).await, ["p2", "p3"]);
    assert_eq!(filtered(json!({"size": "XL"})).await, ["p1"]);
    let sorted = async |field: &str, direction: &str| {
        let options =
            json!({"sort_field": {"product": field}, "sort_direction": {"product": direction}});
        ask(options).await
    };
    assert_eq!(sorted("airflow", "desc").await, ["p3", "p1", "p2"]);
    assert_eq!(sorted("size", "desc").await, ["p3", "p2", "p1"]);
    let options = json!({"facets": {"product": ["airflow", "size"]}});
    let answer = client.post(&path, options).await.status(200).json();
    let facets = &answer["info"]["product"]["facets"];
    assert_eq!(facets["airflow"], json!({"57": 1, "120": 1, "57 CFM": 1}));
    assert_eq!(facets["size"], json!({"36": 1, "38": 1, "XL": 1}));
}
