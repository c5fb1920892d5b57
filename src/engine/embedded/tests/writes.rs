//! What each kind of write does (docs/reference/02-content.md §3 to §6,
//! docs/reference/03-update-by-query-and-generations.md §4 and §5).

use super::*;
use crate::domain::{Problems, Rule};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_found_and_survives_a_restart() {
    let shop = Shop::open();
    let report = shop
        .replace(vec![product("p1", "Shoe"), product("p2", "Sock")])
        .await;
    assert!(all_applied(&report));
    shop.engine
        .wait_visible(&site(), report.visibility)
        .await
        .unwrap();
    let expected = titles([("p1", "Shoe"), ("p2", "Sock")]);
    assert_eq!(shop.found_now().await, expected);

    let shop = shop.reopen();
    assert_eq!(shop.found_now().await, expected);
    let report = shop.check();
    assert!(report.findings.is_empty(), "{report:?}");
    assert_eq!((report.objects, report.indexed), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_object_loses_what_was_not_sent_and_keeps_its_place() {
    let shop = Shop::open();
    let mut first = parts("p1", "Shoe");
    first.fields.insert("color", "red".into());
    shop.replace(vec![Object::new(first).unwrap(), product("p2", "Sock")])
        .await;
    let place = shop.heads()["p1"].first_seen;
    shop.replace(vec![product("p1", "Boot")]).await;
    assert_eq!(shop.heads()["p1"].first_seen, place);
    assert_eq!(shop.found().await, titles([("p1", "Boot"), ("p2", "Sock")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_objects_are_counted_and_write_nothing() {
    let shop = Shop::open();
    let first = shop.replace(vec![product("p1", "Shoe")]).await;
    let before = shop.heads();
    let again = shop.replace(vec![product("p1", "Shoe")]).await;
    assert!(all_applied(&again));
    assert_eq!(again.visibility, first.visibility);
    assert_eq!(shop.heads(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_contents_in_one_batch_only_the_last_is_written() {
    let shop = Shop::open();
    let first = shop.replace(vec![product("p1", "Shoe")]).await;
    let before = shop.heads();
    let there_and_back = vec![product("p1", "Boot"), product("p1", "Shoe")];
    let again = shop.replace(there_and_back).await;
    assert!(all_applied(&again));
    assert_eq!(again.visibility, first.visibility);
    assert_eq!(shop.heads(), before);
    let changed = vec![product("p1", "Boot"), product("p1", "Sock")];
    shop.replace(changed).await;
    let versions = [before["p1"].version.0, shop.heads()["p1"].version.0];
    assert_eq!(versions[1], versions[0] + 1, "one version, not two");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_generation_moves_the_head_and_leaves_content_and_index() {
    let shop = Shop::open();
    let first = shop.replace(vec![marked("p1", "Shoe", "a")]).await;
    let version = shop.heads()["p1"].version;
    let moved = shop.replace(vec![marked("p1", "Shoe", "b")]).await;
    let head = &shop.heads()["p1"];
    assert_eq!(head.generation, Generation::new("b").ok());
    assert_eq!(head.version, version);
    assert_eq!(moved.visibility, first.visibility);
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_objects_become_objects_of_the_same_generation() {
    let shop = Shop::open();
    let mut parts = parts("p1", "Shoe");
    parts.generation = Generation::new("a").ok();
    parts.nested = vec![nested("c1", "category", "Shoes")];
    let parent = Object::new(parts).unwrap();
    shop.replace(vec![parent.clone()]).await;
    assert_eq!(shop.heads()["c1"].generation, Generation::new("a").ok());

    let shop = Shop::open();
    let left = shop
        .engine
        .replace(&site(), vec![parent.into()], Extraction::Leave)
        .await
        .unwrap();
    assert!(all_applied(&left));
    assert_eq!(shop.heads().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_never_gives_way_to_what_is_nested_in_it() {
    let shop = Shop::open();
    let mut parts = parts("p1", "Shoe");
    parts.nested = vec![nested("p1", "variant", "Shoe, red")];
    shop.replace(vec![Object::new(parts).unwrap()]).await;
    assert_eq!(shop.found().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_object_leaves_no_trace_and_the_others_are_applied() {
    let shop = Shop::open();
    let mut with_size = parts("p1", "Shoe");
    with_size.fields.insert("price_amount", number(42));
    shop.replace(vec![Object::new(with_size).unwrap()]).await;
    let attributes = shop.catalog().schema.load().len();

    let mut category = nested("c1", "category", "Shoes");
    category.fields.insert("price_amount", "large".into());
    let mut bad = parts("p2", "Sock");
    bad.fields.insert("material", "wool".into());
    bad.nested = vec![nested("c0", "category", "Wear"), category];
    let report = shop
        .replace(vec![Object::new(bad).unwrap(), product("p3", "Hat")])
        .await;
    let Outcome::Refused(Refusal::SchemaMismatch(mismatch)) = &report.outcomes[0] else {
        panic!("{:?}", report.outcomes[0]);
    };
    assert_eq!(mismatch.attribute.as_str(), "price_amount");
    assert_eq!(report.outcomes[1], Outcome::Applied);
    assert_eq!(shop.heads().keys().collect::<Vec<_>>(), ["p1", "p3"]);
    assert_eq!(shop.catalog().schema.load().len(), attributes);
    assert!(shop.catalog().schema.load().get("material").is_none());
}

fn number(value: i64) -> FieldValue {
    FieldValue::Number(crate::domain::Number::Integer(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn types_of_attributes_survive_a_restart() {
    let shop = Shop::open();
    let mut typed = parts("p1", "Shoe");
    typed.fields.insert("size", number(42));
    shop.replace(vec![Object::new(typed).unwrap()]).await;
    let before = shop.catalog().schema.load_full();
    let shop = shop.reopen();
    let after = shop.catalog().schema.load_full();
    assert_eq!(
        before.iter().collect::<Vec<_>>(),
        after.iter().collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_several_with_one_identity_wins() {
    let shop = Shop::open();
    let report = shop
        .replace(vec![
            product("p1", "One"),
            product("p1", "Two"),
            product("p1", "One"),
            product("p1", "Three"),
        ])
        .await;
    assert!(all_applied(&report));
    assert_eq!(shop.found().await, titles([("p1", "Three")]));
    let report = shop.check();
    assert_eq!((report.versions, report.indexed), (1, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_several_thousand_objects_is_applied_whole() {
    let shop = Shop::open();
    let objects = (0..2_500)
        .map(|n| product(&format!("p{n}"), "Shoe"))
        .collect();
    let report = shop.replace(objects).await;
    assert_eq!(report.outcomes.len(), 2_500);
    assert!(all_applied(&report));
    shop.engine
        .wait_visible(&site(), report.visibility)
        .await
        .unwrap();
    assert_eq!(shop.check().indexed, 2_500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_changes_what_it_names() {
    let shop = Shop::open();
    let mut parts = parts("p1", "Shoe");
    parts.fields.insert("color", "red".into());
    parts.generation = Generation::new("a").ok();
    shop.replace(vec![Object::new(parts).unwrap()]).await;
    assert_eq!(
        shop.patch_one(retitle("p1", "Boot")).await,
        Outcome::Applied
    );
    assert_eq!(shop.found().await, titles([("p1", "Boot")]));
    let head = &shop.heads()["p1"];
    assert_eq!(head.generation, Generation::new("a").ok());
    let stored = shop
        .catalog()
        .readers
        .with(|reader| reader.object(head.version))
        .unwrap()
        .unwrap();
    assert_eq!(stored.object.fields.get("color"), Some(&"red".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_of_nested_objects_extracts_them() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let mut patch = patch("p1");
    patch.nested = Some(vec![nested("c1", "category", "Shoes")]);
    assert_eq!(shop.patch_one(patch).await, Outcome::Applied);
    assert_eq!(
        shop.found().await,
        titles([("p1", "Shoe"), ("c1", "Shoes")])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_cannot_create_or_change_the_type() {
    let shop = Shop::open();
    let not_found = Outcome::Refused(Refusal::NotFound);
    assert_eq!(shop.patch_one(retitle("p1", "Boot")).await, not_found);
    shop.replace(vec![product("p1", "Shoe")]).await;
    let mut other_type = retitle("p1", "Boot");
    other_type.object_type = ObjectType::new("category").ok();
    assert_eq!(
        shop.patch_one(other_type).await,
        Outcome::Refused(Refusal::Malformed(Problems::one(
            ["type"],
            Rule::Unchangeable
        )))
    );
    assert_eq!(shop.found().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_must_name_the_stored_type() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    let not_found = Outcome::Refused(Refusal::NotFound);
    assert_eq!(shop.delete_one("p1", "category").await, not_found);
    assert_eq!(shop.delete_one("p2", "product").await, not_found);
    assert_eq!(shop.delete_one("p1", "product").await, Outcome::Applied);
    assert_eq!(shop.delete_one("p1", "product").await, not_found);
    assert_eq!(shop.found().await, titles([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_deletes_what_the_upload_did_not_mark() {
    let shop = Shop::open();
    let mut unmarked = parts("c1", "Shoes");
    unmarked.object_type = ObjectType::new("category").unwrap();
    shop.replace(vec![
        marked("p1", "One", "x"),
        marked("p2", "Two", "x"),
        product("p0", "None"),
        Object::new(unmarked).unwrap(),
    ])
    .await;
    shop.replace(vec![marked("p2", "Two", "y"), marked("p3", "Three", "y")])
        .await;
    assert_eq!(
        shop.commit("product", "z").await,
        CommitOutcome::NoSuchGeneration
    );
    assert_eq!(
        shop.commit("product", "y").await,
        CommitOutcome::Deleted { count: 2 }
    );
    // It waited until that was visible.
    assert_eq!(
        shop.found_now().await,
        titles([("p2", "Two"), ("p3", "Three"), ("c1", "Shoes")])
    );
    assert_eq!(
        shop.commit("product", "y").await,
        CommitOutcome::Deleted { count: 0 }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_the_check_empties_the_type() {
    let shop = Shop::open();
    shop.replace(vec![marked("p1", "One", "x")]).await;
    let commit = GenerationCommit {
        object_type: ObjectType::new("product").unwrap(),
        generation: Generation::new("z").unwrap(),
        must_exist: false,
        guard_percent: 0,
        keeps_refused: false,
    };
    let outcome = shop.engine.commit_generation(&site(), commit).await;
    assert_eq!(outcome.unwrap(), CommitOutcome::Deleted { count: 1 });
    assert_eq!(shop.found_now().await, titles([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_objects_are_hidden_at_once_and_deleted_later() {
    let shop = Shop::open();
    let mut parts = parts("p1", "Shoe");
    parts.active.to = Some(Timestamp::from_millis(NOW_MS + 1_000));
    shop.replace(vec![Object::new(parts).unwrap(), product("p2", "Sock")])
        .await;
    assert_eq!(shop.found().await.len(), 2);

    shop.now.store(NOW_MS + 1_000, Ordering::SeqCst);
    assert_eq!(shop.found_now().await, titles([("p2", "Sock")]));
    let retention = Duration::from_secs(60);
    let mut looks = purge::Looks::default();
    assert_eq!(shop.purge(retention, &mut looks, retention), 0);
    assert_eq!(
        shop.patch_one(retitle("p1", "Boot")).await,
        Outcome::Applied
    );

    shop.now.store(NOW_MS + 61_001, Ordering::SeqCst);
    assert_eq!(shop.purge(retention, &mut looks, retention), 1);
    assert_eq!(
        shop.patch_one(retitle("p1", "Boot")).await,
        Outcome::Refused(Refusal::NotFound)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_does_nothing() {
    let shop = Shop::open_with(EmbeddedSettings {
        write_queue_requests: 1,
        ..settings()
    });
    // Keeps the writer's place, so that nothing is taken out of the queue.
    assert_eq!(shop.catalog().requests.claim(), queue::Put::NeedsWorker);
    let waiting = shop.try_replace(vec![product("p1", "Shoe")]);
    let refused = async {
        while shop.catalog().requests.would_take(0) {
            tokio::task::yield_now().await;
        }
        let refused = shop.try_replace(vec![product("p2", "Sock")]).await;
        shop.catalog().requests.abandon();
        refused
    };
    let (waiting, refused) = tokio::join!(waiting, refused);
    assert!(
        matches!(refused, Err(EngineError::Overloaded { retry_after_s: 1 })),
        "{refused:?}"
    );
    // The writer "died" with it: an error, not a promise.
    assert!(matches!(waiting, Err(EngineError::Internal { .. })));
    assert!(shop.heads().is_empty());
    // The next one is served as ever.
    assert!(all_applied(&shop.replace(vec![product("p3", "Hat")]).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_after_closing_are_refused_and_those_before_are_kept() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Shoe")]).await;
    shop.engine.close().await;
    let refused = shop.try_replace(vec![product("p2", "Sock")]).await;
    assert!(matches!(refused, Err(EngineError::Unavailable { .. })));
    let report = shop.check();
    assert_eq!((report.indexed, report.groups_behind), (1, 0), "{report:?}");
    assert_eq!(shop.reopen().found_now().await, titles([("p1", "Shoe")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_site_is_said_to_be_one() {
    let shop = Shop::open();
    let refused = shop
        .engine
        .replace(&tracker("other"), vec![], Extraction::Extract)
        .await;
    assert!(matches!(refused, Err(EngineError::UnknownSite(_))));
}
