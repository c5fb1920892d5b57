//! What cannot be asked is told beside the results (docs/reference/10-swiftype.md §6).

use rstest::rstest;
use serde_json::{Value, json};

use super::shelf;
use crate::support::{TRACKER_ID, TestServer, ask_with, product};
use crate::swiftype::{Client, ENGINE, Found, KEY, error};

#[rstest]
#[case::unknown_field(json!({"filters": {"books": {"author": "x"}}}), "filters", "unknown field: author")]
#[case::long_text(json!({"filters": {"books": {"body": "x"}}}), "filters",
    "body: body is of type text, which has no filters")]
#[case::no_number(json!({"filters": {"books": {"pages": "many"}}}), "filters", "pages: expected integer, got many")]
#[case::no_range(json!({"filters": {"books": {"genre": {"type": "range", "from": "a"}}}}), "filters",
    "genre: genre is of type enum, which has no ranges")]
#[case::no_form(json!({"filters": {"books": {"genre": {"type": "like"}}}}), "filters",
    "genre: type must be one of and, range, distance")]
#[case::no_map(json!({"filters": {"books": "x"}}), "filters", "must be an object, by field")]
#[case::facet_of_text(json!({"facets": {"books": ["body"]}}), "facets", "body is of type text")]
#[case::sort_by_text(json!({"sort_field": {"books": "body"}}), "sort_field", "body is of type text")]
#[case::direction(json!({"sort_field": {"books": "pages"}, "sort_direction": {"books": "up"}}), "sort_direction",
    "must be asc or desc")]
#[case::boost_by_words(json!({"functional_boosts": {"books": {"title": "linear"}}}), "functional_boosts",
    "title is of type string")]
#[case::no_function(json!({"functional_boosts": {"books": {"pages": "cubic"}}}), "functional_boosts",
    "function of pages must be one of linear, logarithmic, exponential")]
#[case::search_in_number(json!({"search_fields": {"books": ["pages"]}}), "search_fields", "pages is of type integer")]
#[case::weight(json!({"search_fields": {"books": ["title^heavy"]}}), "search_fields",
    "weight of title must be above 0 and at most 100")]
#[case::highlight(json!({"highlight_fields": {"books": {"pages": {}}}}), "highlight_fields",
    "pages is of type integer")]
#[tokio::test]
async fn an_option_that_cannot_be_is_told_and_left_out(
    #[case] options: Value,
    #[case] option: &str,
    #[case] words: &str,
) {
    let shelf = shelf().await;
    let found = shelf.books.search(options).await;
    assert_eq!(found.0["errors"], json!({option: {"books": [words]}}));
    assert_eq!(found.ids("books").len(), 4);
}

#[tokio::test]
async fn options_of_no_shape_at_all_are_told_too() {
    let shelf = shelf().await;
    let path = format!("/engines/{ENGINE}/search");
    let options = json!({"document_types": ["books", "bogus"], "spelling": "maybe", "facets": []});
    let found = shelf.client.post(&path, options).await.status(200).json();
    assert_eq!(
        found["errors"]["document_types"],
        json!(["unknown document type: bogus"])
    );
    assert_eq!(
        found["errors"]["spelling"],
        json!(["must be one of strict, always, retry"])
    );
    assert_eq!(
        found["errors"]["facets"],
        json!(["must be an object, by document type"])
    );
    assert_eq!(Found(found).ids("books").len(), 4);
    error(shelf.client.get("/engines/bogus/search").await, 404);
    error(
        shelf
            .client
            .get(&format!("/engines/{ENGINE}/document_types/bogus/suggest"))
            .await,
        404,
    );
}

/// Such an index is made for sites that a key opens. What browsers know opens none.
#[tokio::test]
async fn an_engine_that_no_key_opens_is_searched_as_a_whole_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let builder = || TestServer::builder().data_dir(folder.path());
    let with_key = builder().set("swiftype.api_keys", format!("[{KEY:?}]"));
    let server = with_key.start().await;
    let socks = [
        product("p1").title("Lion"),
        product("p2").title("Sock").field("print", "lion"),
    ];
    server.site().replace(socks).await.ok();
    let client = Client::of(&server);
    let engine = client.get(&format!("/engines/{TRACKER_ID}")).await;
    let engine_key = engine.json()["key"].clone();
    let find = async |server: &TestServer| {
        let body = json!({"engine_key": engine_key, "q": "lion",
            "search_fields": {"product": ["title"]}});
        let url = format!("{}/api/v1/public/engines/search", server.base());
        let json = [("Content-Type", "application/json")];
        let answer = ask_with("POST", &url, &json, body.to_string()).await;
        answer.status(200).json()
    };
    let found = find(&server).await;
    assert_eq!(found["errors"], json!({}));
    assert_eq!(found["record_count"], 1);
    server.stop().await;

    // Without any key there would be no such API.
    let of_another = format!("[{{key = {KEY:?}, engines = [{ENGINE:?}]}}]");
    let with_another = builder()
        .set("swiftype.engines", format!("[{ENGINE:?}]"))
        .set("swiftype.keys", of_another);
    let server = with_another.start().await;
    let found = find(&server).await;
    let words = "this engine is searched as a whole: no key of [swiftype] opens it";
    assert_eq!(
        found["errors"],
        json!({"search_fields": {"product": [words]}})
    );
    assert_eq!(found["record_count"], 2);
}
