//! Searches and completions (docs/reference/10-swiftype.md §6).

mod enums;
mod filters;
mod problems;
mod score;
mod shops;
mod spelling;
mod words;

use serde_json::{Value, json};

use super::{Client, ENGINE, Found, Type, document, server};
use crate::support::TestServer;

struct Shelf {
    server: TestServer,
    client: Client,
    books: Type,
}

fn book(id: &str, title: &str, genre: Value, pages: i64, published: &str) -> Value {
    let fields = [
        ("title", json!(title), "string"),
        ("body", json!(format!("A long story about {title}")), "text"),
        ("genre", genre, "enum"),
        ("pages", json!(pages), "integer"),
        ("published", json!(published), "date"),
        ("in_print", json!(pages > 100), "enum"),
    ];
    document(id, &fields)
}

/// Four books and a film.
async fn shelf() -> Shelf {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let films = client.make_type("films").await;
    books
        .index(json!([
            book("1", "The lion in winter", json!("drama"), 90, "2012-02-16"),
            book(
                "2",
                "Lionheart",
                json!(["drama", "history"]),
                300,
                "2013-02-27T18:09:19"
            ),
            book(
                "3",
                "Winter tales",
                json!("fairy tale"),
                200,
                "2014-01-01T00:00:00Z"
            ),
            book("4", "Summer", json!("poetry"), 40, "2015-06-01"),
        ]))
        .await;
    films
        .index(json!([document(
            "1",
            &[("title", json!("Winter light"), "string")]
        )]))
        .await;
    Shelf {
        server,
        client,
        books,
    }
}

#[tokio::test]
async fn a_search_answers_records_and_what_is_said_of_them() {
    let shelf = shelf().await;
    let path = format!("/engines/{ENGINE}/search");
    let answer = shelf.client.get(&format!("{path}.json?q=winter")).await;
    let found = answer.status(200).json();
    assert_eq!(found["record_count"], 3);
    assert_eq!(found["errors"], json!({}));
    let info = json!({
        "query": "winter", "current_page": 1, "num_pages": 1, "per_page": 20,
        "total_result_count": 2, "facets": {},
    });
    assert_eq!(found["info"]["books"], info);
    let found = Found(found);
    assert_eq!(found.ids("films"), ["1"]);
    let mut books = found.ids("books");
    books.sort();
    assert_eq!(books, ["1", "3"]);
    let records = &found.0["records"]["books"];
    let record = records.as_array().expect("records").iter();
    let record = record.clone().find(|one| one["external_id"] == "1");
    let record = record.expect("the lion");
    let engine = shelf.client.get(&format!("/engines/{ENGINE}")).await.json();
    let of_type = format!("/engines/{ENGINE}/document_types/books");
    let of_type = shelf.client.get(&of_type).await.json();
    let stored = shelf.books.call("GET", "/1", json!({})).await.json();
    assert_eq!(record["_index"], engine["id"]);
    assert_eq!(record["_type"], of_type["id"]);
    for same in [
        "id",
        "updated_at",
        "title",
        "body",
        "genre",
        "pages",
        "published",
    ] {
        assert_eq!(record[same], stored[same], "{same}");
    }
    let members = record.as_object().expect("a record");
    for member in ["_score", "_version", "sort", "_explanation"] {
        assert!(members.contains_key(member), "{member} in {record}");
    }
    assert_eq!(record["highlight"]["title"], "The lion in <em>winter</em>");
    // Posted, with the type in the path or named: the same records.
    let posted = shelf
        .client
        .post(&path, json!({"q": "winter", "document_types": ["books"]}))
        .await;
    assert_eq!(posted.json()["records"]["books"], *records);
    let of_type = shelf
        .books
        .search(json!({"q": "winter", "document_types": ["films"]}))
        .await;
    assert_eq!(of_type.good().0["records"], json!({ "books": records }));
}

#[tokio::test]
async fn nothing_found_is_an_empty_list() {
    let shelf = shelf().await;
    let found = shelf.books.search(json!({"q": "zzzzzz"})).await.good().0;
    assert_eq!(found["records"], json!({"books": []}));
    assert_eq!(found["info"]["books"]["num_pages"], 0);
    assert_eq!(found["record_count"], 0);
}

#[tokio::test]
async fn without_words_everything_is_found() {
    let shelf = shelf().await;
    for q in [json!(""), Value::Null, json!("  ")] {
        let found = shelf.books.search(json!({"q": q})).await.good();
        assert_eq!(found.0["info"]["books"]["total_result_count"], 4);
    }
    let found = shelf.books.search(json!({})).await.good();
    assert_eq!(found.0["info"]["books"]["query"], "");
    assert_eq!(found.ids("books"), ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn results_come_in_pages() {
    let shelf = shelf().await;
    let page = async |page: i64, per_page: i64| {
        let options = json!({"page": page, "per_page": per_page});
        shelf.books.search(options).await
    };
    let second = page(2, 3).await.good();
    assert_eq!(second.ids("books"), ["4"]);
    assert_eq!(second.0["info"]["books"]["num_pages"], 2);
    assert_eq!(second.0["info"]["books"]["current_page"], 2);
    assert_eq!(page(100, 100).await.good().ids("books"), [""; 0]);
    let odd = page(0, 101).await;
    let words = json!(["must be between 1 and 100"]);
    assert_eq!(odd.0["errors"], json!({"page": words, "per_page": words}));
    assert_eq!(odd.ids("books").len(), 4);
}

#[tokio::test]
async fn facets_count_values_of_what_was_found() {
    let shelf = shelf().await;
    let options = json!({"facets": {"books": ["genre", "in_print", "pages", "published"]},
        "filters": {"books": {"genre": ["drama", "poetry"]}}});
    let found = shelf.books.search(options).await.good();
    assert_eq!(found.ids("books"), ["1", "2", "4"]);
    let facets = &found.0["info"]["books"]["facets"];
    assert_eq!(
        facets["genre"],
        json!({"drama": 2, "history": 1, "poetry": 1})
    );
    assert_eq!(facets["in_print"], json!({"false": 2, "true": 1}));
    assert_eq!(facets["pages"], json!({"40": 1, "90": 1, "300": 1}));
    let dates =
        json!({"2012-02-16T00:00:00Z": 1, "2013-02-27T18:09:19Z": 1, "2015-06-01T00:00:00Z": 1});
    assert_eq!(facets["published"], dates);
}

#[tokio::test]
async fn results_are_sorted_on_request() {
    let shelf = shelf().await;
    for (sort, expected) in [
        (
            json!({"sort_field": {"books": "pages"}}),
            ["4", "1", "3", "2"],
        ),
        (
            json!({"sort_field": {"books": "pages"}, "sort_direction": {"books": "desc"}}),
            ["2", "3", "1", "4"],
        ),
        (
            json!({"sort_field": {"books": "published"}, "sort_direction": {"books": "desc"}}),
            ["4", "3", "2", "1"],
        ),
        (
            json!({"sort_field": {"books": "title"}}),
            ["2", "4", "1", "3"],
        ),
    ] {
        assert_eq!(shelf.books.search(sort).await.good().ids("books"), expected);
    }
}
