//! What is kept of clients and of what they were shown: no more than may be, and no longer.

use super::*;

#[tokio::test]
async fn a_client_that_is_forgotten_is_forgotten_at_once() {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        shop.send(client, search_for("hat", &["p1"])).await;
    }
    shop.send("c1", search_for("mine alone", &["p1"])).await;
    shop.send("c1", EventKind::View(Some(identity("p1")))).await;
    assert_eq!(shop.queries_of("c1").await, ["hat"]);
    let client = ClientId::new("c1").unwrap();
    shop.engine
        .forget_client(&site(), client.clone())
        .await
        .unwrap();
    assert_eq!(shop.queries_of("c1").await, Vec::<String>::new());
    assert_eq!(shop.queries_of("c2").await, ["hat"]);
    for table in ["history", "clients", "sessions", "lists"] {
        assert!(
            shop.rows(&format!("SELECT count(*) FROM {table}")) <= 1,
            "{table}"
        );
    }
    assert_eq!(
        shop.rows("SELECT count(*) FROM queries WHERE first_client IS NOT NULL"),
        0
    );
    assert_eq!(
        shop.queries().await,
        [("hat".to_owned(), 2)],
        "counters stay"
    );
    shop.send("c1", act(Act::Click, "p1")).await;
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM query_days"),
        0,
        "nor what it was shown"
    );
    shop.engine.forget_client(&site(), client).await.unwrap();
}

#[tokio::test]
async fn who_does_not_want_to_be_kept_is_counted_and_leaves_no_trace() {
    let mut shop = Shop::start(EventSettings::default()).await;
    for client in ["c1", "c2"] {
        for kind in [
            search_for("hat", &["p1"]),
            shown(ListKind::Autocomplete, "ha", &["p1"]),
            act(Act::Click, "p1"),
            bought(&["p1"]),
            EventKind::View(Some(identity("p1"))),
        ] {
            let mut event = shop.event(client, kind);
            event.may_be_kept = false;
            event.customer = ClientId::new("u-77");
            assert_eq!(shop.record(vec![event]).await.unwrap(), [Recorded::Counted]);
        }
    }
    assert_eq!(shop.popular().await, [("p1".to_owned(), 22)]);
    assert_eq!(shop.rows("SELECT sum(searches) FROM query_days"), 2);
    assert_eq!(
        shop.queries().await,
        [],
        "nobody knows whether these were two"
    );
    for table in ["history", "clients", "sessions", "lists"] {
        assert_eq!(
            shop.rows(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    assert_eq!(
        shop.rows("SELECT count(*) FROM queries WHERE first_client IS NOT NULL"),
        0
    );
}

#[tokio::test]
async fn of_clients_and_queries_so_many_are_kept() {
    let settings = EventSettings {
        clients_max: 3,
        client_objects_max: 2,
        queries_per_day_max: 4,
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    for client in 0..8 {
        for item in 0..5 {
            shop.pass(1);
            let seen = EventKind::View(Some(identity(&format!("p{item}"))));
            shop.send(&format!("c{client}"), seen).await;
        }
        let query = format!("query {client}");
        shop.send(&format!("c{client}"), search_for(&query, &["p1"]))
            .await;
    }
    assert_eq!(shop.rows("SELECT count(*) FROM clients"), 3);
    assert_eq!(shop.rows("SELECT count(*) FROM history WHERE kind = 0"), 6);
    assert_eq!(
        shop.rows("SELECT min(what) FROM history WHERE kind = 0"),
        4,
        "the latest"
    );
    assert_eq!(shop.rows("SELECT count(*) FROM queries"), 4);
    shop.pass(DAY_MS);
    shop.send("c1", search_for("tomorrow", &["p1"])).await;
    assert_eq!(shop.rows("SELECT count(*) FROM queries"), 5);
    let stats = shop.engine.stats(1).await;
    let faults = &stats.by_site[0].open.as_ref().unwrap().events.faults;
    let not_kept = faults
        .iter()
        .find(|(kind, _)| kind.as_str() == "query_not_kept");
    assert_eq!(not_kept.map(|(_, count)| *count), Some(4));
}

#[tokio::test]
async fn what_a_client_was_shown_goes_after_half_an_hour() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search_for("hat", &["p1"])).await;
    assert_eq!(shop.rows("SELECT count(*) FROM lists"), 1);
    shop.pass(31 * MINUTE_MS);
    record::look(&shop.engine.catalog(&site()).unwrap());
    shop.send("c2", act(Act::Click, "p1")).await;
    assert_eq!(shop.rows("SELECT count(*) FROM lists"), 0);
    assert_eq!(shop.rows("SELECT count(*) FROM sessions"), 1);
}

#[tokio::test]
async fn a_session_has_so_many_events_where_that_is_set() {
    let settings = EventSettings {
        per_session_max: Some(2),
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    let refused = shop.event("c1", act(Act::Click, "p1"));
    for _ in 0..2 {
        let told = shop.record(vec![refused.clone()]).await.unwrap();
        assert_eq!(
            told,
            [Recorded::OverSession],
            "it is not one that was counted"
        );
    }
    let past = shop
        .engine
        .record(&site(), vec![refused], Telling::Past)
        .await;
    assert_eq!(past.unwrap(), [Recorded::Counted]);
    shop.send("c2", act(Act::Click, "p1")).await;
    shop.pass(31 * MINUTE_MS);
    shop.send("c1", act(Act::Click, "p1")).await;
}

/// Its disk is not there: what was counted may come back with it.
#[tokio::test]
async fn nobody_is_forgotten_where_the_file_cannot_be_opened() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search_for("hat", &["p1"])).await;
    let (file, away) = (shop.file(), shop.data.path().join("away"));
    shop = shop.restart();
    for log in ["events.db-wal", "events.db-shm"] {
        let _ = std::fs::remove_file(file.with_file_name(log));
    }
    std::fs::rename(&file, &away).unwrap();
    std::os::unix::fs::symlink(shop.data.path().join("not/there"), &file).unwrap();
    shop = shop.restart();
    let client = ClientId::new("c1").unwrap();
    let forgotten = shop.engine.forget_client(&site(), client).await;
    assert!(
        matches!(forgotten, Err(EngineError::Unavailable { .. })),
        "{forgotten:?}"
    );
}
