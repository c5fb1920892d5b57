//! Windows of the results, and the first hits of each type beside them (docs/reference/05-search.md §2, §5).

use crate::domain::{Page, Quicksearch, SearchQuery, TypeFilter, TypeSort};
use crate::engine::conformance::objects::{
    Descending, any_of, everything, filters, object_type, product, sort_keys, sorted_by, text,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found:
    pages_are_windows_of_one_order,
    a_page_beyond_reach_has_no_hits,
    quicksearch_shows_each_type_by_words_alone,
    quicksearch_has_an_order_of_its_own,
];

async fn pages_are_windows_of_one_order<B: Backend>() {
    let names: Vec<String> = (10..23).map(|at| format!("p{at}")).collect();
    let shop = Shop::<B>::with(
        names
            .iter()
            .map(|name| product(name).titled(&format!("title {name}"))),
    )
    .await;
    for query in [
        everything(),
        sorted_by(&[("title", Descending)]),
        text("title"),
    ] {
        let all = shop.find(&query).await;
        for size in [1, 5, 13, 20] {
            let mut paged = Vec::new();
            for offset in (0..=names.len()).step_by(size) {
                let page = SearchQuery {
                    page: Page {
                        offset,
                        limit: size,
                    },
                    ..query.clone()
                };
                let found = shop.search(&page).await;
                assert_eq!(found.total_hits, all.len() as u64);
                paged.extend(identities(&found));
            }
            assert_eq!(paged, all, "{size}");
        }
    }
}

async fn a_page_beyond_reach_has_no_hits<B: Backend>() {
    let shop = Shop::<B>::with([product("a"), product("b")]).await;
    for (offset, limit) in [(0, 0), (2, 10), (Page::RANK_MAX, 1), (usize::MAX, 1)] {
        let query = SearchQuery {
            page: Page { offset, limit },
            ..everything()
        };
        let found = shop.search(&query).await;
        assert!(found.hits.is_empty(), "{offset}");
        assert_eq!(found.total_hits, 2);
    }
}

fn quick(of_type: &str, limit: usize) -> Quicksearch {
    Quicksearch::new(object_type(of_type), limit)
}

fn quick_hits(found: &crate::domain::SearchResults) -> String {
    let hits = found.quicksearch_hits.iter();
    let names = hits.map(|hit| hit.object.shown().identity().to_string());
    names.collect::<Vec<_>>().join(" ")
}

async fn quicksearch_shows_each_type_by_words_alone<B: Backend>() {
    let shop = Shop::<B>::with([
        product("p1").titled("wool sock").with("color", "red"),
        product("p2").titled("wool hat").with("color", "blue"),
        product("a1").titled("wool").of_type("article"),
        product("a2").titled("silk").of_type("article"),
        product("a3").titled("wool").of_type("article"),
    ])
    .await;
    let mut query = text("wool");
    query.filters.any_of = filters(&["color:blue"]);
    query.quicksearch = vec![
        quick("article", 9),
        quick("product", 1),
        quick("nothing", 3),
    ];
    let found = shop.search(&query).await;
    assert_eq!(identities(&found), ["p2"]);
    assert_eq!(found.total_hits, 1);
    assert_eq!(quick_hits(&found), "a1 a3 p1");
    // What a tree asks of a type, it asks here, too.
    let tree = crate::domain::FilterTree::Leaf(filters(&["identity:a3"]).remove(0));
    query.filters.by_type = vec![TypeFilter {
        object_type: object_type("article"),
        tree,
    }];
    query.quicksearch = vec![quick("article", 9)];
    assert_eq!(quick_hits(&shop.search(&query).await), "a3");
}

async fn quicksearch_has_an_order_of_its_own<B: Backend>() {
    let names = ["p1", "p2", "a1", "a2"];
    let typed = names.map(|name| {
        let of_type = if name.starts_with('a') {
            "article"
        } else {
            "product"
        };
        product(name).of_type(of_type)
    });
    let shop = Shop::<B>::with(typed).await;
    let mut query = any_of(&["type:product"]);
    query.quicksearch = vec![quick("article", 1), quick("product", 0)];
    query.type_sorts = vec![TypeSort {
        object_type: object_type("article"),
        keys: sort_keys(&[("title", Descending)]),
    }];
    let found = shop.search(&query).await;
    assert_eq!(quick_hits(&found), "a2");
    assert_eq!(identities(&found), ["p1", "p2"]);
}
