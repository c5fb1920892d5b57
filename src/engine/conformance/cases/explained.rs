//! Why hits stand where they stand, on request.

use std::sync::Arc;

use crate::domain::{Explanation, ObjectsEntry, QueryText, RuleLists, SearchQuery, Site, Told};
use crate::engine::conformance::objects::{
    Ascending, everything, filters, identity, integer, number, product, site_of, sorted_by, text,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    scored:
    a_hit_of_a_text_tells_what_of_it_it_has_and_what_that_counts,
    a_word_counts_by_how_long_texts_are_on_the_whole,
    a_hit_without_a_text_tells_its_signals,
    of_what_is_hidden_no_number_is_told,
    what_something_else_put_in_its_place_has_no_quality,
    what_visitors_chose_is_lifted_and_told,
    nothing_is_explained_unasked,
];

async fn explained<B: Backend>(shop: &Shop<B>, query: &SearchQuery) -> Vec<Arc<Explanation>> {
    let query = SearchQuery {
        explain: true,
        ..query.clone()
    };
    let hits = shop.search(&query).await.hits.into_iter();
    hits.map(|hit| hit.explanation.unwrap()).collect()
}

async fn a_hit_of_a_text_tells_what_of_it_it_has_and_what_that_counts<B: Backend>() {
    let shop = Shop::<B>::with([
        product("shoe")
            .titled("Red shoe")
            .with("brand", "Shoe Co")
            .with("boost", integer(2))
            .with("availability_rank", integer(3)),
        product("hat")
            .titled("Red hat")
            .with("availability", integer(0)),
    ])
    .await;
    let mut query = text("red shoes");
    query.preferred = filters(&["title:Red shoe", "brand:X"]);
    let found = explained(&shop, &query).await;
    let [pair, hat] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!((pair.boost, hat.boost), (Told::Number(2), Told::Number(0)));
    assert_eq!(pair.availability, Told::Number(3));
    assert_eq!(hat.availability, Told::Number(15));
    assert_eq!((pair.preferred, hat.preferred), (1, 0));
    assert!(pair.match_quality > hat.match_quality);
    let met_by = |explanation: &Explanation| {
        let words = explanation.words.iter();
        words.map(|word| word.met_by.clone()).collect::<Vec<_>>()
    };
    assert_eq!(met_by(pair), ["red", "shoe"]);
    assert_eq!(met_by(hat), ["red", ""]);
    let word = &pair.words[1];
    let fields: Vec<&str> = word.fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(fields, ["title", "brand", "everything"]);
    assert_eq!(word.attributes, ["title", "brand"]);
    let worths: f32 = pair.words.iter().map(|word| word.worth).sum();
    assert!(worths > 0.0 && (worths - pair.text_score).abs() < 1e-4);
    assert_eq!(pair.factor, Told::Number(1.0));
}

async fn a_word_counts_by_how_long_texts_are_on_the_whole<B: Backend>() {
    let mut scores = Vec::new();
    for title in ["Lamp", "Lamp shade of red glass"] {
        let shop = Shop::<B>::with([product("a").titled(title)]).await;
        scores.push(explained(&shop, &text("lamp")).await[0].text_score);
    }
    let [one, other] = scores[..] else {
        panic!("{scores:?}");
    };
    assert!(one > 0.0 && (one - other).abs() < 1e-4, "{scores:?}");
}

async fn a_hit_without_a_text_tells_its_signals<B: Backend>() {
    let shop = Shop::<B>::with([
        product("new")
            .with("introduced_at", "2023-11-14T22:13:20Z")
            .with("margin", number(0.5)),
        product("plain"),
    ])
    .await;
    for query in [everything(), sorted_by(&[("introduced_at", Ascending)])] {
        let found = explained(&shop, &query).await;
        let [new, plain] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(new.words.is_empty() && new.text_score == 0.0);
        assert!(new.match_quality > 0 && new.match_quality == plain.match_quality);
        assert_eq!(new.margin, Told::Number(0.5));
        assert_eq!(new.freshness, Told::Number(1.0));
        assert_eq!(plain.freshness, Told::Number(0.0));
    }
}

async fn of_what_is_hidden_no_number_is_told<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Lamp").with("_margin", number(0.25)),
        product("b").titled("Lamp").with("_note", "wobbly"),
    ])
    .await;
    let found = explained(&shop, &text("lamp")).await;
    assert_eq!(found[0].margin, Told::Moves(true));
    assert_eq!(found[1].margin, Told::Number(0.0));
    let found = explained(&shop, &text("wobbly")).await;
    assert_eq!(found[0].words[0].met_by, "wobbly", "it was typed");
    assert!(found[0].words[0].attributes.is_empty());
}

async fn what_something_else_put_in_its_place_has_no_quality<B: Backend>() {
    let lists = RuleLists {
        pins: vec![ObjectsEntry {
            queries: vec!["lamp".to_owned()],
            objects: vec!["b".to_owned()],
        }],
        ..RuleLists::default()
    };
    let shop = Shop::<B>::of(Site {
        rules: Arc::new(lists.into_rules().unwrap()),
        ..site_of("shop-1")
    });
    let lamp = |name| product(name).titled("Lamp").with("size", integer(1));
    shop.add([lamp("a"), lamp("b")]).await;
    let found = explained(&shop, &text("lamp")).await;
    let qualities: Vec<u32> = found.iter().map(|one| one.match_quality).collect();
    assert_eq!(qualities[0], 0);
    assert!(qualities[1] > 0, "{qualities:?}");
    assert_eq!(found[0].words.len(), 1);
    let found = shop.search(&text("lamp")).await;
    let scored: Vec<bool> = found.hits.iter().map(|hit| hit.score.is_some()).collect();
    assert_eq!(scored, [false, true]);
    let sorted = SearchQuery {
        text: QueryText::new("lamp"),
        ..sorted_by(&[("size", Ascending)])
    };
    let found = explained(&shop, &sorted).await;
    assert!(found.iter().all(|one| one.match_quality == 0));
}

async fn what_visitors_chose_is_lifted_and_told<B: Backend>() {
    let lamp = |name| product(name).titled("Lamp");
    let shop = Shop::<B>::with([lamp("a"), lamp("b"), lamp("c")]).await;
    let query = SearchQuery {
        behaviour: vec![(identity("c"), 0.9), (identity("b"), 0.1)],
        ..text("lamp")
    };
    assert_eq!(shop.find(&query).await, ["c", "b", "a"]);
    let found = explained(&shop, &query).await;
    let shares: Vec<f32> = found.iter().map(|one| one.behaviour).collect();
    assert_eq!(shares, [0.9, 0.1, 0.0]);
}

async fn nothing_is_explained_unasked<B: Backend>() {
    let shop = Shop::<B>::with([product("a").titled("Lamp")]).await;
    for query in [text("lamp"), everything()] {
        assert_eq!(shop.search(&query).await.hits[0].explanation, None);
    }
}
