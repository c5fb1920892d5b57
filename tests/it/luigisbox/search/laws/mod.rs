//! What holds of every search, whatever the catalog: random ones, with odd names, odd values, lists and
//! gaps, are asked through HTTP and compared with a plain scan of the JSON that was sent. Invariant: the
//! scan shares no code with the server.

mod attributes;
mod naive;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use self::attributes::{attributes, kind_of};
use self::naive::{Entry, Kind, Tree, holds, in_range, sorted};
use crate::support::{SearchAnswer, SiteClient, TestServer};

const CATALOGS: usize = 5;
const OBJECTS: usize = 40;
const QUERIES: usize = 14;
const TYPES: [&str; 2] = ["product", "article"];

fn object() -> impl Strategy<Value = (&'static str, Map<String, Value>)> {
    let all = attributes();
    let values = all.into_iter().map(|(name, _, values)| {
        let some = subsequence(values, 0..3);
        let written =
            (some, any::<bool>()).prop_map(move |(values, as_list)| match values.as_slice() {
                [] => None,
                [one] if !as_list => Some((name, one.clone())),
                _ => Some((name, json!(values))),
            });
        proptest::option::weighted(0.7, written)
            .prop_map(Option::flatten)
            .boxed()
    });
    (select(&TYPES[..]), values.collect::<Vec<_>>()).prop_map(|(object_type, attributes)| {
        let attributes = attributes.into_iter().flatten();
        (
            object_type,
            attributes
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    })
}

fn filter() -> impl Strategy<Value = (String, String)> {
    let all: Vec<_> = attributes().into_iter().collect();
    select(all).prop_flat_map(|(name, kind, values)| {
        let exact = select(values).prop_map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        });
        let more = match kind {
            Kind::Text => vec![
                "value_missing",
                "nobody",
                "|5.5",
                "6|",
                "2024-01-01|",
                "x|7",
            ],
            Kind::Boolean => vec!["value_missing", "nobody", "0|1"],
            Kind::Number => vec!["value_missing", "0|5", "|", "2.5|", "|-1", "NaN", "x|"],
            Kind::Date => vec![
                "value_missing",
                "2024-01-01|",
                "|2024-06-01",
                "soon",
                "2020|",
            ],
        };
        let value = prop_oneof![3 => exact, 2 => select(more).prop_map(str::to_owned)];
        value.prop_map(move |value| (name.to_owned(), value))
    })
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = filter().prop_map(|(field, value)| Tree::Leaf(field, value));
    leaf.prop_recursive(3, 10, 3, |tree| {
        let list = proptest::collection::vec(tree, 1..4);
        prop_oneof![
            list.clone().prop_map(Tree::And),
            list.clone().prop_map(Tree::Or),
            list.prop_map(Tree::Not),
        ]
    })
}

/// Numbers that come again with the same `PROPTEST_RNG_SEED`.
struct Random(TestRunner);

impl Random {
    fn one<T: std::fmt::Debug>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        let tree = strategy.new_tree(&mut self.0);
        tree.expect("nothing is rejected for ever").current()
    }
}

/// A server with a random catalog, and the same as a list.
struct Shop {
    _server: TestServer,
    site: SiteClient,
    objects: Vec<Entry>,
}

impl Shop {
    async fn random(random: &mut Random) -> Self {
        let server = TestServer::start().await;
        let site = server.site();
        let made = random.one(proptest::collection::vec(object(), 1..OBJECTS));
        // The first value of an attribute is its type.
        let all = attributes().into_iter();
        let first = all.map(|(name, _, values)| (name.to_owned(), values[0].clone()));
        let made = [(TYPES[0], first.collect())].into_iter().chain(made);
        let objects: Vec<Entry> = (0..).zip(made).map(Entry::new).collect();
        // In two commits: the index has parts.
        let (first, second) = objects.split_at(objects.len() / 2);
        for part in [first, second].into_iter().filter(|part| !part.is_empty()) {
            let stored = site.replace(part.iter().map(Entry::json)).await;
            let stored = stored.status(201).json();
            assert_eq!(stored["errors_count"], 0, "{stored}");
        }
        Self {
            _server: server,
            site,
            objects,
        }
    }

