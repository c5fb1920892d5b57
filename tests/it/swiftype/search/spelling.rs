//! `spelling`: whether another spelling is told, and whether it is looked for (docs/reference/10-swiftype.md §6).

use rstest::rstest;
use serde_json::{Value, json};

use super::{Shelf, shelf};
use crate::swiftype::Found;

#[derive(Clone, Copy, Debug)]
enum Way {
    SearchByGet,
    SearchByPost,
    SuggestByGet,
    SuggestByPost,
}

const WAYS: [Way; 4] = [
    Way::SearchByGet,
    Way::SearchByPost,
    Way::SuggestByGet,
    Way::SuggestByPost,
];

impl Shelf {
    /// Asks for books.
    async fn ask(&self, way: Way, q: &str, spelling: Option<&str>) -> Found {
        let (method, call) = match way {
            Way::SearchByGet => ("GET", "search"),
            Way::SearchByPost => ("POST", "search"),
            Way::SuggestByGet => ("GET", "suggest"),
            Way::SuggestByPost => ("POST", "suggest"),
        };
        let path = format!("{}/{call}.json", self.books.path);
        let answer = if method == "GET" {
            let spelling = spelling.map(|word| format!("&spelling={word}"));
            let query = format!("?q={}{}", q.replace(' ', "+"), spelling.unwrap_or_default());
            self.client.get(&format!("{path}{query}")).await
        } else {
            let mut options = json!({ "q": q });
            if let Some(word) = spelling {
                options["spelling"] = word.into();
            }
            self.client.post(&path, options).await
        };
        Found(answer.status(200).json()).good()
    }
}

fn sorted_ids(found: &Found) -> Vec<String> {
    let mut ids = found.ids("books");
    ids.sort();
    ids
}

fn suggestion(found: &Found) -> &Value {
    &found.0["info"]["books"]["spelling_suggestion"]
}

#[rstest]
#[case::off(None, false, &[])]
#[case::strict(Some("strict"), true, &[])]
#[case::always(Some("always"), true, &[])]
#[case::retry(Some("retry"), true, &["1", "3"])]
#[tokio::test]
async fn a_misspelled_word_that_nothing_has(
    #[case] spelling: Option<&str>,
    #[case] is_told: bool,
    #[case] expected: &[&str],
) {
    let shelf = shelf().await;
    for way in WAYS {
        let found = shelf.ask(way, "wintre", spelling).await;
        assert_eq!(sorted_ids(&found), expected, "{way:?}");
        let info = &found.0["info"]["books"];
        assert_eq!(info["total_result_count"], expected.len(), "{way:?}");
        assert_eq!(info["query"], "wintre", "{way:?}");
        if !is_told {
            assert_eq!(info.get("spelling_suggestion"), None, "{way:?}");
            continue;
        }
        assert_eq!(suggestion(&found)["text"], "winter", "{way:?}");
        let score = suggestion(&found)["score"].as_f64().expect("a number");
        assert!((score - 5.0 / 6.0).abs() < 1e-6, "{way:?}: {score}");
    }
}

/// One of two words is right, so there are hits as it was typed.
#[rstest]
#[case::off(None, false)]
#[case::strict(Some("strict"), false)]
#[case::always(Some("always"), true)]
#[case::retry(Some("retry"), false)]
#[tokio::test]
async fn a_misspelled_word_beside_a_right_one(
    #[case] spelling: Option<&str>,
    #[case] is_told: bool,
) {
    let shelf = shelf().await;
    for way in WAYS {
        // Completions take the last word for a beginning; the first one is misspelled.
        let found = shelf.ask(way, "wintre lion", spelling).await;
        let begun = matches!(way, Way::SuggestByGet | Way::SuggestByPost);
        let expected: &[&str] = if begun { &["1", "2"] } else { &["1"] };
        assert_eq!(sorted_ids(&found), expected, "{way:?}");
        let told = suggestion(&found);
        if is_told {
            assert_eq!(told["text"], "winter lion", "{way:?}");
        } else {
            assert_eq!(*told, Value::Null, "{way:?}");
        }
    }
}

