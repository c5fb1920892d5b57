//! An index that is not what the settings or the server want is made again by itself, while it serves.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{
    Answer, Launch, PATIENCE, PRIVATE_KEY, SearchCluster, ServerProcess, SiteClient, TRACKER_ID,
    TestServer, ask_with, eventually, product,
};

const OBJECTS: usize = 1_200;

/// A server that runs with a file, and the file.
struct WithFile<'c> {
    cluster: &'c SearchCluster,
    folder: tempfile::TempDir,
}

impl<'c> WithFile<'c> {
    fn new(cluster: &'c SearchCluster) -> Self {
        Self {
            cluster,
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("vetrina.toml")
    }

    fn write(&self, language: &str) {
        let text = format!(
            "backend = \"opensearch\"\n[[sites]]\ntracker_id = {TRACKER_ID:?}\nprivate_key = {PRIVATE_KEY:?}\n\
             language = {language:?}\n{}",
            self.cluster.section()
        );
        let new = self.file().with_extension("new");
        std::fs::write(&new, text).expect("a writable folder");
        std::fs::rename(new, self.file()).expect("a writable folder");
    }

    async fn start(&self, data: &Path) -> ServerProcess {
        let server = Launch::without_site(data)
            .arg("--config")
            .arg(&self.file().to_string_lossy())
            .start();
        server.ready().await;
        server
    }
}

fn food() -> impl Iterator<Item = crate::support::ObjectJson> {
    (0..OBJECTS).map(|at| product(&format!("/{at}")).field("title", "granule pro psy"))
}

async fn total(site: &SiteClient, text: &str) -> Option<u64> {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", text)
        .finish();
    let answer = site.search_answer(&query).await;
    if answer.status == 503 {
        comes_again(&answer);
        return None;
    }
    answer.status(200).json()["results"]["total_hits"].as_u64()
}

fn comes_again(answer: &Answer) {
    let wait = answer.header("retry-after").expect("a time to come again");
    assert!(wait.parse::<u32>().expect("seconds") > 0);
}

/// Indices of the catalog, whether they serve or not.
async fn indices(cluster: &SearchCluster) -> Vec<String> {
    let path = format!("/{}cat-{TRACKER_ID}+*/_alias", cluster.prefix);
    let told = cluster.get(&path).await.json();
    let all = told.as_object().expect("indices by name").keys();
    let number = |name: &String| name.rsplit_once('+').expect("a number").1.to_owned();
    all.map(number).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_settings_have_the_index_made_again_while_it_serves() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let with = WithFile::new(&cluster);
    with.write("none");
    let folder = with.folder.path();
    let servers = [
        with.start(&folder.join("a")).await,
        with.start(&folder.join("b")).await,
    ];
    let site = servers[0].site();
    site.replace(food()).await.ok();
    assert_eq!(total(&site, "psy").await, Some(OBJECTS as u64));
    assert_eq!(total(&site, "pes").await, Some(0), "no language yet");
    with.write("cs");
    for server in &servers {
        server.reload();
    }
    let written = Cell::new(OBJECTS as u64);
    eventually("the words of the language", async || {
        for server in &servers {
            // It serves all the time, and takes writes.
            assert!(total(&server.site(), "psy").await >= Some(OBJECTS as u64));
        }
        let name = format!("/{}", written.get());
        let late = product(&name).field("title", "granule pro psy");
        site.replace([late]).await.ok();
        written.set(written.get() + 1);
        (total(&site, "pes").await? == written.get()).then_some(())
    })
    .await;
    let written = written.get();
    for server in &servers {
        assert_eq!(total(&server.site(), "pes").await, Some(written));
    }
    let began = Instant::now();
    while indices(&cluster).await.len() > 1 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Where one server read its settings long before the other one, it was made more than once.
    let made = indices(&cluster).await;
    assert_eq!(made.len(), 1, "{made:?}");
    assert_ne!(made, ["1"]);
    // Whoever starts now finds it as it should be.
    let third = with.start(&folder.join("c")).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(indices(&cluster).await, made);
    assert_eq!(total(&third.site(), "pes").await, Some(written));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_an_older_version_is_made_again_at_the_start() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let first = cluster.server().await;
    first.site().replace(food()).await.ok();
    first.stop().await;
    let version = age(&cluster).await;
    let server = TestServer::builder()
        .set("backend", "\"opensearch\"")
        .sections(&cluster.section())
        .start_unready()
        .await;
    let site = server.site();
    // It takes writes all the same, once it has begun.
    eventually("a write", async || {
        let late = product("/late").field("title", "granule pro psy");
        let answer = site.replace([late]).await;
        if answer.status == 503 {
            comes_again(&answer);
            return None;
        }
        answer.ok();
        Some(())
    })
    .await;
    eventually("searches", async || {
        let found = total(&site, "psy").await?;
        assert_eq!(found, OBJECTS as u64 + 1, "an answer is whole");
        Some(())
    })
    .await;
    let began = Instant::now();
    while indices(&cluster).await.len() > 1 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(indices(&cluster).await, ["2"]);
    let path = format!("/{}cat-{TRACKER_ID}/_mapping", cluster.prefix);
    let told = cluster.get(&path).await.json();
    let index = told.as_object().and_then(|all| all.values().next());
    assert_eq!(
        index.expect("an index")["mappings"]["_meta"]["version"],
        version
    );
    eventually("readiness", async || {
        let answer = server.get("/health/ready").await;
        (answer.json()["status"] == "ready").then_some(())
    })
    .await;
}

/// Has the index and its site say what those said that an older server made; what the version was.
async fn age(cluster: &SearchCluster) -> Value {
    let json_body = [("content-type", "application/json")];
    let alias = format!("{}cat-{TRACKER_ID}", cluster.prefix);
    let told = cluster.get(&format!("/{alias}/_mapping")).await.json();
    let index = told.as_object().and_then(|all| all.values().next());
    let version = index.expect("an index")["mappings"]["_meta"]["version"].clone();
    let body = json!({ "_meta": { "version": 1 } }).to_string();
    let url = format!("{}/{alias}/_mapping", cluster.url);
    ask_with("PUT", &url, &json_body, body).await.status(200);
    let path = format!("/{}ctl/_doc/site:{TRACKER_ID}", cluster.prefix);
    let mut site = cluster.get(&path).await.status(200).json()["_source"].clone();
    let made = site
        .as_object_mut()
        .expect("what the site says")
        .remove("made");
    assert!(made.is_some(), "{site}");
    let url = format!("{}{path}", cluster.url);
    ask_with("PUT", &url, &json_body, site.to_string())
        .await
        .status(200);
    version
}
