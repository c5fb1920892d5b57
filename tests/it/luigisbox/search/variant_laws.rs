//! What holds of every search where the best variant stands for its master (docs/reference/05-search.md §9):
//! random masters are asked through HTTP and compared with a plain scan of the JSON that was sent. Invariant:
//! the scan shares no code with the server.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::{SearchAnswer, SearchCluster, SiteClient, TestServer, TestServerBuilder};

const CATALOGS: usize = 4;
const MASTERS: usize = 25;
const VARIANTS_MAX: usize = 5;
const QUERIES: usize = 12;
const ATTRIBUTES: [(&str, &[&str]); 3] = [
    ("color", &["red", "blue", "a:b", "🐎"]),
    ("size of it", &["S", "M", "L"]),
    ("n", &["1", "2", "3"]),
];

/// Attributes by name, as sent.
type Said = BTreeMap<&'static str, Value>;

fn said() -> impl Strategy<Value = Said> {
    let one = |(name, values): (&'static str, &'static [&'static str])| {
        let value = select(values).prop_map(move |value| match name {
            "n" => (name, json!(value.parse::<u8>().expect("a digit"))),
            _ => (name, json!(value)),
        });
        proptest::option::weighted(0.6, value)
    };
    ATTRIBUTES
        .map(one)
        .to_vec()
        .prop_map(|said| said.into_iter().flatten().collect())
}

fn master() -> impl Strategy<Value = (Said, Vec<Said>)> {
    (said(), vec(said(), 0..VARIANTS_MAX))
}

/// At most one wish of each attribute.
fn filters() -> impl Strategy<Value = Said> {
    said().prop_filter("something is asked for", |said| !said.is_empty())
}

/// What may be shown of a master: each of its variants, with what the master says for it, or itself.
struct Master {
    identity: String,
    shown: Vec<Said>,
}

impl Master {
    fn new(number: usize, (said, variants): &(Said, Vec<Said>)) -> Self {
        let filled = variants.iter().map(|variant| {
            let mut filled = said.clone();
            filled.extend(variant.clone());
            filled
        });
        let mut shown: Vec<Said> = filled.collect();
        if shown.is_empty() {
            shown.push(said.clone());
        }
        Self {
            identity: format!("m{number}"),
            shown,
        }
    }

    fn met<'a>(&'a self, filters: &'a Said) -> impl Iterator<Item = &'a Said> {
        let is_met = |shown: &&Said| {
            let mut all = filters.iter();
            all.all(|(name, value)| shown.get(name) == Some(value))
        };
        self.shown.iter().filter(is_met)
    }
}

fn sent(number: usize, (said, variants): &(Said, Vec<Said>)) -> Value {
    let fields = |said: &Said, title: String| {
        let mut fields = Map::from_iter([("title".to_owned(), json!(title))]);
        fields.extend(
            said.iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        Value::Object(fields)
    };
    let nested = variants.iter().enumerate().map(|(at, variant)| {
        json!({
            "identity": format!("m{number}v{at}"),
            "type": "variant",
            "fields": fields(variant, format!("Thing {number} of kind {at}")),
        })
    });
    json!({
        "identity": format!("m{number}"),
        "type": "product",
        "fields": fields(said, format!("Thing {number}")),
        "nested": nested.collect::<Vec<_>>(),
    })
}

async fn search(site: &SiteClient, filters: &Said, more: &[(&str, &str)]) -> SearchAnswer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("size", "200").extend_pairs(more);
    for (name, value) in filters {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        // A number is asked for by a range.
        let text = if value.is_number() {
            format!("{text}|{text}")
        } else {
            text
        };
        query.append_pair("f_must[]", &format!("{name}:{text}"));
    }
    site.search(&query.finish()).await
}

/// The master of a hit, by the identity of either.
fn master_of(identity: &str) -> String {
    identity.split('v').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_best_variant_keeps_the_laws() {
    check_laws(|| (None, TestServer::builder())).await;
}

#[tokio::test]
async fn the_best_variant_keeps_the_laws_in_a_cluster() {
    if SearchCluster::new().is_none() {
        return;
    }
    let server = || {
        let cluster = SearchCluster::new().expect("it was there before");
        let builder = cluster.builder();
        (Some(cluster), builder)
    };
    check_laws(server).await;
}

async fn check_laws(server: impl Fn() -> (Option<SearchCluster>, TestServerBuilder)) {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..CATALOGS {
        let strategy = (vec(master(), 1..MASTERS), vec(filters(), QUERIES));
        let tree = strategy.new_tree(&mut runner);
        let (made, queries) = tree.expect("nothing is rejected for ever").current();
        let (cluster, server) = server();
        let server = server.set_for_site("variants", json!("best"));
        let server = server.start().await;
        let site = server.site();
        let objects: Vec<Value> = made.iter().enumerate().map(|(n, m)| sent(n, m)).collect();
        // In two commits: the index has parts.
        for part in objects.chunks(objects.len().div_ceil(2)) {
            let stored = site.replace(part.to_vec()).await.status(201).json();
            assert_eq!(stored["errors_count"], 0, "{stored}");
        }
        let masters: Vec<Master> = made
            .iter()
            .enumerate()
            .map(|(n, m)| Master::new(n, m))
            .collect();
        for filters in queries {
            hits_are_masters_with_a_variant_that_is_let_through(&site, &masters, &filters).await;
            counts_are_of_hits(&site, &masters, &filters).await;
            pages_are_parts_of_one_order(&site, &filters).await;
        }
        drop((server, cluster));
    }
}

async fn hits_are_masters_with_a_variant_that_is_let_through(
    site: &SiteClient,
    masters: &[Master],
    filters: &Said,
) {
    let answer = search(site, filters, &[]).await;
    let found = answer.identities();
    let of_masters: BTreeSet<String> = found.iter().map(|id| master_of(id)).collect();
    let expected = masters
        .iter()
        .filter(|master| master.met(filters).next().is_some());
    let expected: BTreeSet<String> = expected.map(|master| master.identity.clone()).collect();
    assert_eq!(of_masters, expected, "{filters:?}");
    assert_eq!(
        found.len(),
        expected.len(),
        "one hit for each master: {found:?}"
    );
    assert_eq!(answer.total() as usize, expected.len());
}

/// A hit counts for every value of its variants that are let through, once for each.
async fn counts_are_of_hits(site: &SiteClient, masters: &[Master], filters: &Said) {
    for name in ["color", "size of it"] {
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for master in masters {
            let values = master
                .met(filters)
                .filter_map(|shown| shown.get(name)?.as_str());
            for value in values.collect::<BTreeSet<_>>() {
                *expected.entry(value.to_owned()).or_default() += 1;
            }
        }
        let answer = search(site, filters, &[("facets", name)]).await;
        let counted: BTreeMap<String, u64> = answer.facet(name).into_iter().collect();
        assert_eq!(counted, expected, "{name} of {filters:?}");
        for (value, count) in counted {
            let own = format!("{name}:{value}");
            let filtered = search(site, filters, &[("f_must[]", own.as_str())]).await;
            assert_eq!(filtered.total(), count, "{own} with {filters:?}");
        }
    }
}

async fn pages_are_parts_of_one_order(site: &SiteClient, filters: &Said) {
    for sort in [&[][..], &[("sort", "n:desc")]] {
        let whole = search(site, filters, sort).await.identities();
        let mut parts = Vec::new();
        for page in 1..=whole.len().div_ceil(3) {
            let page = page.to_string();
            // Of a parameter sent twice the last counts.
            let asked = [sort, &[("size", "3"), ("page", page.as_str())]].concat();
            parts.extend(search(site, filters, &asked).await.identities());
        }
        assert_eq!(parts, whole, "{filters:?} {sort:?}");
    }
}
