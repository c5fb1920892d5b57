//! Whatever happens, no answer names a query that fewer than two clients searched for, or that finds nothing; and every
//! answer names those that may be named.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::{
    Asker, FacetKind, FacetRequest, FieldFilter, LastWord, Page, QueryText, Quicksearch,
    SearchQuery,
};
use crate::engine::Search;

const QUERIES: [&str; 5] = ["red hat", "red hats", "hat", "blue sock", "a"];
const CLIENTS: [&str; 4] = ["c1", "c2", "c3", "c4"];

#[derive(Clone, Debug)]
enum Step {
    Search {
        client: usize,
        query: usize,
        finds: bool,
        may_be_kept: bool,
    },
    Type {
        client: usize,
        query: usize,
    },
    Forget(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let search = (0..CLIENTS.len(), 0..QUERIES.len(), any::<bool>(), 0..4_u8);
    let search = search.prop_map(|(client, query, finds, kept)| Step::Search {
        client,
        query,
        finds,
        may_be_kept: kept > 0,
    });
    let typed = (0..CLIENTS.len(), 0..QUERIES.len());
    let typed = typed.prop_map(|(client, query)| Step::Type { client, query });
    prop_oneof![
        12 => search,
        2 => typed,
        1 => (0..CLIENTS.len()).prop_map(Step::Forget),
        1 => Just(Step::Restart),
    ]
}

/// What the rule says, word by word: who searched and found something, as far as it may be remembered.
#[derive(Default)]
struct Rule {
    searchers: BTreeMap<usize, BTreeSet<usize>>,
    shared: BTreeSet<usize>,
    finds: BTreeMap<usize, bool>,
}

impl Rule {
    fn note(&mut self, step: &Step) {
        match *step {
            Step::Search {
                client,
                query,
                finds,
                may_be_kept,
            } => {
                self.finds.insert(query, finds);
                if finds && may_be_kept {
                    let searchers = self.searchers.entry(query).or_default();
                    searchers.insert(client);
                    if searchers.len() > 1 {
                        self.shared.insert(query);
                    }
                }
            }
            // What was counted stays; what was remembered of the client does not.
            Step::Forget(client) => {
                for searchers in self.searchers.values_mut() {
                    searchers.remove(&client);
                }
            }
            Step::Type { .. } | Step::Restart => {}
        }
    }

    fn shown(&self) -> BTreeSet<String> {
        let shown = self.shared.iter().filter(|query| self.finds[query]);
        let telling = shown.filter(|query| QUERIES[**query].len() > 1);
        telling.map(|query| QUERIES[*query].to_owned()).collect()
    }
}

fn everything() -> SearchQuery {
    SearchQuery {
        finds_queries: true,
        page: Page {
            offset: 0,
            limit: 100,
        },
        facets: FacetRequest::new("type", 10).into_iter().collect(),
        quicksearch: vec![Quicksearch::new(ObjectType::new("query").unwrap(), 100)],
        asker: Asker::default(),
        ..SearchQuery::everything(Timestamp::from_millis(NOW_MS))
    }
}

async fn ask_at_every_door(shop: &Shop, expected: &BTreeSet<String>, context: &str) {
    let titles = |queries: Vec<(String, u64)>| -> BTreeSet<String> {
        queries.into_iter().map(|(title, _)| title).collect()
    };
    assert_eq!(
        titles(shop.queries().await),
        *expected,
        "popular, {context}"
    );
    for typed in ["r", "h", "red", "red h", "s", "b", "a", "red hat", "x"] {
        let begun = expected.iter().filter(|query| {
            let words = query.match_indices(' ').map(|(at, _)| &query[at + 1..]);
            std::iter::once(query.as_str())
                .chain(words)
                .any(|rest| rest.starts_with(typed))
        });
        let begun: BTreeSet<String> = begun.cloned().collect();
        assert_eq!(
            titles(shop.suggested(typed).await),
            begun,
            "`{typed}`, {context}"
        );
    }
    for client in CLIENTS {
        let own: BTreeSet<String> = shop.queries_of(client).await.into_iter().collect();
        assert!(own.is_subset(expected), "{own:?} of {client}, {context}");
    }
    let found = shop.engine.search(&site(), everything()).await.unwrap();
    let urls = |hits: &[crate::domain::Hit]| -> BTreeSet<String> {
        let queries = hits.iter().map(|hit| hit.object.shown());
        let queries = queries.filter(|object| object.object_type().as_str() == "query");
        queries
            .map(|object| object.identity().to_string())
            .collect()
    };
    assert_eq!(urls(&found.hits), *expected, "hits, {context}");
    assert_eq!(
        urls(&found.quicksearch_hits),
        *expected,
        "quicksearch, {context}"
    );
    assert_eq!(found.total_hits, found.hits.len() as u64, "{context}");
    let FacetKind::Text(buckets) = &found.facets[0].kind else {
        panic!("types are texts");
    };
    let counted = buckets.iter().find(|bucket| bucket.value == "query");
    let counted = counted.map_or(0, |bucket| bucket.count);
    assert_eq!(counted, expected.len() as u64, "facet, {context}");
    for typed in ["r", "red h", "hat", "blue s", "a"] {
        let suggestions = SearchQuery {
            text: QueryText::new(typed),
            last_word: LastWord::Begun,
            quicksearch_alone: true,
            ..everything()
        };
        let found = shop.engine.search(&site(), suggestions).await.unwrap();
        let own = urls(&found.quicksearch_hits);
        assert!(own.is_subset(expected), "{own:?} of `{typed}`, {context}");
        let begun = expected.iter().filter(|query| query.starts_with(typed));
        assert!(
            begun.clone().all(|query| own.contains(query)),
            "`{typed}`, {context}"
        );
    }
    for query in QUERIES {
        let one = SearchQuery {
            filters: crate::domain::Filters {
                any_of: vec![FieldFilter::untyped("url", query)],
                ..Default::default()
            },
            ..everything()
        };
        let found = shop.engine.search(&site(), one).await.unwrap();
        let is_found = !urls(&found.hits).is_empty();
        assert_eq!(is_found, expected.contains(query), "url {query}, {context}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_door_names_a_query_below_the_rule(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut shop = Shop::start(EventSettings::default()).await;
            let mut rule = Rule::default();
            for step in &steps {
                rule.note(step);
                match *step {
                    Step::Search { client, query, finds, may_be_kept } => {
                        let items: &[&str] = if finds { &["p1"] } else { &[] };
                        let mut event = shop.event(CLIENTS[client], search_for(QUERIES[query], items));
                        event.may_be_kept = may_be_kept;
                        shop.record(vec![event]).await.unwrap();
                    }
                    Step::Type { client, query } => {
                        let kind = shown(ListKind::Autocomplete, QUERIES[query], &["p1"]);
                        shop.send(CLIENTS[client], kind).await;
                    }
                    Step::Forget(client) => {
                        let client = ClientId::new(CLIENTS[client]).unwrap();
                        shop.engine.forget_client(&site(), client).await.unwrap();
                    }
                    Step::Restart => {
                        shop = shop.restart();
                        // Whoever searches does not wait for the tables; who asks what is popular does.
                        shop.queries().await;
                    }
                }
            }
            ask_at_every_door(&shop, &rule.shown(), &format!("{steps:?}")).await;
        });
    }
}
