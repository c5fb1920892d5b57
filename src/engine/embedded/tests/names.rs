//! Names of attributes that come and go: what frees one, what holds it, and what a look must not take away from those
//! who write meanwhile. What searches make of it is tested through HTTP.

use super::super::catalog::{Request, submit};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::domain::{AttributeType, Schema};
use crate::engine::embedded::offline::names;
use crate::engine::embedded::store::attributes;
use crate::engine::embedded::store::unused_names::UnusedNames;

fn with(identity: &str, attributes: &[(&str, FieldValue)]) -> Object {
    let mut parts = parts(identity, "T");
    for (name, value) in attributes {
        parts.fields.insert(FieldName::new(name), value.clone());
    }
    Object::new(parts).unwrap()
}

fn number(value: i64) -> FieldValue {
    FieldValue::Number(crate::domain::Number::Integer(value))
}

impl Shop {
    fn look(&self) -> u64 {
        let catalog = self.catalog();
        // Away from the async threads: it waits for the writer.
        std::thread::scope(|scope| {
            let look = scope.spawn(|| free_names::look_at_rest(&catalog));
            look.join().unwrap().unwrap()
        })
    }

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.catalog().schema.load().get(name).map(|(_, kind)| kind)
    }

    /// What the store has must be what is served.
    fn attribute_names(&self) -> BTreeSet<String> {
        let of = |schema: &Schema| -> Vec<_> {
            let all = schema.iter();
            all.map(|(number, name, kind)| (number, name.to_string(), kind))
                .collect()
        };
        let catalog = self.catalog();
        let stored = catalog
            .readers
            .with(|reader| attributes::load(reader))
            .unwrap();
        let served = catalog.schema.load();
        assert_eq!(of(&stored), of(&served));
        assert_eq!(stored.next_number(), served.next_number());
        served.iter().map(|(_, name, _)| name.to_string()).collect()
    }

    fn give_up(&self, left: UnusedNames, rest_max: usize) -> Result<u64, UnusedNames> {
        let catalog = self.catalog();
        std::thread::scope(|scope| {
            let given_up = scope.spawn(|| {
                let (request, promise) = Request::task(move |batch| batch.give_up(left, rest_max));
                submit(&catalog, request).unwrap();
                promise.blocking_recv().unwrap().unwrap().0
            });
            given_up.join().unwrap()
        })
    }

    /// What a look knows when it has read everything there is.
    fn left(&self) -> UnusedNames {
        let catalog = self.catalog();
        let schema = catalog.schema.load();
        let mut left = UnusedNames::new(&schema);
        catalog
            .readers
            .with(|reader| left.strike(reader, &schema, usize::MAX >> 1))
            .unwrap();
        left
    }
}

#[tokio::test]
async fn a_name_whose_last_object_went_is_free_and_its_type_forgotten_for_good() {
    let shop = Shop::open();
    let objects = vec![
        with("a", &[("size", number(5)), ("shade", "red".into())]),
        with("b", &[("size", number(6))]),
    ];
    assert!(all_applied(&shop.replace(objects).await));
    shop.delete_one("a", "product").await;
    assert_eq!(shop.look(), 1);
    assert_eq!(shop.kind("shade"), None);
    assert_eq!(shop.kind("size"), Some(AttributeType::Numeric));
    // What replaced it has it no more.
    shop.replace(vec![with("b", &[])]).await;
    assert_eq!(shop.look(), 1);
    assert_eq!(shop.look(), 0);
    // The last name that came is the first to go: nothing that is left has a number as high.
    shop.replace(vec![with("z", &[("last", number(1))])]).await;
    shop.delete_one("z", "product").await;
    assert_eq!(shop.look(), 1);
    let before = shop.attribute_names();
    let next = shop.catalog().schema.load().next_number();

    let shop = shop.reopen();
    assert_eq!(shop.attribute_names(), before);
    assert_eq!(shop.kind("size"), None);
    shop.replace(vec![with("c", &[("size", "large".into())])])
        .await;
    assert_eq!(shop.kind("size"), Some(AttributeType::Text));
    // Also the highest numbers, which nobody has any more, are never given again.
    let given = shop.catalog().schema.load().get("size").unwrap().0;
    assert_eq!(given, next);
    assert_eq!(shop.look(), 0);
    assert!(shop.check().findings.is_empty(), "{:?}", shop.check());
}

