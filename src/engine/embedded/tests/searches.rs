//! How long a search has its place among the others.

use super::*;
use crate::engine::Lifecycle;

#[tokio::test]
async fn a_search_has_its_place_until_its_answer_is_let_go() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Wool socks")]).await;
    let running = async || shop.engine.stats(0).await.searches_running;
    let now = Timestamp::from_millis(shop.now.load(Ordering::SeqCst));
    let everything = || SearchQuery::everything(now);
    let results = shop.engine.search(&site(), everything()).await.unwrap();
    let turn = results.turn.clone();
    drop(results);
    assert_eq!(running().await, 1, "somebody writes its answer");
    drop(turn);
    assert_eq!(running().await, 0);
    let mut results = shop.engine.search(&site(), everything()).await.unwrap();
    results.turn.end();
    assert_eq!(running().await, 0, "somebody else's turn");
}
