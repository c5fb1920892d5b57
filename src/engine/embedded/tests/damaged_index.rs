//! Damage in the files of an index: what is answered is right, or 503, and soon all of it is right again.

use std::fs;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use super::damage::{Chance, FEW, MANY, OBJECTS, damage, of_template, template};
use super::*;

/// How long another index of so few objects may take, all threads of the tests beside it.
const MADE_AGAIN_WITHIN: Duration = Duration::from_secs(60);

/// Asks until everything is as it was; what is answered before is right too, or 503.
async fn is_right_in_the_end(shop: &Shop, truth: &[(u64, Vec<String>)], how: &str) -> bool {
    let began = Instant::now();
    let mut was_refused = false;
    loop {
        match shop.asked().await {
            Ok(answers) => {
                assert!(answers == truth, "{how}: a wrong answer");
                if shop.problems().is_empty() {
                    return was_refused;
                }
            }
            Err(EngineError::Unavailable { .. }) => was_refused = true,
            Err(error) => panic!("{how}: {error:?}"),
        }
        assert!(
            began.elapsed() < MADE_AGAIN_WITHIN,
            "{how}: {}",
            shop.problems()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn index_files(data: &Path) -> Vec<PathBuf> {
    let index = rebuild::index_folder(&folder::of_site(data, &site()));
    let mut files: Vec<PathBuf> = fs::read_dir(index)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.metadata().unwrap().len() > 0)
        .collect();
    files.sort();
    files
}

/// Damage in index files went unnoticed: wrong answers, errors at every try, while all was said to be well.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_answers_right_or_503_and_is_made_again() {
    damage_indexes(FEW).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn many_damages_of_an_index_are_never_answered() {
    damage_indexes(MANY).await;
}

async fn damage_indexes(seeds: std::ops::Range<u64>) {
    let template = template().await;
    let truth = {
        let shop = Shop::open_in(of_template(&template), settings());
        shop.asked().await.unwrap()
    };
    let (mut made_again, mut refused) = (0, 0);
    for seed in seeds.clone() {
        let (data, mut chance) = (of_template(&template), Chance(seed));
        let at_rest = chance.below(2) == 0;
        let files = index_files(data.path());
        let file = &files[chance.below(files.len() as u64) as usize];
        let hit = |chance: &mut Chance| {
            format!(
                "seed {seed}, {}: {}",
                if at_rest { "at rest" } else { "served" },
                damage(file, chance)
            )
        };
        let (shop, how) = if at_rest {
            let how = hit(&mut chance);
            (Shop::open_in(data, settings()), how)
        } else {
            let shop = Shop::open_in(data, settings());
            assert_eq!(shop.asked().await.unwrap(), truth);
            let how = hit(&mut chance);
            // It is looked ten times a second whether somebody wrote to a file.
            tokio::time::sleep(Duration::from_millis(150)).await;
            (shop, how)
        };
        refused += u64::from(is_right_in_the_end(&shop, &truth, &how).await);
        made_again += shop.catalog().index_damages.load(Ordering::Relaxed);
        // It follows the writes as before.
        shop.replace(vec![product("p7", "Boot")]).await;
        assert_eq!(shop.found().await["p7"], "Boot", "{how}");
        let report = shop.check();
        assert!(report.findings.is_empty(), "{how}: {report:?}");
    }
    eprintln!(
        "of {} damages of an index: {made_again} made again beside, {refused} refused searches meanwhile; \
         0 wrong answers, all right in the end",
        seeds.count()
    );
}

/// One that was cut to less than its end takes made the comparison itself panic, at every search.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_to_a_few_bytes_is_damaged() {
    let template = template().await;
    for length in [0, 3, 7, 8, 11] {
        let shop = Shop::open_in(of_template(&template), settings());
        let files = index_files(shop.data.path());
        let ends = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "store");
        let file = fs::File::options()
            .write(true)
            .open(files.iter().find(ends).unwrap());
        file.unwrap().set_len(length).unwrap();
        let index = shop.catalog().index.load_full().unwrap();
        index.verify();
        assert!(index.damage().is_some(), "{length}");
    }
}

/// Its reader takes a missing file of places for an empty one, and fails at every search for words.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_of_places_is_damage() {
    let template = template().await;
    let shop = Shop::open_in(of_template(&template), settings());
    let files = index_files(shop.data.path());
    let is_places = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "pos");
    fs::remove_file(files.iter().find(is_places).unwrap()).unwrap();
    let index = shop.catalog().index.load_full().unwrap();
    index.verify();
    assert!(index.damage().is_some());
}

/// What is written while a damaged index is made again is found afterwards, and kept waiting by nothing.
#[tokio::test(flavor = "multi_thread")]
async fn writes_go_on_while_a_damaged_index_is_made_again() {
    let template = template().await;
    let data = of_template(&template);
    let shop = Shop::open_in(data, settings());
    let file = index_files(shop.data.path());
    let file = file
        .iter()
        .find(|file| file.extension().is_some_and(|ending| ending == "fast"));
    fs::File::options()
        .write(true)
        .open(file.unwrap())
        .unwrap()
        .write_all_at(b"damage", 9)
        .unwrap();
    let index = shop.catalog().index.load_full().unwrap();
    index.verify();
    assert!(index.damage().is_some());
    crate::engine::embedded::follow::damage::note_index(&shop.catalog());
    for n in 0..20 {
        shop.replace(vec![product(&format!("q{n}"), "New")]).await;
    }
    shop.delete_one("p3", "product").await;
    let found = shop.found().await;
    assert_eq!(found.len(), OBJECTS + 20 - 1);
    assert!(!found.contains_key("p3"));
    assert_eq!(shop.problems(), "");
    assert!(shop.check().findings.is_empty());
}
