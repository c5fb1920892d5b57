//! Rows of sources, and the end of a full read (docs/reference/11-product-sync.md).

use crate::domain::{
    Reach, RowOutcome, RowState, SourceBookmark, SourceCommit, SourceCommitOutcome, SourceRow,
    SourceRows, SourceSurvey,
};
use crate::engine::conformance::objects::{
    Draft, category, everything, generation, mention, object_type, patch, product, source,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored: a_row_says_what_became_of_it,
    rows_of_one_object_in_one_request_are_compared_with_each_other,
    a_row_makes_one_object_under_whatever_name,
    a_key_that_comes_twice_at_once_makes_one_object,
    two_rows_may_swap_names,
    a_key_is_nobody_elses_object,
    a_refused_row_keeps_what_it_made,
    a_commit_takes_what_was_not_marked,
    a_commit_leaves_alone_what_is_out_of_reach,
    too_few_objects_are_no_commit,
    an_object_is_of_whoever_wrote_it_last,
    what_a_row_made_stays_of_its_row_when_it_is_mentioned,
    a_bookmark_is_kept_with_its_rows;
    found: what_a_source_left_out_is_found_no_more,
];

fn row(key: &str, draft: Draft) -> SourceRow {
    SourceRow {
        key: key.to_owned(),
        state: RowState::Is(Box::new(draft.object())),
    }
}

fn stays(key: &str) -> SourceRow {
    SourceRow {
        key: key.to_owned(),
        state: RowState::Stays,
    }
}

fn gone(key: &str) -> SourceRow {
    SourceRow {
        key: key.to_owned(),
        state: RowState::Gone,
    }
}

/// A product of an upload, in a category.
fn sold(name: &str, of: &str, upload: &str) -> Draft {
    product(name).in_upload(upload).nesting(category(of, of))
}

fn commit(of: &str, upload: &str, reach: Reach) -> SourceCommit {
    SourceCommit {
        source: source(of),
        generation: generation(upload),
        object_type: Some(object_type("product")),
        reach,
        at_least: 1,
    }
}

fn all() -> Reach {
    Reach::AllBut(Vec::new())
}

impl<B: Backend> Shop<B> {
    async fn rows(&self, of: &str, upload: &str, rows: Vec<SourceRow>) -> Vec<RowOutcome> {
        let rows = SourceRows {
            source: source(of),
            generation: Some(generation(upload)),
            rows,
            bookmark: None,
        };
        self.write_rows(rows).await
    }

    async fn survey(&self, commit: &SourceCommit) -> (u64, u64) {
        let found = self
            .sources()
            .survey_source(self.id(), commit.clone())
            .await;
        let SourceSurvey { staying, leaving } = found.unwrap();
        (staying, leaving)
    }

    async fn end(&self, commit: SourceCommit) -> SourceCommitOutcome {
        self.sources()
            .commit_source(self.id(), commit)
            .await
            .unwrap()
    }

    async fn upload_of(&self, identity: &str) -> Option<String> {
        let stored = self.stored_as(identity).await.unwrap();
        stored.generation.clone().map(|of| of.to_string())
    }
}

async fn a_row_says_what_became_of_it<B: Backend>() {
    use RowOutcome::{Deleted, Kept, Unchanged, Unknown, Written};
    let shop = Shop::<B>::open();
    for (upload, row, expected) in [
        ("g1", row("1", sold("1", "c", "g1")), Written),
        ("g1", stays("2"), Unknown),
        ("g1", gone("2"), Unknown),
        ("g2", row("1", sold("1", "c", "g2")), Unchanged),
        (
            "g3",
            row("1", product("1").in_upload("g3").titled("One")),
            Written,
        ),
        ("g4", stays("1"), Kept),
    ] {
        let told = format!("{row:?}");
        assert_eq!(
            shop.rows("a", upload, vec![row]).await,
            [expected],
            "{told}"
        );
    }
    assert_eq!(shop.upload_of("1").await.as_deref(), Some("g4"));
    assert_eq!(shop.upload_of("c").await.as_deref(), Some("g2"));
    assert_eq!(shop.rows("a", "g4", vec![gone("1")]).await, [Deleted]);
    assert_eq!(shop.names().await, ["c"]);
    assert!(shop.backend.faults(shop.id()).is_empty());
}

/// However many rows of a request are written together, each is compared with what the one before left.
async fn rows_of_one_object_in_one_request_are_compared_with_each_other<B: Backend>() {
    use RowOutcome::{Unchanged, Written};
    let shop = Shop::<B>::open();
    let titled = |title: &str| row("1", product("1").in_upload("g1").titled(title));
    shop.rows("a", "g1", vec![titled("One")]).await;
    let rows = vec![titled("Two"), titled("One"), titled("One")];
    assert_eq!(
        shop.rows("a", "g1", rows).await,
        [Written, Written, Unchanged]
    );
    assert!(shop.backend.faults(shop.id()).is_empty());
}

