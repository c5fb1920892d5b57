//! Changes of parts, and deletions (docs/reference/02-content.md §5, §6).

use crate::domain::{Change, FieldValue, ObjectPatch, Outcome, Refusal, TypeConflicts};
use crate::engine::conformance::objects::{
    NOW, category, everything, generation, identity, integer, key, nested, object_type, patch,
    product, setting, site_of,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored:
    a_patch_of_nobody_is_told,
    a_patch_that_breaks_a_rule_changes_nothing,
    only_what_a_patch_names_is_judged,
    patches_of_a_batch_follow_each_other;
    found:
    a_patch_sets_and_removes_what_it_names,
    a_patch_moves_an_upload_and_a_schedule,
    a_patched_list_of_nested_objects_makes_them_objects,
    availability_and_rank_stay_in_step,
    a_deletion_names_identity_and_type,
];

async fn a_patch_sets_and_removes_what_it_names<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("color", "red").with("size", integer(4))]).await;
    let mut change = setting("a", "color", Some("blue".into()));
    change.fields.push(("size".into(), None));
    change.fields.push(("brand".into(), Some("Acme".into())));
    assert_eq!(shop.patch(change).await, Outcome::Applied);
    let expected = product("a").with("color", "blue").with("brand", "Acme");
    assert_eq!(shop.stored_as("a").await, Some(expected.object()));
    assert_eq!(shop.text_facet(&everything(), "color").await, "blue 1");
    assert_eq!(shop.text_facet(&everything(), "brand").await, "Acme 1");
}

async fn a_patch_of_nobody_is_told<B: Backend>() {
    let shop = Shop::<B>::open();
    let outcome = shop.patch(setting("a", "title", Some("A".into()))).await;
    assert_eq!(outcome, Outcome::Refused(Refusal::NotFound));
    assert!(shop.names().await.is_empty());
}

async fn a_patch_that_breaks_a_rule_changes_nothing<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("size", integer(4))]).await;
    let before = shop.stored_as("a").await;
    let other_type = ObjectPatch {
        object_type: Some(object_type("article")),
        ..setting("a", "color", Some("red".into()))
    };
    for wrong in [other_type, setting("a", "title", None)] {
        let outcome = shop.patch(wrong).await;
        let is_told = matches!(outcome, Outcome::Refused(Refusal::Malformed(_)));
        assert!(is_told, "{outcome:?}");
    }
    let outcome = shop.patch(setting("a", "boost", Some("much".into()))).await;
    let is_told = matches!(outcome, Outcome::Refused(Refusal::SchemaMismatch(_)));
    assert!(is_told, "{outcome:?}");
    assert_eq!(shop.stored_as("a").await, before);
}

async fn a_patch_moves_an_upload_and_a_schedule<B: Backend>() {
    let shop = Shop::<B>::with([product("a").in_upload("g1")]).await;
    let change = ObjectPatch {
        generation: Change::Set(generation("g2")),
        active_to: Change::Set(NOW),
        ..patch("a")
    };
    assert_eq!(shop.patch(change).await, Outcome::Applied);
    assert_eq!(
        shop.stored_as("a").await.unwrap().generation,
        Some(generation("g2"))
    );
    assert!(shop.find(&everything()).await.is_empty());
    let change = ObjectPatch {
        generation: Change::Clear,
        active_to: Change::Clear,
        ..patch("a")
    };
    assert_eq!(shop.patch(change).await, Outcome::Applied);
    assert_eq!(shop.stored_as("a").await.unwrap().generation, None);
    assert_eq!(shop.find(&everything()).await, ["a"]);
}