#[rstest]
#[case::off(None)]
#[case::strict(Some("strict"))]
#[case::always(Some("always"))]
#[case::retry(Some("retry"))]
#[tokio::test]
async fn a_word_that_is_right(#[case] spelling: Option<&str>) {
    let shelf = shelf().await;
    for way in WAYS {
        let found = shelf.ask(way, "winter", spelling).await;
        assert_eq!(sorted_ids(&found), ["1", "3"], "{way:?}");
        assert_eq!(*suggestion(&found), Value::Null, "{way:?}");
        // Nobody knows what is meant.
        let found = shelf.ask(way, "qqqqqqqq", spelling).await;
        assert_eq!(sorted_ids(&found), [""; 0], "{way:?}");
        assert_eq!(*suggestion(&found), Value::Null, "{way:?}");
    }
}

/// Other forms of a word, and words written together or apart, are no misspellings.
#[tokio::test]
async fn what_is_met_as_it_was_typed() {
    let shelf = shelf().await;
    for (q, expected) in [
        ("winters", &["1", "3"][..]),
        ("lion heart", &["1", "2"]),
        ("LIÓNHEART", &["2"]),
    ] {
        for way in [Way::SearchByGet, Way::SearchByPost] {
            let found = shelf.ask(way, q, None).await;
            assert_eq!(sorted_ids(&found), expected, "{q} {way:?}");
        }
    }
    // A beginning is completed, a misspelled one is not, but where that is asked for.
    for way in [Way::SuggestByGet, Way::SuggestByPost] {
        assert_eq!(sorted_ids(&shelf.ask(way, "lionh", None).await), ["2"]);
        let off = shelf.ask(way, "loinhe", None).await;
        assert_eq!(sorted_ids(&off), [""; 0]);
        let retried = shelf.ask(way, "loinhe", Some("retry")).await;
        assert_eq!(sorted_ids(&retried), ["2"]);
        assert_eq!(suggestion(&retried)["text"], "lionheart");
    }
}

/// The correction is searched for as the search was asked: filters, pages and facets hold for it.
#[tokio::test]
async fn a_search_run_again_is_the_same_search() {
    let shelf = shelf().await;
    let options = json!({"q": "wintre", "spelling": "retry", "per_page": 1, "page": 2,
        "facets": {"books": ["genre"]}});
    let found = shelf.books.search(options).await.good();
    assert_eq!(found.ids("books").len(), 1);
    let info = &found.0["info"]["books"];
    assert_eq!(info["total_result_count"], 2);
    assert_eq!(info["num_pages"], 2);
    assert_eq!(
        info["facets"]["genre"],
        json!({"drama": 1, "fairy tale": 1})
    );
    let options = json!({"q": "wintre", "spelling": "retry",
        "filters": {"books": {"genre": "drama"}}});
    let found = shelf.books.search(options).await.good();
    assert_eq!(found.ids("books"), ["1"]);
    assert_eq!(
        found.0["records"]["books"][0]["highlight"]["title"],
        "The lion in <em>winter</em>"
    );
    // With a filter that lets nothing through it is run again and finds nothing.
    let options = json!({"q": "wintre", "spelling": "retry",
        "filters": {"books": {"genre": "poetry"}}});
    let found = shelf.books.search(options).await.good();
    assert_eq!(found.ids("books"), [""; 0]);
    assert_eq!(suggestion(&found)["text"], "winter");
}

/// What shops search by is tolerant still.
#[tokio::test]
async fn the_search_of_shops_looks_for_misspelled_words() {
    let shelf = shelf().await;
    let path = format!("/search?tracker_id={}&q=wintre", crate::swiftype::ENGINE);
    let answer = crate::support::get(&format!("{}{path}", shelf.server.base())).await;
    assert_eq!(answer.status(200).json()["results"]["total_hits"], 3);
}
