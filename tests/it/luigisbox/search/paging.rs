//! Pages and how one leads to the next (docs/reference/05-search.md §2, §4).

use serde_json::{Value, json};

use super::{Catalog, product};

/// `p000`, `p001` and so on.
async fn numbered(count: usize) -> Catalog {
    let objects = (0..count)
        .map(|n| product(&format!("p{n:03}"), json!({"n": n, "kind": "a b,c:d|é"})))
        .collect();
    Catalog::of_list(objects).await
}

/// Follows `next_page` to the end; the identities of every page.
async fn pages(catalog: &Catalog, parameters: &str) -> Vec<Vec<String>> {
    let first = catalog.search(parameters).await;
    let mut pages = vec![first.identities()];
    let mut next_page = first.json()["next_page"].clone();
    while let Some(url) = next_page.as_str() {
        let own = url.strip_prefix(&catalog.0.base());
        let answer = catalog
            .get(own.expect("the address asked"))
            .await
            .ok()
            .json();
        let hits = answer["results"]["hits"].as_array().expect("a list");
        let urls = hits.iter().map(|hit| hit["url"].as_str().expect("a text"));
        pages.push(urls.map(str::to_owned).collect());
        assert!(pages.len() < 100, "pages without an end");
        next_page = answer["next_page"].clone();
    }
    assert_eq!(next_page, Value::Null);
    pages
}

#[tokio::test]
async fn next_page_leads_through_every_hit_once() {
    let catalog = numbered(23).await;
    let all: Vec<_> = (0..23).map(|n| format!("p{n:03}")).collect();
    let every_form = "f%5B0%5D=kind%3Aa%20b%2Cc%3Ad%7C%C3%A9&f[]=kind:none&sort=n:asc&size=7";
    for (parameters, first, sizes) in [
        ("sort=n:asc&size=5", 0, [5, 5, 5, 5, 3].as_slice()),
        ("sort=n:asc&size=23", 0, &[23]),
        ("sort=n:asc&size=200", 0, &[23]),
        ("size=10", 0, &[10, 10, 3]),
        ("page=2&sort=n:asc", 10, &[10, 3]),
        (every_form, 0, &[7, 7, 7, 2]),
        ("from=0&sort=n:asc&size=20", 0, &[20, 3]),
        ("from=3&sort=n:asc&size=10", 3, &[10, 10]),
        ("q=nothing+of+the+kind", 23, &[0]),
    ] {
        let pages = pages(&catalog, parameters).await;
        let found: Vec<_> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, sizes, "{parameters}");
        assert_eq!(pages.concat(), all[first..], "{parameters}");
    }
}

#[tokio::test]
async fn sizes_and_pages_out_of_range_are_replaced() {
    let catalog = numbered(12).await;
    for (parameters, hits) in [
        ("", 10),
        ("size=-1", 10),
        ("size=x", 10),
        ("size=999", 12),
        ("size=0", 0),
        ("page=0", 10),
        ("page=-1", 10),
        ("page=2", 2),
        ("page=3", 0),
        ("page=1e9", 10),
        ("from=11", 1),
        ("from=x", 10),
        ("page=1&from=11", 10),
        ("page=18446744073709551616", 0),
        ("size=200&page=51", 0),
    ] {
        let answer = catalog.search(parameters).await;
        assert_eq!(answer.hits().len(), hits, "{parameters}");
        assert_eq!(answer.total(), 12, "{parameters}");
    }
}

#[tokio::test]
async fn offset_is_there_on_full_pages_only() {
    let catalog = numbered(5).await;
    for (parameters, offset) in [
        ("size=2", Some("2")),
        ("size=2&page=2", Some("4")),
        ("size=2&page=3", None),
        ("size=5", Some("5")),
    ] {
        let answer = catalog.search(parameters).await;
        let told = answer.json()["results"].get("offset");
        assert_eq!(told, offset.map(Value::from).as_ref(), "{parameters}");
    }
}