#[tokio::test]
async fn commits_purges_patches_and_nested_objects_free_and_hold_names() {
    let shop = Shop::open();
    let mut old = marked("old", "Old", "1").into_parts();
    old.fields.insert(FieldName::new("feed_1"), number(1));
    let mut new = marked("new", "New", "2").into_parts();
    new.fields.insert(FieldName::new("feed_2"), number(2));
    let mut ending = parts("ending", "Ending");
    ending.object_type = ObjectType::new("article").unwrap();
    ending.active.to = Some(Timestamp::from_millis(NOW_MS + 1000));
    ending.fields.insert(FieldName::new("feed_3"), number(3));
    let mut parent = parts("parent", "Parent");
    parent.object_type = ObjectType::new("article").unwrap();
    let mut child = nested("child", "brand", "Child");
    child.fields.insert(FieldName::new("feed_4"), number(4));
    parent.nested = vec![child];
    let objects = [old, new, ending, parent].map(|parts| Object::new(parts).unwrap());
    assert!(all_applied(&shop.replace(objects.into()).await));
    assert_eq!(shop.look(), 0);

    let committed = shop.commit("product", "2").await;
    assert_eq!(committed, CommitOutcome::Deleted { count: 1 });
    assert_eq!(shop.look(), 1);
    assert_eq!(shop.kind("feed_1"), None);
    assert!(shop.kind("feed_2").is_some());

    shop.now.fetch_add(2_000, Ordering::SeqCst);
    let (mut looks, retention) = (purge::Looks::default(), Duration::ZERO);
    shop.purge(retention, &mut looks, Duration::ZERO);
    assert_eq!(
        shop.purge(retention, &mut looks, Duration::from_secs(60)),
        1
    );
    shop.look();
    assert_eq!(shop.kind("feed_3"), None);

    let mut removal = patch("new");
    removal.fields = vec![("feed_2".into(), None)];
    assert_eq!(shop.patch_one(removal).await, Outcome::Applied);
    assert_eq!(shop.look(), 1);
    assert_eq!(shop.kind("feed_2"), None);

    // Of the brand both have it: the object and its parent, under the name derived from it.
    shop.delete_one("parent", "article").await;
    shop.look();
    assert_eq!(shop.kind("nested_brand_feed_4"), None);
    assert!(shop.kind("feed_4").is_some());
    shop.delete_one("child", "brand").await;
    shop.look();
    assert_eq!(shop.kind("feed_4"), None);
    assert!(shop.check().findings.is_empty(), "{:?}", shop.check());
}

#[tokio::test]
async fn what_is_written_after_a_look_has_passed_keeps_its_names() {
    let shop = Shop::open();
    let rare = |identity: &str| with(identity, &[("rare", number(1)), ("odd", "x".into())]);
    shop.replace(vec![rare("a"), with("b", &[("odd", "y".into())])])
        .await;
    shop.delete_one("a", "product").await;
    shop.delete_one("b", "product").await;
    let (passed, busy) = (shop.left(), shop.left());
    assert!(!passed.is_empty());
    // It comes while the look is between its last page and the writer.
    shop.replace(vec![rare("c")]).await;
    // More than may be looked at by the writer: it says so, and changes nothing.
    let Err(behind) = shop.give_up(busy, 1) else {
        panic!("it should be behind");
    };
    assert_eq!(shop.give_up(behind, 100).ok(), Some(0));
    assert_eq!(shop.give_up(passed, 100).ok(), Some(0));
    assert_eq!(shop.kind("rare"), Some(AttributeType::Numeric));
    // One that came and went again holds nothing.
    shop.replace(vec![with("c", &[("odd", "z".into())])]).await;
    let left = shop.left();
    shop.replace(vec![rare("d")]).await;
    shop.delete_one("d", "product").await;
    assert_eq!(shop.give_up(left, 100).ok(), Some(1));
    assert_eq!(shop.kind("rare"), None);
    assert!(shop.kind("odd").is_some());
    shop.attribute_names();
}

