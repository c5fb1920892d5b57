//! Counts of values over what is found (docs/reference/05-search.md §7).

use crate::domain::{
    DynamicFacets, FacetKind, FacetRequest, FieldValue, SearchQuery, Timestamp, ValuePattern,
};
use crate::engine::conformance::objects::{
    any_of, everything, facet, filters, integer, number, point, product, texts,
};
use crate::engine::conformance::shop::{Shop, told};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found:
    texts_come_by_count_then_by_value,
    texts_are_listed_that_have_what_is_looked_for,
    booleans_numbers_and_dates_are_counted_as_such,
    what_does_not_fit_is_counted_apart,
    numbers_are_counted_value_by_value_on_request,
    dates_are_counted_value_by_value_on_request,
    a_facet_sees_no_filter_on_its_own_field,
    facets_come_as_asked_for_and_unknown_ones_are_left_out,
    facets_count_all_that_is_found_whatever_page_is_shown,
    the_most_telling_attributes_are_chosen,
];

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn colored(name: &str, colors: &[&str]) -> crate::engine::conformance::objects::Draft {
    product(name).with("color", texts(colors))
}

async fn texts_come_by_count_then_by_value<B: Backend>() {
    let shop = Shop::<B>::with([
        colored("a", &["red", "blue"]),
        colored("b", &["blue", "blue"]),
        colored("c", &["red", "", "green"]),
        product("d"),
    ])
    .await;
    let all = "blue 2, red 2, green 1";
    assert_eq!(shop.text_facet(&everything(), "color").await, all);
    assert_eq!(shop.text_facet(&everything(), "type").await, "product 4");
    for (values_max, expected) in [(2, "blue 2, red 2"), (1, "blue 2"), (0, "")] {
        let mut query = everything();
        query.facets = vec![FacetRequest::new("color", values_max).unwrap()];
        let found = shop.search(&query).await;
        assert_eq!(told(&found.facets[0]), expected);
    }
}

async fn texts_are_listed_that_have_what_is_looked_for<B: Backend>() {
    let shop = Shop::<B>::with([
        colored("a", &["Sky blue", "Rot"]),
        colored("b", &["sky blue", "navy-blue", "Weiß"]),
        colored("c", &["Sky blue"]),
    ])
    .await;
    for (typed, values_max, expected) in [
        ("BLU", 9, "Sky blue 2, navy-blue 1, sky blue 1"),
        ("blu", 1, "Sky blue 2"),
        ("weis", 9, "Weiß 1"),
        ("lue", 9, ""),
    ] {
        let mut query = everything();
        query.facets = vec![FacetRequest {
            values_with: ValuePattern::new(typed),
            ..FacetRequest::new("color", values_max).unwrap()
        }];
        let found = shop.search(&query).await;
        assert_eq!(told(&found.facets[0]), expected, "{typed}");
    }
}

async fn booleans_numbers_and_dates_are_counted_as_such<B: Backend>() {
    let shop = Shop::<B>::open();
    let sizes = [0.0, 9.0, 10.0, 35.5, 99.0, 100.0];
    let days = ["1970-01-01", "1970-01-02", "1970-01-11"];
    for (at, size) in sizes.into_iter().enumerate() {
        let name = format!("p{at}");
        let mut made = product(&name)
            .with("size", number(size))
            .with("same", integer(5))
            .with("half", integer(at as i64 / 2))
            .with("sale", FieldValue::Bool(at == 0));
        if let Some(day) = days.get(at) {
            made = made.with("since", *day);
        }
        shop.add([made]).await;
    }
    // Several values of one object in one range count once.
    let several = FieldValue::List(vec![integer(1), integer(2), integer(100)]);
    shop.add([product("several").with("size", several)]).await;
    let all = everything();
    let facet = |field| shop.text_facet(&all, field);
    assert_eq!(facet("sale").await, "true 1, false 5");
    assert_eq!(facet("same").await, "5..5 6");
    // Few whole numbers are listed one by one.
    assert_eq!(facet("half").await, "0..0 2, 1..1 2, 2..2 2");
    let ranges = "0..10 3, 10..20 1, 20..30 0, 30..40 1, 40..50 0, 50..60 0, 60..70 0, \
                  70..80 0, 80..90 0, 90..100 3";
    assert_eq!(facet("size").await, ranges);
    let dates = shop.facet(&everything(), "since").await.kind;
    let FacetKind::Date(buckets) = dates else {
        panic!("{dates:?}");
    };
    let edges = buckets.iter().map(|bucket| bucket.value.0.as_millis());
    assert!(edges.eq((0..10).map(|n| n * DAY_MS)));
    let counts: Vec<u64> = buckets.iter().map(|bucket| bucket.count).collect();
    assert_eq!(counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    // Of nothing there are no ranges.
    let mut none = everything();
    none.filters.all_of = filters(&["size:1000"]);
    assert_eq!(told(&shop.facet(&none, "size").await), "");
    assert_eq!(told(&shop.facet(&none, "sale").await), "");
}

async fn what_does_not_fit_is_counted_apart<B: Backend>() {
    let shop = Shop::<B>::with([product("a")
        .with("size", integer(1))
        .with("sale", FieldValue::Bool(true))])
    .await;
    shop.replace([
        product("b").with("size", "big").with("sale", "no"),
        product("c")
            .with("size", texts(&["big", "huge", "1"]))
            .with("sale", "true"),
    ])
    .await;
    let all = everything();
    let facet = |field| shop.text_facet(&all, field);
    assert_eq!(facet("size").await, "1..1 2; big 2, huge 1");
    assert_eq!(facet("sale").await, "true 2; no 1");
}

async fn numbers_are_counted_value_by_value_on_request<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").with("size", integer(7)),
        product("b").with(
            "size",
            FieldValue::List(vec![integer(3), integer(7), integer(3)]),
        ),
        product("c").with("size", number(-2.5)),
    ])
    .await;
    for (values_max, expected) in [(9, "7..7 2, -2.5..-2.5 1, 3..3 1"), (1, "7..7 2"), (0, "")] {
        let mut query = everything();
        query.facets = vec![FacetRequest {
            each_value: true,
            ..FacetRequest::new("size", values_max).unwrap()
        }];
        let found = shop.search(&query).await;
        assert_eq!(told(&found.facets[0]), expected);
    }
}

