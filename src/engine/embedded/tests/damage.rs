//! Bits that a disk flips, cuts and clears: what is answered is what was written, or nothing.
//! Each suite does a few damages, and 250 when asked for what is ignored.

use std::fs;
use std::os::unix::fs::FileExt;

use super::crash::copy;
use super::*;
use crate::domain::{FoundObject, QueryText, Scan, ScanPosition, Scope, TypesWanted};

/// Enough to see that it works; the rest is for whoever has minutes.
pub(super) const FEW: std::ops::Range<u64> = 0..12;

pub(super) const MANY: std::ops::Range<u64> = 1_000..1_250;

/// `SplitMix64`.
pub(super) struct Chance(pub u64);

impl Chance {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

pub(super) const OBJECTS: usize = 400;
const COLORS: [&str; 3] = ["red", "green", "blue"];

pub(super) fn objects() -> Vec<Object> {
    let one = |n: usize| {
        let mut parts = parts(&format!("p{n}"), &format!("Article {n} {}", COLORS[n % 3]));
        parts.fields.insert("color", COLORS[n % 3].into());
        let generation = if n.is_multiple_of(2) { "new" } else { "old" };
        parts.generation = Some(Generation::new(generation).unwrap());
        let words: Vec<String> = (0..30)
            .map(|word| format!("word{}", word * n % 997))
            .collect();
        parts
            .fields
            .insert("description", words.join(" ").as_str().into());
        Object::new(parts).unwrap()
    };
    (0..OBJECTS).map(one).collect()
}

/// A closed data folder of [`objects`], some of them written twice.
pub(super) async fn template() -> tempfile::TempDir {
    let shop = Shop::open();
    for some in objects().chunks(150) {
        shop.replace(some.to_vec()).await;
        shop.found().await;
    }
    shop.replace(vec![product("p7", "Other")]).await;
    shop.found().await;
    shop.replace(vec![objects().remove(7)]).await;
    shop.found().await;
    shop.engine.close().await;
    let Shop { data, engine, .. } = shop;
    drop(engine);
    // Else what is damaged in the file may be covered by what lies in its log.
    let store = store::path(&folder::of_site(data.path(), &site()));
    let store = rusqlite::Connection::open(store).unwrap();
    store
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    data
}

pub(super) fn of_template(template: &tempfile::TempDir) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    copy(template.path(), data.path());
    data
}

/// Damages a file in place, and says how.
pub(super) fn damage(file: &Path, chance: &mut Chance) -> String {
    let length = fs::metadata(file).unwrap().len().max(1);
    let at = chance.below(length);
    let opened = fs::File::options()
        .read(true)
        .write(true)
        .open(file)
        .unwrap();
    let what = match chance.below(8) {
        0 => {
            opened.set_len(at).unwrap();
            "cut"
        }
        1 => {
            opened.write_all_at(&[0; 64], at).unwrap();
            "cleared"
        }
        _ => {
            let mut byte = [0];
            if opened.read_exact_at(&mut byte, at).is_ok() {
                byte[0] ^= 1 << chance.below(8);
            }
            opened.write_all_at(&byte, at).unwrap();
            "bit flipped"
        }
    };
    format!("{what} at {at} of {length} of {}", file.display())
}

impl Shop {
    /// Titles and totals of several kinds of searches, or why one is not answered.
    pub(super) async fn asked(&self) -> Result<Vec<(u64, Vec<String>)>, EngineError> {
        let now = Timestamp::from_millis(self.now.load(Ordering::SeqCst));
        let mut answers = Vec::new();
        for words in [
            "",
            "red",
            "article",
            "word35",
            "word12 green",
            "artikle",
            "17",
        ] {
            let query = SearchQuery {
                text: QueryText::new(words),
                page: Page {
                    offset: 0,
                    limit: OBJECTS,
                },
                ..SearchQuery::everything(now)
            };
            let results = self.engine.search(&site(), query).await?;
            let texts = results.hits.iter().map(|hit| format!("{:?}", hit.object));
            answers.push((results.total_hits, texts.collect()));
        }
        Ok(answers)
    }