    async fn search(&self, parameters: &[(&str, &str)], body: &Value) -> SearchAnswer {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("size", "200").extend_pairs(parameters);
        let query = query.finish();
        SearchAnswer::new(self.site.search_post(&query, body.to_string()).await)
    }

    async fn found(&self, parameters: &[(&str, &str)], body: &Value) -> BTreeSet<String> {
        let answer = self.search(parameters, body).await;
        let found: BTreeSet<String> = answer.identities().into_iter().collect();
        assert_eq!(found.len() as u64, answer.total(), "{parameters:?}");
        found
    }

    fn scan(&self, is_met: impl Fn(&Entry) -> bool) -> BTreeSet<String> {
        let met = self.objects.iter().filter(|object| is_met(object));
        met.map(|object| object.identity.clone()).collect()
    }
}

fn colon((field, value): &(String, String)) -> String {
    format!("{field}:{value}")
}

#[tokio::test]
async fn searches_keep_the_laws() {
    let mut random = Random(TestRunner::new(Config::default()));
    for _ in 0..CATALOGS {
        let shop = Shop::random(&mut random).await;
        for _ in 0..QUERIES {
            filters_find_what_a_scan_finds(&shop, &mut random).await;
            trees_join_as_sets_do(&shop, &mut random).await;
        }
        for (attribute, ..) in attributes() {
            let filter = random.one(filter());
            counts_are_those_of_filters(&shop, attribute, &filter).await;
            pages_are_parts_of_one_order(&shop, attribute, &mut random).await;
        }
    }
}

async fn filters_find_what_a_scan_finds(shop: &Shop, random: &mut Random) {
    let lists = random.one(proptest::collection::vec(
        proptest::collection::vec(filter(), 0..4),
        3,
    ));
    let [any_of, all_of, none_of] = &lists[..] else {
        panic!("three lists");
    };
    let is_met = |object: &Entry| {
        let met = |(field, value): &(String, String)| holds(object, kind_of(field), field, value);
        let has_one_of_each = any_of.iter().all(|(field, _)| {
            let mut alternatives = any_of.iter().filter(|(other, _)| other == field);
            alternatives.any(met)
        });
        has_one_of_each && all_of.iter().all(met) && !none_of.iter().any(met)
    };
    let mut parameters = Vec::new();
    for (name, filters) in [("f[]", any_of), ("f_must[]", all_of), ("neg_f[]", none_of)] {
        parameters.extend(filters.iter().map(|filter| (name, colon(filter))));
    }
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let found = shop.found(&parameters, &json!({})).await;
    assert_eq!(found, shop.scan(is_met), "{parameters:?}");
    // One filter less never finds less, but for an alternative.
    if let [before @ .., (name, _)] = &parameters[..]
        && *name != "f[]"
    {
        assert!(shop.found(before, &json!({})).await.is_superset(&found));
    }
}

async fn trees_join_as_sets_do(shop: &Shop, random: &mut Random) {
    let (one, other) = (random.one(tree()), random.one(tree()));
    let filters = |tree: Tree| {
        // Each type has the tree; a tree of a type nobody asks for says nothing.
        let tree = tree.json();
        json!({"filters": {"product": tree, "article": tree, "other": {"filter": "color:x"}}})
    };
    let found = async |tree: &Tree| shop.found(&[], &filters(tree.clone())).await;
    let (of_one, of_other) = (found(&one).await, found(&other).await);
    assert_eq!(
        of_one,
        shop.scan(|object| one.holds(object, kind_of)),
        "{one:?}"
    );

    let everything = shop.scan(|_| true);
    let both = Tree::And(vec![one.clone(), other.clone()]);
    let either = Tree::Or(vec![one.clone(), other.clone()]);
    let neither = Tree::Not(vec![one.clone(), other.clone()]);
    assert_eq!(found(&both).await, &of_one & &of_other);
    assert_eq!(found(&either).await, &of_one | &of_other);
    assert_eq!(found(&neither).await, &(&everything - &of_one) - &of_other);
    assert_eq!(found(&Tree::Not(vec![neither])).await, found(&either).await);

    // The tree of one type leaves the others alone.
    let of_products = json!({"filters": {"product": one.json()}});
    let others = shop.scan(|object| object.object_type != "product" || one.holds(object, kind_of));
    assert_eq!(shop.found(&[], &of_products).await, others);
    // The body and the URL hold together.
    let products = shop.found(&[("f[]", "type:product")], &of_products).await;
    assert_eq!(
        products,
        &others & &shop.scan(|object| object.object_type == "product")
    );
}

