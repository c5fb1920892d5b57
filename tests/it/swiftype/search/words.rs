//! Words: where they are looked for, how they are shown, what else may be meant
//! (docs/reference/10-swiftype.md §6).

use serde_json::{Value, json};

use super::shelf;
use crate::swiftype::{Client, ENGINE, document, server};

#[tokio::test]
async fn words_are_looked_for_in_the_fields_named() {
    let server = server().await;
    let books = Client::of(&server).make_type("books").await;
    let book = |id: &str, title: &str, author: &str, body: &str| {
        let fields = [
            ("title", json!(title), "string"),
            ("author", json!(author), "string"),
            ("body", json!(body), "text"),
        ];
        document(id, &fields)
    };
    books
        .index(json!([
            book("1", "Lion", "Hill", "a hunter"),
            book("2", "Hunter", "Lion", "a hill"),
            book("3", "Hill", "Hunter", "a lion"),
        ]))
        .await;
    let search = async |q: &str, fields: Value| {
        let options = json!({"q": q, "search_fields": {"books": fields}});
        books.search(options).await.good().ids("books")
    };
    assert_eq!(search("lion", json!(["title"])).await, ["1"]);
    assert_eq!(search("lion", json!(["author", "body"])).await.len(), 2);
    assert_eq!(search("lion", json!(["body^5", "title"])).await, ["3", "1"]);
    assert_eq!(search("lion", json!(["body", "title^5"])).await, ["1", "3"]);
    assert_eq!(
        books
            .search(json!({"q": "lion"}))
            .await
            .good()
            .ids("books")
            .len(),
        3
    );
    // Completions leave long texts out.
    let mut begun = books.suggest(json!({"q": "lio"})).await.good().ids("books");
    begun.sort();
    assert_eq!(begun, ["1", "2"]);
    let options = json!({"q": "lio", "search_fields": {"books": ["author"]}});
    assert_eq!(books.suggest(options).await.good().ids("books"), ["2"]);
}

#[tokio::test]
async fn highlights_are_as_long_as_asked() {
    let shelf = shelf().await;
    let options = json!({"q": "lion", "highlight_fields": {"books": {
        "body": {"size": 20}, "title": {"fallback": true}}}});
    let found = shelf.books.search(options).await.good();
    let highlight = &found.0["records"]["books"][0]["highlight"];
    assert_eq!(highlight["title"], "The <em>lion</em> in winter");
    let body = highlight["body"].as_str().expect("a text");
    assert!(body.contains("<em>lion</em>") && body.len() < 40, "{body}");
}

#[tokio::test]
async fn completions_look_for_begun_words_in_short_texts() {
    let shelf = shelf().await;
    let found = shelf.books.suggest(json!({"q": "lio"})).await.good();
    let mut ids = found.ids("books");
    ids.sort();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(found.0["record_count"], 2);
    let info = &found.0["info"]["books"];
    assert_eq!(info["per_page"], 10);
    assert_eq!(info.get("facets"), None);
    let whole = shelf.books.search(json!({"q": "lio"})).await.good();
    assert_eq!(whole.ids("books"), [""; 0]);
    // An old page of the reference has it below the documents.
    let old = shelf
        .books
        .call("GET", "/suggest.json?q=wint", json!({}))
        .await
        .status(200)
        .json();
    assert_eq!(old["record_count"], 2);
    let engine = shelf
        .client
        .get(&format!("/engines/{ENGINE}/suggest?q=wint"))
        .await
        .json();
    assert_eq!(engine["record_count"], 3);
    let _ = shelf.server;
}

#[tokio::test]
async fn numbers_and_parts_of_enums_are_no_words_to_search() {
    let shelf = shelf().await;
    for q in ["300", "fairy"] {
        let found = shelf.books.search(json!({ "q": q })).await.good();
        assert_eq!(found.ids("books"), [""; 0], "{q}");
    }
}

#[tokio::test]
async fn numbers_boost_and_fields_are_chosen() {
    let shelf = shelf().await;
    for function in ["linear", "logarithmic", "exponential"] {
        let options = json!({"q": "story", "functional_boosts": {"books": {"pages": function}}});
        let found = shelf.books.search(options).await.good();
        let ids = found.ids("books");
        assert_eq!(ids.len(), 4);
        let place = |id: &str| ids.iter().position(|one| one == id);
        // Their texts are alike, their numbers are not.
        assert!(place("2") < place("4"), "{function}: {ids:?}");
    }
    let options = json!({"fetch_fields": {"books": ["title"]}, "highlight_fields": {"books": {}}});
    let found = shelf.books.search(options).await.good();
    let record = &found.0["records"]["books"][0];
    assert_eq!(record["title"], "The lion in winter");
    assert_eq!(record.get("body"), None);
    assert_eq!(record["highlight"], json!({}));
    assert_eq!(record["external_id"], "1");
}
