//! Rows of sources: what they make, keep and take away, and what is remembered of them.

mod mentions;

use super::*;
use crate::domain::{Reach, RowOutcome, RowState, SourceBookmark, SourceRow, SourceRows};

fn source(name: &str) -> SourceName {
    SourceName::new(name).unwrap()
}

fn generation(text: &str) -> Generation {
    Generation::new(text).unwrap()
}

/// A row and what it says: an object, that it stays, or that it is gone.
fn row(key: &str, state: impl Into<Option<Object>>) -> SourceRow {
    SourceRow {
        key: key.to_owned(),
        state: match state.into() {
            Some(object) => RowState::Is(Box::new(object)),
            None => RowState::Gone,
        },
    }
}

fn stays(key: &str) -> SourceRow {
    SourceRow {
        key: key.to_owned(),
        state: RowState::Stays,
    }
}

fn in_category(identity: &str, category: &str, marker: &str) -> Object {
    let mut parts = parts(identity, "In it");
    parts.generation = Some(generation(marker));
    parts.nested = vec![nested(category, "category", category)];
    Object::new(parts).unwrap()
}

impl Shop {
    async fn write(&self, name: &str, marker: &str, rows: Vec<SourceRow>) -> Vec<RowOutcome> {
        let rows = SourceRows {
            source: source(name),
            generation: Some(generation(marker)),
            rows,
            bookmark: None,
        };
        self.engine
            .write_rows(&site(), rows)
            .await
            .unwrap()
            .outcomes
    }

    async fn commit_source(&self, name: &str, marker: &str, reach: Reach) -> SourceCommitOutcome {
        let commit = commit(name, marker, reach);
        self.engine.commit_source(&site(), commit).await.unwrap()
    }

    async fn names(&self) -> Vec<String> {
        self.found().await.into_keys().collect()
    }
}

fn commit(name: &str, marker: &str, reach: Reach) -> SourceCommit {
    SourceCommit {
        source: source(name),
        generation: generation(marker),
        object_type: Some(ObjectType::new("product").unwrap()),
        reach,
        at_least: 1,
    }
}

fn all() -> Reach {
    Reach::AllBut(Vec::new())
}

#[tokio::test]
async fn a_row_says_what_became_of_it() {
    let shop = Shop::open();
    let rows = vec![
        row("1", marked("1", "One", "g1")),
        row("2", None),
        stays("3"),
    ];
    let outcomes = shop.write("a", "g1", rows).await;
    assert_eq!(
        outcomes,
        [
            RowOutcome::Written,
            RowOutcome::Unknown,
            RowOutcome::Unknown
        ]
    );
    let rows = vec![row("1", marked("1", "One", "g2"))];
    assert_eq!(shop.write("a", "g2", rows).await, [RowOutcome::Unchanged]);
    let rows = vec![stays("1")];
    assert_eq!(shop.write("a", "g3", rows).await, [RowOutcome::Kept]);
    assert_eq!(shop.heads()["1"].generation, Some(generation("g3")));
    assert_eq!(
        shop.write("a", "g3", vec![row("1", None)]).await,
        [RowOutcome::Deleted]
    );
    assert!(shop.names().await.is_empty());
    assert!(shop.check().findings.is_empty());
}

#[tokio::test]
async fn a_row_under_another_name_than_its_key_makes_one_object() {
    let shop = Shop::open();
    shop.write("a", "g1", vec![row("7", marked("sku-1", "One", "g1"))])
        .await;
    shop.write("a", "g1", vec![row("7", marked("sku-2", "Two", "g1"))])
        .await;
    assert_eq!(shop.names().await, ["sku-2"]);
    // Its key for a name, and back.
    shop.write("a", "g1", vec![row("7", marked("7", "Seven", "g1"))])
        .await;
    assert_eq!(shop.names().await, ["7"]);
    shop.write("a", "g1", vec![row("7", marked("sku-3", "Three", "g1"))])
        .await;
    assert_eq!(shop.names().await, ["sku-3"]);
    assert_eq!(
        shop.write("a", "g2", vec![stays("7")]).await,
        [RowOutcome::Kept]
    );
    let gone = vec![row("sku-3", None), row("7", None)];
    let outcomes = shop.write("a", "g2", gone).await;
    assert_eq!(outcomes, [RowOutcome::Unknown, RowOutcome::Deleted]);
    assert!(shop.names().await.is_empty());
    assert!(shop.check().findings.is_empty());
}

