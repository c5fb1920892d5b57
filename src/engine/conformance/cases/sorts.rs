//! Orders on request, and the order of signals where there is no text (docs/reference/05-search.md §2, §6).

use crate::domain::{Direction, FieldValue, GeoPoint, Page, SearchQuery, SignalSource, TypeSort};
use crate::engine::EngineError;
use crate::engine::conformance::objects::{
    Ascending, Descending, everything, filters, integer, number, object_type, point, product,
    sort_keys, sorted_by, texts,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found:
    values_order_by_their_type_and_who_has_none_comes_last,
    texts_that_are_numbers_or_dates_order_as_such,
    what_was_never_indexed_orders_nothing,
    types_have_orders_of_their_own,
    signals_decide_without_a_text,
    signals_are_read_from_where_the_search_says,
    wishes_come_before_the_new_and_filter_nothing,
];

async fn values_order_by_their_type_and_who_has_none_comes_last<B: Backend>() {
    let shop = Shop::<B>::open();
    shop.add([
        product("a")
            .with("weight", integer(3))
            .with("color", "a")
            .with("sale", FieldValue::Bool(true))
            .with("since", "2023-11-10")
            .with("geo_location", point(48.15, 17.11)),
        product("b")
            .with("weight", integer(1))
            .with("color", "Z")
            .with("sale", FieldValue::Bool(false))
            .with("since", "2023-10-01")
            .with("geo_location", point(48.21, 16.37)),
        product("c"),
        product("d")
            .of_type("article")
            .with("weight", FieldValue::List(vec![integer(2), number(9.5)]))
            .with("color", texts(&["ž", "B"])),
    ])
    .await;
    shop.replace([product("e")
        .with("weight", "heavy")
        .with("color", integer(7))
        .with("since", "soon")])
        .await;
    let vienna = GeoPoint::new(48.21, 16.37);
    for (keys, expected) in [
        (&[("weight", Ascending)][..], "b d a c e"),
        (&[("weight", Descending)], "d a b c e"),
        (&[("color", Ascending)], "e a d b c"),
        (&[("color", Descending)], "e d b a c"),
        (&[("sale", Ascending)], "b a c d e"),
        (&[("sale", Descending)], "a b c d e"),
        (&[("since", Ascending)], "b a c d e"),
        (&[("since", Descending)], "a b c d e"),
        (&[("title", Descending)], "e d c b a"),
        (&[("type", Ascending)], "d a b c e"),
        (&[("geo_range", Ascending)], "b a c d e"),
        (&[("geo_location", Descending)], "a b c d e"),
        (&[("type", Descending), ("weight", Ascending)], "b a c e d"),
        (&[("sale", Ascending), ("title", Descending)], "b a e d c"),
    ] {
        let mut query = sorted_by(keys);
        query.place.origin = vienna;
        assert_eq!(shop.find(&query).await.join(" "), expected, "{keys:?}");
    }
}

async fn texts_that_are_numbers_or_dates_order_as_such<B: Backend>() {
    let shop = Shop::<B>::with([
        product("text").with("note", "2 of them"),
        product("november").with("note", "2023-11-10"),
        product("february").with("note", "20230201T000000Z"),
    ])
    .await;
    shop.replace([
        product("ten").with("note", integer(10)),
        product("nine").with("note", integer(9)),
    ])
    .await;
    for (direction, expected) in [
        (Ascending, ["nine", "ten", "february", "november", "text"]),
        (Descending, ["ten", "nine", "november", "february", "text"]),
    ] {
        let found = shop.find(&sorted_by(&[("note", direction)])).await;
        assert_eq!(found, expected, "{direction:?}");
    }
}

async fn what_was_never_indexed_orders_nothing<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("geo_location", point(0.0, 0.0))]).await;
    let refused = shop.try_search(&sorted_by(&[("weight", Ascending)])).await;
    let is_told =
        matches!(&refused, Err(EngineError::UnknownAttribute(name)) if name.as_str() == "weight");
    assert!(is_told, "{refused:?}");
    let refused = shop
        .try_search(&sorted_by(&[("geo_range", Ascending)]))
        .await;
    assert!(matches!(refused, Err(EngineError::NoOrigin)), "{refused:?}");
}

