//! Whole objects, and what is nested in them (docs/reference/02-content.md §3, §4).

use std::time::Duration;

use crate::domain::{
    AttributeType, FieldValue, Fingerprint, Object, Outcome, Refusal, Submission, TypeConflicts,
    Unread,
};
use crate::engine::Extraction;
use crate::engine::conformance::objects::{
    category, everything, generation, identity, integer, mention, nested, product, site_of,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored:
    the_last_of_one_identity_in_a_batch_wins,
    what_is_nested_is_an_object_of_its_own,
    a_mention_takes_nothing_away_but_the_title,
    what_does_not_fit_is_refused_where_the_site_says_so,
    words_that_are_remembered_may_be_sent_unread,
    a_master_is_said_by_copies_alone,
    nothing_to_write_is_no_write;
    found:
    an_object_is_replaced_whole_and_keeps_its_place,
    an_identity_has_one_type,
    a_nested_object_never_takes_the_place_of_its_parent,
    the_same_content_is_no_write,
    a_refused_object_leaves_nothing_behind_and_the_others_alone,
    what_does_not_fit_is_kept_and_told,
];

async fn an_object_is_replaced_whole_and_keeps_its_place<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("color", "red"), product("b")]).await;
    shop.add([product("c"), product("a").titled("A")]).await;
    assert_eq!(shop.names().await, ["a", "b", "c"]);
    assert_eq!(shop.find(&everything()).await, ["a", "b", "c"]);
    let stored = shop.stored_as("a").await.unwrap();
    assert_eq!(stored, product("a").titled("A").object());
    let shop = shop.restart();
    assert_eq!(shop.stored_as("a").await, Some(stored));
    assert_eq!(shop.find(&everything()).await, ["a", "b", "c"]);
    assert!(shop.backend.faults(shop.id()).is_empty());
}

async fn an_identity_has_one_type<B: Backend>() {
    let shop = Shop::<B>::with([product("a")]).await;
    shop.add([product("a").of_type("article")]).await;
    assert_eq!(shop.names().await, ["a"]);
    assert_eq!(shop.text_facet(&everything(), "type").await, "article 1");
}

async fn the_last_of_one_identity_in_a_batch_wins<B: Backend>() {
    let shop = Shop::<B>::open();
    shop.add([
        product("a").titled("first"),
        product("b"),
        product("a").titled("last"),
    ])
    .await;
    assert_eq!(shop.names().await, ["a", "b"]);
    let stored = shop.stored_as("a").await;
    assert_eq!(stored, Some(product("a").titled("last").object()));
}

async fn what_is_nested_is_an_object_of_its_own<B: Backend>() {
    let shop = Shop::<B>::open();
    let sock = product("sock")
        .in_upload("g")
        .nesting(category("c", "Socks"));
    shop.add([sock.clone()]).await;
    assert_eq!(shop.names().await, ["sock", "c"]);
    let extracted = shop.stored_as("c").await.unwrap();
    assert_eq!(extracted.generation, Some(generation("g")));
    let left = Submission::from(product("hat").nesting(category("d", "Hats")).object());
    let writes = &shop.engine.writes;
    let report = writes
        .replace(shop.id(), vec![left], Extraction::Leave)
        .await;
    assert_eq!(report.unwrap().outcomes, [Outcome::Applied]);
    assert_eq!(shop.names().await, ["sock", "c", "hat"]);
}

async fn a_nested_object_never_takes_the_place_of_its_parent<B: Backend>() {
    let shop = Shop::<B>::with([product("a").nesting(category("a", "Another"))]).await;
    assert_eq!(shop.names().await, ["a"]);
    assert_eq!(shop.text_facet(&everything(), "type").await, "product 1");
}

async fn a_mention_takes_nothing_away_but_the_title<B: Backend>() {
    let whole = product("c").of_type("category").with("image", "c.png");
    let shop = Shop::<B>::with([whole]).await;
    let sock = product("sock")
        .in_upload("g")
        .nesting(mention("c", "Socks"))
        .nesting(mention("new", "New"));
    shop.add([sock]).await;
    let known = shop.stored_as("c").await.unwrap();
    assert_eq!(known.fields.get("title"), Some(&"Socks".into()));
    assert_eq!(known.fields.get("image"), Some(&"c.png".into()));
    assert_eq!(known.generation, Some(generation("g")));
    assert_eq!(shop.names().await, ["c", "sock", "new"]);
    // A whole one says all there is.
    let sock = product("sock").nesting(category("c", "Socks"));
    shop.add([sock]).await;
    let known = shop.stored_as("c").await.unwrap();
    assert_eq!(known.fields.get("image"), None);
}

async fn a_refused_object_leaves_nothing_behind_and_the_others_alone<B: Backend>() {
    let shop = Shop::<B>::open();
    let odd = nested(
        "n",
        "category",
        [("title", "N".into()), ("boost", "much".into())],
    );
    let batch = [
        product("a"),
        product("b").with("fresh", "x").with("boost", "much"),
        product("c").with("newer", "x").nesting(odd),
        product("d"),
    ];
    let outcomes = shop.replace(batch).await;
    for (at, is_refused) in [(0, false), (1, true), (2, true), (3, false)] {
        let refused = match &outcomes[at] {
            Outcome::Refused(Refusal::SchemaMismatch(mismatch)) => {
                mismatch.attribute.as_str() == "boost"
            }
            _ => false,
        };
        assert_eq!(refused, is_refused, "{at}: {:?}", outcomes[at]);
    }
    assert_eq!(shop.names().await, ["a", "d"]);
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    assert_eq!((schema.get("fresh"), schema.get("newer")), (None, None));
}

