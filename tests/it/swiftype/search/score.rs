//! `_score` of records: one number in the order of relevance (docs/reference/10-swiftype.md §6).

use serde_json::{Value, json};

use super::shelf;
use crate::swiftype::{Client, Found, document, list, server};

/// Scores of the records of books, in order.
fn scores(found: &Found) -> Vec<f64> {
    let records = list(&found.0["records"]["books"]).iter();
    let scores = records.map(|record| record["_score"].as_f64());
    scores.map(|score| score.expect("a number")).collect()
}

#[tokio::test]
async fn scores_descend_with_relevance_over_all_pages() {
    let server = server().await;
    let books = Client::of(&server).make_type("books").await;
    let book = |at: usize| {
        let title = ["Lion", "Winter lion", "The lion in winter", "Winter"][at % 4];
        let fields = [
            ("title", json!(title), "string"),
            ("body", json!("winter ".repeat(at % 7)), "text"),
            ("pages", json!(at * 1_000), "integer"),
        ];
        document(&at.to_string(), &fields)
    };
    books.index((0..40).map(book).collect()).await;
    for options in [
        json!({"q": "lion"}),
        json!({"q": "lion winter"}),
        json!({"q": "lion winter spring"}),
        json!({"q": "winter", "search_fields": {"books": ["title^3", "body"]}}),
        json!({"q": "winter", "functional_boosts": {"books": {"pages": "linear"}}}),
        json!({"q": "winter", "functional_boosts": {"books": {"pages": "exponential"}}}),
        json!({"functional_boosts": {"books": {"pages": "logarithmic"}}}),
        json!({}),
    ] {
        let page = async |page: usize, per_page: usize| {
            let mut options = options.clone();
            options["page"] = page.into();
            options["per_page"] = per_page.into();
            books.search(options).await.good()
        };
        let all = scores(&page(1, 100).await);
        assert!(all.len() >= 30, "{options}: {all:?}");
        assert!(all.is_sorted_by(|a, b| a >= b), "{options}: {all:?}");
        assert!(all.iter().all(|score| *score > 0.0), "{options}: {all:?}");
        let in_pages = [page(1, 20).await, page(2, 20).await];
        let in_pages: Vec<f64> = in_pages.iter().flat_map(scores).collect();
        assert_eq!(all, in_pages, "{options}");
    }
    let completions = books.suggest(json!({"q": "wint", "per_page": 40})).await;
    let completions = scores(&completions.good());
    assert!(completions.len() >= 30 && completions.is_sorted_by(|a, b| a >= b));
}

#[tokio::test]
async fn what_is_found_better_has_the_higher_score() {
    let shelf = shelf().await;
    let search = async |q: &str| {
        let found = shelf.books.search(json!({ "q": q })).await.good();
        let ids = found.ids("books").into_iter();
        ids.zip(scores(&found)).collect::<Vec<_>>()
    };
    // Both words in the title, one of them.
    let found = search("lion winter").await;
    assert_eq!(found[0].0, "1");
    assert!(found[0].1 > found[1].1, "{found:?}");
    // Once in the title and once in the text is less than that in a title of fewer words.
    let found = search("summer story").await;
    assert_eq!(found[0].0, "4");
    assert!(found[0].1 > found[1].1, "{found:?}");
}

#[tokio::test]
async fn a_record_in_an_order_asked_for_has_no_score() {
    let shelf = shelf().await;
    for q in ["", "winter"] {
        let options = json!({"q": q, "sort_field": {"books": "pages"}});
        let found = shelf.books.search(options).await.good().0;
        let records = list(&found["records"]["books"]);
        assert!(!records.is_empty());
        for record in records {
            assert_eq!(record.get("_score"), Some(&Value::Null), "{record}");
        }
    }
}
