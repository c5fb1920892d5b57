//! Filters of every form, alone and joined (docs/reference/05-search.md §3).

use crate::domain::{
    Condition, FieldFilter, FieldValue, FilterTree, GeoPoint, Range, SearchQuery, Timestamp,
    TypeFilter,
};
use crate::engine::EngineError;
use crate::engine::conformance::objects::{
    any_of, category, everything, filters, integer, number, object_type, point, product, texts,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found:
    what_is_written_is_read_by_the_type_of_the_attribute,
    typed_conditions_ask_for_what_they_say,
    lists_of_filters_are_joined,
    trees_hold_for_their_types,
    a_distance_needs_a_place_to_start_from,
    of_several_points_one_is_enough,
    derived_and_inner_attributes_are_filtered_by,
    texts_are_the_same_however_they_are_written_down,
    what_is_not_active_is_not_found,
];

const BRATISLAVA: (f64, f64) = (48.15, 17.11);
const VIENNA: (f64, f64) = (48.21, 16.37);

async fn shop<B: Backend>() -> Shop<B> {
    let shop = Shop::open();
    let (a, b) = (BRATISLAVA, VIENNA);
    shop.add([
        product("a")
            .with("color", "red")
            .with("size", integer(1))
            .with("sale", FieldValue::Bool(true))
            .with("since", "2023-10-01")
            .with("label", "M")
            .with("geo_location", point(a.0, a.1)),
        product("b")
            .with("color", texts(&["blue", "red", "a|b"]))
            .with("size", FieldValue::List(vec![number(5.0), number(-0.5)]))
            .with("sale", FieldValue::Bool(false))
            .with("since", "2023-11-10")
            .with("label", integer(7))
            .with("geo_location", point(b.0, b.1)),
    ])
    .await;
    shop.replace([
        product("c")
            .with("color", "")
            .with("size", "big")
            .with("since", "soon"),
        product("d").of_type("article"),
    ])
    .await;
    shop
}

fn from(place: (f64, f64), mut query: SearchQuery) -> SearchQuery {
    query.place.origin = GeoPoint::new(place.0, place.1);
    query
}

async fn what_is_written_is_read_by_the_type_of_the_attribute<B: Backend>() {
    let shop = shop::<B>().await;
    for (filter, expected) in [
        ("color:red", "a b"),
        ("color:Red", ""),
        ("color:a|b", "b"),
        ("color:", ""),
        ("color:value_missing", "c d"),
        ("size:1", "a"),
        ("size:1.0", "a"),
        ("size:1|4", "a"),
        ("size:|5", "a b"),
        ("size:5|", "b"),
        ("size:-1|0", "b"),
        ("size:6|", ""),
        ("size:5|1", ""),
        ("size:|", "a b"),
        ("size:big", "c"),
        ("size:small|big", ""),
        ("size:value_missing", "d"),
        ("sale:true", "a"),
        ("sale:false", "b"),
        ("sale:1", ""),
        ("sale:value_missing", "c d"),
        ("since:2023-10-01", "a"),
        ("since:2023-10-02|", "b"),
        ("since:|2023-11-10", "a b"),
        ("since:2023-10-01|2023-10-31", "a"),
        ("since:soon", "c"),
        ("since:value_missing", "d"),
        ("label:M", "a"),
        ("label:7", "b"),
        ("label:1|9", "b"),
        ("label:|6", ""),
        ("type:product", "a b c"),
        ("type:article", "d"),
        ("type:value_missing", ""),
        ("identity:b", "b"),
        ("identity:x", ""),
        ("url:b", "b"),
        ("url:value_missing", "a b c d"),
        ("title:a", "a"),
        ("unknown:x", ""),
        ("unknown:value_missing", "a b c d"),
        ("geo_location:|1km", "a"),
        ("geo_range:|100km", "a b"),
        ("geo_range:50km|100km", "b"),
        ("geo_range:100|", ""),
        ("geo_range:value_missing", "c d"),
    ] {
        let query = from(BRATISLAVA, any_of(&[filter]));
        assert_eq!(shop.find(&query).await.join(" "), expected, "{filter}");
        // The same, asked for as what must be, and the opposite.
        let mut must = from(BRATISLAVA, everything());
        must.filters.all_of = filters(&[filter]);
        let found = shop.search(&must).await;
        assert_eq!(
            found.total_hits,
            expected.split_whitespace().count() as u64,
            "{filter}"
        );
        let mut not = from(BRATISLAVA, everything());
        not.filters.none_of = filters(&[filter]);
        let others = ["a", "b", "c", "d"].into_iter();
        let others = others.filter(|name| !expected.split_whitespace().any(|one| one == *name));
        assert_eq!(
            shop.find(&not).await,
            others.collect::<Vec<_>>(),
            "not {filter}"
        );
    }
}