async fn counts_are_those_of_filters(shop: &Shop, attribute: &str, filter: &(String, String)) {
    let must = colon(filter);
    let asked = [("f_must[]", must.as_str()), ("facets", attribute)];
    if attribute.contains(',') {
        return;
    }
    let answer = shop.search(&asked, &json!({})).await;
    let result = shop.scan(|object| holds(object, kind_of(&filter.0), &filter.0, &filter.1));
    let counts = answer.facet(attribute);
    let kind = kind_of(attribute);
    let (ranges, texts): (Vec<_>, Vec<_>) = counts
        .iter()
        .partition(|(value, _)| matches!(kind, Kind::Number | Kind::Date) && value.contains('|'));
    assert_eq!(
        counts[..ranges.len()].iter().collect::<Vec<_>>(),
        ranges,
        "ranges come first"
    );
    for (value, count) in texts {
        let own = format!("{attribute}:{value}");
        let found = shop
            .found(&[asked[0], ("f[]", own.as_str())], &json!({}))
            .await;
        // What looks like a range finds what lies in it, too.
        let is_range = value.contains('|');
        let found = found.len() as u64;
        assert!(
            found == *count || is_range && found > *count,
            "{own} with {must}"
        );
        // Seen with its own filter too: others stay selectable.
        let selected = shop
            .search(&[asked[0], asked[1], ("f[]", own.as_str())], &json!({}))
            .await;
        assert_eq!(selected.facet(attribute), counts, "{own}");
    }
    if matches!(kind, Kind::Text | Kind::Boolean) {
        return;
    }
    let objects = || {
        shop.objects
            .iter()
            .filter(|object| result.contains(&object.identity))
    };
    let last = ranges.len().saturating_sub(1);
    for (at, (range, count)) in ranges.iter().enumerate() {
        let is_in = |object: &&Entry| {
            object
                .numbers(attribute, kind)
                .iter()
                .any(|n| in_range(*n, range, kind, at == last))
        };
        assert_eq!(
            objects().filter(is_in).count() as u64,
            *count,
            "{attribute} {range}"
        );
    }
    for object in objects() {
        for number in object.numbers(attribute, kind) {
            let ranges = ranges.iter().enumerate();
            let holding =
                ranges.filter(|(at, (range, _))| in_range(number, range, kind, *at == last));
            assert_eq!(holding.count(), 1, "{attribute} {number} in {counts:?}");
        }
    }
}

async fn pages_are_parts_of_one_order(shop: &Shop, attribute: &str, random: &mut Random) {
    let (descending, size) = random.one((any::<bool>(), 1..8_usize));
    let kind = kind_of(attribute);
    if shop
        .objects
        .iter()
        .all(|object| object.values(attribute).is_empty())
    {
        return;
    }
    let direction = if descending { "desc" } else { "asc" };
    let sort = format!("{attribute}:{direction}");
    let expected = sorted(&shop.objects, attribute, kind, descending);
    let mut found = Vec::new();
    for page in 1.. {
        let (size, page) = (size.to_string(), page.to_string());
        let parameters = [("sort", sort.as_str()), ("size", &size), ("page", &page)];
        let answer = shop.search(&parameters, &json!({})).await;
        assert_eq!(answer.total() as usize, expected.len());
        found.extend(answer.identities());
        if answer.json()["next_page"].is_null() {
            break;
        }
    }
    assert_eq!(found, expected, "{sort}");
}