/// Writers that bring and drop names from a small pool, beside looks without a pause.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writes_that_race_with_looks_keep_their_names() {
    const WRITERS: u32 = 3;
    const ROUNDS: u32 = 60;
    let shop = Arc::new(Shop::open());
    let over = Arc::new(AtomicBool::new(false));
    let looker = {
        let (shop, over) = (Arc::clone(&shop), Arc::clone(&over));
        std::thread::spawn(move || {
            let (mut looks, mut freed) = (0, 0);
            while !over.load(Ordering::SeqCst) {
                freed += shop.look();
                looks += 1;
            }
            (looks, freed)
        })
    };
    let names_of = |writer: u32, round: u32| -> Vec<String> {
        let mut chance = u64::from(writer * 7919 + round).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut pick = || {
            chance ^= chance >> 29;
            chance = chance.wrapping_mul(0xbf58_476d_1ce4_e5b9);
            format!("n{}", (chance >> 40) % 40)
        };
        vec![pick(), pick()]
    };
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let shop = Arc::clone(&shop);
        writers.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                let identity = format!("w{writer}-{}", round % 5);
                let names = names_of(writer, round);
                let kind = |at: usize| match (round as usize + at) % 2 {
                    0 => number(i64::from(round)),
                    _ => "text".into(),
                };
                let fields: Vec<_> = names.iter().enumerate().collect();
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(at, name)| (name.as_str(), kind(*at)))
                    .collect();
                assert!(all_applied_or_kept(
                    &shop.replace(vec![with(&identity, &fields)]).await
                ));
                // As long as the object is there, which only this writer changes, so are its names.
                for name in &names {
                    assert!(shop.kind(name).is_some(), "{identity} has {name}");
                }
                if round % 7 == 3 {
                    shop.delete_one(&identity, "product").await;
                }
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    let (looks, freed) = looker.join().unwrap();
    assert!(looks > 1 && freed > 0, "{looks} looks freed {freed}");

    let mut expected: BTreeSet<String> = BTreeSet::new();
    for writer in 0..WRITERS {
        for slot in 0..5 {
            let last = (0..ROUNDS).rev().find(|round| round % 5 == slot).unwrap();
            if last % 7 != 3 {
                expected.extend(names_of(writer, last));
            }
        }
    }
    shop.look();
    let left: BTreeSet<String> = shop
        .attribute_names()
        .into_iter()
        .filter(|name| name.starts_with('n'))
        .collect();
    assert_eq!(left, expected);
    assert_eq!(shop.found().await.len(), shop.heads().len());
}

fn all_applied_or_kept(report: &WriteReport) -> bool {
    let is_applied =
        |outcome: &Outcome| matches!(outcome, Outcome::Applied | Outcome::AppliedWith(_));
    report.outcomes.iter().all(is_applied)
}

#[tokio::test]
async fn a_store_of_before_there_were_gaps_is_opened_and_goes_on() {
    let shop = Shop::open();
    shop.replace(vec![with("a", &[("x", number(1)), ("y", number(2))])])
        .await;
    let Shop {
        data,
        settings,
        engine,
        ..
    } = shop;
    drop(engine);
    let folder = folder::of_site(data.path(), &site());
    let store = rusqlite::Connection::open(store::path(&folder)).unwrap();
    store.execute_batch("DROP TABLE attribute_numbers").unwrap();
    drop(store);
    // As it lies there, before any server has opened it.
    let surveyed = names::survey(data.path(), &site()).unwrap();
    assert_eq!(surveyed.objects, 1);
    assert!(surveyed.names.iter().any(|name| name.name.as_str() == "x"));
    let shop = Shop::open_in(data, settings);
    shop.delete_one("a", "product").await;
    assert!(shop.look() >= 2);
    // What is always there.
    let left: Vec<String> = shop.attribute_names().into_iter().collect();
    assert_eq!(left, ["boost", "title"]);
}
