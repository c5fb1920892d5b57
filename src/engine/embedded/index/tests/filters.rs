//! What filters let through (docs/reference/05-search.md §3, §9).

use std::collections::HashMap;

use super::segments::fact::Fact;
use super::*;

fn catalog() -> Catalog {
    let long = "x".repeat(600);
    Catalog::of([
        product("p1")
            .with("brand", "Yamaha")
            .with("color", texts(&["red", "blue"]))
            .with("price_amount", number(5.0))
            .with("sale", FieldValue::Bool(true))
            .with("since", "2024-05-01")
            .object(),
        product("p2")
            .with("brand", "Casio")
            .with("color", "blue")
            .with("price_amount", number(7.0))
            .with("sale", FieldValue::Bool(false))
            .object(),
        product("p3")
            .with("story", long.as_str())
            .with("type", "fast")
            .object(),
        product("a1")
            .of_type("article")
            .with("since", "2023-01-31T10:00:00Z")
            .object(),
    ])
}

#[track_caller]
fn check(filters: &[&str], expected: &[&str]) {
    assert_eq!(catalog().find(&any_of(filters)), expected, "{filters:?}");
}

#[test]
fn a_text_is_matched_whole_and_case_sensitively_against_any_element() {
    check(&["brand:Yamaha"], &["p1"]);
    check(&["brand:yamaha"], &[]);
    check(&["brand:Yama"], &[]);
    check(&["color:blue"], &["p1", "p2"]);
    check(&["color:red"], &["p1"]);
}

#[test]
fn values_of_one_field_are_alternatives_and_fields_add_up() {
    check(&["brand:Yamaha", "brand:Casio"], &["p1", "p2"]);
    check(&["brand:Yamaha", "brand:Casio", "color:red"], &["p1"]);
}

#[test]
fn required_values_must_all_be_there_and_negative_ones_exclude() {
    let catalog = catalog();
    let mut query = everything();
    query.filters.all_of = field_filters(&["color:red", "color:blue"]);
    assert_eq!(catalog.find(&query), ["p1"]);
    query.filters.all_of.clear();
    query.filters.none_of = field_filters(&["color:red", "type:article", "unknown:x"]);
    assert_eq!(catalog.find(&query), ["p2", "p3"]);
}

#[test]
fn numbers_are_compared_as_numbers_and_ranges_include_their_bounds() {
    check(&["price_amount:5"], &["p1"]);
    check(&["price_amount:5.0"], &["p1"]);
    check(&["price_amount:5|7"], &["p1", "p2"]);
    check(&["price_amount:5.1|"], &["p2"]);
    check(&["price_amount:|5"], &["p1"]);
    check(&["price_amount:6|6.9"], &[]);
    check(&["price_amount:cheap"], &[]);
}

#[test]
fn dates_and_booleans_are_compared_as_such() {
    check(&["since:2024-05-01T00:00:00Z"], &["p1"]);
    check(&["since:2023-01-31T10:00:00Z|2023-12-31"], &["a1"]);
    check(&["since:2023-02-01|"], &["p1"]);
    check(&["sale:true"], &["p1"]);
    check(&["sale:false"], &["p2"]);
    check(&["sale:maybe"], &[]);
}

#[test]
fn missing_means_no_value_of_any_length_or_type() {
    check(&["color:value_missing"], &["p3", "a1"]);
    check(&["story:value_missing"], &["p1", "p2", "a1"]);
    check(&["price_amount:value_missing"], &["p3", "a1"]);
    check(&["since:value_missing"], &["p2", "p3"]);
    check(&["sale:value_missing"], &["p3", "a1"]);
    check(&["title:value_missing"], &[]);
}

#[test]
fn an_attribute_never_indexed_matches_nothing_and_is_missing_everywhere() {
    check(&["unknown:x"], &[]);
    check(&["unknown:value_missing"], &["p1", "p2", "p3", "a1"]);
}

#[test]
fn long_texts_are_matched_exactly() {
    let long = "x".repeat(600);
    check(&[&format!("story:{long}")], &["p3"]);
    check(&[&format!("story:{}", &long[1..])], &[]);
}

#[test]
fn titles_and_links_are_matched_exactly_too() {
    let long = "y".repeat(600);
    let mut catalog = Catalog::of([product("p1")
        .with("title", "Red shoe")
        .with("web_url", "/p/1")
        .with("image_link", texts(&["/1.jpg", "/2.jpg"]))
        .with("description", long.as_str())
        .object()]);
    catalog.add([product("p2")
        .with("title", "Red")
        .with("web_url", "/p/2")
        .object()]);
    let find = |filter: &str| catalog.find(&any_of(&[filter])).join(" ");
    assert_eq!(find("title:Red shoe"), "p1");
    assert_eq!(find("title:Red"), "p2");
    assert_eq!(find("title:red"), "");
    assert_eq!(find("web_url:/p/2"), "p2");
    assert_eq!(find("image_link:/2.jpg"), "p1");
    assert_eq!(find("image_link:/3.jpg"), "");
    assert_eq!(find(&format!("description:{long}")), "p1");
    assert_eq!(find(&format!("description:{}", &long[1..])), "");
}

#[test]
fn type_is_the_object_type_whatever_attributes_there_are() {
    check(&["type:article"], &["a1"]);
    check(&["type:article", "type:product"], &["p1", "p2", "p3", "a1"]);
    check(&["type:fast"], &[]);
}

