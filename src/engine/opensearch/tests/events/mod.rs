//! Events of several processes, and what the cluster keeps of them.

mod copies;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::cut::{Lost, Network};
use super::{add, eventually, id, site, told};
use crate::domain::{Clock, Event, EventKind, Recorded, Timestamp};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{NOW, object_type, product};
use crate::engine::conformance::visitors::{self, click_on, client, search_for};
use crate::engine::opensearch::client::{Call, Method};
use crate::engine::opensearch::layout::names::Names;
use crate::engine::opensearch::{OpenSearchCatalogs, OpenSearchSettings};
use crate::engine::{Affinities, Events, Lifecycle, Telling};

/// Processes that have one clock.
struct Shop {
    indices: Indices,
    now: Arc<AtomicI64>,
    per_session_max: Option<u32>,
}

impl Shop {
    fn new() -> Option<Self> {
        Some(Self {
            indices: Indices::new()?,
            now: Arc::new(AtomicI64::new(NOW.as_millis())),
            per_session_max: None,
        })
    }

    fn process(&self) -> Arc<OpenSearchCatalogs> {
        self.process_with(self.indices.settings())
    }

    fn process_with(&self, mut settings: OpenSearchSettings) -> Arc<OpenSearchCatalogs> {
        let now = Arc::clone(&self.now);
        let clock = Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)));
        if let Some(events) = &mut settings.events {
            events.settings.per_session_max = self.per_session_max;
        }
        Arc::new(OpenSearchCatalogs::new(settings, vec![site()], clock).unwrap())
    }

    fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    fn event(&self, event: &str, by: &str, kind: EventKind) -> Event {
        let now = Timestamp::from_millis(self.now.load(Ordering::SeqCst));
        visitors::event(event, by, now, kind)
    }
}

async fn record(process: &OpenSearchCatalogs, events: Vec<Event>) -> Vec<Recorded> {
    let site = id();
    let recorded = process.record(&site, events, Telling::Now);
    recorded.await.unwrap()
}

async fn popular(process: &OpenSearchCatalogs) -> Vec<(String, u64)> {
    let of_type = object_type("product");
    let popular = process.popular_items(&id(), of_type, 10).await.unwrap();
    let popular = popular.into_iter();
    popular
        .map(|item| (item.identity.to_string(), item.score))
        .collect()
}

async fn suggested(process: &OpenSearchCatalogs) -> Vec<(String, u64)> {
    let suggested = process.suggested_queries(&id(), "hat", 10).await.unwrap();
    let suggested = suggested.into_iter();
    suggested
        .map(|query| (query.title, query.searches))
        .collect()
}

/// It looks no more, as one that is stopped.
async fn look_away(process: &OpenSearchCatalogs) {
    let site = process.site(&id()).unwrap();
    if let Some(task) = site.events.as_ref().unwrap().end() {
        task.await.unwrap();
    }
}

fn look_again(process: &OpenSearchCatalogs) {
    let site = process.site(&id()).unwrap();
    site.events.as_ref().unwrap().begin_again();
}

async fn remove(process: &OpenSearchCatalogs, path: String) {
    let call = Call::repeatable(Method::DELETE, path);
    process.cluster.client.call(&call).await.unwrap();
}

