//! Enums are met by a query that is the whole value, letter by letter (docs/reference/10-swiftype.md §4).

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TestServer;
use crate::swiftype::{Client, Found, Type, document, server};

struct Library {
    _server: TestServer,
    client: Client,
    books: Type,
}

fn long(letter: &str) -> String {
    format!("A {} value", letter.repeat(700))
}

/// Books with enums of every kind of value.
async fn library() -> Library {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let book = |id: &str, name: &str, genre: Value, title: &str, sold: Value, tag: &str| {
        let fields = [
            ("name", json!(name), "string"),
            ("genre", genre, "enum"),
            // What shops have under this name is looked up in another way.
            ("title", json!(title), "enum"),
            ("sold", sold, "enum"),
            ("tag", json!(tag), "enum"),
        ];
        document(id, &fields)
    };
    books
        .index(json!([
            book(
                "1",
                "Dune",
                json!("Science Fiction"),
                "Dr",
                json!(true),
                "x"
            ),
            book(
                "2",
                "Solaris",
                json!(["Drama", "Science Fiction"]),
                "Mr and Mrs",
                json!(false),
                &long("a")
            ),
            book("3", "Science Fiction", json!("Essay"), "Dr", json!(7), "x"),
            book("4", "Fiction", json!("Science"), "Mr", json!(2.5), "x"),
            book("5", "Emma", json!("Novel"), "Miss", json!(7), &long("b")),
        ]))
        .await;
    Library {
        _server: server,
        client,
        books,
    }
}

fn sorted(found: &Found) -> Vec<String> {
    let mut ids = found.ids("books");
    ids.sort();
    ids
}

#[rstest]
#[case::whole_value("Science Fiction", &["1", "2", "3", "4"])]
#[case::blanks_around("  Essay ", &["3"])]
#[case::other_case("novel", &[])]
#[case::part_of_it("Mrs", &[])]
#[case::with_more("Novel Emma", &["5"])]
#[case::other_words_than_texts("Mr and Mrs", &["2"])]
#[case::of_a_name_shops_use("Miss", &["5"])]
#[case::flag("true", &["1"])]
#[case::flag_that_is_not("false", &["2"])]
#[case::flag_in_other_case("True", &[])]
#[case::number("7", &["3", "5"])]
#[case::fraction("2.5", &["4"])]
#[tokio::test]
async fn a_query_that_is_the_whole_value(#[case] q: &str, #[case] expected: &[&str]) {
    let library = library().await;
    let found = library.books.search(json!({ "q": q })).await.good();
    assert_eq!(sorted(&found), expected);
    let total = &found.0["info"]["books"]["total_result_count"];
    assert_eq!(*total, expected.len());
}

#[tokio::test]
async fn case_and_words_tell_enums_from_texts() {
    let library = library().await;
    let search = async |q: &str| sorted(&library.books.search(json!({ "q": q })).await.good());
    // As words these are in names alone.
    assert_eq!(search("science fiction").await, ["3", "4"]);
    // The genre of 4 is this; the words of the name of 3 have it.
    assert_eq!(search("Science").await, ["3", "4"]);
    // Values of any length; of a query longer than what is looked at nobody knows the end.
    let sixty_five = "n".repeat(65);
    for (id, value) in [("6", sixty_five), ("7", "v ".repeat(200).trim().to_owned())] {
        let fields = [("genre", json!(value), "enum")];
        library.books.index(json!([document(id, &fields)])).await;
        assert_eq!(search(&value).await, [id]);
    }
    assert_eq!(search(&long("a")).await, [""; 0]);
    // A value that is replaced is met no more.
    let replaced = [("genre", json!("Report"), "enum")];
    library.books.index(json!([document("5", &replaced)])).await;
    assert_eq!(search("Novel").await, [""; 0]);
    assert_eq!(search("Report").await, ["5"]);
}

