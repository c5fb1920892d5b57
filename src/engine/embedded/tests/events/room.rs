//! What events leave of a disk.

use super::*;

/// Free space changes while others work: between the two bounds is a third of it.
#[tokio::test]
async fn events_end_before_the_writes_of_the_shop_do() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search_for("hat", &["p1"])).await;
    let free = folder::free_bytes(shop.data.path()).unwrap();
    let mut shop = shop.restart_with_reserve(free / 3 * 2);
    let event = shop.event("c2", bought(&["p1", "p2"]));
    let Err(EngineError::Unavailable { reason, .. }) = shop.record(vec![event]).await else {
        panic!("there is no room for events");
    };
    assert!(reason.contains("reserve"), "{reason}");
    let client = ClientId::new("c1").unwrap();
    shop.engine.forget_client(&site(), client).await.unwrap();
    shop.replace_products().await;
    let mut shop = shop.restart_with_reserve(0);
    shop.send("c2", bought(&["p1", "p2"])).await;
}