/// What the index of events has, by the field that says what it is.
async fn documents(process: &OpenSearchCatalogs, field: &str) -> u64 {
    let alias = process.cluster.names.events(&id());
    process.cluster.refresh(&alias).await.unwrap();
    let has_it = json!({ "exists": { "field": field } });
    process.cluster.count(&alias, &has_it).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_many_that_come_to_two_processes_are_each_counted_once() {
    const SENDERS: usize = 6;
    const EVENTS: usize = 15;
    let Some(shop) = Shop::new() else { return };
    let processes = [shop.process(), shop.process()];
    add(&processes[0], [product("a")]).await;
    let shop = Arc::new(shop);
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (shop, processes) = (Arc::clone(&shop), processes.clone());
        senders.spawn(async move {
            let mut told = Vec::new();
            for number in 0..EVENTS {
                // Two senders send the same, each to another process.
                let name = format!("{}-{number}", sender / 2);
                let by = format!("c{}", sender / 2);
                let event = shop.event(&name, &by, search_for("hat", &["a"]));
                told.extend(record(&processes[sender % 2], vec![event]).await);
            }
            told
        });
    }
    let told: Vec<Recorded> = senders.join_all().await.into_iter().flatten().collect();
    let of = |wanted| told.iter().filter(|one| **one == wanted).count();
    let once = SENDERS / 2 * EVENTS;
    assert_eq!(
        (of(Recorded::Counted), of(Recorded::Repeated)),
        (once, once)
    );
    let expected = [("hat".to_owned(), once as u64)];
    for process in &processes {
        eventually(async || suggested(process).await == expected).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_split_between_two_processes_is_one() {
    let Some(shop) = Shop::new() else { return };
    let shop = Shop {
        per_session_max: Some(3),
        ..shop
    };
    let processes = [shop.process(), shop.process()];
    add(&processes[0], [product("a"), product("b")]).await;
    let list = shop.event("1", "c", search_for("hat", &["a"]));
    assert_eq!(record(&processes[0], vec![list]).await, [Recorded::Counted]);
    // The other one knows what the first was shown, and that there is room for two.
    for (number, expected) in [
        ("2", Recorded::Counted),
        ("3", Recorded::Counted),
        ("4", Recorded::OverSession),
    ] {
        let click = shop.event(number, "c", click_on("a"));
        assert_eq!(record(&processes[1], vec![click]).await, [expected]);
    }
    let report = processes[0].query_report(&id(), 5).await.unwrap();
    assert_eq!(report.without_clicks, [], "it was clicked on");
    eventually(async || popular(&processes[0]).await == popular(&processes[1]).await).await;
    assert_eq!(popular(&processes[0]).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forgotten_is_gone_from_the_log_and_its_copy_and_the_rest_is_there_for_who_begins()
{
    let Some(shop) = Shop::new() else { return };
    let processes = [shop.process(), shop.process()];
    add(&processes[0], [product("a"), product("b")]).await;
    for (number, by) in ["one", "two"].into_iter().enumerate() {
        let events = vec![
            shop.event(&format!("s{number}"), by, search_for("hat", &["a", "b"])),
            shop.event(&format!("k{number}"), by, click_on("a")),
        ];
        record(&processes[number], events).await;
    }
    assert_eq!(documents(&processes[0], "number").await, 2);
    let (items, queries) = (popular(&processes[1]).await, suggested(&processes[1]).await);
    processes[0]
        .forget_client(&id(), client("one"))
        .await
        .unwrap();
    let left = async |process: &OpenSearchCatalogs, by: &str| {
        let history = process.history(&id(), client(by)).await.unwrap();
        history.clicked.len()
    };
    eventually(async || left(&processes[1], "one").await == 0).await;
    assert_eq!(left(&processes[1], "two").await, 1);
    // A copy is made at once, and counts for all a moment later.
    eventually(async || documents(&processes[0], "piece_of").await > 0).await;
    shop.pass(10_000);
    eventually(async || documents(&processes[0], "number").await == 0).await;
    let late = shop.event("k9", "two", click_on("b"));
    record(&processes[1], vec![late]).await;
    let begins = shop.process();
    assert_eq!(left(&begins, "one").await, 0);
    assert_eq!(left(&begins, "two").await, 2);
    assert_eq!(suggested(&begins).await, queries);
    let more = popular(&begins).await;
    assert!(more.len() == 2 && items.len() == 1, "{more:?} {items:?}");
    let again = shop.event("k0", "one", click_on("a"));
    assert_eq!(record(&begins, vec![again]).await, [Recorded::Repeated]);
    // Names of clients are nowhere in the cluster.
    let alias = begins.cluster.names.events(&id());
    let all = told(&begins, format!("/{alias}/_search?size=100")).await;
    assert!(!all.to_string().contains("\"two\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_away_while_its_place_in_the_log_went_begins_again() {
    let Some(shop) = Shop::new() else { return };
    let (away, there) = (shop.process(), shop.process());
    add(&there, [product("a")]).await;
    let first = shop.event("1", "one", search_for("hat", &["a"]));
    record(&away, vec![first]).await;
    look_away(&away).await;
    let second = shop.event("2", "two", search_for("hat", &["a"]));
    record(&there, vec![second]).await;
    there.forget_client(&id(), client("nobody")).await.unwrap();
    eventually(async || documents(&there, "piece_of").await > 0).await;
    shop.pass(10_000);
    eventually(async || documents(&there, "number").await == 0).await;
    look_again(&away);
    let third = shop.event("3", "one", click_on("a"));
    assert_eq!(
        record(&away, vec![third.clone()]).await,
        [Recorded::Counted]
    );
    assert_eq!(record(&there, vec![third]).await, [Recorded::Repeated]);
    assert_eq!(suggested(&away).await, [("hat".to_owned(), 2)]);
    eventually(async || popular(&there).await.len() == 1).await;
}

/// Whoever has counted some of it counts what comes from then on, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_somebody_deleted_begins_anew_for_everybody() {
    let Some(shop) = Shop::new() else { return };
    let (away, there) = (shop.process(), shop.process());
    add(&there, [product("a"), product("b")]).await;
    for number in ["1", "2", "3"] {
        let list = shop.event(&format!("s{number}"), "one", search_for("hat", &["a"]));
        let click = shop.event(&format!("k{number}"), "one", click_on("a"));
        record(&away, vec![list, click]).await;
    }
    let names = async |process: &OpenSearchCatalogs| {
        let popular = popular(process).await.into_iter();
        popular.map(|(name, _)| name).collect::<Vec<_>>()
    };
    eventually(async || names(&there).await == ["a"]).await;
    look_away(&away).await;
    let alias = there.cluster.names.events(&id());
    remove(&there, format!("/{}", Names::index(&alias, 1))).await;
    eventually(async || names(&there).await.is_empty()).await;
    let list = shop.event("s1", "two", search_for("hat", &["b"]));
    let click = shop.event("k1", "two", click_on("b"));
    let told = record(&there, vec![list, click]).await;
    assert_eq!(told, [Recorded::Counted; 2], "those of before are gone");
    look_again(&away);
    for process in [&away, &there] {
        eventually(async || names(process).await == ["b"]).await;
    }
}

/// The cluster was put back to what it was before its last entry; then another one took the place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_the_folder_of_a_process_and_not_in_the_log_is_not_counted() {
    let Some(shop) = Shop::new() else { return };
    let before = shop.process();
    add(&before, [product("a"), product("b")]).await;
    let list = shop.event("1", "one", search_for("hat", &["a", "b"]));
    record(&before, vec![list]).await;
    let gone = shop.event("2", "one", click_on("a"));
    record(&before, vec![gone]).await;
    Lifecycle::close(&*before).await;
    let alias = before.cluster.names.events(&id());
    remove(&before, format!("/{alias}/_doc/entry:2")).await;
    drop(before);
    let folder = tempfile::tempdir().unwrap();
    let mut settings = shop.indices.settings();
    settings.events.as_mut().unwrap().folder = folder.path().to_owned();
    let other = shop.process_with(settings);
    let click = shop.event("3", "one", click_on("b"));
    assert_eq!(record(&other, vec![click]).await, [Recorded::Counted]);
    let expected = popular(&other).await;
    assert_eq!(expected[0].0, "b");
    let again = shop.process();
    assert_eq!(popular(&again).await, expected);
}

/// Its place in the log was free, taken by somebody else, counted, and free again before it came there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_comes_where_numbers_are_gone_finds_another_place() {
    let Some(shop) = Shop::new() else { return };
    let mut settings = shop.indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(60)).await;
    settings.client.write_timeout = Duration::from_secs(60);
    let (slow, there) = (shop.process_with(settings), shop.process());
    add(&there, [product("a")]).await;
    let list = shop.event("1", "one", search_for("hat", &["a"]));
    record(&slow, vec![list]).await;
    network.lose(Method::PUT, "/_doc/entry", Lost::Time);
    let late = shop.event("2", "one", click_on("a"));
    let writing = {
        let (slow, late) = (Arc::clone(&slow), late.clone());
        tokio::spawn(async move { record(&slow, vec![late]).await })
    };
    eventually(async || network.has_lost_all()).await;
    there.forget_client(&id(), client("nobody")).await.unwrap();
    eventually(async || documents(&there, "piece_of").await > 0).await;
    shop.pass(10_000);
    // None of them is left, and everybody knows.
    let alias = there.cluster.names.events(&id());
    let is_swept = async || {
        let head = told(&there, format!("/{alias}/_doc/head")).await;
        let head = &head["_source"];
        head["floor"] == 2 && head["swept"] == 2
    };
    eventually(is_swept).await;
    network.let_go();
    assert_eq!(writing.await.unwrap(), [Recorded::Counted]);
    assert_eq!(record(&there, vec![late]).await, [Recorded::Repeated]);
    // That it was sent again is an entry of its own. What nobody reads was taken back.
    assert_eq!(documents(&there, "number").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_kept_once_whatever_message_is_lost() {
    let Some(shop) = Shop::new() else { return };
    let mut settings = shop.indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(4)).await;
    let (process, other) = (shop.process_with(settings), shop.process());
    add(&other, [product("a")]).await;
    let list = shop.event("1", "one", search_for("hat", &["a"]));
    assert_eq!(record(&process, vec![list]).await, [Recorded::Counted]);
    for (number, lost) in [("2", Lost::Request), ("3", Lost::Answer)] {
        network.lose(Method::PUT, "/_doc/entry", lost);
        let click = shop.event(number, "one", click_on("a"));
        // Told as what it was the first time.
        assert_eq!(record(&process, vec![click]).await, [Recorded::Counted]);
        assert!(network.has_lost_all());
    }
    assert_eq!(documents(&other, "number").await, 3);
}

/// A copy that another one took the place of leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_copies_of_a_log_the_last_one_is_left() {
    let Some(shop) = Shop::new() else { return };
    let process = shop.process();
    add(&process, [product("a")]).await;
    let alias = process.cluster.names.events(&id());
    let copies = async || {
        process.cluster.refresh(&alias).await.unwrap();
        let all = told(&process, format!("/{alias}/_search?size=100")).await;
        let all = all["hits"]["hits"].as_array().unwrap().clone();
        let of = all
            .iter()
            .filter_map(|hit| hit["_source"]["piece_of"].as_str());
        of.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let mut before = BTreeSet::new();
    for number in ["1", "2"] {
        let list = shop.event(number, "one", search_for("hat", &["a"]));
        record(&process, vec![list]).await;
        let nobody = client("nobody");
        process.forget_client(&id(), nobody).await.unwrap();
        let known = before.clone();
        eventually(async || copies().await.difference(&known).count() == 1).await;
        // Later than a copy waits for the next, and entries for who is behind.
        shop.pass(60_000);
        eventually(async || documents(&process, "number").await == 0).await;
        eventually(async || copies().await.len() == 1).await;
        let left = copies().await;
        assert_ne!(left, before);
        before = left;
    }
}
