//! What goes with what against a naive count of the same transactions, weeks that go included.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rusqlite::{Connection, params};

use super::*;
use crate::engine::events::baskets::{self, Baskets};
use crate::engine::events::file;

const OBJECTS: u32 = 6;

struct Shop {
    _data: tempfile::TempDir,
    file: Connection,
}

impl Shop {
    /// With objects `p1` to `p6`, by their numbers.
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (file, _) =
            file::open_or_make(data.path(), crate::domain::Timestamp::from_millis(0)).unwrap();
        for number in 1..=OBJECTS {
            let values = params![number, format!("p{number}")];
            file.execute("INSERT INTO items VALUES (?1, ?2, 'item')", values)
                .unwrap();
        }
        Self { _data: data, file }
    }

    fn buy(&self, transactions: &[(i64, BTreeSet<u32>)]) {
        let mut baskets = Baskets::default();
        for (week, items) in transactions {
            baskets.note(*week, items.iter().copied().collect());
        }
        baskets.write(&self.file).unwrap();
    }

    fn learn(&self, this_week: i64, first_week: i64) {
        let mut search = Search::new(&self.file, this_week, first_week).unwrap();
        for number in 1..=OBJECTS {
            search.learn(number).unwrap();
        }
    }

    fn goes_with(&self, number: u32, first_week: i64) -> BTreeMap<String, f64> {
        let item = Identity::new(&format!("p{number}")).unwrap();
        let found = of(&self.file, &[item], first_week).unwrap();
        let named = found.into_iter();
        named
            .map(|one| (one.identity.to_string(), one.score))
            .collect()
    }
}

fn count(
    transactions: &[(i64, BTreeSet<u32>)],
    weeks: &BTreeSet<i64>,
    of: &[u32],
    now: i64,
) -> Weekly {
    let mut weekly = Weekly::default();
    for week in weeks.iter().rev() {
        let in_week = transactions.iter().filter(|(at, _)| at == week);
        let has = in_week.filter(|(_, items)| of.iter().all(|item| items.contains(item)));
        let times = has.count() as u64;
        if times > 0 {
            weekly.add(*week, times, now);
        }
    }
    weekly
}

fn transactions() -> impl Strategy<Value = Vec<(i64, BTreeSet<u32>)>> {
    let basket = proptest::collection::btree_set(1..=OBJECTS, 1..4);
    proptest::collection::vec((100_i64..110, basket), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_goes_together_is_what_a_naive_count_says(before in transactions(), after in transactions(), first in 100_i64..108) {
        let now = 110;
        let shop = Shop::new();
        shop.buy(&before);
        shop.learn(now, first);
        shop.buy(&after);
        shop.learn(now, first);
        let all: Vec<_> = before.into_iter().chain(after).collect();
        let weeks: BTreeSet<i64> = all.iter().map(|(week, _)| *week).filter(|week| *week >= first).collect();
        for number in 1..=OBJECTS {
            let found = shop.goes_with(number, first);
            for other in (1..=OBJECTS).filter(|other| *other != number) {
                let pair = CoPurchase {
                    both: count(&all, &weeks, &[number, other], now),
                    first: count(&all, &weeks, &[number], now),
                    second: count(&all, &weeks, &[other], now),
                    all: count(&all, &weeks, &[], now),
                };
                let score = found.get(&format!("p{other}")).copied();
                prop_assert_eq!(score.is_some(), pair.score().is_some());
                if let (Some(score), Some(naive)) = (score, pair.score()) {
                    prop_assert!((score - naive).abs() < 1e-9);
                }
            }
        }
    }

    /// Also in the time before it is looked at again.
    #[test]
    fn a_pair_that_loses_its_support_is_gone_with_the_week(transactions in transactions(), later in 100_i64..115) {
        let shop = Shop::new();
        shop.buy(&transactions);
        shop.learn(110, 100);
        for number in 1..=OBJECTS {
            for (name, _) in shop.goes_with(number, later) {
                let other: u32 = name[1..].parse().unwrap();
                let has = |items: &BTreeSet<u32>| items.contains(&number) && items.contains(&other);
                let support = transactions.iter().filter(|(week, items)| *week >= later && has(items)).count();
                prop_assert!(support as u64 >= CoPurchase::SUPPORT_MIN, "{} with {}", support, name);
            }
        }
    }
}

#[test]
fn what_is_too_old_is_cleared_away_in_turns() {
    let shop = Shop::new();
    let pair = |week| (week, BTreeSet::from([1, 2]));
    shop.buy(&[
        pair(100),
        pair(100),
        pair(100),
        pair(105),
        (105, BTreeSet::from([3])),
    ]);
    shop.learn(105, 100);
    assert_eq!(baskets::rows(&shop.file).unwrap(), 11);
    let mut cursor = 0;
    baskets::clear(&shop.file, 105, &mut cursor).unwrap();
    assert_eq!(cursor, 0, "one turn was enough");
    let left: i64 = shop
        .file
        .query_row("SELECT count(*) FROM baskets", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 6);
    assert_eq!(baskets::rows(&shop.file).unwrap(), 6);
    let companions: i64 = shop
        .file
        .query_row("SELECT count(*) FROM companions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(companions, 0);
}

#[test]
fn of_many_companions_the_best_are_kept() {
    let data = tempfile::tempdir().unwrap();
    let (file, _) =
        file::open_or_make(data.path(), crate::domain::Timestamp::from_millis(0)).unwrap();
    let mut baskets = Baskets::default();
    for number in 2..=80_u32 {
        for _ in 0..(3 + number % 7) {
            baskets.note(100, vec![1, number]);
        }
        for _ in 0..20 {
            baskets.note(100, vec![number]);
        }
    }
    // So many others that all of these lie above chance.
    for _ in 0..4_000 {
        baskets.note(100, vec![1_000]);
    }
    baskets.write(&file).unwrap();
    let mut search = Search::new(&file, 100, 90).unwrap();
    search.learn(1).unwrap();
    let kept: i64 = file
        .query_row(
            "SELECT count(*) FROM companions WHERE item = 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kept, COMPANIONS_MAX as i64);
    let worst: i64 = file
        .query_row(
            "SELECT min(other % 7) FROM companions WHERE item = 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(worst >= 2, "those that were bought together most: {worst}");
}
