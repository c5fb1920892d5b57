//! GET `/v1/content_export` (docs/reference/02-content.md §9). The command made of it is in `export`.

mod forms;
mod pages;

use serde_json::Value;

use crate::support::{Answer, SiteClient};

const PATH: &str = "/v1/content_export";

async fn page(site: &SiteClient, query: &str) -> Answer {
    site.signed("GET", &format!("{PATH}{query}"), "{}").await
}

/// The query string of the next page.
fn next(page: &Value) -> Option<String> {
    let links = page["links"].as_array().expect("links");
    let link = links.first()?;
    assert_eq!(link["rel"], "next");
    let href = link["href"].as_str().expect("an address");
    let (address, query) = href.split_once('?').expect("a cursor");
    assert!(
        address.starts_with("http://") && address.ends_with(PATH),
        "{href}"
    );
    assert!(
        query.starts_with("cursor=") && !query.contains('&'),
        "{href}"
    );
    Some(format!("?{query}"))
}

/// Every object, following the links.
async fn all(site: &SiteClient, query: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    let mut query = Some(query.to_owned());
    while let Some(asked) = query {
        let page = page(site, &asked).await.status(200).json();
        objects.extend(page["objects"].as_array().expect("objects").clone());
        query = next(&page);
    }
    objects
}

fn urls(objects: &[Value]) -> Vec<&str> {
    let urls = objects.iter().map(|object| object["url"].as_str());
    urls.map(|url| url.expect("a url")).collect()
}
