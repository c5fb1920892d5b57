//! Which of an object and its variants are hits (docs/reference/05-search.md §9).

use crate::domain::{FieldValue, SearchQuery, Site, VariantMode};
use crate::engine::conformance::objects::{
    Ascending, any_of, everything, integer, product, site_of, sorted_by,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found:
    variants_are_inside_unless_they_are_asked_for,
    variants_are_hits_where_the_site_says_so,
];
on_every_backend![
    the_best_variant_stands_for_its_object,
    an_object_with_variants_counts_once_a_value,
];

async fn shop<B: Backend>(variants: VariantMode) -> Shop<B> {
    let shop = Shop::of(Site {
        variants,
        ..site_of("shop-1")
    });
    let one = |title: &str, color: &str, price: i64| {
        [
            ("title", FieldValue::from(title)),
            ("color", color.into()),
            ("price_amount", integer(price)),
        ]
    };
    shop.add([
        product("shirt")
            .with("brand", "Acme")
            .variant(one("Shirt S", "red", 9))
            .variant(one("Shirt M", "blue", 7)),
        product("hat")
            .with("color", "red")
            .with("price_amount", integer(8)),
    ])
    .await;
    shop
}

async fn variants_are_inside_unless_they_are_asked_for<B: Backend>() {
    let shop = shop::<B>(VariantMode::Inside).await;
    assert_eq!(shop.find(&everything()).await, ["shirt", "hat"]);
    assert_eq!(
        shop.find(&any_of(&["type:variant"])).await,
        ["shirt-0", "shirt-1"]
    );
    let all = SearchQuery {
        all_variants: true,
        ..everything()
    };
    assert_eq!(
        shop.find(&all).await,
        ["shirt", "shirt-0", "shirt-1", "hat"]
    );
    assert_eq!(
        shop.find(&any_of(&["color:blue"])).await,
        Vec::<String>::new()
    );
    for (query, expected) in [
        (everything(), "product 2"),
        (any_of(&["type:product"]), "product 2"),
        (any_of(&["type:variant"]), "product 2, variant 2"),
    ] {
        assert_eq!(shop.text_facet(&query, "type").await, expected);
    }
}

async fn variants_are_hits_where_the_site_says_so<B: Backend>() {
    let shop = shop::<B>(VariantMode::Separate).await;
    let found = shop.search(&everything()).await;
    assert_eq!(identities(&found), ["shirt", "shirt-0", "shirt-1", "hat"]);
    assert_eq!(found.total_hits, 4);
    assert_eq!(
        shop.text_facet(&everything(), "type").await,
        "product 2, variant 2"
    );
}

async fn the_best_variant_stands_for_its_object<B: Backend>() {
    let shop = shop::<B>(VariantMode::Best).await;
    // The cheaper one, where nothing else decides.
    assert_eq!(shop.find(&everything()).await, ["shirt-1", "hat"]);
    for (filter, expected) in [
        ("color:red", "shirt-0 hat"),
        ("color:blue", "shirt-1"),
        ("brand:Acme", "shirt-1"),
        ("type:variant", "shirt-1"),
        ("type:product", "shirt-1 hat"),
        ("identity:shirt", "shirt-1"),
        ("identity:shirt-0", "shirt-0"),
    ] {
        let found = shop.search(&any_of(&[filter])).await;
        assert_eq!(identities(&found).join(" "), expected, "{filter}");
        assert_eq!(found.total_hits, found.hits.len() as u64);
    }
    let all = SearchQuery {
        all_variants: true,
        ..everything()
    };
    let found = shop.search(&all).await;
    assert_eq!((found.hits.len(), found.total_hits), (3, 3));
    let by_price = sorted_by(&[("price_amount", Ascending)]);
    assert_eq!(shop.find(&by_price).await, ["shirt-1", "hat"]);
}

async fn an_object_with_variants_counts_once_a_value<B: Backend>() {
    let shop = shop::<B>(VariantMode::Best).await;
    assert_eq!(
        shop.text_facet(&everything(), "color").await,
        "red 2, blue 1"
    );
    assert_eq!(shop.text_facet(&everything(), "brand").await, "Acme 1");
    let red = any_of(&["color:red"]);
    assert_eq!(shop.text_facet(&red, "brand").await, "Acme 1");
    assert_eq!(shop.text_facet(&red, "color").await, "red 2, blue 1");
}
