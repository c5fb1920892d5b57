//! What is counted of searches (docs/reference/10-swiftype.md §3).

use serde_json::json;
use vetrina::domain::Clock;

use super::{Client, ENGINE, document, error, list, server};

#[tokio::test]
async fn clicks_are_counted_by_day() {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let book = books.put(document("1", &[])).await;
    let path = format!("/engines/{ENGINE}/document_types/books/analytics/log_clickthrough.json");
    for id in [json!("1"), book["id"].clone()] {
        let logged = client
            .post(&path, json!({"q": "lion", "id": id}))
            .await
            .status(200);
        assert_eq!(logged.text(), " ");
    }
    let missing = |name: &str| format!("Missing required parameter: {name}");
    let refused = client.post(&path, json!({"id": "1"})).await;
    assert_eq!(error(refused, 400), missing("q"));
    let refused = client.post(&path, json!({"q": "lion"})).await;
    assert_eq!(error(refused, 400), missing("id"));
    error(
        client.post(&path, json!({"q": "lion", "id": "2"})).await,
        404,
    );

    let today = Clock::system().now().to_string()[..10].to_owned();
    for scope in ["", "/document_types/books"] {
        let path = format!("/engines/{ENGINE}{scope}/analytics/clicks");
        let counted = client.get(&path).await.status(200).json();
        assert_eq!(list(&counted).len(), 15);
        assert_eq!(counted[0], json!([today, 2]));
        assert_eq!(counted[1][1], 0);
        let page = client
            .get(&format!("{path}?per_page=2&page=2"))
            .await
            .json();
        assert_eq!(page[0], counted[2]);
    }
}

#[tokio::test]
async fn what_is_not_counted_is_an_empty_list() {
    let server = server().await;
    let client = Client::of(&server);
    client.make_type("books").await;
    for counter in [
        "searches",
        "autoselects",
        "top_queries",
        "top_queries_in_range",
        "top_no_result_queries",
        "top_no_result_queries_in_range",
    ] {
        for scope in ["", "/document_types/books"] {
            let path = format!("/engines/{ENGINE}{scope}/analytics/{counter}.json");
            assert_eq!(client.get(&path).await.status(200).json(), json!([]));
        }
    }
    error(
        client
            .get(&format!("/engines/{ENGINE}/analytics/nonsense"))
            .await,
        404,
    );
}

#[tokio::test]
async fn a_time_range_is_at_most_thirty_days() {
    let server = server().await;
    let client = Client::of(&server);
    let path = format!("/engines/{ENGINE}/analytics/clicks.json");
    let good = format!("{path}?start_date=2024-01-01&end_date=2024-01-30");
    let counted = client.get(&good).await.status(200).json();
    assert_eq!(list(&counted).len(), 30);
    assert_eq!(counted[0], json!(["2024-01-30", 0]));
    for range in [
        "start_date=2024-01-01&end_date=2024-01-31",
        "start_date=2024-01-02&end_date=2024-01-01",
        "start_date=yesterday",
        "end_date=2024-01-01T00:00:00Z",
    ] {
        let refused = client.get(&format!("{path}?{range}")).await;
        assert_eq!(
            error(refused, 400),
            "The time range you specified was invalid."
        );
    }
}
