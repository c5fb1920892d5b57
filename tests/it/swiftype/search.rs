//! Searches and completions (contract 10 §6).

use rstest::rstest;
use serde_json::{Value, json};

use super::{Client, ENGINE, Found, Type, document, error, server};
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

#[rstest]
#[case::equal(json!({"genre": "drama"}), &["1", "2"])]
#[case::any_of(json!({"genre": ["poetry", "history"]}), &["2", "4"])]
#[case::not(json!({"genre": "!drama"}), &["3", "4"])]
#[case::any_of_but_not(json!({"genre": ["drama", "poetry", "!history"]}), &["1", "4"])]
#[case::all_of(json!({"genre": {"type": "and", "values": ["drama", "history"]}}), &["2"])]
#[case::whole_values_only(json!({"genre": "fairy"}), &[])]
#[case::case_counts(json!({"genre": "Drama"}), &[])]
#[case::number(json!({"pages": 90}), &["1"])]
#[case::number_as_text(json!({"pages": "90"}), &["1"])]
#[case::numbers(json!({"pages": [90, 40]}), &["1", "4"])]
#[case::range(json!({"pages": {"type": "range", "from": 90, "to": 200}}), &["1", "3"])]
#[case::open_range(json!({"pages": {"type": "range", "from": 200}}), &["2", "3"])]
#[case::legacy_range(json!({"pages": "[* TO 90]"}), &["1", "4"])]
#[case::dates(json!({"published": {"type": "range", "from": "2013-01-01", "to": "2014-01-01"}}), &["2", "3"])]
#[case::legacy_dates(json!({"published": "[2013-02-27T18:09:19 TO *]"}), &["2", "3", "4"])]
#[case::flag(json!({"in_print": true}), &["2", "3"])]
#[case::flag_as_text(json!({"in_print": "false"}), &["1", "4"])]
#[case::string(json!({"title": "Lionheart"}), &["2"])]
#[case::external_id(json!({"external_id": ["1", "3"]}), &["1", "3"])]
#[case::both(json!({"genre": "drama", "pages": {"type": "range", "to": 100}}), &["1"])]
#[tokio::test]
async fn filters_narrow_down(#[case] filters: Value, #[case] expected: &[&str]) {
    let shelf = shelf().await;
    let options = json!({"filters": {"books": filters}});
    assert_eq!(
        shelf.books.search(options).await.good().ids("books"),
        expected
    );
}

#[tokio::test]
async fn filters_come_in_a_query_string_too() {
    let shelf = shelf().await;
    let path = format!("/engines/{ENGINE}/document_types/books/search.json");
    for filters in [
        "filters[books][genre][]=poetry&filters[books][genre][]=history",
        "filters[books][genre][0]=poetry&filters[books][genre][1]=history",
    ] {
        let answer = shelf.client.get(&format!("{path}?{filters}")).await;
        assert_eq!(Found(answer.json()).good().ids("books"), ["2", "4"]);
    }
    let range = "filters[books][pages][type]=range&filters[books][pages][from]=250";
    let answer = shelf
        .client
        .get(&format!("{path}?{range}&per_page=1"))
        .await;
    assert_eq!(Found(answer.json()).good().ids("books"), ["2"]);
}

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
#[case::search_in_enum(json!({"search_fields": {"books": ["genre"]}}), "search_fields", "genre is of type enum")]
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

#[rstest]
#[case(json!({"lat": 48.15, "lon": 17.11, "max": 60}), &["vienna", "bratislava"])]
#[case(json!({"lat": 48.15, "lon": 17.11, "max": "10km"}), &["bratislava"])]
#[case(json!({"lat": "48.15", "lon": "17.11", "max": "35mi"}), &["vienna", "bratislava"])]
#[case(json!({"lat": 48.15, "lon": 17.11, "max": "20mi"}), &["bratislava"])]
#[case(json!({"lat": 0, "lon": 0, "max": 100}), &[])]
#[tokio::test]
async fn places_are_found_within_a_distance(#[case] filter: Value, #[case] expected: &[&str]) {
    let server = server().await;
    let cities = Client::of(&server).make_type("cities").await;
    let city = |name: &str, lat: f64, lon: f64| {
        document(name, &[("at", json!({"lat": lat, "lon": lon}), "location")])
    };
    cities
        .index(json!([
            city("vienna", 48.21, 16.37),
            city("bratislava", 48.15, 17.11),
            document("nowhere", &[]),
        ]))
        .await;
    let mut filter = filter;
    filter["type"] = "distance".into();
    let found = cities
        .search(json!({"filters": {"cities": {"at": filter}}}))
        .await;
    assert_eq!(found.good().ids("cities"), expected);
}

