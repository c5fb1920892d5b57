//! From when on a write can be found.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::domain::{RowState, SourceRow, SourceRows, Submission};
use crate::engine::conformance::objects::{everything, key, product, setting, source, text};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::visitors::found_text;
use crate::engine::conformance::{Backend, on_every_backend};
use crate::engine::{Extraction, Visibility};

on_every_backend![
    a_write_is_found_once_its_token_was_waited_for,
    later_writes_have_greater_tokens,
    what_is_visible_need_not_be_waited_for,
];
on_every_backend![found: few_texts_of_files_are_taken_over_before_they_are_found];

impl<B: Backend> Shop<B> {
    /// Waits for a write, and says what is found then.
    async fn shown(&self, visibility: Visibility) -> Vec<String> {
        let writes = &self.engine.writes;
        let waited = writes.wait_visible(self.id(), visibility);
        let waited = tokio::time::timeout(Duration::from_secs(60), waited).await;
        waited.unwrap().unwrap();
        let found = self.engine.search.search(self.id(), everything()).await;
        identities(&found.unwrap())
    }

    /// The tokens of one write of each kind, in order, and what has to be found then.
    async fn written(&self) -> Vec<(Visibility, &'static [&'static str])> {
        let writes = &self.engine.writes;
        let objects = ["a", "b"].map(|name| Submission::from(product(name).object()));
        let replaced = writes.replace(self.id(), objects.into(), Extraction::Extract);
        let mut told: Vec<(Visibility, &[&str])> =
            vec![(replaced.await.unwrap().visibility, &["a", "b"])];
        let boosted = setting("b", "boost", Some(super::super::objects::integer(1)));
        let patched = writes.patch(self.id(), vec![boosted]).await;
        told.push((patched.unwrap().visibility, &["b", "a"]));
        let rows = SourceRows {
            source: source("s"),
            generation: None,
            rows: vec![SourceRow {
                key: "c".to_owned(),
                state: RowState::Is(Box::new(product("c").object())),
            }],
            bookmark: None,
        };
        let rows = self.sources().write_rows(self.id(), rows).await;
        told.push((rows.unwrap().visibility, &["b", "a", "c"]));
        let deleted = writes.delete(self.id(), vec![key("a", "product")]).await;
        told.push((deleted.unwrap().visibility, &["b", "c"]));
        told
    }
}

async fn a_write_is_found_once_its_token_was_waited_for<B: Backend>() {
    let shop = Shop::<B>::open();
    let (last, expected) = shop.written().await.pop().unwrap();
    assert_eq!(shop.shown(last).await, expected);
}

async fn later_writes_have_greater_tokens<B: Backend>() {
    let shop = Shop::<B>::open();
    let told: Vec<Visibility> = shop.written().await.into_iter().map(|(at, _)| at).collect();
    assert!(told.is_sorted_by(|a, b| a < b), "{told:?}");
    // Whoever waits for the last has waited for all.
    assert_eq!(shop.shown(*told.last().unwrap()).await, ["b", "c"]);
    assert_eq!(shop.shown(told[0]).await, ["b", "c"]);
    let shop = shop.restart();
    assert!(shop.settle().await >= *told.last().unwrap());
}

async fn what_is_visible_need_not_be_waited_for<B: Backend>() {
    let shop = Shop::<B>::open();
    assert!(shop.shown(Visibility::default()).await.is_empty());
    let visible = shop.settle().await;
    assert!(shop.shown(visible).await.is_empty());
}

/// The bug: texts were brought faster than the index took them, and what others wrote meanwhile was found seconds late.
async fn few_texts_of_files_are_taken_over_before_they_are_found<B: Backend>() {
    const FILES: usize = 120;
    const AT_ONCE: usize = 40;
    const UNSEEN_MAX: usize = 16;
    let files = (0..FILES).map(|n| {
        let url = format!("https://a.example/{n}");
        let sent = product(&format!("f{n}")).with("url", url.as_str());
        sent.object().into_file()
    });
    let shop = Shop::<B>::with(files).await;
    let door = shop.engine.files.clone().unwrap();
    let due = door.due_files(shop.id(), Vec::new(), FILES).await.unwrap();
    assert_eq!(due.len(), FILES);
    // As it is, whatever waits.
    let found = async || {
        let found = shop.engine.search.search(shop.id(), text("hinge")).await;
        found.unwrap().total_hits as usize
    };
    for (round, tasks) in due.chunks(AT_ONCE).enumerate() {
        let mut brought = JoinSet::new();
        for task in tasks.iter().cloned() {
            let end = found_text("Mount the hinge first.");
            let (door, site) = (Arc::clone(&door), shop.id().clone());
            brought.spawn(async move { door.finish_file(&site, task, end).await.unwrap() });
        }
        assert!(
            brought
                .join_all()
                .await
                .into_iter()
                .all(|is_taken| is_taken)
        );
        let (brought, found) = ((round + 1) * AT_ONCE, found().await);
        assert!(brought - found <= UNSEEN_MAX, "{found} of {brought}");
    }
    shop.settle().await;
    assert_eq!(found().await, FILES);
}
