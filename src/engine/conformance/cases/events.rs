//! What visitors did, and what is made of it (docs/reference/06-autocomplete-and-others.md §3, §4, §6, §7).

use crate::domain::{Event, EventKind, Recorded, SearchQuery};
use crate::engine::conformance::objects::{identity, object_type, product, text};
use crate::engine::conformance::shop::{Shop, eventually, identities};
use crate::engine::conformance::visitors::{click_on, client, event, purchase, search_for};
use crate::engine::conformance::{Backend, on_every_backend};
use crate::engine::{Affinities, Events, PopularQuery, Telling};

on_every_backend![
    counted: an_event_is_counted_once_whatever_is_sent_again,
    a_query_is_shown_once_two_clients_have_searched_for_it,
    a_query_that_was_searched_for_is_found_unless_the_shop_has_one_of_its_text,
    nothing_is_left_of_a_client_that_is_forgotten,
    what_was_bought_together_goes_together,
    what_visitors_chose_after_a_query_comes_first,
    what_the_catalog_does_not_have_is_not_popular,
];

/// What stands for many clients: each buys the same.
const BUYERS: usize = 30;

impl<B: Backend> Shop<B> {
    fn events(&self) -> &dyn Events {
        self.engine.events.as_deref().unwrap()
    }

    fn affinities(&self) -> &dyn Affinities {
        self.engine.affinities.as_deref().unwrap()
    }

    fn event(&self, id: &str, by: &str, kind: EventKind) -> Event {
        event(id, by, self.now(), kind)
    }

    async fn record(&self, events: Vec<Event>) -> Vec<Recorded> {
        let recorded = self.events().record(self.id(), events, Telling::Now);
        recorded.await.unwrap()
    }

    /// Each has an id of its own.
    async fn send(&self, by: &str, kinds: impl IntoIterator<Item = EventKind>) {
        for kind in kinds {
            let id = uuid::Uuid::new_v4().to_string();
            let event = self.event(&id, by, kind);
            assert_eq!(self.record(vec![event]).await, [Recorded::Counted]);
        }
    }

    async fn popular(&self) -> Vec<(String, u64)> {
        let of_type = object_type("product");
        let popular = self.events().popular_items(self.id(), of_type, 10).await;
        let popular = popular.unwrap().into_iter();
        popular
            .map(|item| (item.identity.to_string(), item.score))
            .collect()
    }

    async fn suggested(&self, typed: &str) -> Vec<String> {
        let suggested = self.events().suggested_queries(self.id(), typed, 10).await;
        titles(&suggested.unwrap())
    }
}

fn titles(queries: &[PopularQuery]) -> Vec<String> {
    queries.iter().map(|query| query.title.clone()).collect()
}

async fn an_event_is_counted_once_whatever_is_sent_again<B: Backend>() {
    let shop = Shop::<B>::with([product("a"), product("b")]).await;
    let events = vec![
        shop.event("1", "c", search_for("hat", &["a", "b"])),
        shop.event("2", "c", click_on("a")),
        shop.event("2", "c", click_on("a")),
    ];
    let told = shop.record(events.clone()).await;
    let expected = [Recorded::Counted, Recorded::Counted, Recorded::Repeated];
    assert_eq!(told, expected);
    let popular = shop.popular().await;
    assert_eq!(popular.len(), 1, "{popular:?}");
    let shop = shop.restart();
    assert_eq!(shop.record(events).await, [Recorded::Repeated; 3]);
    assert_eq!(shop.popular().await, popular);
    let never = Event {
        at: None,
        ..shop.event("3", "c", click_on("a"))
    };
    assert_eq!(shop.record(vec![never]).await, [Recorded::Dropped]);
}

async fn a_query_is_shown_once_two_clients_have_searched_for_it<B: Backend>() {
    let shop = Shop::<B>::with([product("a")]).await;
    shop.send("one", [search_for("Wool  Hat", &["a"])]).await;
    shop.send("one", [search_for("nothing", &[])]).await;
    assert_eq!(shop.suggested("ha").await, [""; 0], "one alone");
    shop.send("two", [search_for("wool hat", &["a"])]).await;
    shop.send("two", [search_for("Wool Hat", &["a"])]).await;
    assert_eq!(shop.suggested("ha").await, ["Wool Hat"]);
    let of_one = async || {
        let asked = shop.events().queries_of_client(shop.id(), client("one"), 5);
        asked.await.unwrap()
    };
    assert_eq!(of_one().await, ["Wool Hat"]);
    let popular = shop.events().popular_queries(shop.id(), 3, 5).await;
    assert_eq!(titles(&popular.unwrap()), ["Wool Hat"]);
    let popular = shop.events().popular_queries(shop.id(), 4, 5).await;
    assert_eq!(titles(&popular.unwrap()), [""; 0]);
    let report = shop.events().query_report(shop.id(), 5).await.unwrap();
    let without = report.without_results.iter().map(|query| &*query.title);
    assert_eq!(without.collect::<Vec<_>>(), ["nothing"]);
    let without = report.without_clicks.iter().map(|query| &*query.title);
    assert_eq!(without.collect::<Vec<_>>(), ["Wool Hat"]);
}

