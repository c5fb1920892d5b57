//! Counts beside the hits (docs/reference/05-search.md §7).

use super::*;

fn counts(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    let pairs = pairs
        .iter()
        .map(|&(value, count)| (value.to_owned(), count));
    pairs.collect()
}

fn priced(prices: &[f64]) -> Catalog {
    let objects = prices.iter().enumerate().map(|(n, &price)| {
        product(&format!("p{n}"))
            .with("price_amount", number(price))
            .object()
    });
    Catalog::of(objects)
}

fn number_facet(catalog: &Catalog, field: &str) -> Vec<((f64, f64), u64)> {
    let Some(FacetKind::Number(buckets)) = catalog.facet(&everything(), field) else {
        panic!("no numeric facet on {field}");
    };
    let pairs = buckets
        .into_iter()
        .map(|bucket| (bucket.value, bucket.count));
    pairs.collect()
}

#[test]
fn texts_come_by_count_then_by_value_over_commits() {
    let mut catalog = Catalog::new();
    for colors in [
        &["red", "blue"][..],
        &["blue"],
        &["green"],
        &["red", "red"],
        &[],
    ] {
        catalog.add([product("p").with("color", texts(colors)).object()]);
    }
    let facet = catalog.text_facet(&everything(), "color");
    assert_eq!(facet, counts(&[("blue", 2), ("red", 2), ("green", 1)]));
}

#[test]
fn the_number_of_values_is_bounded_and_the_kept_ones_are_the_most_frequent() {
    let mut catalog = Catalog::new();
    // Each commit has a most frequent value of its own; `common` is second in all of them.
    for commit in 0..5 {
        let own = format!("own{commit}");
        let colors = [own.as_str(), own.as_str(), own.as_str(), "common", "common"];
        let objects = colors.map(|color| product("p").with("color", color).object());
        catalog.add(objects);
    }
    let mut query = everything();
    query.facets = vec![FacetRequest::new("color", 2).unwrap()];
    let found = catalog.search(&query);
    let FacetKind::Text(buckets) = &found.facets[0].kind else {
        panic!("not a text facet");
    };
    let buckets: Vec<_> = buckets
        .iter()
        .map(|b| (b.value.as_str(), b.count))
        .collect();
    assert_eq!(buckets, [("common", 10), ("own0", 3)]);
}

#[test]
fn numbers_are_counted_value_by_value_on_request() {
    let mut catalog = priced(&[7.0, -2.5, 7.0]);
    let sizes = FieldValue::List([3.0, 7.0, 3.0].map(number).into());
    catalog.add([
        product("q").with("price_amount", sizes).object(),
        product("r").object(),
    ]);
    let values = |values_max| {
        let mut query = everything();
        query.facets = vec![FacetRequest {
            each_value: true,
            ..FacetRequest::new("price_amount", values_max).unwrap()
        }];
        let found = catalog.search(&query);
        let FacetKind::Number(buckets) = &found.facets[0].kind else {
            panic!("not a numeric facet");
        };
        let pairs = buckets.iter().map(|bucket| (bucket.value, bucket.count));
        pairs.collect::<Vec<_>>()
    };
    let all = [((7.0, 7.0), 3), ((-2.5, -2.5), 1), ((3.0, 3.0), 1)];
    assert_eq!(values(10), all);
    assert_eq!(values(2), all[..2]);
    assert_eq!(values(0), []);
}

#[test]
fn a_facet_ignores_filters_on_its_own_field_and_respects_all_others() {
    let item = |brand: &str, color: &str| {
        product("p")
            .with("brand", brand)
            .with("color", color)
            .object()
    };
    let catalog = Catalog::of([item("A", "red"), item("B", "red"), item("B", "blue")]);
    let query = any_of(&["brand:A", "color:red"]);
    assert_eq!(
        catalog.text_facet(&query, "brand"),
        counts(&[("A", 1), ("B", 1)])
    );
    assert_eq!(catalog.text_facet(&query, "color"), counts(&[("red", 1)]));
    let mut required = everything();
    required.filters.all_of = field_filters(&["brand:A"]);
    assert_eq!(catalog.text_facet(&required, "brand"), counts(&[("A", 1)]));
    let mut negative = everything();
    negative.filters.none_of = field_filters(&["brand:A"]);
    assert_eq!(catalog.text_facet(&negative, "brand"), counts(&[("B", 2)]));
}

#[test]
fn types_are_counted_beside_the_asked_one_without_variants_nobody_asked_for() {
    let catalog = Catalog::of([
        product("1").object(),
        product("2").of_type("article").object(),
        product("3").variant_of("1").object(),
    ]);
    let types = |query: &SearchQuery| catalog.text_facet(query, "type");
    assert_eq!(
        types(&everything()),
        counts(&[("article", 1), ("product", 1)])
    );
    let article = any_of(&["type:article"]);
    assert_eq!(types(&article), counts(&[("article", 1), ("product", 1)]));
    let variant = any_of(&["type:variant"]);
    let all = counts(&[("article", 1), ("product", 1), ("variant", 1)]);
    assert_eq!(types(&variant), all);
}