async fn a_row_makes_one_object_under_whatever_name<B: Backend>() {
    let shop = Shop::<B>::open();
    for name in ["sku-1", "sku-2", "7", "sku-3"] {
        shop.rows("a", "g", vec![row("7", product(name).in_upload("g"))])
            .await;
        assert_eq!(shop.names().await, [name]);
    }
    let shop = shop.restart();
    let outcomes = shop.rows("a", "g", vec![gone("sku-3"), gone("7")]).await;
    assert_eq!(outcomes, [RowOutcome::Unknown, RowOutcome::Deleted]);
    assert!(shop.names().await.is_empty());
}

async fn a_key_that_comes_twice_at_once_makes_one_object<B: Backend>() {
    let shop = Shop::<B>::open();
    let rows = vec![row("7", product("sku-1")), row("7", product("sku-2"))];
    shop.rows("a", "g", rows).await;
    assert_eq!(shop.names().await, ["sku-2"]);
    let rows = vec![row("7", product("sku-3")), gone("7")];
    let outcomes = shop.rows("a", "g", rows).await;
    assert_eq!(outcomes, [RowOutcome::Written, RowOutcome::Deleted]);
    assert!(shop.names().await.is_empty());
}

async fn two_rows_may_swap_names<B: Backend>() {
    let shop = Shop::<B>::open();
    let named = |one: &str, two: &str| vec![row("1", product(one)), row("2", product(two))];
    shop.rows("s", "g", named("a", "b")).await;
    shop.rows("s", "g", named("b", "a")).await;
    // What row 1 made first is gone, so the other is a new one.
    assert_eq!(shop.names().await, ["b", "a"]);
    shop.rows("s", "g", vec![gone("2")]).await;
    assert_eq!(shop.names().await, ["b"]);
}

async fn a_key_is_nobody_elses_object<B: Backend>() {
    use RowOutcome::{Deleted, Unknown};
    let shop = Shop::<B>::with([product("1")]).await;
    shop.rows("a", "g", vec![row("9", sold("9", "2", "g"))])
        .await;
    let rows = || vec![gone("1"), gone("2"), gone("9")];
    assert_eq!(
        shop.rows("b", "g", rows()).await,
        [Unknown, Unknown, Unknown]
    );
    assert_eq!(
        shop.rows("a", "g", rows()).await,
        [Unknown, Unknown, Deleted]
    );
    assert_eq!(shop.names().await, ["1", "2"]);
}

async fn a_refused_row_keeps_what_it_made<B: Backend>() {
    let shop = Shop::<B>::open();
    shop.rows("a", "g1", vec![row("1", sold("1", "c", "g1"))])
        .await;
    let odd = product("1").in_upload("g2").with("boost", "much");
    let outcomes = shop
        .rows("a", "g2", vec![row("1", odd), row("2", product("2"))])
        .await;
    let is_told = matches!(outcomes[..], [RowOutcome::Refused(_), RowOutcome::Written]);
    assert!(is_told, "{outcomes:?}");
    for name in ["1", "c"] {
        assert_eq!(shop.upload_of(name).await.as_deref(), Some("g2"), "{name}");
    }
    assert_eq!(shop.stored_as("1").await.unwrap().fields.get("boost"), None);
}

async fn a_commit_takes_what_was_not_marked<B: Backend>() {
    let shop = Shop::<B>::open();
    let rows = vec![
        row("1", sold("1", "c1", "g1")),
        row("2", sold("2", "c2", "g1")),
    ];
    shop.rows("a", "g1", rows).await;
    shop.add([product("x"), product("y"), product("z").of_type("article")])
        .await;
    shop.rows("a", "g2", vec![row("2", sold("2", "c2", "g2"))])
        .await;
    let ending = commit("a", "g2", all());
    assert_eq!(
        shop.survey(&ending).await,
        (1, 3),
        "products, and no categories"
    );
    let outcome = shop.end(ending.clone()).await;
    assert_eq!(outcome, SourceCommitOutcome::Deleted { count: 4 });
    assert_eq!(shop.names().await, ["2", "c2", "z"]);
    assert_eq!(shop.survey(&ending).await, (1, 0));
    // No row is in a category any more: the last of them go as well.
    shop.rows("a", "g3", vec![row("2", product("2").in_upload("g3"))])
        .await;
    shop.end(commit("a", "g3", all())).await;
    assert_eq!(shop.names().await, ["2", "z"]);
}

/// Visible when it returns.
async fn what_a_source_left_out_is_found_no_more<B: Backend>() {
    let shop = Shop::<B>::with([product("x"), product("y").of_type("article")]).await;
    shop.rows("a", "g2", vec![row("2", sold("2", "c2", "g2"))])
        .await;
    shop.end(commit("a", "g2", all())).await;
    let found = shop.engine.search.search(shop.id(), everything()).await;
    assert_eq!(identities(&found.unwrap()), ["y", "2", "c2"]);
}