async fn a_query_that_was_searched_for_is_found_unless_the_shop_has_one_of_its_text<B: Backend>() {
    let shop = Shop::<B>::with([product("a").titled("Wool hat")]).await;
    for by in ["one", "two"] {
        shop.send(by, [search_for("wool hat", &["a"])]).await;
    }
    let query = SearchQuery {
        finds_queries: true,
        ..text("wool")
    };
    eventually(async || shop.find(&query).await == ["a", "wool hat"]).await;
    assert_eq!(shop.search(&query).await.total_hits, 2);
    assert_eq!(shop.find(&text("wool")).await, ["a"], "nobody asked for it");
    shop.add([product("q").of_type("query").titled("WOOL Hat")])
        .await;
    eventually(async || {
        let found = identities(&shop.search(&query).await);
        found.len() == 2 && !found.contains(&"wool hat".to_owned())
    })
    .await;
}

async fn nothing_is_left_of_a_client_that_is_forgotten<B: Backend>() {
    let shop = Shop::<B>::with([product("a"), product("b")]).await;
    for by in ["one", "two"] {
        shop.send(by, [search_for("hat", &["a", "b"]), click_on("a")])
            .await;
    }
    let history = async |shop: &Shop<B>, by: &str| {
        let history = shop.affinities().history(shop.id(), client(by)).await;
        history.unwrap()
    };
    assert_eq!(history(&shop, "one").await.clicked.len(), 1);
    let popular = shop.popular().await;
    let forgotten = shop.events().forget_client(shop.id(), client("one"));
    forgotten.await.unwrap();
    assert!(history(&shop, "one").await.is_empty());
    let shop = shop.restart();
    assert!(history(&shop, "one").await.is_empty());
    assert_eq!(history(&shop, "two").await.clicked.len(), 1);
    let queries = { shop.events() }.queries_of_client(shop.id(), client("one"), 5);
    assert_eq!(queries.await.unwrap(), [""; 0]);
    assert_eq!(shop.popular().await, popular, "what was counted stays");
}

async fn what_was_bought_together_goes_together<B: Backend>() {
    let shop = Shop::<B>::with(["a", "b", "c"].map(product)).await;
    for buyer in 0..BUYERS {
        let items = if buyer % 2 == 0 {
            vec!["a", "b"]
        } else {
            vec!["c"]
        };
        shop.send(&format!("c{buyer}"), [purchase(&items, 1)]).await;
    }
    let with = async |of: &str| {
        let items = vec![identity(of)];
        let found = shop.affinities().bought_with(shop.id(), items, 5).await;
        let found = found.unwrap().into_iter();
        let names = found.map(|companion| companion.identity.to_string());
        names.collect::<Vec<_>>()
    };
    eventually(async || with("a").await == ["b"]).await;
    assert_eq!(with("c").await, [""; 0]);
}

async fn what_visitors_chose_after_a_query_comes_first<B: Backend>() {
    let shop = Shop::<B>::with(["a", "b", "c"].map(|of| product(of).titled("Wool hat"))).await;
    let query = SearchQuery {
        heeds_visitors: true,
        ..text("wool hat")
    };
    assert_eq!(shop.find(&query).await, ["a", "b", "c"]);
    for by in ["one", "two"] {
        let clicks = (0..20).map(|_| click_on("b"));
        let searched = [search_for("wool hat", &["a", "b", "c"])];
        shop.send(by, searched.into_iter().chain(clicks)).await;
    }
    eventually(async || shop.find(&query).await == ["b", "a", "c"]).await;
    assert_eq!(shop.find(&text("wool hat")).await, ["a", "b", "c"]);
}

async fn what_the_catalog_does_not_have_is_not_popular<B: Backend>() {
    let shop = Shop::<B>::with([product("a")]).await;
    shop.send("one", [search_for("hat", &["a", "z"])]).await;
    shop.send("one", ["z", "a"].map(click_on)).await;
    let popular = shop.popular().await;
    assert_eq!(popular.len(), 1);
    assert_eq!(popular[0].0, "a");
    shop.add([product("z")]).await;
    shop.send("one", [click_on("z")]).await;
    assert_eq!(shop.popular().await.len(), 2, "from now on it is counted");
}