async fn what_does_not_fit_is_kept_and_told<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("size", integer(4))]).await;
    let outcomes = shop.replace([product("b").with("size", "large")]).await;
    let [Outcome::AppliedWith(kept)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!((kept.len(), &kept[0].identity), (1, &identity("b")));
    assert_eq!(kept[0].misfits.count(), 1);
    let again = shop.replace([product("b").with("size", "large")]).await;
    assert_eq!(again, outcomes, "and told again");
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    let kind = schema.get("size").map(|(_, kind)| kind);
    assert_eq!(kind, Some(AttributeType::Numeric));
}

async fn what_does_not_fit_is_refused_where_the_site_says_so<B: Backend>() {
    let mut site = site_of("strict");
    site.type_conflicts = TypeConflicts::Refuse;
    let shop = Shop::<B>::of(site);
    shop.add([product("a").with("size", integer(4))]).await;
    let outcomes = shop
        .replace([
            product("b").with("size", "large"),
            product("c").with("size", "5"),
        ])
        .await;
    assert!(matches!(
        outcomes[..],
        [
            Outcome::Refused(Refusal::SchemaMismatch(_)),
            Outcome::Applied
        ]
    ));
    assert_eq!(shop.names().await, ["a", "c"]);
}

async fn the_same_content_is_no_write<B: Backend>() {
    let shop = Shop::<B>::with([product("a").in_upload("g1"), product("b").in_upload("g1")]).await;
    let began = shop.now();
    shop.advance(5_000);
    shop.add([product("a").in_upload("g2"), product("b").titled("B")])
        .await;
    let found = shop.search(&everything()).await;
    let written: Vec<_> = found.hits.iter().map(|hit| hit.updated_at).collect();
    assert_eq!(written, [began, shop.now()]);
    let stored = shop.stored_as("a").await.unwrap();
    assert_eq!(stored.generation, Some(generation("g2")));
}

async fn words_that_are_remembered_may_be_sent_unread<B: Backend>() {
    let shop = Shop::<B>::open();
    let writes = &shop.engine.writes;
    let fingerprint = Fingerprint::of("the words", "");
    for upload in ["g1", "g2", "g3"] {
        let object: Object = product("a")
            .in_upload(upload)
            .nesting(category("c", "Socks"))
            .into();
        let sent = if writes.remembers(fingerprint, Extraction::Extract) {
            let again = object.clone();
            let marker = object.generation.clone();
            let read = move || Ok(again.clone());
            Submission::Unread(Unread::new(identity("a"), marker, fingerprint, 9, read))
        } else {
            Submission::Read {
                object,
                fingerprint: Some(fingerprint),
            }
        };
        let report = writes
            .replace(shop.id(), vec![sent], Extraction::Extract)
            .await;
        assert_eq!(report.unwrap().outcomes, [Outcome::Applied]);
        for name in ["a", "c"] {
            let stored = shop.stored_as(name).await.unwrap();
            assert_eq!(stored.generation, Some(generation(upload)), "{name}");
        }
    }
}

async fn a_master_is_said_by_copies_alone<B: Backend>() {
    let shop = Shop::<B>::open();
    let size: [(&str, FieldValue); 1] = [("title", "S".into())];
    shop.add([product("shirt").nesting(nested("s", "variant", size))])
        .await;
    let extracted = shop.stored_as("s").await.unwrap();
    assert_eq!(extracted.master, Some(identity("shirt")));
    shop.add([product("m").variant_of("shirt")]).await;
    assert_eq!(shop.stored_as("m").await.unwrap().master, None);
    let copy = Submission::from(product("m").variant_of("shirt").object());
    let writes = &shop.engine.writes;
    let report = writes
        .replace(shop.id(), vec![copy], Extraction::Leave)
        .await;
    assert_eq!(report.unwrap().outcomes, [Outcome::Applied]);
    let stored = shop.stored_as("m").await.unwrap();
    assert_eq!(stored.master, Some(identity("shirt")));
}

async fn nothing_to_write_is_no_write<B: Backend>() {
    let shop = Shop::<B>::open();
    let writes = &shop.engine.writes;
    let report = writes
        .replace(shop.id(), Vec::new(), Extraction::Extract)
        .await;
    let report = report.unwrap();
    assert!(report.outcomes.is_empty());
    let waited = writes.wait_visible(shop.id(), report.visibility);
    let waited = tokio::time::timeout(Duration::from_secs(60), waited).await;
    waited.unwrap().unwrap();
    assert!(
        writes
            .patch(shop.id(), Vec::new())
            .await
            .unwrap()
            .outcomes
            .is_empty()
    );
    assert!(
        writes
            .delete(shop.id(), Vec::new())
            .await
            .unwrap()
            .outcomes
            .is_empty()
    );
}
