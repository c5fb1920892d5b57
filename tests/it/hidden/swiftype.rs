//! The same through the Swiftype API, whose documents may have fields that are hidden too; keys that its
//! records use for themselves are theirs.

use serde_json::{Value, json};

use crate::support::{TRACKER_ID, product};
use crate::swiftype::{Client, document, server};

#[tokio::test]
async fn hidden_fields_of_documents_find_and_are_not_returned() {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let fields = [
        ("title", json!("Lantern"), "string"),
        ("_note", json!("zanzibarium"), "string"),
        ("_shelf", json!(7), "integer"),
    ];
    books.index(json!([document("1", &fields)])).await;
    let record = books.search(json!({"q": "zanzibarium"})).await.good().0;
    let record = &record["records"]["books"][0];
    assert_eq!(record["external_id"], "1");
    let stored = books.call("GET", "/1", json!({})).await.json();
    for shown in [record, &stored] {
        assert_eq!(shown["title"], "Lantern");
        assert!(
            shown.get("_note").is_none() && shown.get("_shelf").is_none(),
            "{shown}"
        );
    }
    for own in ["_score", "_type", "_index", "_version"] {
        assert!(record.get(own).is_some(), "{own} in {record}");
    }
    assert!(record["highlight"].get("_note").is_none(), "{record}");
    let types = client
        .get("/engines/bookstore/document_types/books")
        .await
        .json();
    assert_eq!(
        types["field_mapping"],
        json!({"title": "string", "external_id": "enum", "updated_at": "date"})
    );
    let sorted = json!({"sort_field": {"books": "_shelf"}, "filters": {"books": {"_shelf": 7}}});
    assert_eq!(books.search(sorted).await.good().ids("books"), ["1"]);
}

#[tokio::test]
async fn options_that_would_show_a_hidden_field_are_told_and_left_out() {
    let server = server().await;
    let client = Client::of(&server);
    let thing = product("p")
        .title("Lantern")
        .field("_margin", 0.25)
        .field("_note", "zanzibarium");
    server.site().replace([thing]).await.ok();
    let path = format!("/engines/{TRACKER_ID}/document_types/product/search");
    for (option, asked) in [
        ("facets", json!(["_note"])),
        ("fetch_fields", json!(["title", "_note"])),
        (
            "highlight_fields",
            json!({"_note": {"size": 100, "fallback": true}}),
        ),
        ("functional_boosts", json!({"_note": "linear"})),
    ] {
        let options = json!({"q": "zanzibarium", option: {"product": asked}});
        let answer = client.post(&path, options).await.status(200).json();
        assert_eq!(
            answer["errors"][option],
            json!({"product": ["hidden field: _note"]}),
            "{answer}"
        );
        let record = &answer["records"]["product"][0];
        assert_eq!(record["title"], "Lantern", "{option}");
        let without_words = [&answer["records"], &answer["info"]["product"]["facets"]];
        for part in without_words {
            assert!(
                !part.to_string().contains("zanzibarium"),
                "{option}: {part}"
            );
        }
    }
    let own = json!({"fetch_fields": {"product": ["title", "_score"]}});
    let answer = client.post(&path, own).await.json();
    assert_eq!(answer["errors"], json!({}));
}

#[tokio::test]
async fn hidden_words_are_neither_completed_nor_suggested() {
    let server = server().await;
    let client = Client::of(&server);
    let thing = product("p").title("Lantern").field("_note", "zanzibarium");
    server.site().replace([thing]).await.ok();
    let base = format!("/engines/{TRACKER_ID}/document_types/product");
    let ask = async |call: &str, q: &str, spelling: &str| -> Value {
        let options = json!({"q": q, "spelling": spelling});
        client
            .post(&format!("{base}/{call}"), options)
            .await
            .status(200)
            .json()
    };
    for spelling in ["strict", "always", "retry"] {
        for call in ["search", "suggest"] {
            let answer = ask(call, "zanzibarum", spelling).await;
            assert_eq!(answer["record_count"], 0, "{answer}");
            assert!(
                answer["info"]["product"]
                    .get("spelling_suggestion")
                    .is_none(),
                "{answer}"
            );
        }
    }
    let begun = ask("suggest", "zanzib", "always").await;
    assert!(!begun.to_string().contains("zanzibarium"), "{begun}");
    assert_eq!(begun["record_count"], 0, "{begun}");
    assert_eq!(
        ask("suggest", "zanzibarium", "always").await["record_count"],
        1
    );
}

/// What a hidden attribute does to the order is in no number that it could be taken back from.
#[tokio::test]
async fn a_score_says_nothing_of_a_hidden_margin() {
    let server = server().await;
    let client = Client::of(&server);
    let kettles = [0.0, 0.3, 1.0].into_iter().enumerate();
    let kettles = kettles.map(|(at, margin)| {
        let kettle = product(&format!("p{at}")).title("Okavango kettle");
        kettle.field("_margin", margin)
    });
    server.site().replace(kettles).await.ok();
    let base = format!("/engines/{TRACKER_ID}/document_types/product");
    for (call, q) in [("search", "okavango kettle"), ("suggest", "okavan")] {
        let answer = client
            .post(&format!("{base}/{call}"), json!({"q": q}))
            .await;
        let answer = answer.status(200).json();
        let records = answer["records"]["product"].as_array().expect("records");
        let ids: Vec<&Value> = records
            .iter()
            .map(|record| &record["external_id"])
            .collect();
        assert_eq!(ids, ["p2", "p1", "p0"], "the margin lifts");
        for record in records {
            assert_eq!(record["_score"], records[0]["_score"], "{call}: {answer}");
        }
    }
}