async fn dates_are_counted_value_by_value_on_request<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").with("since", "2023-10-01"),
        product("b").with("since", texts(&["2023-11-10", "2023-10-01"])),
    ])
    .await;
    let [october, november] =
        ["2023-10-01", "2023-11-10"].map(|day| Timestamp::parse(day).unwrap());
    let expected = [(october, 2), (november, 1)];
    for values_max in [9, 1] {
        let mut query = everything();
        query.facets = vec![FacetRequest {
            each_value: true,
            ..FacetRequest::new("since", values_max).unwrap()
        }];
        let found = shop.search(&query).await;
        let FacetKind::Date(buckets) = &found.facets[0].kind else {
            panic!("{:?}", found.facets);
        };
        let values = buckets.iter().map(|one| (one.value, one.count));
        let expected = expected.iter().take(values_max);
        let expected = expected.map(|&(day, count)| ((day, day), count));
        assert_eq!(values.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
}

async fn a_facet_sees_no_filter_on_its_own_field<B: Backend>() {
    let item = |name: &str, brand: &str, color: &str| {
        product(name).with("brand", brand).with("color", color)
    };
    let shop = Shop::<B>::with([
        item("a", "A", "red"),
        item("b", "B", "red"),
        item("c", "B", "blue"),
        item("d", "B", "blue").of_type("article"),
    ])
    .await;
    let mut must = everything();
    must.filters.all_of = filters(&["brand:A"]);
    let mut not = everything();
    not.filters.none_of = filters(&["brand:A"]);
    let both = any_of(&["brand:A", "color:red"]);
    for (query, field, expected) in [
        (&both, "brand", "A 1, B 1"),
        (&both, "color", "red 1"),
        (&both, "type", "product 1"),
        (&must, "brand", "A 1"),
        (&not, "brand", "B 3"),
        (&any_of(&["type:article"]), "type", "product 3, article 1"),
        (&any_of(&["type:article"]), "brand", "B 1"),
    ] {
        assert_eq!(shop.text_facet(query, field).await, expected, "{field}");
    }
    // Each of several sees the filters on the others.
    let query = SearchQuery {
        facets: ["brand", "color", "type"].map(facet).to_vec(),
        ..both
    };
    let found = shop.search(&query).await;
    let counts: Vec<String> = found.facets.iter().map(told).collect();
    assert_eq!(counts, ["A 1, B 1", "red 1", "product 1"]);
}

async fn facets_come_as_asked_for_and_unknown_ones_are_left_out<B: Backend>() {
    let shop = Shop::<B>::with([product("a")
        .with("brand", "A")
        .with("geo_location", point(0.0, 0.0))])
    .await;
    let mut query = everything();
    let asked = ["unknown", "brand", "geo_location", "type"];
    query.facets = asked.map(facet).to_vec();
    let found = shop.search(&query).await;
    let names: Vec<&str> = found.facets.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(names, ["brand", "type"]);
}

async fn facets_count_all_that_is_found_whatever_page_is_shown<B: Backend>() {
    let shop = Shop::<B>::with([colored("a", &["red"]), colored("b", &["red"])]).await;
    for (offset, limit) in [(0, 0), (1, 1), (9, 9)] {
        let mut query = SearchQuery {
            facets: vec![facet("color")],
            ..everything()
        };
        (query.page.offset, query.page.limit) = (offset, limit);
        let found = shop.search(&query).await;
        assert_eq!(told(&found.facets[0]), "red 2");
        assert_eq!(found.total_hits, 2);
    }
}

async fn the_most_telling_attributes_are_chosen<B: Backend>() {
    let shop = Shop::<B>::open();
    for at in 0..12 {
        let name = format!("p{at}");
        let mut made = product(&name)
            .with("color", if at % 2 == 0 { "red" } else { "blue" })
            .with("same", "x")
            .with("number_of", name.as_str());
        if at < 6 {
            made = made.with("size", integer(at));
        }
        if at < 3 {
            made = made.with("material", if at == 0 { "silk" } else { "wool" });
        }
        shop.add([made]).await;
    }
    let names = async |facets_max, asked: &[&str]| {
        let mut query = everything();
        query.facets = asked.iter().map(|field| facet(field)).collect();
        query.dynamic_facets = Some(DynamicFacets {
            facets_max,
            values_max: 1,
        });
        let found = shop.search(&query).await;
        let color = found
            .facets
            .iter()
            .find(|one| one.field.as_str() == "color");
        let is_chosen = !asked.contains(&"color");
        if let Some(color) = color.filter(|_| is_chosen) {
            assert_eq!(told(color), "blue 6");
        }
        let told = found.facets.iter().map(|one| one.field.as_str().to_owned());
        told.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(9, &[]).await, "color size material");
    assert_eq!(names(2, &[]).await, "color size");
    assert_eq!(names(1, &["color"]).await, "color size");
}