#[test]
fn an_identity_is_found_by_either_name_also_beside_attributes_of_it() {
    check(&["identity:p2"], &["p2"]);
    check(&["url:p2", "url:a1"], &["p2", "a1"]);
    check(&["identity:value_missing"], &["p1", "p2", "p3", "a1"]);
    let catalog = Catalog::of([product("p1").with("url", "/p/1").object()]);
    assert_eq!(catalog.find(&any_of(&["url:p1"])), ["p1"]);
    assert_eq!(catalog.find(&any_of(&["url:/p/1"])), ["p1"]);
    assert_eq!(catalog.find(&any_of(&["identity:p1"])), ["p1"]);
}

#[test]
fn hierarchy_paths_match_whole_and_by_prefix() {
    let ancestor = |title: &str| {
        let fields = [("type", "category"), ("identity", title), ("title", title)];
        let fields = fields.into_iter().map(|(name, value)| (name, value.into()));
        FieldValue::Map(fields.collect())
    };
    let mut shirt = product("shirt").nested("category", &[("title", "T-shirts")]);
    let ancestors = vec![ancestor("Apparel"), ancestor("Men")];
    shirt.0.nested[0]
        .fields
        .insert("ancestors", FieldValue::List(ancestors));
    let catalog = Catalog::of([shirt.object()]);
    let found = |filter: &str| !catalog.find(&any_of(&[filter])).is_empty();
    assert!(found("category_path:Apparel||Men||T-shirts"));
    assert!(!found("category_path:Apparel||Men"));
    assert!(found("all_categories_path:Apparel||Men||T-shirts"));
    assert!(found("all_categories_path:Apparel||Men"));
    assert!(found("all_categories_path:Apparel"));
    assert!(found("category:Men"));
    assert!(!found("category:Apparel||Men"));
}

#[test]
fn objects_outside_their_schedule_never_appear() {
    let catalog = Catalog::of([
        product("open").object(),
        product("running").active(Some(-1000), Some(1000)).object(),
        product("starts now").active(Some(0), None).object(),
        product("later").active(Some(1), None).object(),
        product("ends now").active(None, Some(0)).object(),
        product("over").active(Some(-2000), Some(-1000)).object(),
    ]);
    let shown = ["open", "running", "starts now"];
    assert_eq!(catalog.find(&everything()), shown);
    assert_eq!(catalog.find(&any_of(&["type:product"])), shown);
    assert_eq!(
        catalog
            .search(&text("open running starts later over"))
            .total_hits,
        3
    );
    assert_eq!(
        catalog.text_facet(&everything(), "type"),
        [("product".into(), 3)]
    );
    let mut tomorrow = everything();
    tomorrow.now = Timestamp::from_millis(NOW.as_millis() + DAY_MS);
    assert_eq!(catalog.find(&tomorrow), ["open", "starts now", "later"]);
}

#[test]
fn variants_are_hits_only_where_their_type_is_asked_for() {
    let catalog = Catalog::of([
        product("master").with("title", "shoe").object(),
        product("v1")
            .variant_of("master")
            .with("title", "shoe 42")
            .object(),
        product("alone")
            .of_type("variant")
            .with("title", "shoe")
            .object(),
    ]);
    assert_eq!(catalog.find(&everything()), ["master", "alone"]);
    assert_eq!(catalog.find(&text("shoe")), ["master", "alone"]);
    assert_eq!(catalog.find(&any_of(&["type:product"])), ["master"]);
    assert_eq!(catalog.find(&any_of(&["type:variant"])), ["v1", "alone"]);
    let both = any_of(&["type:variant", "type:product"]);
    assert_eq!(catalog.find(&both), ["master", "v1", "alone"]);
    let mut required = everything();
    required.filters.all_of = field_filters(&["type:variant"]);
    assert_eq!(catalog.find(&required), ["v1", "alone"]);
    let mut negative = everything();
    negative.filters.none_of = field_filters(&["type:product"]);
    assert_eq!(catalog.find(&negative), ["alone"]);
}

/// Facts of one kind that lie in one bucket: enough of them for every such kind of filter and text.
fn of_one_bucket(fact: impl Fn(&str) -> Fact) -> Vec<String> {
    let mut buckets: HashMap<String, Vec<String>> = HashMap::new();
    for number in 0.. {
        let text = format!("AB-{number:05}");
        let mut bucket = String::new();
        fact(&text.to_lowercase().replace('-', "")).push_bucket(&mut bucket);
        let together = buckets.entry(bucket).or_default();
        together.push(text);
        if together.len() == 3 {
            return together.clone();
        }
    }
    unreachable!("there are fewer buckets than numbers")
}

#[test]
fn objects_whose_facts_share_a_bucket_are_told_apart() {
    let identities =
        of_one_bucket(|text| Fact::identity(&text.to_uppercase().replace("AB", "AB-")));
    let objects = { identities.iter() }.map(|identity| product(identity).object());
    let mut catalog = Catalog::of(objects);
    for identity in &identities {
        let filter = format!("identity:{identity}");
        assert_eq!(catalog.find(&any_of(&[&filter])), [identity]);
    }
    catalog.merge();
    let both = [&identities[0], &identities[2]].map(|identity| format!("identity:{identity}"));
    let both = any_of(&[both[0].as_str(), both[1].as_str()]);
    assert_eq!(catalog.find(&both), [&identities[0], &identities[2]]);

    let codes = of_one_bucket(Fact::code);
    let objects = { codes.iter() }.map(|code| {
        product(&format!("p {code}"))
            .with("sku", code.as_str())
            .object()
    });
    let catalog = Catalog::of(objects);
    for code in &codes {
        let found = catalog.search(&text(&code.to_lowercase().replace('-', "")));
        assert_eq!(catalog.identities(&found), [format!("p {code}")]);
    }
}
