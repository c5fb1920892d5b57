//! Variants that stand for their masters: the embedded backend and a cluster show the same ones, in the same order.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::{SearchCluster, SiteClient, TestServer, TestServerBuilder, product};

/// More than are looked at together.
const MASTERS: usize = 260;
const VARIANTS_MAX: usize = 6;

const COLORS: [&str; 4] = ["red", "blue", "green", "blue navy"];
const BRANDS: [&str; 2] = ["Acme", "Umbra"];
const KINDS: [&str; 3] = ["shirt", "coat", "hat"];

/// What a variant says: a price may be far from that of its siblings, and is not always that of the one that is shown.
fn variant() -> impl Strategy<Value = Map<String, Value>> {
    let price = proptest::option::weighted(0.8, 1..2_000_u32);
    let preference = proptest::option::weighted(0.3, 0..3_u32);
    let availability = proptest::option::weighted(0.4, 0..2_u32);
    let boost = proptest::option::weighted(0.1, 0..4_u32);
    (select(&COLORS[..]), price, preference, availability, boost).prop_map(
        |(color, price, preference, availability, boost)| {
            let mut said = Map::from_iter([("color".to_owned(), json!(color))]);
            for (name, value) in [
                ("price", price),
                ("_variant_preference", preference),
                ("availability", availability),
                ("boost", boost),
            ] {
                said.extend(value.map(|value| (name.to_owned(), json!(value))));
            }
            said
        },
    )
}

fn masters() -> Vec<Value> {
    let master = (
        select(&KINDS[..]),
        proptest::option::weighted(0.5, 1..2_000_u32),
        proptest::collection::vec(variant(), 0..VARIANTS_MAX),
    );
    let strategy = proptest::collection::vec(master, MASTERS);
    let mut runner = TestRunner::new(Config::default());
    let tree = strategy.new_tree(&mut runner);
    let made = tree.expect("nothing is rejected").current();
    let objects = made
        .into_iter()
        .enumerate()
        .map(|(number, (kind, price, variants))| {
            let mut fields =
                json!({ "title": format!("Linen {kind}"), "brand": BRANDS[number % 2] });
            if let Some(price) = price {
                fields["price"] = json!(price);
            }
            let nested = variants.into_iter().enumerate().map(|(at, mut said)| {
                let color = said["color"].as_str().unwrap_or_default();
                let title = format!("Linen {kind} {color}");
                said.insert("title".to_owned(), json!(title));
                json!({ "identity": format!("m{number}v{at}"), "type": "variant", "fields": said })
            });
            json!({
                "identity": format!("m{number}"),
                "type": "product",
                "fields": fields,
                "nested": nested.collect::<Vec<_>>(),
            })
        });
    objects.collect()
}

async fn store(site: &SiteClient, objects: &[Value]) {
    for part in objects.chunks(100) {
        site.replace(part.to_vec()).await.status(201);
    }
}

