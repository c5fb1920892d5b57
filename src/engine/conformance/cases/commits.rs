//! The end of a full upload (docs/reference/03-update-by-query-and-generations.md §5).

use crate::domain::{
    Change, CommitOutcome, CommitSurvey, GenerationCommit, KeptRefused, ObjectPatch, RefusedUpload,
};
use crate::engine::conformance::objects::{
    category, everything, generation, identity, object_type, patch, product,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored:
    a_commit_that_must_exist_deletes_nothing_without_a_mark,
    a_commit_that_would_delete_too_much_deletes_nothing,
    a_commit_that_need_not_exist_deletes_all_of_the_type,
    what_was_nested_or_patched_is_marked,
    an_object_whose_upload_was_refused_stays_where_that_is_asked_for,
    a_preview_tells_what_a_commit_deletes_and_deletes_nothing;
    found:
    a_commit_deletes_what_the_upload_did_not_mark,
    a_commit_is_visible_when_it_returns,
];

async fn a_commit_deletes_what_the_upload_did_not_mark<B: Backend>() {
    let shop = Shop::<B>::with([
        product("new").in_upload("g2"),
        product("old").in_upload("g1"),
        product("none"),
        product("other").of_type("article").in_upload("g1"),
    ])
    .await;
    let outcome = shop.commit("product", "g2").await;
    assert_eq!(outcome, CommitOutcome::Deleted { count: 2 });
    assert_eq!(shop.names().await, ["new", "other"]);
    let again = shop.commit("product", "g2").await;
    assert_eq!(again, CommitOutcome::Deleted { count: 0 });
    let shop = shop.restart();
    assert_eq!(shop.find(&everything()).await, ["new", "other"]);
    assert!(shop.backend.faults(shop.id()).is_empty());
}

async fn a_commit_that_must_exist_deletes_nothing_without_a_mark<B: Backend>() {
    let marked = product("other").of_type("article").in_upload("g2");
    let shop = Shop::<B>::with([product("a").in_upload("g1"), marked]).await;
    // Marked is another type, and that says nothing.
    for of in ["g2", "g3"] {
        let outcome = shop.commit("product", of).await;
        assert_eq!(outcome, CommitOutcome::NoSuchGeneration);
    }
    assert_eq!(shop.names().await, ["a", "other"]);
}

async fn a_commit_that_would_delete_too_much_deletes_nothing<B: Backend>() {
    let shop = Shop::<B>::with([
        product("new").in_upload("g2"),
        product("a").in_upload("g1"),
        product("b"),
        product("other").of_type("article").in_upload("g1"),
    ])
    .await;
    let commit = |guard_percent| GenerationCommit {
        object_type: object_type("product"),
        generation: generation("g2"),
        must_exist: true,
        guard_percent,
        keeps_refused: false,
    };
    let (writes, reads) = (&shop.engine.writes, &shop.engine.reads);
    // Two of three.
    for (percent, is_guarded) in [(1, true), (66, true), (67, false), (100, false), (0, false)] {
        let preview = reads.preview_commit(shop.id(), commit(percent)).await;
        assert_eq!(
            preview.unwrap().unwrap().is_guarded,
            is_guarded,
            "{percent}"
        );
    }
    let refused = writes.commit_generation(shop.id(), commit(66)).await;
    let survey = CommitSurvey {
        staying: 1,
        leaving: 2,
    };
    assert_eq!(refused.unwrap(), CommitOutcome::Guarded(survey));
    assert_eq!(shop.names().await, ["new", "a", "b", "other"]);
    let done = writes.commit_generation(shop.id(), commit(67)).await;
    assert_eq!(done.unwrap(), CommitOutcome::Deleted { count: 2 });
    assert_eq!(shop.names().await, ["new", "other"]);
}

async fn a_commit_that_need_not_exist_deletes_all_of_the_type<B: Backend>() {
    let article = product("other").of_type("article");
    let shop = Shop::<B>::with([product("a").in_upload("g1"), product("b"), article]).await;
    let commit = GenerationCommit {
        object_type: object_type("product"),
        generation: generation("g2"),
        must_exist: false,
        guard_percent: 0,
        keeps_refused: false,
    };
    let outcome = shop
        .engine
        .writes
        .commit_generation(shop.id(), commit)
        .await;
    assert_eq!(outcome.unwrap(), CommitOutcome::Deleted { count: 2 });
    assert_eq!(shop.names().await, ["other"]);
}