#[tokio::test]
async fn search_fields_leave_enums_out_or_name_them_alone() {
    let library = library().await;
    let search = async |fields: Value| {
        let options = json!({"q": "Science Fiction", "search_fields": {"books": fields}});
        library.books.search(options).await.good().ids("books")
    };
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    assert_eq!(sorted(search(json!(["genre"])).await), ["1", "2"]);
    assert_eq!(sorted(search(json!(["name"])).await), ["3", "4"]);
    assert_eq!(search(json!(["tag", "sold"])).await, [""; 0]);
    let both = search(json!(["name", "genre"])).await;
    assert_eq!(sorted(both), ["1", "2", "3", "4"]);
    let weighty = search(json!(["name", "genre^50"])).await;
    assert_eq!(weighty[3], "4", "half a match comes last: {weighty:?}");
    assert_eq!(sorted(weighty[..2].to_vec()), ["1", "2"]);
    let options = json!({"q": "1", "search_fields": {"books": ["external_id"]}});
    let found = library.books.search(options).await;
    let words = json!({"search_fields": {"books": ["external_id is no field to search"]}});
    assert_eq!(found.0["errors"], words);
}

#[tokio::test]
async fn facets_filters_sorts_and_pages_count_them() {
    let library = library().await;
    let search = async |more: Value| {
        let mut options = json!({"q": "Science Fiction"});
        for (name, value) in more.as_object().expect("options") {
            options[name] = value.clone();
        }
        library.books.search(options).await.good()
    };
    let found = search(json!({"facets": {"books": ["genre", "title"]}})).await;
    let facets = &found.0["info"]["books"]["facets"];
    assert_eq!(
        facets["genre"],
        json!({"Science Fiction": 2, "Drama": 1, "Essay": 1, "Science": 1})
    );
    assert_eq!(facets["title"], json!({"Dr": 2, "Mr": 1, "Mr and Mrs": 1}));
    let found = search(json!({"filters": {"books": {"title": "Dr"}}})).await;
    assert_eq!(sorted(&found), ["1", "3"]);
    let found = search(json!({"filters": {"books": {"genre": "!Science Fiction"}}})).await;
    assert_eq!(sorted(&found), ["3", "4"]);
    let by_name = json!({"sort_field": {"books": "name"}});
    assert_eq!(search(by_name).await.ids("books"), ["1", "4", "3", "2"]);
    let all = search(json!({})).await.ids("books");
    let mut paged = Vec::new();
    for page in 1..=4 {
        let found = search(json!({"page": page, "per_page": 1})).await;
        let info = &found.0["info"]["books"];
        assert_eq!(info["num_pages"], 4);
        assert_eq!(info["total_result_count"], 4);
        paged.extend(found.ids("books"));
    }
    assert_eq!(paged, all);
    let scores = search(json!({})).await.0["records"]["books"].clone();
    let scores = scores.as_array().expect("records").iter();
    let scores: Vec<f64> = scores.filter_map(|one| one["_score"].as_f64()).collect();
    assert!(
        scores.len() == 4 && scores.is_sorted_by(|a, b| a >= b),
        "{scores:?}"
    );
}

#[tokio::test]
async fn another_type_may_have_texts_of_the_same_name() {
    let library = library().await;
    let films = library.client.make_type("films").await;
    let film = [("genre", json!("Science Fiction"), "string")];
    films.index(json!([document("1", &film)])).await;
    let found = films.search(json!({"q": "fiction science"})).await.good();
    assert_eq!(found.ids("films"), ["1"]);
    let found = films.search(json!({"q": "Novel"})).await.good();
    assert_eq!(found.ids("films"), [""; 0]);
}

/// Completions are made of strings (docs/reference/10-swiftype.md §4).
#[tokio::test]
async fn completions_leave_enums_out() {
    let library = library().await;
    let found = library.books.suggest(json!({"q": "Novel"})).await.good();
    assert_eq!(found.ids("books"), [""; 0]);
    let options = json!({"q": "Novel", "search_fields": {"books": ["genre"]}});
    let found = library.books.suggest(options).await;
    let words = json!({"search_fields": {"books": ["genre is of type enum"]}});
    assert_eq!(found.0["errors"], words);
}