/// The answer as far as both say it alike: scores are not compared.
async fn told(site: &SiteClient, query: &str) -> (Vec<String>, u64, Vec<Vec<(String, u64)>>) {
    let answer = site.search(query).await;
    let counted = ["color", "type", "price_amount"].into_iter();
    let counted = counted.filter(|_| query.contains("facets="));
    let facets = counted.map(|name| answer.facet(name));
    (answer.identities(), answer.total(), facets.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_backends_show_the_same_variants_in_the_same_order() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let best = |builder: TestServerBuilder| builder.set_for_site("variants", "\"best\"").start();
    let embedded = best(TestServer::builder()).await;
    let clustered = best(cluster.builder()).await;
    let objects = masters();
    let (embedded, clustered) = (embedded.site(), clustered.site());
    tokio::join!(store(&embedded, &objects), store(&clustered, &objects));
    let mut queries = Vec::new();
    let facets = "facets=color,type,price_amount";
    for filter in [
        "",
        "f[]=color:red",
        "f[]=color:blue&f[]=color:red",
        "f[]=type:variant",
    ] {
        for sort in [
            "price_amount:asc",
            "price_amount:desc",
            "color:asc",
            "color:desc,price_amount:asc",
            "title:asc",
        ] {
            queries.push(format!("{filter}&sort={sort}&size=200&{facets}"));
            queries.push(format!("{filter}&sort={sort}&size=30&page=3"));
        }
        queries.push(format!("{filter}&size=120&{facets}"));
        queries.push(format!("{filter}&size=30&page=3"));
    }
    for text in ["linen", "shirt", "coat+red", "blue"] {
        queries.push(format!("q={text}&sort=price_amount:asc&size=200&{facets}"));
        queries.push(format!("q={text}&sort=price_amount:desc&size=10&page=2"));
    }
    for query in [
        "sort=price_amount:asc&size=200",
        "sort=color:desc&size=40&page=6",
        "size=200",
        "q=coat&sort=price_amount:asc&size=100",
    ] {
        queries.push(format!("{query}&non_collapsed_variants=true&{facets}"));
    }
    for wish in ["color:red", "color:blue navy&prefer[]=brand:Umbra"] {
        let wish = wish.replace(' ', "+");
        queries.push(format!("prefer[]={wish}&size=40&page=5&{facets}"));
    }
    for query in queries {
        let expected = told(&embedded, &query).await;
        assert!(!expected.0.is_empty(), "{query} finds nothing");
        assert_eq!(told(&clustered, &query).await, expected, "{query}");
    }
    // What is ranked by a text is shown alike; of what is as good another one may come first.
    let texts = ["linen", "coat", "coat+red", "shirt+navy", "umbra+hat"];
    for text in texts
        .into_iter()
        .chain(["linen&f[]=color:red", "blue&f[]=color:green&f[]=brand:Acme"])
    {
        let sorted = async |site: &SiteClient| {
            let query = format!("q={text}&size=150&{facets}");
            let (mut hits, total, counted) = told(site, &query).await;
            hits.extend(told(site, &format!("{query}&page=2")).await.0);
            hits.sort();
            (hits, total, counted)
        };
        assert_eq!(sorted(&clustered).await, sorted(&embedded).await, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variants_go_with_what_a_commit_deletes_and_nothing_is_found_before_the_first_write() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let builder = cluster.builder();
    let server = builder.set_for_site("variants", "\"best\"").start().await;
    let site = server.site();
    for query in [
        "",
        "q=shirt",
        "sort=price_amount:asc",
        "facets=color,type",
        "q=shirt&sort=title:asc",
    ] {
        // Of an attribute that nothing has nobody can ask for an order.
        let answer = site.search_answer(query).await;
        if query.contains("sort") {
            answer.status(400);
        } else {
            assert_eq!(answer.ok().json()["results"]["total_hits"], 0, "{query}");
        }
    }
    let shirt = |identity: &str, generation: &str| {
        let variant = json!({
            "identity": format!("{identity}-red"),
            "type": "variant",
            "fields": { "title": "Linen shirt red", "color": "red" },
        });
        product(identity)
            .field("title", "Linen shirt")
            .generation(generation)
            .nested(variant)
    };
    site.replace([shirt("a", "g1"), shirt("b", "g1")])
        .await
        .ok();
    site.replace([shirt("c", "g2")]).await.ok();
    let found = async |query: &str| {
        let answer = site.search(query).await;
        let mut found = answer.identities();
        found.sort();
        assert_eq!(answer.total() as usize, found.len(), "{query}");
        found.join(" ")
    };
    for query in ["f[]=color:red", "q=shirt", "q=red", "sort=title:asc"] {
        assert_eq!(found(query).await, "a-red b-red c-red", "{query}");
    }
    site.commit("product", "g2").await.ok();
    for query in ["f[]=color:red", "q=shirt", "q=red", "sort=title:asc"] {
        assert_eq!(found(query).await, "c-red", "{query}");
    }
    assert_eq!(
        site.search("facets=color").await.facet("color"),
        [("red".to_owned(), 1)]
    );
}
