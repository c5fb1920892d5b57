//! Words looked for in some attributes alone, texts that are the value of an attribute, and numbers that multiply a score
//! (docs/reference/10-swiftype.md §6).

use crate::domain::{
    BoostFunction, FieldValue, FunctionalBoost, LastWord, ScopedField, SearchQuery, Site,
};
use crate::engine::conformance::objects::{
    any_of, everything, filters, integer, number, product, site_of, text, texts,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    scored:
    words_are_found_only_in_the_attributes_asked_for,
    the_weight_of_an_attribute_decides,
    begun_words_filters_and_facets_keep_to_the_scope,
    titles_brands_categories_and_codes_are_told_apart_everywhere,
    a_text_is_met_by_a_value_that_is_the_same,
    the_weight_of_a_value_that_is_the_same_decides,
    numbers_multiply_the_score_of_a_text,
    numbers_order_what_is_found_without_a_text,
];

fn scope(attributes: &[(&str, f32)]) -> Vec<ScopedField> {
    let field = |&(field, weight): &(&str, f32)| ScopedField {
        field: field.into(),
        weight,
    };
    attributes.iter().map(field).collect()
}

fn scoped(typed: &str, attributes: &[(&str, f32)]) -> SearchQuery {
    SearchQuery {
        scope: Some(scope(attributes)),
        ..text(typed)
    }
}

async fn books<B: Backend>(words_by_attribute: bool) -> Shop<B> {
    let shop = Shop::of(Site {
        words_by_attribute,
        ..site_of("shop-1")
    });
    let book = |name: &str, title: &str, author: &str, tags: &[&str]| {
        product(name)
            .titled(title)
            .with("author", author)
            .with("tags", texts(tags))
    };
    shop.add([
        book("moby", "Moby Dick", "Herman Melville", &["whale", "sea"]),
        book("whale", "The whale and the sea", "Ann Reed", &["children"]),
        book("reed", "Weaving with reed", "Tom Weaver", &["craft"]),
        book("knots", "Knots", "Ann Weaver", &["craft", "Sea"]),
    ])
    .await;
    shop
}

async fn words_are_found_only_in_the_attributes_asked_for<B: Backend>() {
    let shop = books::<B>(true).await;
    for (typed, attributes, expected) in [
        ("whale", &[("title", 1.0)][..], "whale"),
        ("whale", &[("tags", 1.0)], "moby"),
        ("whale", &[("author", 1.0)], ""),
        ("reed", &[("author", 1.0)], "whale"),
        ("sea whale", &[("tags", 1.0)], "moby knots"),
        ("whale", &[("never", 1.0)], ""),
        ("whael", &[("tags", 1.0)], "moby"),
        (
            "ann craft",
            &[("author", 1.0), ("tags", 1.0)],
            "knots whale reed",
        ),
    ] {
        let found = shop.search(&scoped(typed, attributes)).await;
        assert_eq!(
            identities(&found).join(" "),
            expected,
            "{typed} in {attributes:?}"
        );
        assert_eq!(found.total_hits, found.hits.len() as u64);
    }
    assert_eq!(
        shop.search(&text("whale")).await.total_hits,
        2,
        "everywhere"
    );
}

async fn the_weight_of_an_attribute_decides<B: Backend>() {
    let shop = books::<B>(true).await;
    let found = async |title, tags| {
        let attributes = [("title", title), ("tags", tags)];
        shop.find(&scoped("whale", &attributes)).await.join(" ")
    };
    assert_eq!(found(5.0, 1.0).await, "whale moby");
    assert_eq!(found(1.0, 5.0).await, "moby whale");
}

async fn begun_words_filters_and_facets_keep_to_the_scope<B: Backend>() {
    let shop = books::<B>(true).await;
    let mut query = SearchQuery {
        last_word: LastWord::Begun,
        ..scoped("se", &[("tags", 1.0)])
    };
    assert_eq!(shop.find(&query).await, ["moby", "knots"]);
    let authors = shop.text_facet(&query, "author").await;
    assert_eq!(authors, "Ann Weaver 1, Herman Melville 1");
    query.filters.none_of = filters(&["author:Ann Weaver"]);
    assert_eq!(shop.find(&query).await, ["moby"]);
}

async fn titles_brands_categories_and_codes_are_told_apart_everywhere<B: Backend>() {
    let shop = books::<B>(false).await;
    shop.add([product("net").titled("Net").with("brand", "Whale")])
        .await;
    assert_eq!(
        shop.find(&scoped("whale", &[("title", 1.0)])).await,
        ["whale"]
    );
    assert_eq!(
        shop.find(&scoped("whale", &[("brand", 1.0)])).await,
        ["net"]
    );
    let anywhere = shop.search(&scoped("whale", &[("tags", 1.0)])).await;
    assert_eq!(anywhere.total_hits, 3);
}

