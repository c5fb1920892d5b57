//! What has expired, by a clock that jumps.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::{add, id, names, site};
use crate::domain::{Clock, Timestamp};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{NOW, identity, product};
use crate::engine::opensearch::purge::Looks;
use crate::engine::opensearch::site::{Done, Work};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn what_ended_is_deleted_when_so_much_time_has_really_passed() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let now = Arc::new(AtomicI64::new(NOW.as_millis()));
    let clock = {
        let now = Arc::clone(&now);
        Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)))
    };
    let catalogs = indices.process(vec![site()], clock);
    let ends = |days: i64| Some(days * DAY_MS);
    let objects = [
        product("lasts").active(None, ends(90)),
        product("ends").active(None, ends(1)),
        product("never"),
    ];
    add(&catalogs, objects).await;
    let site = catalogs.site(&id()).unwrap();
    catalogs.cluster.refresh(&site.alias).await.unwrap();
    let mut looks = Looks::default();
    let mut purge = async |passed| {
        let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
        site.purge(&control, DAY, &mut looks, passed).await.unwrap()
    };
    // A clock that jumps ahead takes nothing with it.
    now.fetch_add(30 * DAY_MS, Ordering::SeqCst);
    assert_eq!(purge(Duration::ZERO).await, 0);
    assert_eq!(purge(DAY / 2).await, 0);
    assert_eq!(purge(DAY).await, 1, "twice as fast as time");
    assert_eq!(names(&catalogs).await, ["lasts", "never"]);
    // One that was taken for ended, and is not any more.
    let work = Work::Expire {
        names: vec![identity("lasts")],
        before: Timestamp::from_millis(NOW.as_millis() + 10 * DAY_MS),
        reached: NOW,
    };
    let (done, _) = site.write(work, 1).await.unwrap();
    assert!(matches!(done, Done::Expired(0)), "{done:?}");
    assert_eq!(names(&catalogs).await, ["lasts", "never"]);
}
