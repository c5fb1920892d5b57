//! In what order hits come: by relevance (docs/reference/05-search.md §6), on request (§2, §13), in pages.

use super::Direction::{Ascending, Descending};
use super::*;

#[test]
fn all_words_come_before_some_and_the_title_counts_most() {
    let catalog = Catalog::of([
        product("some")
            .with("title", "red red red")
            .with("boost", number(3.0))
            .object(),
        product("prose")
            .with("title", "shoe")
            .with(
                "description",
                format!("{} red", "very ".repeat(20)).as_str(),
            )
            .object(),
        product("attribute")
            .with("title", "shoe")
            .with("color", "red")
            .object(),
        product("title").with("title", "red shoe").object(),
    ]);
    assert_eq!(
        catalog.find(&text("red shoe")),
        ["title", "attribute", "prose", "some"]
    );
}

#[test]
fn hits_whose_titles_are_like_the_others_come_before_accessories() {
    let camera = |number: usize| format!("Digital compact camera {number}");
    let mut titles = vec!["Camera bag".to_owned(), "Camera strap".to_owned()];
    titles.extend((1..=6).map(camera));
    let mut catalog = Catalog::new();
    for title in &titles {
        catalog.queue(&product(title).with("title", title.as_str()).object());
    }
    let others = (0..60).map(|n| product(&format!("other {n}")).object());
    catalog.add(others);
    let found = catalog.find(&text("camera"));
    let cameras: Vec<String> = (1..=6).map(camera).collect();
    assert_eq!(found[..6], cameras);
    assert_eq!(found[6..], ["Camera bag", "Camera strap"]);
}

#[test]
fn pages_fit_together_beyond_the_hits_put_in_order_anew() {
    let mut catalog = Catalog::new();
    for n in 0..1_300 {
        let title = if n % 3 == 0 {
            "Lamp shade"
        } else {
            "Desk lamp"
        };
        let boost = if n == 999 { 1.0 } else { 0.0 };
        let object = product(&format!("p{n}"))
            .with("title", title)
            .with("boost", number(boost));
        catalog.queue(&object.object());
    }
    catalog.commit();
    let mut query = text("lamp");
    let mut paged: Vec<String> = Vec::new();
    for offset in (0..1_400).step_by(200) {
        query.page = Page { offset, limit: 200 };
        let page = catalog.find(&query);
        paged.extend(page.into_iter().map(str::to_owned));
    }
    assert_eq!(paged.len(), 1_300);
    assert_eq!(paged[0], "p999");
    paged.sort_unstable();
    paged.dedup();
    assert_eq!(paged.len(), 1_300, "each once");
}

#[test]
fn boost_decides_among_equal_matches_then_availability_then_the_text() {
    let shoe = |identity| product(identity).with("title", "shoe");
    let catalog = Catalog::of([
        shoe("text").with("note", "x").object(),
        shoe("better text").with("brand", "shoe").object(),
        shoe("unavailable")
            .with("availability", number(0.0))
            .object(),
        shoe("rank 5")
            .with("availability_rank", number(5.0))
            .object(),
        shoe("boosted")
            .with("boost", number(1.0))
            .with("availability", number(0.0))
            .object(),
    ]);
    assert_eq!(
        catalog.find(&text("shoe")),
        ["boosted", "better text", "text", "rank 5", "unavailable"]
    );
}

#[test]
fn new_objects_come_before_old_ones_of_equal_text() {
    let shoe = |identity: &str, days: i64| {
        let at = Timestamp::from_millis(NOW.as_millis() - days * DAY_MS);
        product(identity)
            .with("title", "shoe")
            .with("introduced_at", at.to_string().as_str())
            .object()
    };
    let catalog = Catalog::of([shoe("old", 300), shoe("older", 400), shoe("new", 1)]);
    assert_eq!(catalog.find(&text("shoe")), ["new", "old", "older"]);
    assert_eq!(catalog.find(&everything()), ["new", "old", "older"]);
}

#[test]
fn equals_keep_the_order_of_first_insertion_over_commits() {
    let mut catalog = Catalog::new();
    for n in 0..12 {
        catalog.add([product(&format!("p{n}")).with("title", "same").object()]);
    }
    let expected: Vec<String> = (0..12).map(|n| format!("p{n}")).collect();
    assert_eq!(catalog.find(&everything()), expected);
    assert_eq!(catalog.find(&text("same")), expected);
}

#[test]
fn without_a_text_boost_and_availability_decide() {
    let catalog = Catalog::of([
        product("plain").object(),
        product("unavailable")
            .with("availability", number(0.0))
            .object(),
        product("boosted").with("boost", number(2.0)).object(),
    ]);
    assert_eq!(
        catalog.find(&everything()),
        ["boosted", "plain", "unavailable"]
    );
}

#[test]
fn sorting_overrides_ranking_and_missing_values_come_last_both_ways() {
    let catalog = Catalog::of([
        product("none").with("boost", number(3.0)).object(),
        product("ten").with("price_amount", number(10.0)).object(),
        product("minus").with("price_amount", number(-1.5)).object(),
        product("nine").with("price_amount", number(9.0)).object(),
    ]);
    let by = |direction| sorted_by(&[("price_amount", direction)]);
    assert_eq!(
        catalog.find(&by(Ascending)),
        ["minus", "nine", "ten", "none"]
    );
    assert_eq!(
        catalog.find(&by(Descending)),
        ["ten", "nine", "minus", "none"]
    );
}