async fn a_text_is_met_by_a_value_that_is_the_same<B: Backend>() {
    let shop = Shop::<B>::with([
        product("part")
            .titled("Quiet")
            .with("state", "In stock soon"),
        product("whole").titled("Loud").with("state", "In stock"),
        product("word").titled("Stock").with("state", "x"),
        product("sale")
            .titled("Cheap")
            .with("sale", FieldValue::Bool(true)),
    ])
    .await;
    let with_states = |typed: &str| SearchQuery {
        whole_values: scope(&[("state", 1.0), ("sale", 1.0), ("never", 1.0)]),
        ..text(typed)
    };
    let found = shop.search(&with_states("In stock")).await;
    assert_eq!(identities(&found)[0], "whole");
    assert!(found.hits[0].exact);
    // In a scope that has no words it is all there is.
    let nowhere = |typed: &str| SearchQuery {
        scope: Some(Vec::new()),
        ..with_states(typed)
    };
    for (typed, expected) in [
        ("In stock", "whole"),
        ("in stock", ""),
        ("In", ""),
        ("true", "sale"),
        ("false", ""),
        ("nothing", ""),
    ] {
        let found = shop.search(&nowhere(typed)).await;
        assert_eq!(identities(&found).join(" "), expected, "{typed}");
        assert_eq!(found.total_hits, found.hits.len() as u64);
        assert!(found.hits.iter().all(|hit| hit.exact), "it is all of it");
    }
}

async fn the_weight_of_a_value_that_is_the_same_decides<B: Backend>() {
    let shop = Shop::<B>::with([
        product("light").titled("Loud").with("state", "In stock"),
        product("heavy").titled("Quiet").with("label", "In stock"),
    ])
    .await;
    for (weight, expected) in [(0.5, ["light", "heavy"]), (9.0, ["heavy", "light"])] {
        let query = SearchQuery {
            whole_values: scope(&[("state", 1.0), ("label", weight)]),
            ..text("In stock")
        };
        assert_eq!(shop.find(&query).await, expected, "{weight}");
    }
}

fn boosted(function: BoostFunction, query: SearchQuery) -> SearchQuery {
    SearchQuery {
        functional_boosts: vec![FunctionalBoost {
            field: "sold".into(),
            function,
        }],
        ..query
    }
}

const FUNCTIONS: [BoostFunction; 3] = [
    BoostFunction::Linear,
    BoostFunction::Logarithmic,
    BoostFunction::Exponential,
];

/// Some that sell better, one that nobody bought, and one of which nothing is known.
async fn sold<B: Backend>() -> Shop<B> {
    let several = FieldValue::List(vec![integer(7), number(0.5)]);
    Shop::with([
        product("none").titled("Sock"),
        product("loss").titled("Sock").with("sold", number(-2.0)),
        product("few").titled("Sock").with("sold", several),
        product("most").titled("Sock").with("sold", number(12.0)),
        product("some").titled("Sock").with("sold", number(3.0)),
        product("pushed").titled("Sock").with("boost", integer(1)),
    ])
    .await
}

async fn numbers_multiply_the_score_of_a_text<B: Backend>() {
    let shop = sold::<B>().await;
    for function in FUNCTIONS {
        let found = shop.find(&boosted(function, text("sock"))).await;
        assert_eq!(
            found[..4],
            ["pushed", "most", "some", "few"],
            "{function:?}"
        );
    }
}

async fn numbers_order_what_is_found_without_a_text<B: Backend>() {
    let shop = sold::<B>().await;
    for function in FUNCTIONS {
        let query = boosted(function, everything());
        let found = shop.search(&query).await;
        let names = identities(&found);
        // Of nothing the exponential function makes 1, and of a loss less.
        let last = ["pushed", "most", "some", "few", "none", "loss"];
        assert_eq!(names, last, "{function:?}");
        let scores: Vec<f64> = found.hits.iter().map(|hit| hit.score.unwrap()).collect();
        assert!(scores.is_sorted_by(|one, other| one >= other), "{scores:?}");
        assert!(scores[1] > scores[2], "{scores:?}");
        let mut page = query.clone();
        (page.page.offset, page.page.limit) = (2, 2);
        assert_eq!(shop.find(&page).await, ["some", "few"], "{function:?}");
        let some = SearchQuery {
            filters: any_of(&["sold:|3"]).filters,
            ..query
        };
        assert_eq!(shop.find(&some).await[..2], ["some", "few"]);
    }
    let three = |name: &str| product(name).with("sold", number(3.0));
    let earning = Shop::<B>::with([
        three("nothing"),
        three("little").with("margin", number(0.2)),
        three("much")
            .with("margin", number(0.1))
            .with("_margin", number(0.7)),
        three("all").with("margin", number(2.0)),
    ])
    .await;
    let query = boosted(BoostFunction::Linear, everything());
    let expected = ["all", "much", "little", "nothing"];
    assert_eq!(earning.find(&query).await, expected, "what the shop earns");
    // What is new is lifted, no more.
    shop.add([product("new")
        .with("introduced_at", "2023-11-14")
        .with("sold", number(3.0))])
        .await;
    let found = shop
        .find(&boosted(BoostFunction::Linear, everything()))
        .await;
    assert_eq!(found[..4], ["pushed", "most", "new", "some"]);
}