async fn what_was_nested_or_patched_is_marked<B: Backend>() {
    let with_category = product("a").in_upload("g2").nesting(category("c", "C"));
    let shop = Shop::<B>::with([
        product("c").of_type("category").in_upload("g1"),
        product("d").of_type("category").in_upload("g1"),
        with_category,
        product("b").in_upload("g1"),
    ])
    .await;
    let moved = ObjectPatch {
        generation: Change::Set(generation("g2")),
        ..patch("b")
    };
    shop.patch(moved).await;
    let outcome = shop.commit("category", "g2").await;
    assert_eq!(outcome, CommitOutcome::Deleted { count: 1 });
    let outcome = shop.commit("product", "g2").await;
    assert_eq!(outcome, CommitOutcome::Deleted { count: 0 });
    assert_eq!(shop.names().await, ["c", "a", "b"]);
}

async fn a_commit_is_visible_when_it_returns<B: Backend>() {
    let shop = Shop::<B>::with([product("a").in_upload("g1"), product("b").in_upload("g2")]).await;
    shop.commit("product", "g2").await;
    let found = shop.engine.search.search(shop.id(), everything()).await;
    assert_eq!(identities(&found.unwrap()), ["b"]);
}

async fn a_preview_tells_what_a_commit_deletes_and_deletes_nothing<B: Backend>() {
    let shop = Shop::<B>::with([
        product("b").in_upload("g1"),
        product("new").in_upload("g2"),
        product("a"),
        product("other").of_type("article").in_upload("g1"),
    ])
    .await;
    let commit = |of, must_exist| GenerationCommit {
        object_type: object_type("product"),
        generation: generation(of),
        must_exist,
        guard_percent: 0,
        keeps_refused: false,
    };
    let preview = async |commit| {
        let told = shop.engine.reads.preview_commit(shop.id(), commit).await;
        told.unwrap().map(|told| {
            let names = told.sample.iter().map(ToString::to_string);
            (told.count, names.collect::<Vec<_>>())
        })
    };
    let expected = Some((2, vec!["b".to_owned(), "a".to_owned()]));
    assert_eq!(preview(commit("g2", true)).await, expected);
    assert_eq!(preview(commit("g3", true)).await, None);
    assert_eq!(preview(commit("g3", false)).await.unwrap().0, 3);
    assert_eq!(shop.names().await, ["b", "new", "a", "other"]);
    let outcome = shop.commit("product", "g2").await;
    assert_eq!(outcome, CommitOutcome::Deleted { count: 2 });
    assert_eq!(preview(commit("g2", true)).await, Some((0, Vec::new())));
}

async fn an_object_whose_upload_was_refused_stays_where_that_is_asked_for<B: Backend>() {
    let shop = Shop::<B>::with([
        product("refused").in_upload("g1"),
        product("taken").in_upload("g1"),
        product("gone").in_upload("g1"),
        product("new").in_upload("g2"),
    ])
    .await;
    let writes = &shop.engine.writes;
    let note = async |names: &[&str]| {
        let upload = |name: &&str| RefusedUpload {
            identity: identity(name),
            generation: generation("g2"),
        };
        let uploads = names.iter().map(upload).collect();
        let noted = writes.note_refused_uploads(shop.id(), uploads).await;
        noted.unwrap();
    };
    note(&["refused", "taken", "nobody"]).await;
    shop.add([product("taken").in_upload("g1")]).await;
    let commit = |keeps_refused| GenerationCommit {
        object_type: object_type("product"),
        generation: generation("g2"),
        must_exist: true,
        guard_percent: 0,
        keeps_refused,
    };
    let preview = async |keeps_refused| {
        let reads = &shop.engine.reads;
        let preview = reads.preview_commit(shop.id(), commit(keeps_refused)).await;
        let preview = preview.unwrap().unwrap();
        (preview.count, preview.kept.count)
    };
    assert_eq!(preview(false).await, (3, 0));
    assert_eq!(preview(true).await, (2, 1));
    let kept = KeptRefused {
        count: 1,
        named: vec![identity("refused")],
    };
    let done = writes.commit_generation(shop.id(), commit(true)).await;
    assert_eq!(
        done.unwrap(),
        CommitOutcome::DeletedKeeping { count: 2, kept }
    );
    assert_eq!(shop.names().await, ["refused", "new"]);
    let done = writes.commit_generation(shop.id(), commit(false)).await;
    assert_eq!(done.unwrap(), CommitOutcome::Deleted { count: 1 });
    assert!(shop.backend.faults(shop.id()).is_empty());
}