async fn a_patched_list_of_nested_objects_makes_them_objects<B: Backend>() {
    let shop = Shop::<B>::with([product("a").nesting(category("c", "Old"))]).await;
    let change = ObjectPatch {
        nested: Some(vec![category("d", "New")]),
        ..patch("a")
    };
    assert_eq!(shop.patch(change).await, Outcome::Applied);
    assert_eq!(shop.names().await, ["a", "c", "d"]);
    assert_eq!(shop.text_facet(&everything(), "category").await, "New 1");
    // Left alone, it makes nothing again.
    shop.delete(key("d", "category")).await;
    shop.patch(setting("a", "color", Some("red".into()))).await;
    assert_eq!(shop.names().await, ["a", "c"]);
    let odd = [("title", "E".into()), ("boost", FieldValue::from("much"))];
    let change = ObjectPatch {
        nested: Some(vec![nested("e", "category", odd)]),
        ..patch("a")
    };
    assert!(matches!(shop.patch(change).await, Outcome::Refused(_)));
    assert_eq!(shop.names().await, ["a", "c"]);
}

async fn only_what_a_patch_names_is_judged<B: Backend>() {
    let shop = Shop::<B>::open();
    shop.add([product("a").with("size", integer(4))]).await;
    shop.replace([product("b").with("size", "large")]).await;
    let outcome = shop.patch(setting("b", "color", Some("red".into()))).await;
    assert_eq!(outcome, Outcome::Applied);
    let outcome = shop
        .patch(setting("b", "size", Some("larger".into())))
        .await;
    let Outcome::AppliedWith(kept) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (&kept[0].identity, kept[0].misfits.count()),
        (&identity("b"), 1)
    );
    // A site that keeps nothing of the kind does not judge the rest either.
    let mut site = shop.sites[0].clone();
    site.type_conflicts = TypeConflicts::Refuse;
    shop.engine.lifecycle.open_site(site).await;
    let outcome = shop.patch(setting("b", "color", Some("blue".into()))).await;
    assert_eq!(outcome, Outcome::Applied);
    let outcome = shop
        .patch(setting("b", "size", Some("largest".into())))
        .await;
    assert!(matches!(
        outcome,
        Outcome::Refused(Refusal::SchemaMismatch(_))
    ));
}

async fn availability_and_rank_stay_in_step<B: Backend>() {
    let shop = Shop::<B>::of(site_of("shop-1"));
    shop.add([
        product("a").with("availability_rank", integer(3)),
        product("b"),
    ])
    .await;
    shop.patch(setting("a", "availability", Some(integer(0))))
        .await;
    let stored = shop.stored_as("a").await.unwrap();
    assert_eq!(stored.fields.get("availability_rank"), Some(&integer(15)));
    assert_eq!(shop.find(&everything()).await, ["b", "a"]);
}

async fn a_deletion_names_identity_and_type<B: Backend>() {
    let shop = Shop::<B>::with([product("a"), product("b")]).await;
    let not_found = Outcome::Refused(Refusal::NotFound);
    for (identity, of_type, outcome) in [
        ("a", "article", &not_found),
        ("x", "product", &not_found),
        ("a", "product", &Outcome::Applied),
        ("a", "product", &not_found),
    ] {
        assert_eq!(&shop.delete(key(identity, of_type)).await, outcome);
    }
    assert_eq!(shop.names().await, ["b"]);
    assert_eq!(shop.find(&everything()).await, ["b"]);
    // Sent again it is a new one, behind the others.
    shop.add([product("a")]).await;
    assert_eq!(shop.find(&everything()).await, ["b", "a"]);
    assert!(shop.backend.faults(shop.id()).is_empty());
}

async fn patches_of_a_batch_follow_each_other<B: Backend>() {
    let shop = Shop::<B>::with([product("a")]).await;
    let batch = vec![
        setting("a", "color", Some("red".into())),
        setting("x", "color", Some("red".into())),
        setting("a", "size", Some(integer(4))),
    ];
    let report = shop.engine.writes.patch(shop.id(), batch).await.unwrap();
    let not_found = Outcome::Refused(Refusal::NotFound);
    assert_eq!(
        report.outcomes,
        [Outcome::Applied, not_found, Outcome::Applied]
    );
    let expected = product("a").with("color", "red").with("size", integer(4));
    assert_eq!(shop.stored_as("a").await, Some(expected.object()));
}
