//! A catalog as people look at it: what there is by type and generation, objects that stand for others, and all
//! that is known of one.

use crate::domain::{Generation, MadeOf, Object, RowState, SourceRow, SourceRows, Survey};
use crate::engine::conformance::objects::{
    NOW, category, identity, key, object_type, product, setting, source,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored:
    a_survey_counts_types_and_generations,
    a_sample_is_taken_evenly_out_of_a_type,
    an_object_is_looked_at_whether_it_can_be_found_or_not
];
on_every_backend![elsewhere: an_object_says_which_row_made_it];

/// `product 3: a 2, - 1; category 1: - 1`
fn told(survey: &Survey) -> String {
    let types = survey.types.iter().map(|of_type| {
        let generations = of_type.generations.iter().map(|(name, count)| {
            format!("{} {count}", name.as_ref().map_or("-", Generation::as_str))
        });
        let generations = generations.collect::<Vec<_>>().join(", ");
        format!("{} {}: {generations}", of_type.object_type, of_type.objects)
    });
    types.collect::<Vec<_>>().join("; ")
}

async fn a_survey_counts_types_and_generations<B: Backend>() {
    let shop = Shop::<B>::open();
    let look = async || shop.engine.inspection.survey(shop.id()).await.unwrap();
    assert_eq!(look().await, Survey::default());
    shop.add([
        product("a").in_upload("2"),
        product("b").in_upload("1"),
        product("c").in_upload("2"),
        product("d"),
        product("e").active(None, Some(-1)),
        product("f").of_type("article"),
        product("g")
            .in_upload("2")
            .nesting(category("boots", "Boots")),
    ])
    .await;
    let survey = look().await;
    assert_eq!(
        told(&survey),
        "product 6: 2 3, - 2, 1 1; article 1: - 1; category 1: 2 1"
    );
    assert_eq!((survey.objects, survey.looked_at), (8, 8));
    assert!(survey.is_complete());
    let written = |survey: &Survey| survey.types[0].last_write;
    assert_eq!(written(&survey), Some(NOW));
    shop.advance(1_000);
    shop.delete(key("b", "product")).await;
    let survey = look().await;
    assert_eq!(written(&survey), Some(shop.now()));
    assert_eq!(
        told(&survey),
        "product 5: 2 3, - 2; article 1: - 1; category 1: 2 1"
    );
}

async fn a_sample_is_taken_evenly_out_of_a_type<B: Backend>() {
    let shop = Shop::<B>::open();
    let sample = async |of_type: &str, limit| {
        let look = shop
            .engine
            .inspection
            .sample(shop.id(), object_type(of_type), limit);
        let sample = look.await.unwrap();
        let names = sample
            .objects
            .iter()
            .map(|object: &Object| object.identity.to_string());
        (names.collect::<Vec<_>>().join(" "), sample.is_complete)
    };
    assert_eq!(sample("product", 3).await, (String::new(), true));
    let names: Vec<String> = (0..8).map(|number| format!("p{number}")).collect();
    shop.add(names.iter().map(|name| product(name))).await;
    shop.add([product("hidden").of_type("article").active(None, Some(-1))])
        .await;
    assert_eq!(
        sample("product", 4).await,
        ("p0 p2 p4 p6".to_owned(), false)
    );
    assert_eq!(sample("product", 3).await, ("p0 p2 p5".to_owned(), false));
    assert_eq!(sample("product", 8).await, (names.join(" "), true));
    assert_eq!(sample("article", 8).await, ("hidden".to_owned(), true));
}

async fn an_object_is_looked_at_whether_it_can_be_found_or_not<B: Backend>() {
    let shop = Shop::<B>::open();
    let look = async |of: &str| {
        let look = shop.engine.inspection.inspect(shop.id(), identity(of));
        look.await.unwrap()
    };
    assert_eq!(look("mug").await, None);
    let mug = product("mug")
        .with("_cost", "3")
        .in_upload("7")
        .active(Some(60_000), None);
    shop.add([mug.clone()]).await;
    let found = look("mug").await.unwrap();
    assert_eq!(found.object, mug.object());
    assert_eq!((found.updated_at, found.made_of), (NOW, MadeOf::Call));
    shop.advance(5_000);
    shop.patch(setting("mug", "color", Some("red".into())))
        .await;
    let found = look("mug").await.unwrap();
    assert!(found.object.fields.contains("color"));
    assert_eq!(found.updated_at, shop.now());
    shop.delete(key("mug", "product")).await;
    assert_eq!(look("mug").await, None);
}

async fn an_object_says_which_row_made_it<B: Backend>() {
    let shop = Shop::<B>::open();
    let row = |key: &str, of: &str| SourceRow {
        key: key.to_owned(),
        state: RowState::Is(Box::new(
            product(of).nesting(category("boots", "Boots")).object(),
        )),
    };
    shop.write_rows(SourceRows {
        source: source("erp"),
        generation: None,
        rows: vec![row("17", "mug"), row("cup", "cup")],
        bookmark: None,
    })
    .await;
    let made_of = async |of: &str| {
        let look = shop.engine.inspection.inspect(shop.id(), identity(of));
        look.await.unwrap().unwrap().made_of
    };
    let of_row = |key: &str| MadeOf::Row {
        source: source("erp"),
        key: key.to_owned(),
    };
    assert_eq!(made_of("mug").await, of_row("17"));
    assert_eq!(made_of("cup").await, of_row("cup"));
    let nested = MadeOf::NestedInRow {
        source: source("erp"),
    };
    assert_eq!(made_of("boots").await, nested);
}
