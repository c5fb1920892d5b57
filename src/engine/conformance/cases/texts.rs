//! Words, as far as the recipe of the ranking decides without a score, and what a site has said of a query
//! (docs/reference/05-search.md §6).

use std::sync::Arc;

use crate::domain::{
    FacetKind, FacetRequest, ObjectsEntry, ResultSet, RuleLists, SearchQuery, Site,
};
use crate::engine::conformance::objects::{
    Ascending, any_of, filters, integer, key, product, site_of, sort_keys, sorted_by, text,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found:
    words_are_found_whatever_case_and_accents,
    more_of_the_words_come_first,
    what_has_some_of_the_words_is_not_beside_what_has_all,
    what_attributes_alone_say_is_beside_few_that_say_it_themselves,
    boost_and_availability_decide_among_equal_matches,
    a_sort_takes_the_place_of_relevance,
    words_and_filters_are_joined,
    pinned_objects_come_first_and_count_once,
    hidden_objects_are_neither_shown_nor_counted,
    rules_are_changed_with_the_site,
];

async fn words_are_found_whatever_case_and_accents<B: Backend>() {
    let shop = Shop::<B>::with([
        product("horse").titled("Žlutý kůň"),
        product("hat").titled("Hat").with("color", "žlutý"),
        product("x").titled("X"),
    ])
    .await;
    for typed in ["žlutý", "ZLUTY", "zlutý"] {
        let found = shop.find(&text(typed)).await;
        assert_eq!(found, ["horse", "hat"], "{typed}");
    }
    assert!(shop.find(&text("nothing")).await.is_empty());
}

async fn more_of_the_words_come_first<B: Backend>() {
    let shop = Shop::<B>::with([
        product("one").titled("Red hat"),
        product("elsewhere").titled("Shoe").with("color", "red"),
        product("title").titled("Red shoe"),
        product("none").titled("Blue glove"),
    ])
    .await;
    let found = shop.search(&text("red shoe")).await;
    assert_eq!(identities(&found), ["title", "elsewhere", "one"]);
    let exact: Vec<bool> = found.hits.iter().map(|hit| hit.exact).collect();
    assert_eq!(exact, [true, true, false]);
    assert_eq!(found.total_hits, 3);
}

async fn what_has_some_of_the_words_is_not_beside_what_has_all<B: Backend>() {
    let shop = Shop::<B>::with([
        product("title").titled("Red shoe").with("maker", "a"),
        product("elsewhere")
            .titled("Shoe")
            .with("color", "red")
            .with("maker", "b"),
        product("one").titled("Red hat").with("maker", "c"),
    ])
    .await;
    let narrow = |typed| SearchQuery {
        result_set: ResultSet::Narrow,
        ..text(typed)
    };
    assert_eq!(shop.find(&narrow("red shoe")).await, ["title", "elsewhere"]);
    assert_eq!(shop.find(&narrow("hat")).await, ["one"]);
    let mut filtered = narrow("red shoe");
    filtered.filters = any_of(&["maker:c"]).filters;
    assert!(shop.find(&filtered).await.is_empty());
    let faceted = SearchQuery {
        facets: vec![FacetRequest::new("maker", 10).unwrap()],
        ..filtered
    };
    let found = shop.search(&faceted).await;
    let FacetKind::Text(makers) = &found.facets[0].kind else {
        panic!("{:?}", found.facets);
    };
    assert_eq!(makers.len(), 2, "{makers:?}");
}

async fn what_attributes_alone_say_is_beside_few_that_say_it_themselves<B: Backend>() {
    let mut products = vec![
        product("a").titled("Slate one"),
        product("b").titled("Uno").with("description", "A slate"),
        product("sleeve").titled("Sleeve").with("suits", "slate"),
        product("told").titled("Sponge").with(
            "description",
            "Nothing wipes as clean as this one does, be it a wall, a board or that slate which the children draw on",
        ),
    ];
    let narrow = SearchQuery {
        result_set: ResultSet::Narrow,
        ..text("slate")
    };
    let shop = Shop::<B>::with(products.clone()).await;
    let mut found = shop.find(&narrow).await;
    found.sort_unstable();
    assert_eq!(found, ["a", "b", "sleeve"]);
    products.push(product("c").titled("Slate two"));
    let shop = Shop::<B>::with(products).await;
    let mut found = shop.find(&narrow).await;
    found.sort_unstable();
    assert_eq!(found, ["a", "b", "c"]);
}

async fn boost_and_availability_decide_among_equal_matches<B: Backend>() {
    let shop = Shop::<B>::with([
        product("plain").titled("Sock"),
        product("gone")
            .titled("Sock")
            .with("availability", integer(0)),
        product("pushed").titled("Sock").with("boost", integer(1)),
        product("late")
            .titled("Sock")
            .with("availability_rank", integer(5)),
        product("most").titled("Sock").with("boost", integer(3)),
        product("else")
            .titled("Hat")
            .with("color", "sock")
            .with("boost", integer(3)),
    ])
    .await;
    let expected = ["most", "pushed", "plain", "late", "gone", "else"];
    assert_eq!(shop.find(&text("sock")).await, expected);
}

