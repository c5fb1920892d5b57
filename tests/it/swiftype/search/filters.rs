//! Filters of every form and type (docs/reference/10-swiftype.md §6).

use rstest::rstest;
use serde_json::{Value, json};

use super::shelf;
use crate::swiftype::{Client, ENGINE, Found, document, server};

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

/// What other dialects write their filters with is a value like any other here.
#[tokio::test]
async fn a_value_that_spells_a_filter_is_a_value() {
    let server = server().await;
    let things = Client::of(&server).make_type("things").await;
    let marked = |id: &str, mark: &str| document(id, &[("mark", json!(mark), "enum")]);
    things
        .index(json!([
            marked("word", "value_missing"),
            marked("bar", "5|7"),
            marked("six", "6"),
            document("none", &[]),
        ]))
        .await;
    for (asked, found) in [
        (json!("value_missing"), &["word"][..]),
        (json!("!value_missing"), &["bar", "none", "six"]),
        (json!("5|7"), &["bar"]),
        (json!(["5|7", "value_missing"]), &["bar", "word"]),
        (json!(""), &[]),
    ] {
        let filters = json!({"filters": {"things": {"mark": asked}}});
        let mut ids = things.search(filters).await.good().ids("things");
        ids.sort();
        assert_eq!(ids, found, "{asked}");
    }
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
