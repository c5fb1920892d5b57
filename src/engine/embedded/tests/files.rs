//! Texts of files beside an index that is busy with something else.

use std::time::Instant;

use super::*;
use crate::domain::{FileEnd, FileTask, QueryText};
use crate::engine::Files;
use crate::engine::conformance::visitors::found_text;
use crate::engine::embedded::follow::indexing;
use crate::engine::queue::Put;
use crate::engine::unseen_texts::UNSEEN_TEXTS_MAX;

fn found() -> FileEnd {
    found_text("Mount the hinge first.")
}

fn file(n: usize) -> Object {
    let mut parts = parts(&format!("f{n}"), "Manual");
    let url = format!("https://a.example/{n}");
    parts.fields.insert("url", url.into());
    Object::new(parts).unwrap().into_file()
}

impl Shop {
    async fn bring(&self, task: &FileTask, end: FileEnd) -> bool {
        let site = site();
        let brought = self.engine.finish_file(&site, task.clone(), end);
        let brought = tokio::time::timeout(Duration::from_secs(30), brought).await;
        brought.expect("it waits for nothing").unwrap()
    }

    async fn hinges(&self) -> u64 {
        let now = Timestamp::from_millis(self.now.load(Ordering::SeqCst));
        let query = SearchQuery {
            text: QueryText::new("hinge"),
            ..SearchQuery::everything(now)
        };
        self.engine.search(&site(), query).await.unwrap().total_hits
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_wait_while_many_are_written_that_cannot_be_found_yet() {
    const FILES: usize = 2 * UNSEEN_TEXTS_MAX;
    let shop = Arc::new(Shop::open());
    let catalog = shop.catalog();
    // Nobody follows the store until the place is given to who does.
    assert_eq!(catalog.groups.claim(), Put::NeedsWorker);
    shop.replace((0..=FILES).map(file).collect()).await;
    let due = shop.engine.due_files(&site(), Vec::new(), FILES + 1).await;
    let due = due.unwrap();
    assert_eq!(due.len(), FILES + 1);
    let began = Instant::now();
    for task in &due[..UNSEEN_TEXTS_MAX] {
        assert!(shop.bring(task, found()).await);
    }
    let at_once = began.elapsed();
    let rest = tokio::spawn({
        let (shop, rest) = (Arc::clone(&shop), due[UNSEEN_TEXTS_MAX..FILES].to_vec());
        async move {
            for task in rest {
                assert!(shop.bring(&task, found()).await);
            }
        }
    });
    // What brings no text, and what others write, waits for nothing.
    let failed = FileEnd::Failed {
        reason: "the server answered 403".to_owned(),
        is_gone: false,
    };
    assert!(shop.bring(&due[FILES], failed).await);
    shop.replace(vec![product("p", "Door")]).await;
    tokio::time::sleep(at_once + Duration::from_millis(300)).await;
    assert!(!rest.is_finished());
    let latest = shop.engine.latest_files(&site(), 1).await.unwrap();
    assert_eq!(latest.counts.fetched as usize, UNSEEN_TEXTS_MAX);
    indexing::start(&catalog);
    rest.await.unwrap();
    shop.found().await;
    assert_eq!(shop.hinges().await as usize, FILES);
    // Every place was given back.
    let (mut places, text) = (Vec::new(), found());
    for _ in 0..UNSEEN_TEXTS_MAX {
        let place = tokio::time::timeout(Duration::from_secs(30), catalog.place_for_text(&text));
        places.push(place.await.expect("a place is left").unwrap());
    }
}
