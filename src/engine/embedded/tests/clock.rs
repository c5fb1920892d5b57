//! Wrong clocks: what a clock that jumps, or that stands before 1970, may not do.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn ending(identity: &str, at_ms: i64) -> Object {
    let mut parts = parts(identity, "Shoe");
    parts.active.to = Some(Timestamp::from_millis(at_ms));
    Object::new(parts).unwrap()
}

impl Shop {
    fn set_clock(&self, to_ms: i64) {
        self.now.store(to_ms, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_ahead_for_a_minute_deletes_nothing_for_good() {
    let shop = Shop::open();
    let ends = (1..=30).map(|day| ending(&format!("p{day}"), NOW_MS + day * DAY_MS));
    shop.replace(ends.collect()).await;
    assert_eq!(shop.found().await.len(), 30);
    let mut looks = purge::Looks::default();
    assert_eq!(shop.purge(DAY, &mut looks, MINUTE), 0);

    shop.set_clock(NOW_MS + 40 * DAY_MS);
    assert_eq!(shop.purge(DAY, &mut looks, MINUTE), 0);
    assert!(shop.found_now().await.is_empty());
    shop.set_clock(NOW_MS + 60_000);
    assert_eq!(shop.purge(DAY, &mut looks, MINUTE), 0);
    assert_eq!(shop.found_now().await.len(), 30);

    // A start under the wrong clock forgets nothing of it.
    let shop = shop.reopen();
    shop.set_clock(NOW_MS + 40 * DAY_MS);
    assert_eq!(
        shop.purge(DAY, &mut purge::Looks::default(), Duration::ZERO),
        0
    );
    assert_eq!(shop.heads().len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_never_looked_at_believes_its_last_write_more_than_the_clock() {
    let shop = Shop::open();
    shop.replace(vec![ending("p1", NOW_MS + DAY_MS)]).await;
    shop.set_clock(NOW_MS + 40 * DAY_MS);
    assert_eq!(shop.purge(DAY, &mut purge::Looks::default(), MINUTE), 0);
    assert_eq!(shop.heads().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_as_time_really_passes_is_deleted_as_ever() {
    let shop = Shop::open();
    let ends = (1..=3).map(|day| ending(&format!("p{day}"), NOW_MS + day * DAY_MS));
    shop.replace(ends.collect()).await;
    let mut looks = purge::Looks::default();
    let mut left = Vec::new();
    for day in 1..=5 {
        shop.set_clock(NOW_MS + day * DAY_MS + 1_000);
        shop.purge(DAY, &mut looks, DAY);
        left.push(shop.heads().len());
    }
    assert_eq!(left, [3, 2, 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_expires_as_a_whole_is_kept_for_another_day() {
    let shop = Shop::open();
    let ends = (0..150).map(|number| ending(&format!("p{number}"), NOW_MS + 1_000));
    shop.replace(ends.collect()).await;
    let mut looks = purge::Looks::default();
    shop.set_clock(NOW_MS + DAY_MS + 2_000);
    assert_eq!(shop.purge(DAY, &mut looks, DAY), 0);
    shop.set_clock(NOW_MS + 2 * DAY_MS + 2_000);
    assert_eq!(shop.purge(DAY, &mut looks, DAY), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_1970_everything_goes_on() {
    let shop = Shop::open();
    shop.set_clock(-5 * DAY_MS);
    shop.replace(vec![ending("p1", -DAY_MS), product("p2", "Sock")])
        .await;
    assert_eq!(shop.found().await.len(), 2);
    let mut looks = purge::Looks::default();
    assert_eq!(shop.purge(DAY, &mut looks, DAY), 0);
    shop.set_clock(DAY_MS);
    assert_eq!(shop.purge(DAY, &mut looks, DAY * 10), 1);
    assert_eq!(shop.found().await, titles([("p2", "Sock")]));
}