#[tokio::test]
async fn odd_distances_are_told() {
    let server = server().await;
    let cities = Client::of(&server).make_type("cities").await;
    let at = json!({"lat": 48.21, "lon": 16.37});
    cities
        .index(json!([document(
            "1",
            &[("at", at, "location"), ("name", json!("x"), "enum")]
        )]))
        .await;
    for (filters, words) in [
        (
            json!({"at": "here"}),
            "at: a location is asked for by distance",
        ),
        (
            json!({"at": {"type": "distance", "lat": 100, "lon": 0, "max": 1}}),
            "at: lat and lon must be degrees",
        ),
        (
            json!({"at": {"type": "distance", "lat": 1, "lon": 0, "max": "far"}}),
            "at: max must be a distance as in 200km or 5mi",
        ),
        (
            json!({"name": {"type": "distance"}}),
            "name: name is of type enum, which has no distance",
        ),
    ] {
        let found = cities.search(json!({"filters": {"cities": filters}})).await;
        assert_eq!(found.0["errors"], json!({"filters": {"cities": [words]}}));
        assert_eq!(found.ids("cities"), ["1"]);
    }
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
async fn another_spelling_is_suggested_when_asked() {
    let shelf = shelf().await;
    let of = |found: &Found| found.0["info"]["books"]["spelling_suggestion"].clone();
    for spelling in ["strict", "always", "retry"] {
        let found = shelf
            .books
            .search(json!({"q": "wintre", "spelling": spelling}))
            .await
            .good();
        let suggestion = of(&found);
        assert_eq!(suggestion["text"], "winter", "{spelling}");
        assert!(
            suggestion["score"]
                .as_f64()
                .is_some_and(|score| score > 0.5)
        );
    }
    let found = shelf.books.search(json!({"q": "wintre"})).await.good();
    assert_eq!(of(&found), Value::Null);
    let found = shelf
        .books
        .search(json!({"q": "winter", "spelling": "strict"}))
        .await
        .good();
    assert_eq!(of(&found), Value::Null);
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
async fn each_type_is_searched_by_its_own_schema() {
    let server = server().await;
    let client = Client::of(&server);
    let [books, films] = [
        client.make_type("books").await,
        client.make_type("films").await,
    ];
    books
        .index(json!([document("1", &[("price", json!(5), "integer")])]))
        .await;
    films
        .index(json!([document(
            "1",
            &[("price", json!("five"), "string")]
        )]))
        .await;
    let numbers = json!({"filters": {"books": {"price": {"type": "range", "from": 4}}}});
    assert_eq!(books.search(numbers).await.good().ids("books"), ["1"]);
    let words = json!({"filters": {"films": {"price": "five"}}, "facets": {"films": ["price"]}});
    let found = films.search(words).await.good();
    assert_eq!(found.ids("films"), ["1"]);
    assert_eq!(
        found.0["info"]["films"]["facets"],
        json!({"price": {"five": 1}})
    );
    assert_eq!(
        films.search(json!({"q": "five"})).await.good().ids("films"),
        ["1"]
    );
    let sorted = json!({"sort_field": {"films": "price"}});
    assert_eq!(films.search(sorted).await.good().ids("films"), ["1"]);
}

#[tokio::test]
async fn enums_and_numbers_are_no_words_to_search() {
    let shelf = shelf().await;
    for q in ["300", "fairy", "true"] {
        let found = shelf.books.search(json!({ "q": q })).await.good();
        assert_eq!(found.ids("books"), [""; 0], "{q}");
    }
}
