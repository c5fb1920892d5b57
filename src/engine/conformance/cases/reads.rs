//! A catalog page by page, and how much is in it (docs/reference/02-content.md §9).

use crate::domain::{Object, Scan, ScanPosition, Scope, TypesWanted};
use crate::engine::conformance::objects::{NOW, key, object_type, product};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored:
    pages_hold_every_object_once_in_order_of_first_appearance,
    what_is_written_between_two_pages_moves_nobody,
    a_scope_says_which_objects_are_wanted,
    an_object_is_read_as_it_was_sent,
];

fn scan(scope: &Scope, after: ScanPosition, limit: usize) -> Scan {
    Scan {
        scope: scope.clone(),
        after,
        limit,
    }
}

/// Sizes of the pages, and the names on them.
async fn pages<B: Backend>(shop: &Shop<B>, scope: &Scope, limit: usize) -> (Vec<usize>, String) {
    let (mut sizes, mut names) = (Vec::new(), Vec::new());
    let mut after = ScanPosition::default();
    loop {
        let page = shop.engine.reads.scan(shop.id(), scan(scope, after, limit));
        let page = page.await.unwrap();
        sizes.push(page.objects.len());
        let on_page = page
            .objects
            .iter()
            .map(|object| object.identity.to_string());
        names.extend(on_page);
        match page.next {
            Some(next) => after = next,
            None => return (sizes, names.join(" ")),
        }
    }
}

async fn pages_hold_every_object_once_in_order_of_first_appearance<B: Backend>() {
    let shop = Shop::<B>::open();
    let all = Scope::default();
    assert_eq!(pages(&shop, &all, 2).await, (vec![0], String::new()));
    shop.add(["e", "d", "c", "b"].map(product)).await;
    for (limit, sizes) in [(1, vec![1; 4]), (3, vec![3, 1]), (4, vec![4]), (9, vec![4])] {
        let expected = (sizes, "e d c b".to_owned());
        assert_eq!(pages(&shop, &all, limit).await, expected, "{limit}");
    }
    assert_eq!(shop.engine.reads.count(shop.id(), all).await.unwrap(), 4);
}

async fn what_is_written_between_two_pages_moves_nobody<B: Backend>() {
    let shop = Shop::<B>::with(["a", "b", "c", "d"].map(product)).await;
    let first = scan(&Scope::default(), ScanPosition::default(), 2);
    let first = shop.engine.reads.scan(shop.id(), first).await.unwrap();
    shop.add([
        product("a").titled("A"),
        product("c").titled("C"),
        product("new"),
    ])
    .await;
    shop.delete(key("d", "product")).await;
    let rest = scan(&Scope::default(), first.next.unwrap(), 9);
    let rest = shop.engine.reads.scan(shop.id(), rest).await.unwrap();
    let names = rest.objects.iter().map(|object| object.identity.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["c", "new"]);
    assert_eq!(rest.next, None);
}

async fn a_scope_says_which_objects_are_wanted<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a"),
        product("b").of_type("article").active(Some(0), None),
        product("c").of_type("category").active(None, Some(0)),
        product("d").active(Some(1), None),
        product("e").with("active_to", "2001-01-01"),
    ])
    .await;
    let types = |names: &[&str]| {
        names
            .iter()
            .map(|name| object_type(name))
            .collect::<Vec<_>>()
    };
    let now = Some(NOW);
    for (wanted, active_at, expected) in [
        (TypesWanted::All, None, "a b c d e"),
        (TypesWanted::All, now, "a b"),
        (
            TypesWanted::Only(types(&["article", "category"])),
            None,
            "b c",
        ),
        (TypesWanted::Only(types(&["article", "category"])), now, "b"),
        (TypesWanted::Only(Vec::new()), None, ""),
        (TypesWanted::AllBut(types(&["product"])), None, "b c"),
        (TypesWanted::AllBut(Vec::new()), now, "a b"),
    ] {
        let scope = Scope {
            types: wanted,
            active_at,
        };
        let (_, names) = pages(&shop, &scope, 2).await;
        assert_eq!(names, expected, "{scope:?}");
        let count = shop.engine.reads.count(shop.id(), scope).await.unwrap();
        assert_eq!(count, expected.split_whitespace().count() as u64);
    }
}

async fn an_object_is_read_as_it_was_sent<B: Backend>() {
    use crate::engine::conformance::objects::{category, integer, number, point, texts};
    let sent: Object = product("a")
        .with("z", integer(5))
        .with("a", number(5.0))
        .with("colors", texts(&["red", "", "red"]))
        .with("geo_location", point(48.0, 17.0))
        .with("on", crate::domain::FieldValue::Bool(false))
        .active(Some(-1), Some(1))
        .in_upload("g")
        .nesting(category("c", "C"))
        .into();
    let shop = Shop::<B>::with([sent.clone()]).await.restart();
    let stored = shop.stored_as("a").await.unwrap();
    assert_eq!(stored, sent);
    let names = |object: &Object| {
        let names = object.fields.iter().map(|(name, _)| name.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&stored), names(&sent), "in the order sent");
}