    async fn exported(&self) -> Result<Vec<Object>, EngineError> {
        let mut objects = Vec::new();
        let mut after = Some(ScanPosition(0));
        while let Some(position) = after {
            let scan = Scan {
                scope: Scope {
                    types: TypesWanted::All,
                    active_at: None,
                },
                after: position,
                limit: 50,
            };
            let page = self.engine.scan(&site(), scan).await?;
            objects.extend(page.objects);
            after = page.next;
        }
        Ok(objects)
    }

    /// Waits until the store was looked at.
    pub(super) fn examined(&self) {
        let (catalog, began) = (self.catalog(), std::time::Instant::now());
        while catalog.examinations.load(Ordering::Relaxed) == 0 {
            assert!(began.elapsed() < Duration::from_secs(60), "not examined");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Commits the generation that every other object carries; whether it could. No object of it may go, and
    /// whatever stays of the others is told.
    async fn commits_what_it_should(&self, how: &str) -> bool {
        let commit = GenerationCommit {
            object_type: ObjectType::new("product").unwrap(),
            generation: Generation::new("new").unwrap(),
            must_exist: true,
            guard_percent: 0,
            keeps_refused: false,
        };
        let before = self.exported().await.unwrap_or_default();
        let committed = self.engine.commit_generation(&site(), commit).await;
        let Ok(CommitOutcome::Deleted { .. }) = committed else {
            assert!(!self.problems().is_empty(), "{how}: {committed:?}");
            return false;
        };
        let Ok(after) = self.exported().await else {
            assert!(!self.problems().is_empty(), "{how}");
            return false;
        };
        let marked = |object: &&Object| number_of(object.identity.as_str()).is_multiple_of(2);
        let expected: Vec<_> = before.iter().filter(marked).collect();
        let after: Vec<_> = after.iter().collect();
        assert_eq!(after.len(), expected.len(), "{how}");
        assert!(after == expected, "{how}: others were deleted");
        true
    }

    pub(super) fn problems(&self) -> String {
        let readiness = self.engine.readiness();
        readiness
            .problems
            .iter()
            .map(|problem| problem.reason.clone())
            .collect()
    }
}

/// A flipped bit in the store was served as truth: changed text in hits and in an export.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_answers_what_was_written_or_nothing() {
    damage_stores(FEW).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn many_damages_of_a_store_are_never_answered() {
    damage_stores(MANY).await;
}

fn number_of(identity: &str) -> usize {
    identity.trim_start_matches('p').parse().unwrap()
}

/// As a hit shows it.
fn as_hit(object: &Object) -> String {
    let object = object.clone().with_generation(None);
    format!("{:?}", FoundObject::new(Arc::new(object)))
}

async fn damage_stores(seeds: std::ops::Range<u64>) {
    let template = template().await;
    let truth = objects();
    let texts: std::collections::HashSet<String> = truth.iter().map(as_hit).collect();
    let (mut told, mut unopened, mut unnoticed, mut silent, mut refused) = (0, 0, 0, 0, 0);
    let mut commits = 0;
    for seed in seeds.clone() {
        let (data, mut chance) = (of_template(&template), Chance(seed));
        let store = store::path(&folder::of_site(data.path(), &site()));
        let how = format!("seed {seed}: {}", damage(&store, &mut chance));
        let shop = Shop::open_in(data, settings());
        if shop.engine.catalog(&site()).is_err() {
            // Nobody can say whose file it is: told, and no other site is the worse for it.
            assert!(!shop.problems().is_empty(), "{how}");
            unopened += 1;
            continue;
        }
        shop.examined();
        let mut all_there = true;
        for _twice in 0..2 {
            all_there = true;
            match shop.asked().await {
                Ok(answers) => {
                    for text in answers.iter().flat_map(|(_, texts)| texts) {
                        assert!(texts.contains(text), "{how}: {text}");
                    }
                    all_there &= answers[0].1.len() == OBJECTS;
                }
                Err(error) => {
                    assert!(!shop.problems().is_empty(), "{how}: {error:?}");
                    eprintln!("{how}: {error:?}: {}", shop.problems());
                    refused += 1;
                    all_there = false;
                }
            }
            match shop.exported().await {
                Ok(objects) => {
                    for object in &objects {
                        let is_true = truth.contains(object);
                        assert!(is_true, "{how}: {object:?}");
                    }
                    all_there &= objects.len() == OBJECTS;
                }
                Err(error) => {
                    assert!(!shop.problems().is_empty(), "{how}: {error:?}");
                    refused += 1;
                    all_there = false;
                }
            }
        }
        match (all_there, shop.problems().is_empty()) {
            (true, true) => unnoticed += 1,
            (_, false) => told += 1,
            (false, true) => {
                eprintln!("{how}: left out without a word");
                silent += 1;
            }
        }
        commits += u64::from(shop.commits_what_it_should(&how).await);
    }
    assert_eq!(silent, 0, "left out without a word");
    eprintln!(
        "of {} damages of a store: {told} told, {unopened} not opened and told, {unnoticed} of what \
         nobody reads, {silent} left out without a word, {refused} requests refused and told; 0 wrong texts; \
         {commits} commits deleted exactly what they should, the others were refused",
        seeds.count()
    );
}

/// What is damaged is whole again as soon as it is sent again, also word for word.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_content_is_left_out_told_and_mended_by_sending_it_again() {
    let template = template().await;
    let data = of_template(&template);
    let folder = folder::of_site(data.path(), &site());
    let store = rusqlite::Connection::open(store::path(&folder)).unwrap();
    let version = "(SELECT version FROM heads WHERE identity = 'p5')";
    store
        .execute(
            &format!("UPDATE versions SET body = CAST(replace(CAST(body AS TEXT), 'Article 5', 'Article 6') AS BLOB) WHERE id = {version}"),
            [],
        )
        .unwrap();
    drop(store);
    assert!(
        !check::check(data.path(), &site())
            .unwrap()
            .findings
            .is_empty()
    );
    let shop = Shop::open_in(data, settings());
    assert_eq!(shop.asked().await.unwrap()[0].1.len(), OBJECTS - 1);
    assert_eq!(shop.exported().await.unwrap().len(), OBJECTS - 1);
    assert!(shop.problems().contains("left out"), "{}", shop.problems());
    let stats = shop.engine.stats(1).await;
    assert_eq!(stats.by_site[0].open.as_ref().unwrap().damaged_objects, 1);
    assert_eq!(
        shop.patch_one(retitle("p5", "New")).await,
        Outcome::Refused(Refusal::NotFound)
    );
    assert!(all_applied(&shop.replace(vec![objects().remove(5)]).await));
    shop.found().await;
    assert_eq!(shop.exported().await.unwrap().len(), OBJECTS);
    assert_eq!(shop.problems(), "");
    assert!(shop.check().findings.is_empty());
}

/// A folder of a version that knew no checksums goes on working, and is compared with the hashes it has.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_checksums_is_read_and_compared_with_the_hashes_of_its_heads() {
    let template = template().await;
    let data = of_template(&template);
    let folder = folder::of_site(data.path(), &site());
    let store = rusqlite::Connection::open(store::path(&folder)).unwrap();
    store
        .execute_batch("ALTER TABLE versions DROP COLUMN sum")
        .unwrap();
    let shop = Shop::open_in(data, settings());
    assert_eq!(shop.asked().await.unwrap()[0].1.len(), OBJECTS);
    assert_eq!(shop.problems(), "");
    shop.replace(vec![product("p1", "Boot")]).await;
    assert_eq!(shop.found().await["p1"], "Boot");
    let sql = "UPDATE versions SET body = CAST(replace(CAST(body AS TEXT), 'Article 5', 'Article 6') AS BLOB) \
               WHERE id = (SELECT version FROM heads WHERE identity = 'p5')";
    store.execute(sql, []).unwrap();
    let shop = shop.reopen();
    assert_eq!(shop.found_missing().await, ["p5"]);
    assert!(shop.problems().contains("left out"), "{}", shop.problems());
}

impl Shop {
    async fn found_missing(&self) -> Vec<String> {
        let exported = self.exported().await.unwrap();
        let answers = self.asked().await.unwrap();
        let is_missing = |object: &&Object| {
            let identity = object.identity.as_str();
            let named = format!("{identity:?}");
            !exported
                .iter()
                .any(|found| found.identity.as_str() == identity)
                && !answers[0].1.iter().any(|text| text.contains(&named))
        };
        let missing = objects();
        let missing = missing.iter().filter(is_missing);
        missing.map(|object| object.identity.to_string()).collect()
    }
}