async fn types_have_orders_of_their_own<B: Backend>() {
    let shop = Shop::<B>::with([
        product("p1").with("weight", integer(1)),
        product("a1").of_type("article").with("weight", integer(1)),
        product("c1").of_type("category").with("weight", integer(1)),
        product("p2").with("weight", integer(2)),
        product("a2").of_type("article").with("weight", integer(2)),
        product("c2").of_type("category").with("weight", integer(2)),
    ])
    .await;
    let own = |of_type: &str, direction: Direction| TypeSort {
        object_type: object_type(of_type),
        keys: sort_keys(&[("weight", direction)]),
    };
    let types = vec![own("article", Descending), own("product", Ascending)];
    let query = SearchQuery {
        type_sorts: types.clone(),
        ..sorted_by(&[("weight", Descending)])
    };
    assert_eq!(
        shop.find(&query).await,
        ["a2", "a1", "p1", "p2", "c2", "c1"]
    );
    for (offset, limit) in [(0, 3), (1, 2), (2, 3), (5, 4)] {
        let page = SearchQuery {
            page: Page { offset, limit },
            ..query.clone()
        };
        let all = ["a2", "a1", "p1", "p2", "c2", "c1"].into_iter();
        let expected: Vec<&str> = all.skip(offset).take(limit).collect();
        assert_eq!(shop.find(&page).await, expected, "{offset}");
    }
    // Of a type that is not asked for, an order says nothing.
    let mut products = SearchQuery {
        type_sorts: types,
        ..everything()
    };
    products.filters.any_of = filters(&["type:product"]);
    assert_eq!(shop.find(&products).await, ["p1", "p2"]);
    products.filters.any_of = filters(&["type:category"]);
    products.sort = sort_keys(&[("weight", Descending)]);
    assert_eq!(shop.find(&products).await, ["c2", "c1"]);
}

async fn signals_decide_without_a_text<B: Backend>() {
    let shop = Shop::<B>::with([
        product("plain"),
        product("old").with("introduced_at", "2020-01-01"),
        product("unavailable")
            .with("availability", integer(0))
            .with("boost", integer(1)),
        product("late").with("availability_rank", integer(7)),
        product("new").with("introduced_at", "2023-11-14"),
        product("boosted").with("boost", integer(2)),
        product("recent").with("introduced_at", "2023-10-20"),
        product("later").with("introduced_at", "2024-06-01"),
    ])
    .await;
    let expected = [
        "boosted",
        "unavailable",
        "later",
        "new",
        "recent",
        "plain",
        "old",
        "late",
    ];
    assert_eq!(shop.find(&everything()).await, expected);
}

async fn signals_are_read_from_where_the_search_says<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a")
            .with("boost", integer(1))
            .with("push", integer(0)),
        product("b").with("push", integer(3)),
        product("c").with("boost", integer(2)),
    ])
    .await;
    for (source, expected) in [
        (SignalSource::Usual, "c a b"),
        (SignalSource::Off, "a b c"),
        (SignalSource::Attribute("push".into()), "b a c"),
    ] {
        let mut query = everything();
        query.signals.boost = source;
        assert_eq!(shop.find(&query).await.join(" "), expected);
    }
}

async fn wishes_come_before_the_new_and_filter_nothing<B: Backend>() {
    let shop = Shop::<B>::with([
        product("new").with("introduced_at", "2023-11-14"),
        product("red").with("color", "red"),
        product("late")
            .with("color", "red")
            .with("availability_rank", integer(7)),
        product("red-s").with("color", "red").with("size", "S"),
    ])
    .await;
    let mut query = everything();
    query.preferred = filters(&["color:red", "size:S"]);
    assert_eq!(shop.find(&query).await, ["red-s", "red", "new", "late"]);
}
