//! What is counted, once, for how long, and what is shown of it.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn nothing_is_made_before_the_first_event() {
    let shop = Shop::start(EventSettings::default()).await;
    assert_eq!(shop.popular().await, []);
    assert_eq!(shop.queries().await, []);
    assert_eq!(shop.queries_of("c1").await, Vec::<String>::new());
    assert!(!shop.file().exists());
}

#[tokio::test]
async fn a_query_is_shown_once_two_clients_found_something_and_as_long_as_it_does() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search_for("Wool Hat", &["p1"])).await;
    shop.send("c1", search_for("wool hat", &["p1"])).await;
    assert_eq!(shop.queries().await, [], "one client");
    shop.send("c2", search_for("wool hat", &[])).await;
    assert_eq!(shop.queries().await, [], "the other found nothing");
    shop.send("c2", search_for("wool hat", &["p1"])).await;
    let shown = [("wool hat".to_owned(), 4)];
    assert_eq!(shop.queries().await, shown);
    for typed in ["w", "wool h", "HÄT"] {
        assert_eq!(shop.suggested(typed).await, shown, "{typed}");
    }
    for typed in ["", " ", "ool", "wool hats", "hat x"] {
        assert_eq!(shop.suggested(typed).await, [], "{typed}");
    }
    shop.send("c3", search_for("wool hat", &[])).await;
    assert_eq!(
        (shop.queries().await, shop.suggested("w").await),
        (vec![], vec![])
    );
    let report = shop.engine.query_report(&site(), 10).await.unwrap();
    assert_eq!(report.without_results[0].title, "wool hat");
    assert_eq!(
        (
            report.without_results[0].searches,
            report.without_results[0].empty
        ),
        (5, 2)
    );
    shop.send("c3", search_for("wool hat", &["p1"])).await;
    let report = shop.engine.query_report(&site(), 10).await.unwrap();
    assert_eq!(
        (report.without_results.len(), report.without_clicks.len()),
        (0, 1)
    );
    shop.send("c3", act(Act::Click, "p1")).await;
    let report = shop.engine.query_report(&site(), 10).await.unwrap();
    assert_eq!(report.without_clicks, []);
    let shop = shop.restart();
    assert_eq!(shop.suggested("hat").await, [("wool hat".to_owned(), 6)]);
}

#[tokio::test]
async fn thirty_days_count_and_older_counters_go() {
    let settings = EventSettings {
        counters_kept_days: 40,
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    for client in ["c1", "c2"] {
        shop.send(client, search_for("hat", &["p1"])).await;
        shop.send(client, act(Act::Click, "p1")).await;
    }
    shop.pass(29 * DAY_MS);
    assert_eq!(shop.popular().await, [("p1".to_owned(), 2)]);
    assert_eq!(shop.queries().await, [("hat".to_owned(), 2)]);
    shop.pass(DAY_MS);
    assert_eq!(
        (shop.popular().await, shop.queries().await),
        (vec![], vec![])
    );
    assert_eq!(shop.rows("SELECT sum(clicks) FROM item_days"), 2);
    shop.pass(10 * DAY_MS);
    shop.send("c1", act(Act::Conversion, "p2")).await;
    let passed = Duration::from_millis(40 * DAY_MS as u64);
    record::clear_after(&shop.engine.catalog(&site()).unwrap(), passed);
    for table in ["query_days", "query_item_days", "queries", "spellings"] {
        assert_eq!(
            shop.rows(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    assert_eq!(shop.rows("SELECT count(*) FROM item_days"), 1);
}

#[tokio::test]
async fn an_event_is_counted_once_also_after_a_restart() {
    let mut shop = Shop::start(EventSettings::default()).await;
    let event = shop.event("c1", act(Act::Conversion, "p1"));
    let both = shop
        .record(vec![event.clone(), event.clone()])
        .await
        .unwrap();
    assert_eq!(both, [Recorded::Counted, Recorded::Repeated]);
    let shop = shop.restart();
    assert_eq!(
        shop.record(vec![event]).await.unwrap(),
        [Recorded::Repeated]
    );
    assert_eq!(shop.popular().await, [("p1".to_owned(), 5)]);
}

#[tokio::test]
async fn a_click_after_a_restart_belongs_to_the_list_before_it() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", search_for("hat", &["p1", "p2"])).await;
    shop.send("c1", shown(ListKind::ProductListing, "", &["p3"]))
        .await;
    let mut shop = shop.restart();
    shop.pass(MINUTE_MS);
    shop.send("c1", act(Act::Click, "p2")).await;
    shop.send("c1", act(Act::Click, "p3")).await;
    shop.send("c2", act(Act::Click, "p2")).await;
    assert_eq!(shop.rows("SELECT clicks FROM query_item_days"), 1);
    assert_eq!(shop.rows("SELECT clicks FROM query_days"), 1);
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM item_days WHERE list = 1"),
        1
    );
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM item_days WHERE list = 3"),
        1
    );
    assert_eq!(
        shop.rows("SELECT sum(clicks) FROM item_days WHERE list = 0"),
        1
    );
    shop.pass(31 * MINUTE_MS);
    shop.send("c1", act(Act::Click, "p2")).await;
    assert_eq!(
        shop.rows("SELECT clicks FROM query_days"),
        1,
        "another session"
    );
}

#[tokio::test]
async fn a_broken_file_stops_events_and_nothing_else() {
    let mut shop = Shop::start(EventSettings::default()).await;
    shop.send("c1", act(Act::Click, "p1")).await;
    let Shop {
        data,
        settings,
        now,
        engine,
        events,
    } = shop;
    drop(engine);
    let path = events::path(&folder::of_site(data.path(), &site()));
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    for log in ["events.db-wal", "events.db-shm"] {
        let _ = std::fs::remove_file(path.with_file_name(log));
    }
    let engine = open(&data, settings, 0, &now);
    let mut shop = Shop {
        data,
        settings,
        now,
        engine,
        events,
    };
    let event = shop.event("c1", act(Act::Click, "p1"));
    let refused = shop.record(vec![event]).await;
    assert!(
        matches!(refused, Err(EngineError::Unavailable { .. })),
        "{refused:?}"
    );
    let problems = shop.engine.readiness().problems;
    assert!(
        problems[0].reason.contains("events are not counted"),
        "{problems:?}"
    );
    assert_eq!(shop.engine.readiness().serving, 1);
    assert_eq!(
        (shop.popular().await, shop.queries_of("c1").await),
        (vec![], vec![])
    );
    assert!(!events::check::faults(&folder::of_site(shop.data.path(), &site())).is_empty());
}