async fn typed_conditions_ask_for_what_they_say<B: Backend>() {
    let shop = shop::<B>().await;
    let day = |text: &str| Timestamp::parse(text).unwrap();
    let vienna = GeoPoint::new(VIENNA.0, VIENNA.1).unwrap();
    let numbers = |from, to| Condition::NumberRange(Range { from, to });
    let dates = |from: Option<&str>, to: Option<&str>| {
        Condition::DateRange(Range {
            from: from.map(day),
            to: to.map(day),
        })
    };
    let near = |from, to| Condition::Distance(vienna, Range { from, to });
    let text = |text: &str| Condition::Text(text.to_owned());
    for (field, condition, expected) in [
        ("color", text("red"), "a b"),
        ("color", text("value_missing"), ""),
        ("color", Condition::Missing, "c d"),
        ("unknown", Condition::Missing, "a b c d"),
        ("unknown", text("x"), ""),
        ("size", Condition::Number(5.0), "b"),
        ("size", Condition::Number(1.5), ""),
        ("size", numbers(Some(1.0), Some(5.0)), "a b"),
        ("size", numbers(None, Some(0.0)), "b"),
        ("size", numbers(Some(1.1), None), "b"),
        ("size", text("big"), "c"),
        ("size", text("1"), ""),
        ("sale", Condition::Boolean(true), "a"),
        ("sale", Condition::Boolean(false), "b"),
        ("since", Condition::Date(day("2023-10-01")), "a"),
        ("since", dates(Some("2023-10-02"), None), "b"),
        ("since", dates(None, Some("2023-10-02")), "a"),
        ("since", Condition::Number(1.0), ""),
        ("geo_location", near(None, Some(10.0)), "b"),
        ("geo_location", near(Some(10.0), None), "a"),
        (
            "size",
            Condition::AnyOf(vec![Condition::Number(1.0), text("big")]),
            "a c",
        ),
        ("size", Condition::Nothing, ""),
        ("type", text("article"), "d"),
        ("identity", text("c"), "c"),
        ("url", text("c"), ""),
    ] {
        let mut query = everything();
        query.filters.all_of = vec![FieldFilter::typed(field, condition.clone())];
        let found = shop.find(&query).await.join(" ");
        assert_eq!(found, expected, "{field} {condition:?}");
    }
}

async fn lists_of_filters_are_joined<B: Backend>() {
    let shop = shop::<B>().await;
    // `f[]`, `f_must[]`, `neg_f[]`.
    for (any, all, none, expected) in [
        (&["color:red", "color:blue"][..], &[][..], &[][..], "a b"),
        (&["size:1", "size:big"], &[], &[], "a c"),
        (&["color:red", "size:1"], &[], &[], "a"),
        (&["color:red", "size:1", "size:5"], &[], &[], "a b"),
        (&[], &["color:red", "color:blue"], &[], "b"),
        (&[], &["color:red", "size:big"], &[], ""),
        (&[], &[], &["color:blue", "size:big"], "a d"),
        (&["color:red"], &["sale:true"], &["size:5"], "a"),
        (
            &["type:product", "type:article"],
            &[],
            &["identity:a"],
            "b c d",
        ),
        (&["unknown:x", "unknown:value_missing"], &[], &[], "a b c d"),
        (&["unknown:x", "color:red"], &[], &[], ""),
    ] {
        let mut query = any_of(any);
        query.filters.all_of = filters(all);
        query.filters.none_of = filters(none);
        let found = shop.search(&query).await;
        let found_names = crate::engine::conformance::shop::identities(&found);
        assert_eq!(found_names.join(" "), expected, "{any:?} {all:?} {none:?}");
        assert_eq!(found.total_hits, found.hits.len() as u64);
    }
}