async fn a_sort_takes_the_place_of_relevance<B: Backend>() {
    let shop = Shop::<B>::with([
        product("b").titled("Red shoe").with("size", integer(2)),
        product("a").titled("Red hat").with("size", integer(1)),
    ])
    .await;
    let query = SearchQuery {
        sort: sort_keys(&[("size", Ascending)]),
        ..text("red shoe")
    };
    assert_eq!(shop.find(&query).await, ["a", "b"]);
}

async fn words_and_filters_are_joined<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Sock").with("color", "red"),
        product("b").titled("Sock").with("color", "blue"),
        product("c").titled("Hat").with("color", "red"),
    ])
    .await;
    let mut query = text("sock");
    query.filters = any_of(&["color:red"]).filters;
    assert_eq!(shop.find(&query).await, ["a"]);
    assert_eq!(shop.text_facet(&query, "color").await, "blue 1, red 1");
    assert_eq!(
        shop.text_facet(&text("sock"), "color").await,
        "blue 1, red 1"
    );
}

fn ruled(query: &str, pinned: &[&str], hidden: &[&str]) -> Site {
    let entry = |objects: &[&str]| match objects {
        [] => Vec::new(),
        objects => vec![ObjectsEntry {
            queries: vec![query.to_owned()],
            objects: objects.iter().map(ToString::to_string).collect(),
        }],
    };
    let lists = RuleLists {
        pins: entry(pinned),
        hides: entry(hidden),
        ..RuleLists::default()
    };
    Site {
        rules: Arc::new(lists.into_rules().unwrap()),
        ..site_of("shop-1")
    }
}

async fn socks<B: Backend>(site: Site) -> Shop<B> {
    let shop = Shop::of(site);
    shop.add([
        product("a").titled("Wool sock").with("color", "red"),
        product("b").titled("Wool sock").with("color", "blue"),
        product("hat").titled("Straw hat").with("color", "red"),
        product("c").titled("Wool sock").with("color", "red"),
        product("shoe")
            .titled("Leather shoe")
            .with("color", "black"),
        product("gone"),
    ])
    .await;
    shop.delete(key("gone", "product")).await;
    shop
}

async fn pinned_objects_come_first_and_count_once<B: Backend>() {
    let shop = socks::<B>(ruled("Wool Sock", &["shoe", "c", "gone", "hat"], &[])).await;
    let query = text("wool  SOCK");
    let found = shop.search(&query).await;
    assert_eq!(identities(&found), ["shoe", "c", "hat", "a", "b"]);
    assert_eq!(found.total_hits, 5);
    let exact: Vec<bool> = found.hits.iter().map(|hit| hit.exact).collect();
    assert_eq!(exact, [false, true, false, true, true]);
    assert_eq!(
        shop.text_facet(&query, "color").await,
        "red 3, black 1, blue 1"
    );
    for (offset, limit) in [(0, 2), (2, 2), (4, 2), (1, 3)] {
        let mut page = query.clone();
        (page.page.offset, page.page.limit) = (offset, limit);
        let all = ["shoe", "c", "hat", "a", "b"].into_iter();
        let expected: Vec<&str> = all.skip(offset).take(limit).collect();
        assert_eq!(shop.find(&page).await, expected, "{offset}");
    }
    assert_eq!(
        shop.find(&text("wool")).await,
        ["a", "b", "c"],
        "another query"
    );
    let without = SearchQuery {
        uses_rules: false,
        ..query.clone()
    };
    assert_eq!(shop.find(&without).await, ["a", "b", "c"]);
    // Filters hold for what is pinned, and a sort goes before.
    let mut filtered = query.clone();
    filtered.filters.any_of = filters(&["color:red"]);
    assert_eq!(shop.find(&filtered).await, ["c", "hat", "a"]);
    let sorted = SearchQuery {
        sort: sorted_by(&[("color", Ascending)]).sort,
        ..query
    };
    assert_eq!(shop.find(&sorted).await, ["shoe", "b", "a", "hat", "c"]);
}

async fn hidden_objects_are_neither_shown_nor_counted<B: Backend>() {
    let shop = socks::<B>(ruled("wool", &["hat"], &["a", "shoe"])).await;
    let query = text("wool");
    let found = shop.search(&query).await;
    assert_eq!(identities(&found), ["hat", "b", "c"]);
    assert_eq!(found.total_hits, 3);
    assert_eq!(shop.text_facet(&query, "color").await, "red 2, blue 1");
}

async fn rules_are_changed_with_the_site<B: Backend>() {
    let shop = socks::<B>(site_of("shop-1")).await;
    assert_eq!(shop.find(&text("wool")).await, ["a", "b", "c"]);
    let site = ruled("wool", &["c"], &[]);
    shop.engine.lifecycle.open_site(site).await;
    assert_eq!(shop.find(&text("wool")).await, ["c", "a", "b"]);
}