#[test]
fn numbers_fall_into_ten_equal_ranges_with_shared_edges() {
    let catalog = priced(&[0.0, 1.0, 9.99, 10.0, 35.0, 99.0, 100.0]);
    let ranges = number_facet(&catalog, "price_amount");
    let edges: Vec<(f64, f64)> = ranges.iter().map(|&(edges, _)| edges).collect();
    let expected: Vec<(f64, f64)> = (0..10)
        .map(|n| (f64::from(n) * 10.0, f64::from(n + 1) * 10.0))
        .collect();
    assert_eq!(edges, expected);
    let counts: Vec<u64> = ranges.iter().map(|&(_, count)| count).collect();
    assert_eq!(counts, [3, 1, 0, 1, 0, 0, 0, 0, 0, 2]);
}

#[test]
fn equal_values_make_one_range_and_no_values_none() {
    let catalog = priced(&[5.0, 5.0]);
    assert_eq!(number_facet(&catalog, "price_amount"), [((5.0, 5.0), 2)]);
    let none = any_of(&["price_amount:9"]);
    let mut none_of_it = none.clone();
    none_of_it.filters.all_of = none_of_it.filters.any_of.split_off(0);
    let facet = catalog.facet(&none_of_it, "price_amount");
    assert_eq!(facet, Some(FacetKind::Number(Vec::new())));
}

#[test]
fn ranges_hold_for_the_greatest_numbers() {
    let catalog = priced(&[f64::MIN, 0.0, f64::MAX]);
    let ranges = number_facet(&catalog, "price_amount");
    assert!(
        ranges
            .iter()
            .all(|((from, to), _)| from.is_finite() && from < to)
    );
    assert_eq!(ranges.iter().map(|(_, count)| count).sum::<u64>(), 3);
}

#[test]
fn an_object_counts_once_per_range() {
    let list = FieldValue::List([0.0, 1.5, 100.0].map(number).to_vec());
    let catalog = Catalog::of([product("p").with("size", list).object()]);
    let ranges = number_facet(&catalog, "size");
    assert_eq!((ranges[0].1, ranges[9].1), (1, 1));
}

#[test]
fn dates_fall_into_ranges_of_instants() {
    let day = |n: i64| Timestamp::from_millis(n * DAY_MS);
    let objects = [0, 1, 10].map(|n| {
        product("p")
            .with("since", day(n).to_string().as_str())
            .object()
    });
    let catalog = Catalog::of(objects);
    let Some(FacetKind::Date(buckets)) = catalog.facet(&everything(), "since") else {
        panic!("no date facet");
    };
    assert_eq!(buckets.len(), 10);
    assert_eq!(buckets[0].value, (day(0), day(1)));
    let counts: Vec<u64> = buckets.iter().map(|bucket| bucket.count).collect();
    assert_eq!(counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn booleans_are_counted_as_such() {
    let sale = |value| product("p").with("sale", FieldValue::Bool(value)).object();
    let catalog = Catalog::of([sale(true), sale(false), sale(false)]);
    let Some(FacetKind::Boolean(buckets)) = catalog.facet(&everything(), "sale") else {
        panic!("no boolean facet");
    };
    let buckets: Vec<(bool, u64)> = buckets.iter().map(|b| (b.value, b.count)).collect();
    assert_eq!(buckets, [(true, 1), (false, 2)]);
}

#[test]
fn facets_come_in_the_order_asked_and_unknown_ones_are_left_out() {
    let catalog = Catalog::of([product("p").with("brand", "A").object()]);
    let mut query = everything();
    query.facets = ["unknown", "brand", "type"].map(facet).to_vec();
    query.page.limit = 0;
    let found = catalog.search(&query);
    let names: Vec<&str> = found.facets.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(names, ["brand", "type"]);
    assert_eq!(found.total_hits, 1);
    assert!(found.hits.is_empty());
}

#[test]
fn derived_and_inner_attributes_have_facets() {
    let inner = [("material", "silk".into())].into_iter().collect();
    let catalog = Catalog::of([product("p")
        .with("special", FieldValue::Map(inner))
        .nested("category", &[("title", "Socks")])
        .object()]);
    let one = |field| catalog.text_facet(&everything(), field);
    assert_eq!(one("special.material"), counts(&[("silk", 1)]));
    assert_eq!(one("category"), counts(&[("Socks", 1)]));
    assert_eq!(one("nested_category_title"), counts(&[("Socks", 1)]));
}
