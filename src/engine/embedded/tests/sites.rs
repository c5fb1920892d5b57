//! Sites that are opened and closed while the engine runs.

use super::*;

fn serving(shop: &Shop) -> usize {
    shop.engine.readiness().serving
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_closed_and_opened_again_has_what_it_had() {
    let shop = Shop::open();
    shop.engine.open_site(site_of("other")).await;
    assert_eq!(serving(&shop), 2);
    shop.replace(vec![product("p1", "Shoe")]).await;
    for _ in 0..3 {
        shop.engine.close_site(&site()).await;
        assert_eq!(serving(&shop), 1);
        let gone = shop.try_replace(vec![product("p2", "Sock")]).await;
        assert!(matches!(gone, Err(EngineError::UnknownSite(_))));
        let report = shop.check();
        assert_eq!((report.indexed, report.groups_behind), (1, 0), "{report:?}");

        shop.engine.open_site(site_of(site().as_str())).await;
        assert_eq!(shop.found_now().await, titles([("p1", "Shoe")]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_open_stays_as_it_is_when_opened_again() {
    let shop = Shop::open();
    let before = shop.catalog();
    shop.engine.open_site(site_of(site().as_str())).await;
    assert!(Arc::ptr_eq(&before, &shop.catalog()));
    shop.engine.close_site(&tracker("unknown")).await;
    assert_eq!(serving(&shop), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_cannot_be_opened_is_told_and_can_be_tried_again() {
    let shop = Shop::open();
    let folder = folder::of_site(shop.data.path(), &tracker("other"));
    std::fs::write(&folder, "no folder").unwrap();
    shop.engine.open_site(site_of("other")).await;
    let readiness = shop.engine.readiness();
    assert_eq!(readiness.serving, 1);
    assert_eq!(readiness.problems[0].site, tracker("other"));
    std::fs::remove_file(folder).unwrap();
    shop.engine.open_site(site_of("other")).await;
    assert_eq!(serving(&shop), 2);
    assert!(shop.engine.readiness().problems.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_engine_opens_nothing() {
    let shop = Shop::open();
    shop.engine.close().await;
    shop.engine.open_site(site_of("other")).await;
    let known = shop.engine.catalog(&tracker("other"));
    assert!(matches!(known, Err(EngineError::UnknownSite(_))));
}