#[test]
fn texts_sort_as_people_do_over_commits() {
    let mut catalog = Catalog::new();
    for title in ["b", "Z", "ž", "a", "10", "9"] {
        catalog.add([product(title).object()]);
    }
    let by = |direction| sorted_by(&[("title", direction)]);
    assert_eq!(
        catalog.find(&by(Ascending)),
        ["10", "9", "a", "b", "Z", "ž"]
    );
    assert_eq!(
        catalog.find(&by(Descending)),
        ["ž", "Z", "b", "a", "9", "10"]
    );
}

#[test]
fn several_keys_sort_one_after_the_other_then_insertion() {
    let item = |identity, brand: &str, price| {
        product(identity)
            .with("brand", brand)
            .with("price_amount", number(price))
            .object()
    };
    let mut catalog = Catalog::of([item("1", "b", 1.0), item("2", "a", 1.0)]);
    catalog.add([item("3", "b", 2.0), item("4", "b", 2.0)]);
    let query = sorted_by(&[("brand", Descending), ("price_amount", Descending)]);
    assert_eq!(catalog.find(&query), ["3", "4", "1", "2"]);
}

#[test]
fn dates_booleans_and_types_sort_too() {
    let catalog = Catalog::of([
        product("1")
            .with("since", "2024-05-01")
            .with("sale", FieldValue::Bool(true))
            .object(),
        product("2")
            .with("since", "2023-05-01")
            .with("sale", FieldValue::Bool(false))
            .object(),
        product("3").of_type("article").object(),
    ]);
    assert_eq!(
        catalog.find(&sorted_by(&[("since", Ascending)])),
        ["2", "1", "3"]
    );
    assert_eq!(
        catalog.find(&sorted_by(&[("sale", Descending)])),
        ["1", "2", "3"]
    );
    assert_eq!(
        catalog.find(&sorted_by(&[("type", Ascending)])),
        ["3", "1", "2"]
    );
}

#[test]
fn of_several_values_the_least_counts_going_up_and_the_greatest_going_down() {
    let list = |values: &[f64]| FieldValue::List(values.iter().map(|&v| number(v)).collect());
    let catalog = Catalog::of([
        product("wide").with("size", list(&[1.0, 9.0])).object(),
        product("middle").with("size", list(&[5.0])).object(),
    ]);
    assert_eq!(
        catalog.find(&sorted_by(&[("size", Ascending)])),
        ["wide", "middle"]
    );
    assert_eq!(
        catalog.find(&sorted_by(&[("size", Descending)])),
        ["wide", "middle"]
    );
}

#[test]
fn sorting_by_an_attribute_never_indexed_is_the_callers_error() {
    let point = [("lat", number(48.1)), ("lon", number(17.1))]
        .into_iter()
        .collect();
    let catalog = Catalog::of([product("1")
        .with("geo_location", FieldValue::Map(point))
        .object()]);
    let search = |field| {
        let query = sorted_by(&[(field, Ascending)]);
        catalog.try_search(&query, &Effort::unbounded())
    };
    match search("size") {
        Err(EngineError::UnknownAttribute(name)) => assert_eq!(name.as_str(), "size"),
        other => panic!("{other:?}"),
    }
    // Known, but nobody says where the visitor is.
    assert!(matches!(search("geo_location"), Err(EngineError::NoOrigin)));
}

#[test]
fn pages_are_windows_of_one_order() {
    let mut catalog = Catalog::new();
    for half in [0..13, 13..25] {
        catalog.add(half.map(|n| product(&format!("p{n:02}")).object()));
    }
    for sort in [vec![], sorted_by(&[("title", Ascending)]).sort] {
        let page = |offset, limit| SearchQuery {
            page: Page { offset, limit },
            sort: sort.clone(),
            ..everything()
        };
        let all = catalog.find(&page(0, 100));
        assert_eq!(all.len(), 25);
        for (offset, limit) in [(0, 10), (10, 10), (20, 10), (30, 10), (3, 7), (24, 1)] {
            let window: Vec<&str> = all.iter().skip(offset).take(limit).copied().collect();
            let found = catalog.search(&page(offset, limit));
            assert_eq!(catalog.identities(&found), window);
            assert_eq!(found.total_hits, 25);
        }
        assert_eq!(catalog.find(&page(0, 0)), Vec::<&str>::new());
        let beyond = catalog.search(&page(Page::RANK_MAX, 1));
        assert_eq!((beyond.hits.len(), beyond.total_hits), (0, 25));
    }
}

#[test]
fn sorted_hits_of_a_text_say_whether_they_matched_in_full() {
    let catalog = Catalog::of([
        product("1").with("title", "shoe").object(),
        product("2").with("title", "red shoe").object(),
    ]);
    let mut query = text("red shoe");
    query.sort = sorted_by(&[("title", Descending)]).sort;
    let found = catalog.search(&query);
    assert_eq!(catalog.identities(&found), ["1", "2"]);
    let exact: Vec<bool> = found.hits.iter().map(|hit| hit.exact).collect();
    assert_eq!(exact, [false, true]);
}

#[test]
fn a_title_that_says_what_was_typed_comes_first_among_equals() {
    let titles = ["Lamp desk blue", "Desk lamp, blue", "Blue desk lamp"];
    let catalog = Catalog::of(titles.map(|title| product(title).object()));
    assert_eq!(
        catalog.find(&text("blue desk lamp")),
        ["Blue desk lamp", "Desk lamp, blue", "Lamp desk blue"]
    );
    assert_eq!(catalog.find(&text("lamp desk blue"))[0], "Lamp desk blue");
}