async fn a_commit_leaves_alone_what_is_out_of_reach<B: Backend>() {
    let shop = Shop::<B>::with([product("x")]).await;
    shop.rows("a", "g1", vec![row("1", sold("1", "c1", "g1"))])
        .await;
    shop.rows("b", "h1", vec![row("2", sold("2", "c2", "h1"))])
        .await;
    shop.rows("a", "g2", vec![row("3", product("3").in_upload("g2"))])
        .await;
    let ending = commit("a", "g2", Reach::AllBut(vec![source("b")]));
    assert_eq!(shop.survey(&ending).await, (1, 2));
    shop.end(ending).await;
    assert_eq!(shop.names().await, ["2", "c2", "3"]);
    shop.add([product("x")]).await;
    shop.rows("a", "g3", vec![row("4", product("4").in_upload("g3"))])
        .await;
    let ending = commit("a", "g3", Reach::Own);
    assert_eq!(shop.survey(&ending).await, (1, 1));
    shop.end(ending).await;
    assert_eq!(shop.names().await, ["2", "c2", "x", "4"]);
}

async fn too_few_objects_are_no_commit<B: Backend>() {
    let shop = Shop::<B>::open();
    let rows = vec![
        row("1", sold("1", "c", "g1")),
        row("2", sold("2", "c", "g1")),
    ];
    shop.rows("a", "g1", rows).await;
    shop.rows("a", "g2", vec![row("1", sold("1", "c", "g2"))])
        .await;
    let shrunk = SourceCommit {
        at_least: 2,
        ..commit("a", "g2", all())
    };
    let outcome = shop.end(shrunk).await;
    assert_eq!(outcome, SourceCommitOutcome::TooFew { staying: 1 });
    assert_eq!(shop.names().await, ["1", "c", "2"]);
    let outcome = shop.end(commit("a", "g2", all())).await;
    assert_eq!(outcome, SourceCommitOutcome::Deleted { count: 1 });
}

async fn an_object_is_of_whoever_wrote_it_last<B: Backend>() {
    let shop = Shop::<B>::open();
    let rows = vec![row("1", product("1")), row("2", product("2"))];
    shop.rows("a", "g", rows).await;
    let mut retitled = patch("1");
    retitled.fields = vec![("title".into(), Some("Patched".into()))];
    shop.patch(retitled).await;
    shop.add([product("2")]).await;
    let outcomes = shop.rows("a", "g", vec![gone("1"), gone("2")]).await;
    assert_eq!(outcomes, [RowOutcome::Deleted, RowOutcome::Unknown]);
    assert_eq!(shop.names().await, ["2"]);
}

async fn what_a_row_made_stays_of_its_row_when_it_is_mentioned<B: Backend>() {
    let shop = Shop::<B>::open();
    let own = product("c")
        .of_type("category")
        .in_upload("g1")
        .with("image", "c.png");
    shop.rows("categories", "g1", vec![row("c", own)]).await;
    let mentioning = product("1").in_upload("h1").nesting(mention("c", "Socks"));
    shop.rows("products", "h1", vec![row("1", mentioning.clone())])
        .await;
    shop.add([mentioning.in_upload("k1")]).await;
    let stored = shop.stored_as("c").await.unwrap();
    assert_eq!(stored.fields.get("title"), Some(&"Socks".into()));
    assert_eq!(stored.generation, Some(generation("g1")));
    let outcomes = shop.rows("categories", "g2", vec![gone("c")]).await;
    assert_eq!(outcomes, [RowOutcome::Deleted]);
}

async fn a_bookmark_is_kept_with_its_rows<B: Backend>() {
    let shop = Shop::<B>::open();
    let bookmark = async |shop: &Shop<B>, of: &str| {
        let found = shop.sources().bookmark(shop.id(), &source(of)).await;
        found.unwrap()
    };
    assert_eq!(bookmark(&shop, "a").await, None);
    let write = async |shop: &Shop<B>, name: &str, bookmark: Option<(Option<&str>, &str)>| {
        let rows = SourceRows {
            source: source("a"),
            generation: None,
            rows: vec![row(name, product(name))],
            bookmark: bookmark.map(|(before, text)| SourceBookmark {
                text: text.to_owned(),
                before: before.map(str::to_owned),
            }),
        };
        let report = shop.sources().write_rows(shop.id(), rows).await.unwrap();
        assert_eq!(report.is_outrun, report.outcomes.is_empty());
        !report.is_outrun
    };
    for bookmark in [Some((None, "first")), Some((Some("first"), "second")), None] {
        assert!(write(&shop, "1", bookmark).await);
    }
    // Of somebody who does not know how far the source has been read since nothing is written.
    for before in [None, Some("first")] {
        assert!(!write(&shop, "2", Some((before, "late"))).await);
    }
    // What was written and nobody heard of may be written again.
    assert!(write(&shop, "1", Some((Some("first"), "second"))).await);
    assert_eq!(shop.names().await, ["1"]);
    let shop = shop.restart();
    assert_eq!(bookmark(&shop, "a").await.as_deref(), Some("second"));
    assert_eq!(bookmark(&shop, "b").await, None);
}
