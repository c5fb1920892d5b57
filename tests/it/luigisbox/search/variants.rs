//! Variants stand behind their master unless their type is asked for (contract 05 §9).

use serde_json::json;

use super::{Catalog, product, sent};

async fn shirts() -> Catalog {
    let small = json!({"title": "Linen shirt S", "code": "LS-100", "fit": "slim"});
    let medium = json!({"title": "Linen shirt M", "code": "LS-200"});
    let wide = json!({"title": "Straw hat, wide", "code": "SH-1"});
    Catalog::of([
        product("shirt", json!({"title": "Linen shirt"}))
            .nested(sent("variant", "shirt-s", small))
            .nested(sent("variant", "shirt-m", medium)),
        product("hat", json!({"title": "Straw hat"})).nested(sent("member", "hat-1", wide)),
    ])
    .await
}

#[tokio::test]
async fn a_variant_is_a_hit_only_where_its_type_is_asked_for() {
    let catalog = shirts().await;
    for (parameters, expected) in [
        ("", "hat shirt"),
        ("q=linen", "shirt"),
        ("f[]=type:product", "hat shirt"),
        ("f[]=type:variant", "shirt-m shirt-s"),
        ("f[]=type:member", "hat-1"),
        (
            "f[]=type:product&f[]=type:variant",
            "hat shirt shirt-m shirt-s",
        ),
        ("f_must[]=type:variant", "shirt-m shirt-s"),
        ("f[]=type:variant&f[]=fit:slim", "shirt-s"),
        ("f[]=identity:shirt-s", ""),
        ("f[]=identity:shirt-s&f[]=type:variant", "shirt-s"),
    ] {
        assert_eq!(
            catalog.found_any_order(parameters).await,
            expected,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn every_field_of_a_variant_makes_its_master_findable() {
    let catalog = shirts().await;
    for (word, expected) in [
        ("LS-200", "shirt"),
        ("slim", "shirt"),
        ("wide", "hat"),
        ("SH-1", "hat"),
    ] {
        assert_eq!(catalog.found(word).await, expected, "{word}");
    }
}

#[tokio::test]
async fn variants_are_counted_only_where_their_type_is_asked_for() {
    let catalog = shirts().await;
    let counts = catalog.counts("facets=type&size=0", "type").await;
    assert_eq!(counts, ["product 2"]);
    let answer = catalog.search("f[]=type:variant&size=0").await;
    assert_eq!(answer.total(), 2);
}

#[tokio::test]
async fn a_variant_sent_alone_is_an_object_like_any_other() {
    let catalog = Catalog::of([sent("variant", "alone", json!({"title": "Lone sleeve"}))]).await;
    assert_eq!(catalog.found("sleeve").await, "alone");
}