async fn trees_hold_for_their_types<B: Backend>() {
    let shop = shop::<B>().await;
    let leaf = |filter: &str| FilterTree::Leaf(filters(&[filter]).remove(0));
    let leaves = |list: &[&str]| list.iter().map(|one| leaf(one)).collect::<Vec<_>>();
    let deep = FilterTree::All(vec![
        FilterTree::Any(leaves(&["color:red", "size:big"])),
        FilterTree::None(vec![FilterTree::All(leaves(&["sale:true", "size:1"]))]),
    ]);
    for (of_type, tree, expected) in [
        ("product", leaf("color:red"), "a b d"),
        ("article", leaf("color:red"), "a b c"),
        ("article", leaf("color:value_missing"), "a b c d"),
        (
            "product",
            FilterTree::All(leaves(&["color:red", "size:5"])),
            "b d",
        ),
        (
            "product",
            FilterTree::Any(leaves(&["size:1", "size:big"])),
            "a c d",
        ),
        (
            "product",
            FilterTree::None(leaves(&["size:1", "size:big"])),
            "b d",
        ),
        ("product", deep, "b c d"),
        ("nothing", leaf("color:red"), "a b c d"),
    ] {
        let mut query = everything();
        let object_type = object_type(of_type);
        query.filters.by_type = vec![TypeFilter { object_type, tree }];
        let found = shop.find(&query).await.join(" ");
        assert_eq!(found, expected, "{:?}", query.filters.by_type);
    }
}

async fn a_distance_needs_a_place_to_start_from<B: Backend>() {
    let shop = shop::<B>().await;
    for name in ["geo_location", "geo_range"] {
        let query = any_of(&[&format!("{name}:|50km")]);
        let refused = shop.try_search(&query).await;
        assert!(matches!(refused, Err(EngineError::NoOrigin)), "{refused:?}");
        let missing = any_of(&[&format!("{name}:value_missing")]);
        assert_eq!(shop.find(&missing).await, ["c", "d"]);
    }
    let mut elsewhere = from(BRATISLAVA, any_of(&["geo_range:|50km"]));
    elsewhere.place.field = "geo_nowhere".into();
    let refused = shop.try_search(&elsewhere).await;
    let is_told = matches!(&refused, Err(EngineError::UnknownAttribute(name)) if name.as_str() == "geo_nowhere");
    assert!(is_told, "{refused:?}");
}

async fn of_several_points_one_is_enough<B: Backend>() {
    let [near, far] = [BRATISLAVA, VIENNA].map(|(lat, lon)| point(lat, lon));
    let both = FieldValue::List(vec![near.clone(), far.clone()]);
    let shop = Shop::<B>::with([
        product("both").with("geo_location", both),
        product("near").with("geo_location", near),
        product("far").with("geo_location", far),
    ])
    .await;
    for (filter, expected) in [
        ("geo_range:|1km", "both near"),
        ("geo_range:50km|100km", "both far"),
        ("geo_range:10km|", "both far"),
        ("geo_range:100km|", ""),
    ] {
        let query = from(BRATISLAVA, any_of(&[filter]));
        assert_eq!(shop.find(&query).await.join(" "), expected, "{filter}");
    }
}

async fn derived_and_inner_attributes_are_filtered_by<B: Backend>() {
    let inner = [("material", "silk".into())].into_iter().collect();
    let shop = Shop::<B>::with([
        product("a").with("special", FieldValue::Map(inner)),
        product("b").nesting(category("c", "Socks")),
    ])
    .await;
    for (filter, expected) in [
        ("special.material:silk", "a"),
        ("special.material:value_missing", "b c"),
        ("category:Socks", "b"),
        ("nested_category_title:Socks", "b"),
    ] {
        let found = shop.find(&any_of(&[filter])).await.join(" ");
        assert_eq!(found, expected, "{filter}");
    }
}

async fn texts_are_the_same_however_they_are_written_down<B: Backend>() {
    let long = "x".repeat(600);
    let shop = Shop::<B>::with([
        product("one").with("note", "caf\u{e9}"),
        product("two").with("note", "cafe\u{301}"),
        product("long").with("note", long.as_str()),
    ])
    .await;
    for (text, expected) in [
        ("caf\u{e9}", "one two"),
        ("cafe\u{301}", "one two"),
        ("cafe", ""),
        (long.as_str(), "long"),
        (&long[1..], ""),
    ] {
        let found = shop.find(&any_of(&[&format!("note:{text}")])).await;
        assert_eq!(found.join(" "), expected, "{text}");
    }
}

async fn what_is_not_active_is_not_found<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").active(Some(0), Some(1)),
        product("b").active(Some(1), None),
        product("c").active(None, Some(0)),
    ])
    .await;
    assert_eq!(shop.find(&everything()).await, ["a"]);
    assert_eq!(shop.search(&everything()).await.total_hits, 1);
    let later = SearchQuery {
        now: Timestamp::from_millis(everything().now.as_millis() + 1),
        ..everything()
    };
    assert_eq!(shop.find(&later).await, ["b"]);
}
