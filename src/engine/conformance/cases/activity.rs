//! When something of a type was written last, and how often its documents were clicked
//! (docs/reference/10-swiftype.md §3).

use super::documents::{called, put, titled};
use crate::engine::DocumentEdit;
use crate::engine::conformance::objects::{object_type, product};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found: last_writes_are_told_by_type,
    clicks_are_counted_by_day_and_type,
];

async fn last_writes_are_told_by_type<B: Backend>() {
    let shop = Shop::<B>::open();
    let last = async |of_type: Option<&str>| {
        let of_type = of_type.map(object_type);
        shop.documents()
            .last_write(shop.id(), of_type)
            .await
            .unwrap()
    };
    assert_eq!(last(None).await, None);
    shop.make_type("books").await;
    let made = shop.now();
    shop.advance(1_000);
    shop.add([product("p")]).await;
    let added = shop.now();
    assert_eq!(
        (last(Some("books")).await, last(Some("product")).await),
        (Some(made), Some(added))
    );
    assert_eq!(
        (last(Some("films")).await, last(None).await),
        (None, Some(added))
    );
    shop.advance(1_000);
    shop.add([product("p")]).await;
    assert_eq!(last(None).await, Some(added), "nothing was changed");
    shop.write(vec![put(titled("1", "Lion"))]).await;
    assert_eq!(last(Some("books")).await, Some(shop.now()));
    shop.advance(1_000);
    shop.write(vec![DocumentEdit::Delete(called("1"))]).await;
    assert_eq!(last(Some("books")).await, Some(shop.now()));
}

async fn clicks_are_counted_by_day_and_type<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    for (of_type, day) in [("books", 5), ("books", 5), ("films", 5), ("books", 7)] {
        let counted = shop
            .documents()
            .count_click(shop.id(), object_type(of_type), day);
        counted.await.unwrap();
    }
    let shop = shop.restart();
    for (of_type, from, to, expected) in [
        (None, 0, 9, vec![(5, 3), (7, 1)]),
        (Some("books"), 5, 7, vec![(5, 2), (7, 1)]),
        (Some("books"), 6, 6, vec![]),
        (Some("films"), 5, 5, vec![(5, 1)]),
    ] {
        let of_type = of_type.map(object_type);
        let clicks = shop.documents().clicks(shop.id(), of_type, from, to).await;
        assert_eq!(clicks.unwrap(), expected);
    }
}