#[tokio::test]
async fn a_row_that_comes_twice_in_one_step_makes_one_object() {
    let shop = Shop::open();
    let rows = vec![
        row("7", marked("sku-1", "One", "g1")),
        row("7", marked("sku-2", "Two", "g1")),
    ];
    shop.write("a", "g1", rows).await;
    assert_eq!(shop.names().await, ["sku-2"]);
    assert!(shop.check().findings.is_empty());
}

/// Two rows may swap names within one step.
#[tokio::test]
async fn a_name_that_another_row_takes_over_is_left_alone() {
    let shop = Shop::open();
    let rows = vec![
        row("1", marked("a", "One", "g")),
        row("2", marked("b", "Two", "g")),
    ];
    shop.write("s", "g", rows).await;
    let rows = vec![
        row("1", marked("b", "One", "g")),
        row("2", marked("a", "Two", "g")),
    ];
    shop.write("s", "g", rows).await;
    assert_eq!(shop.names().await, ["a", "b"]);
    shop.write("s", "g", vec![row("2", None)]).await;
    assert_eq!(shop.names().await, ["b"]);
}

#[tokio::test]
async fn a_key_is_nobody_elses_object() {
    let shop = Shop::open();
    shop.replace(vec![product("1", "By hand")]).await;
    shop.write("a", "g", vec![row("9", in_category("9", "2", "g"))])
        .await;
    // An object of the API, what was nested in another row, and a row of another source.
    let gone = || vec![row("1", None), row("2", None), row("9", None)];
    assert_eq!(
        shop.write("b", "g", gone()).await,
        [const { RowOutcome::Unknown }; 3]
    );
    let outcomes = shop.write("a", "g", gone()).await;
    let expected = [
        RowOutcome::Unknown,
        RowOutcome::Unknown,
        RowOutcome::Deleted,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(shop.names().await, ["1", "2"]);
}

#[tokio::test]
async fn a_refused_row_keeps_its_object_and_what_is_nested_in_it() {
    let shop = Shop::open();
    shop.write("a", "g1", vec![row("1", in_category("1", "c1", "g1"))])
        .await;
    let number = |identity: &str, marker| {
        let mut parts = marked(identity, "Number", marker).into_parts();
        let number = FieldValue::Number(crate::domain::Number::Integer(1));
        parts.fields.insert("boost", number);
        Object::new(parts).unwrap()
    };
    shop.write("a", "g1", vec![row("2", number("2", "g1"))])
        .await;
    let mut parts = marked("1", "Text", "g2").into_parts();
    parts.fields.insert("boost", "large".into());
    let outcomes = shop
        .write("a", "g2", vec![row("1", Object::new(parts).unwrap())])
        .await;
    assert!(
        matches!(outcomes[..], [RowOutcome::Refused(_)]),
        "{outcomes:?}"
    );
    for identity in ["1", "c1"] {
        let head = &shop.heads()[identity];
        assert_eq!(head.generation, Some(generation("g2")), "{identity}");
    }
    assert_eq!(shop.found().await["1"], "In it");
}

#[tokio::test]
async fn a_commit_takes_what_was_not_marked_and_nested_types_along() {
    let shop = Shop::open();
    let rows = vec![
        row("1", in_category("1", "c1", "g1")),
        row("2", in_category("2", "c2", "g1")),
    ];
    shop.write("a", "g1", rows).await;
    shop.replace(vec![product("x", "By hand"), product("y", "By hand")])
        .await;
    shop.write("a", "g2", vec![row("2", in_category("2", "c2", "g2"))])
        .await;
    let found = shop
        .engine
        .survey_source(&site(), commit("a", "g2", all()))
        .await
        .unwrap();
    assert_eq!(
        (found.staying, found.leaving),
        (1, 3),
        "products, and no categories"
    );
    let outcome = shop.commit_source("a", "g2", all()).await;
    assert_eq!(outcome, SourceCommitOutcome::Deleted { count: 4 });
    assert_eq!(shop.names().await, ["2", "c2"]);
    // No row is in a category any more: the last of them go as well.
    shop.write("a", "g3", vec![row("2", marked("2", "Two", "g3"))])
        .await;
    shop.commit_source("a", "g3", all()).await;
    assert_eq!(shop.names().await, ["2"]);
    assert!(shop.check().findings.is_empty());
}

#[tokio::test]
async fn a_commit_leaves_alone_what_is_out_of_its_reach() {
    let shop = Shop::open();
    shop.replace(vec![product("x", "By hand")]).await;
    shop.write("a", "g1", vec![row("1", in_category("1", "c1", "g1"))])
        .await;
    shop.write("b", "h1", vec![row("2", in_category("2", "c2", "h1"))])
        .await;
    shop.write("a", "g2", vec![row("3", marked("3", "Three", "g2"))])
        .await;
    shop.commit_source("a", "g2", Reach::AllBut(vec![source("b")]))
        .await;
    assert_eq!(shop.names().await, ["2", "3", "c2"]);
    shop.replace(vec![product("x", "By hand")]).await;
    shop.write("a", "g3", vec![row("4", marked("4", "Four", "g3"))])
        .await;
    shop.commit_source("a", "g3", Reach::Own).await;
    assert_eq!(shop.names().await, ["2", "4", "c2", "x"]);
}

#[tokio::test]
async fn too_few_objects_are_no_commit() {
    let shop = Shop::open();
    shop.write("a", "g1", vec![row("1", marked("1", "One", "g1"))])
        .await;
    let outcome = shop.commit_source("a", "g2", all()).await;
    assert_eq!(outcome, SourceCommitOutcome::TooFew { staying: 0 });
    assert_eq!(shop.names().await, ["1"]);
}

/// A whole write through the API takes an object over, also one of the same content; a patch does not.
#[tokio::test]
async fn an_object_is_of_whoever_wrote_it_last() {
    let shop = Shop::open();
    shop.write("a", "g", vec![row("1", marked("1", "One", "g"))])
        .await;
    assert!(shop.heads()["1"].origin.is_some());
    let mut change = patch("1");
    change
        .fields
        .push((FieldName::new("title"), Some("Patched".into())));
    shop.patch_one(change).await;
    assert!(shop.heads()["1"].origin.is_some());
    shop.replace(vec![marked("1", "Patched", "g")]).await;
    assert!(shop.heads()["1"].origin.is_none());
    assert_eq!(
        shop.write("a", "g", vec![row("1", None)]).await,
        [RowOutcome::Unknown]
    );
}

#[tokio::test]
async fn a_bookmark_is_kept_with_its_rows_and_over_a_restart() {
    let shop = Shop::open();
    assert_eq!(
        shop.engine.bookmark(&site(), &source("a")).await.unwrap(),
        None
    );
    for (before, text) in [(None, "first"), (Some("first"), "second")] {
        let rows = SourceRows {
            source: source("a"),
            generation: None,
            rows: vec![row("1", product("1", text))],
            bookmark: Some(SourceBookmark {
                text: text.to_owned(),
                before: before.map(str::to_owned),
            }),
        };
        shop.engine.write_rows(&site(), rows).await.unwrap();
    }
    let shop = shop.reopen();
    let kept = shop.engine.bookmark(&site(), &source("a")).await.unwrap();
    assert_eq!(kept.as_deref(), Some("second"));
    assert_eq!(
        shop.engine.bookmark(&site(), &source("b")).await.unwrap(),
        None
    );
    let origin = shop.heads()["1"].origin.clone().unwrap();
    assert_eq!(origin.source, source("a"));
}
