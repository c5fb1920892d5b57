//! What a crash may take: nothing that was acknowledged. The real binary is killed, its folder damaged,
//! and started again; then it is asked what it still knows.

mod backup;
mod commit;
mod full_disk;
mod jobs;
mod kills;
mod lost_files;
mod names;
mod rebuilds;
mod reindex;
mod starts;
mod upgrades;

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Launch, ServerProcess, SiteClient, TRACKER_ID, vetrina};

/// A data folder of the usual test site, which outlives its servers.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// Starts a server and waits until it is ready.
    async fn start(&self) -> ServerProcess {
        let server = Launch::new(self.folder.path()).start();
        server.ready().await;
        server
    }

    fn index(&self) -> PathBuf {
        self.folder
            .path()
            .join("sites")
            .join(TRACKER_ID)
            .join("index")
    }

    /// Lets the server end in order, then has store and index compared.
    fn end(&self, server: ServerProcess, context: &str) {
        let (status, log) = server.stop();
        assert!(status.success(), "{context}: {status}\n{log}");
        let check = vetrina(&["check", "--data-dir"])
            .arg(self.folder.path())
            .output()
            .expect("the binary runs");
        assert!(check.status.success(), "{context}: {check:?}");
    }
}

fn authority(server: &ServerProcess) -> &str {
    server.base().trim_start_matches("http://")
}

/// A signed request as it goes over a raw connection.
fn signed_request(site: &SiteClient, method: &str, target: &str, body: &str) -> String {
    let headers = site.headers(method, target);
    let lines = headers
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .concat();
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: test\r\n{lines}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Objects of several kinds of values, with categories and brands that many share.
fn invented(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| {
            let (category, brand) = (n % 17, n % 5);
            json!({"identity": format!("p{n}"), "type": "product",
                "fields": {"title": format!("Product {n}"), "price": format!("{n}.90 EUR"), "weight": n,
                           "sold_out": n % 2 == 0, "tags": ["a", format!("t{}", n % 9)]},
                "nested": [
                    {"identity": format!("c{category}"), "type": "category",
                     "fields": {"title": format!("Category {category}")}},
                    {"identity": format!("b{brand}"), "type": "brand",
                     "fields": {"title": format!("Brand {brand}")}}]})
        })
        .collect()
}

fn name(object: &Value) -> String {
    object["identity"].as_str().expect("an identity").to_owned()
}

/// Hits by identity.
async fn find(site: &SiteClient, names: &[String]) -> HashMap<String, Value> {
    let mut found = HashMap::new();
    for some in names.chunks(100) {
        let filters: Vec<_> = some
            .iter()
            .map(|name| format!("f[]=identity:{name}"))
            .collect();
        let answer = site
            .search(&format!("size=200&{}", filters.join("&")))
            .await;
        for hit in answer.hits() {
            let name = hit["url"].as_str().expect("a hit has a url").to_owned();
            let before = found.insert(name, hit.clone());
            assert!(before.is_none(), "found twice: {hit}");
        }
    }
    found
}

async fn products(site: &SiteClient) -> u64 {
    site.search("f[]=type:product&size=0").await.total()
}
