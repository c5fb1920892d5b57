//! What `q` finds (docs/reference/04-data-layout.md §9, docs/reference/05-search.md §6).

use super::*;

#[test]
fn words_of_a_query_may_be_met_by_different_attributes() {
    let catalog = Catalog::of([
        product("1")
            .with("title", "Comfortable Shoes")
            .with("color", "red")
            .object(),
        product("2")
            .with("title", "Comfortable Shoes")
            .with("color", "blue")
            .object(),
    ]);
    let found = catalog.search(&text("red shoes"));
    assert_eq!(catalog.identities(&found), ["1", "2"]);
    let exact: Vec<bool> = found.hits.iter().map(|hit| hit.exact).collect();
    assert_eq!(exact, [true, false]);
}

#[test]
fn case_and_accents_do_not_matter() {
    let catalog = Catalog::of([product("1").with("title", "Žluťoučký KŮŇ").object()]);
    for q in ["zlutoucky", "ŽLUŤOUČKÝ kůň", "Kun"] {
        assert_eq!(catalog.find(&text(q)), ["1"], "{q}");
    }
}

#[test]
fn every_attribute_is_searched_but_links() {
    let catalog = Catalog::of([product("1")
        .with("note", "alpha")
        .with("ean", "4006381333931")
        .with("weight", number(12.5))
        .with("_hidden", "bravo")
        .with("labels", texts(&["charlie", "delta"]))
        .with("web_url", "https://shop.example/echo")
        .with("url", "/foxtrot")
        .with("image_link_s", "golf.jpg")
        .with("on_sale", FieldValue::Bool(true))
        .object()]);
    for q in [
        "alpha",
        "4006381333931",
        "12.5",
        "bravo",
        "charlie",
        "delta",
        "true",
    ] {
        assert_eq!(catalog.find(&text(q)), ["1"], "{q}");
    }
    for q in ["echo", "foxtrot", "golf", "false"] {
        assert_eq!(catalog.find(&text(q)), Vec::<&str>::new(), "{q}");
    }
}

#[test]
fn inner_keys_are_searched_at_every_depth() {
    let inner = |fields: &[(&str, FieldValue)]| {
        let fields = fields.iter().map(|(name, value)| (*name, value.clone()));
        FieldValue::Map(fields.collect())
    };
    let deeper = inner(&[("deepest", "leather".into())]);
    let special = inner(&[("material", "silk".into()), ("deeper", deeper)]);
    let catalog = Catalog::of([product("1").with("special", special).object()]);
    assert_eq!(catalog.find(&text("silk")), ["1"]);
    assert_eq!(catalog.find(&text("leather")), ["1"]);
}

#[test]
fn nested_objects_lend_their_title_and_variants_everything() {
    let catalog = Catalog::of([product("1")
        .nested("category", &[("title", "Socks"), ("note", "woollen")])
        .nested("variant", &[("title", "Large"), ("size", "xxl")])
        .object()]);
    for q in ["socks", "large", "xxl"] {
        assert_eq!(catalog.find(&text(q)), ["1"], "{q}");
    }
    assert_eq!(catalog.find(&text("woollen")), Vec::<&str>::new());
}

#[test]
fn a_query_without_words_finds_nothing() {
    let catalog = Catalog::of([product("1").object()]);
    let found = catalog.search(&text("– !"));
    assert_eq!((found.total_hits, found.hits.len()), (0, 0));
}

#[test]
fn a_text_and_filters_hold_together() {
    let catalog = Catalog::of([
        product("1")
            .with("title", "red shoe")
            .with("brand", "A")
            .object(),
        product("2")
            .with("title", "red shoe")
            .with("brand", "B")
            .object(),
        product("3")
            .with("title", "red hat")
            .with("brand", "B")
            .object(),
        product("4")
            .with("title", "shoe")
            .with("brand", "B")
            .object(),
    ]);
    let mut query = text("shoe");
    query.filters.any_of = field_filters(&["brand:B"]);
    assert_eq!(catalog.find(&query), ["4", "2"], "shorter title first");
}

#[test]
fn text_is_found_over_commits_and_after_deletions() {
    let mut catalog = Catalog::of([product("1").with("title", "red shoe").object()]);
    catalog.add([product("2").with("title", "red shoe").object()]);
    catalog.add([product("3").with("title", "blue shoe").object()]);
    catalog.writer.delete(&[VersionId(0)]).unwrap();
    catalog.commit();
    assert_eq!(catalog.find(&text("red shoe")), ["2", "3"]);
    assert_eq!(catalog.search(&text("red")).total_hits, 1);
}

#[test]
fn two_words_are_no_plural_of_the_first() {
    let catalog = Catalog::of(["Coat S", "Coat M"].map(|title| product(title).object()));
    let found = catalog.search(&text("coat s"));
    assert_eq!(catalog.identities(&found), ["Coat S", "Coat M"]);
    assert!(!found.hits[1].exact);
}

#[test]
fn singular_and_plural_find_each_other_without_a_language() {
    for (object, typed) in [
        ("Laptop bag", "laptops"),
        ("Wool socks", "sock"),
        ("Batteries", "battery"),
        ("AA battery", "batteries"),
        ("Glass boxes", "boxes glass"),
        ("Brush", "brushes"),
    ] {
        let catalog = Catalog::of([product(object).object()]);
        let found = catalog.search(&text(typed));
        assert_eq!(catalog.identities(&found), [object], "{typed}");
        assert_eq!(found.correction, None, "{typed}");
        assert!(found.hits[0].exact, "{typed}");
    }
    let catalog = Catalog::of([product("Glass").object()]);
    assert_eq!(catalog.find(&text("glas")), ["Glass"], "a misspelling");
    assert!(!catalog.search(&text("glas")).hits[0].exact);
}
