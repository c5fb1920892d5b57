//! Another language for a site that is being served, written to, closed and opened.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::*;
use crate::domain::{Fields, QueryText};
use crate::engine::embedded::follow::awake;
use crate::engine::embedded::follow::rebuild::index_folder;
use crate::engine::embedded::index::LAYOUT;

fn speaking(language: Language) -> Site {
    Site {
        language,
        ..site_of(site().as_str())
    }
}

impl Shop {
    async fn speak(&self, language: Language) {
        self.engine.open_site(speaking(language)).await;
    }

    async fn total(&self, words: &str) -> u64 {
        let now = Timestamp::from_millis(self.now.load(Ordering::SeqCst));
        let query = SearchQuery {
            text: QueryText::new(words),
            ..SearchQuery::everything(now)
        };
        self.engine.search(&site(), query).await.unwrap().total_hits
    }

    fn language(&self) -> Language {
        let index = self.catalog().index.load_full();
        index.unwrap().settings().language
    }

    /// Waits until the index is as the settings want it.
    async fn renewed(&self, language: Language) {
        let began = Instant::now();
        let is_renewed =
            || self.language() == language && self.catalog().reindexing.wait_ended(began);
        while !is_renewed() {
            assert!(began.elapsed() < Duration::from_secs(30), "not renewed");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn ponozky(count: usize) -> Vec<Object> {
    let names = (0..count).map(|n| format!("p{n}"));
    names.map(|name| product(&name, "Ponožky")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_language_is_found_by_and_the_old_one_serves_until_then() {
    let shop = Shop::open();
    shop.replace(ponozky(1_200)).await;
    shop.found().await;
    assert_eq!(shop.total("ponoziek").await, 0);
    shop.speak(Language::Slovak).await;
    while shop.language() == Language::Any {
        assert_eq!(shop.total("ponozky").await, 1_200);
    }
    shop.renewed(Language::Slovak).await;
    assert_eq!(shop.total("ponoziek").await, 1_200);
    let report = shop.check();
    assert_eq!((report.indexed, report.groups_behind), (1_200, 0));
    assert!(report.findings.is_empty(), "{report:?}");
    // So is what is written from now on.
    shop.replace(vec![product("p0", "Topánky")]).await;
    shop.found().await;
    assert_eq!(shop.total("topanok").await, 1);
    let left: Vec<_> = fs::read_dir(shop.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().starts_with("index.")),
        "{left:?}"
    );
}

/// As it was left by a version before, whose terms can be read.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_an_earlier_layout_that_is_read_serves_until_another_is_made() {
    let shop = Shop::open();
    shop.replace(ponozky(1_200)).await;
    shop.found().await;
    let (data, settings) = (shop.data, shop.settings);
    drop(shop.engine);
    let list = index_folder(&folder::of_site(data.path(), &site())).join("meta.json");
    let now = fs::read_to_string(&list).unwrap();
    let before = now.replacen(&format!("\"{LAYOUT}."), &format!("\"{}.", LAYOUT - 1), 1);
    assert_ne!(now, before);
    fs::write(&list, before).unwrap();

    let shop = Shop::open_in(data, settings);
    assert_eq!(shop.total("ponozky").await, 1_200);
    let began = Instant::now();
    let layout = || shop.catalog().index.load_full().unwrap().settings().layout;
    while layout() != LAYOUT {
        assert_eq!(shop.total("ponozky").await, 1_200);
        assert!(began.elapsed() < Duration::from_secs(30), "not renewed");
    }
    shop.renewed(Language::Any).await;
    assert_eq!(shop.total("ponozky").await, 1_200);
    let report = shop.check();
    assert_eq!((report.indexed, report.groups_behind), (1_200, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_is_written_meanwhile_is_visible_and_stays_so() {
    let shop = Arc::new(Shop::open());
    shop.replace(ponozky(2_000)).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (shop, is_over) = (Arc::clone(&shop), Arc::clone(&is_over));
        async move {
            let mut expected: BTreeMap<String, String> = BTreeMap::new();
            let mut round = 0_usize;
            while !is_over.load(Ordering::SeqCst) {
                let (name, gone) = (format!("w{}", round % 300), format!("p{round}"));
                let title = format!("Written {round}");
                let report = shop.replace(vec![product(&name, &title)]).await;
                expected.insert(name.clone(), title.clone());
                if round < 1_000 {
                    assert_eq!(shop.delete_one(&gone, "product").await, Outcome::Applied);
                }
                shop.engine
                    .wait_visible(&site(), report.visibility)
                    .await
                    .unwrap();
                assert_eq!(shop.found_now().await.get(&name), Some(&title));
                round += 1;
            }
            (expected, round)
        }
    });
    for language in [
        Language::English,
        Language::German,
        Language::Any,
        Language::Czech,
    ] {
        shop.speak(language).await;
        shop.renewed(language).await;
    }
    is_over.store(true, Ordering::SeqCst);
    let (mut expected, rounds) = writer.await.unwrap();
    for n in rounds.min(1_000)..2_000 {
        expected.insert(format!("p{n}"), "Ponožky".to_owned());
    }
    assert!(rounds > 0);
    assert_eq!(shop.found().await, expected);
    let report = shop.check();
    assert!(report.findings.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_several_changes_holds() {
    let shop = Shop::open();
    shop.replace(ponozky(1_000)).await;
    for language in [
        Language::English,
        Language::German,
        Language::French,
        Language::Polish,
    ] {
        shop.speak(language).await;
    }
    shop.renewed(Language::Polish).await;
    shop.speak(Language::English).await;
    shop.speak(Language::Polish).await;
    shop.renewed(Language::Polish).await;
    assert_eq!(shop.total("ponozky").await, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_closed_in_the_middle_goes_on_when_it_is_opened() {
    let mut shop = Shop::open();
    shop.replace(ponozky(3_000)).await;
    for language in [Language::English, Language::German] {
        shop.speak(language).await;
        shop.engine.close_site(&site()).await;
        shop.speak(language).await;
        assert_eq!(shop.total("ponozky").await, 3_000);
        shop.renewed(language).await;
    }
    // The next start is told of no language, and serves at once all the same.
    shop = shop.reopen();
    assert_eq!(shop.total("ponozky").await, 3_000);
    shop.renewed(Language::Any).await;
    assert!(shop.check().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_just_being_replaced_is_put_back() {
    let shop = Shop::open();
    shop.replace(ponozky(10)).await;
    shop.found().await;
    let Shop {
        data,
        settings,
        engine,
        ..
    } = shop;
    drop(engine);
    let folder = folder::of_site(data.path(), &site());
    fs::rename(index_folder(&folder), folder.join("index.old")).unwrap();
    fs::create_dir(folder.join("index.next")).unwrap();
    let metas = fs::read(folder.join("index.old").join("meta.json")).unwrap();

    let shop = Shop::open_in(data, settings);
    assert_eq!(shop.total("ponozky").await, 10);
    // Put back, not made again.
    assert_eq!(
        fs::read(index_folder(&folder).join("meta.json")).unwrap(),
        metas
    );
    assert!(!folder.join("index.old").exists() && !folder.join("index.next").exists());
}

#[tokio::test]
async fn a_store_of_an_earlier_program_learns_the_attributes_it_did_not_know() {
    let shop = Shop::open();
    let inner: Fields = [("x", FieldValue::from("wombat"))].into_iter().collect();
    let middle: Fields = [("data", FieldValue::Map(inner))].into_iter().collect();
    let mut parts = product("p1", "Hat").into_parts();
    parts.fields.insert("deep", FieldValue::Map(middle));
    shop.replace(vec![Object::new(parts).unwrap()]).await;
    assert!(shop.catalog().schema.load().get("deep.data.x").is_some());

    // As the program before this one left it.
    let folder = shop.folder();
    let (data, settings) = (shop.data, shop.settings);
    drop(shop.engine);
    let store = rusqlite::Connection::open(store::path(&folder)).unwrap();
    store
        .execute_batch(
            "DELETE FROM schema WHERE number >= \
             (SELECT number FROM schema WHERE name = 'deep.data.x'); PRAGMA user_version = 0;",
        )
        .unwrap();
    drop(store);
    std::fs::remove_dir_all(folder.join("index")).unwrap();

    let shop = Shop::open_in(data, settings);
    assert!(shop.catalog().schema.load().get("deep.data.x").is_some());
    let shop = shop.reopen();
    assert!(shop.catalog().schema.load().get("deep.data.x").is_some());
    shop.replace(vec![product("p2", "Cap")]).await;
}

/// The bug: it said that one was being made already.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_sleeps_is_opened_for_an_index_that_is_asked_for() {
    let shop = Shop::open();
    shop.replace(ponozky(3)).await;
    shop.found().await;
    let began = Instant::now();
    while !awake::fall_asleep(&shop.catalog()) {
        assert!(began.elapsed() < Duration::from_secs(30), "awake");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(shop.catalog().index.load().is_none());
    assert!(shop.engine.rebuild_index(&site()).await.unwrap());
    shop.renewed(Language::Any).await;
    assert_eq!(shop.total("ponozky").await, 3);
}
