//! A whole catalog in the server against a plain scan of its file. Invariant: the scan shares no code
//! with the server, it reads the JSON as the reference describes it and nothing more.
//!
//! The demo catalog is always compared; `VETRINA_CATALOG` names another file (NDJSON, gzip) to compare
//! too.

mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde_json::{Value, json};

use crate::support::{SiteClient, TestServer, get};
use scan::{Scan, Scanned};

const DEMO: &str = include_str!("../../../src/cli/demo.ndjson");

/// Hits beyond this rank cannot be reached by paging (docs/reference/05-search.md §2).
const REACH: usize = 10_000;

/// Most values of a facet (docs/reference/05-search.md §2 leaves it to us).
const FACET_VALUES_MAX: usize = 1_000;

/// Most titles and paths that are looked up one by one.
const LOOKED_UP: usize = 60;

#[tokio::test]
async fn the_demo_catalog_answers_as_a_scan_of_it() {
    compare(DEMO).await;
}

#[tokio::test]
async fn a_given_catalog_answers_as_a_scan_of_it() {
    let Some(path) = std::env::var_os("VETRINA_CATALOG") else {
        return;
    };
    let file = std::fs::File::open(path).expect("the file that VETRINA_CATALOG names");
    let mut lines = String::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(file);
    decoder.read_to_string(&mut lines).expect("gzip of UTF-8");
    compare(&lines).await;
}

async fn compare(lines: &str) {
    let objects: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let server = TestServer::start().await;
    let site = server.site();
    load(&site, &objects).await;
    let scan = Scan::of(&objects);
    compare_counts(&site, &scan).await;
    compare_categories(&site, &scan).await;
    compare_prices(&site, &scan).await;
}

/// In order, over one connection after the other: the file may contradict itself, the last line wins.
async fn load(site: &SiteClient, objects: &[Value]) {
    for batch in objects.chunks(100) {
        let body = json!({ "objects": batch }).to_string();
        let answer = site
            .signed("POST", "/v1/content?wait_for=visible", body)
            .await;
        let answer = answer.status(201).json();
        assert_eq!(answer["errors_count"], 0, "{answer}");
    }
}

async fn compare_counts(site: &SiteClient, scan: &Scan) {
    let answer = site.search("facets=type:1000&size=0").await;
    let types = counted(scan.visible().map(|object| object.object_type.as_str()));
    assert_eq!(answer.facet("type"), types, "types");
    assert_eq!(answer.total() as usize, scan.visible().count());

    let facets = format!("brand:{FACET_VALUES_MAX},category:{FACET_VALUES_MAX}");
    let answer = site
        .search(&format!("f[]=type:product&facets={facets}&size=0"))
        .await;
    let brands = counted(scan.products().flat_map(|one| texts(&one.brands)));
    assert!(!brands.is_empty(), "the catalog has brands");
    assert_eq!(answer.facet("brand"), brands, "brands");
    let categories = counted(scan.products().flat_map(|one| texts(&one.categories)));
    assert!(!categories.is_empty(), "the catalog has categories");
    assert_eq!(answer.facet("category"), categories, "categories");
}

fn texts(set: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    set.iter().map(String::as_str)
}

/// By count descending, then value.
fn counted<'a>(values: impl Iterator<Item = &'a str>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(value, count)| (value.to_owned(), count))
        .collect();
    counts.sort_by(|(_, one), (_, other)| other.cmp(one));
    counts.truncate(FACET_VALUES_MAX);
    counts
}

/// What a scanned object holds of one attribute.
type Titles = fn(&Scanned) -> &BTreeSet<String>;

async fn compare_categories(site: &SiteClient, scan: &Scan) {
    let fields: [(&str, Titles); 2] = [
        ("category", |one| &one.categories),
        ("all_categories_path", |one| &one.paths),
    ];
    for (field, values_of) in fields {
        let values: BTreeSet<&String> = scan.products().flat_map(values_of).collect();
        let step = values.len().div_ceil(LOOKED_UP);
        for value in values.into_iter().step_by(step) {
            let expected = scan.identities(|one| values_of(one).contains(value));
            let filter = parameter("f[]", &format!("{field}:{value}"));
            let mut found = every_hit(site, &format!("f[]=type:product&{filter}&size=100")).await;
            found.sort();
            assert_eq!(found, sorted(expected), "{field} {value}");
        }
    }
}

async fn compare_prices(site: &SiteClient, scan: &Scan) {
    let in_range = |one: &Scanned| {
        one.price
            .is_some_and(|price| (100.0..=500.0).contains(&price))
    };
    let expected = scan.identities(in_range);
    assert!(!expected.is_empty(), "the catalog has such prices");
    let parameters = "f[]=type:product&f[]=price_amount:100|500";
    let counted = site.search(&format!("{parameters}&size=0")).await;
    assert_eq!(counted.total() as usize, expected.len());
    if expected.len() <= REACH {
        let mut found = every_hit(site, &format!("{parameters}&size=200")).await;
        found.sort();
        assert_eq!(found, sorted(expected), "prices from 100 to 500");
    }

    // Equal prices in the order of insertion, missing ones last.
    let mut by_price: Vec<&Scanned> = scan.products().collect();
    let price = |one: &Scanned| one.price.unwrap_or(f64::INFINITY);
    by_price.sort_by(|one, other| price(one).total_cmp(&price(other)));
    let by_price: Vec<_> = by_price
        .into_iter()
        .map(|one| one.identity.clone())
        .collect();
    let parameters = "f[]=type:product&sort=price_amount:asc&size=200";
    let found = every_hit(site, parameters).await;
    assert_eq!(found, by_price[..REACH.min(by_price.len())], "by price");
}

fn sorted(mut identities: Vec<String>) -> Vec<String> {
    identities.sort();
    identities
}

fn parameter(name: &str, value: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.append_pair(name, value).finish()
}

/// Identities of a search's hits, following `next_page` to the end.
async fn every_hit(site: &SiteClient, parameters: &str) -> Vec<String> {
    let first = site.search(parameters).await;
    let mut found = first.identities();
    let mut next_page = first.json()["next_page"].clone();
    while let Some(url) = next_page.as_str() {
        let answer = get(url).await.ok().json();
        let hits = answer["results"]["hits"].as_array().expect("a list");
        let urls = hits.iter().map(|hit| hit["url"].as_str().expect("a text"));
        found.extend(urls.map(str::to_owned));
        assert!(found.len() <= REACH, "more hits than can be reached");
        next_page = answer["next_page"].clone();
    }
    found
}
