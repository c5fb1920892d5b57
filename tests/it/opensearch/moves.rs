//! `vetrina move`: from a data folder to a cluster and back.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{PRIVATE_KEY, SearchCluster, TRACKER_ID, TestServer, product, vetrina};

pub(super) struct Shop {
    pub(super) cluster: SearchCluster,
    folder: tempfile::TempDir,
    /// More of the configuration, and variables that it names.
    pub(super) sections: String,
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Shop {
    pub(super) fn new() -> Option<Self> {
        Some(Self {
            cluster: SearchCluster::new()?,
            folder: tempfile::tempdir().expect("a temporary folder"),
            sections: String::new(),
            variables: Vec::new(),
        })
    }

    pub(super) fn data_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    async fn embedded(&self) -> TestServer {
        TestServer::builder()
            .data_dir(&self.data_dir())
            .start()
            .await
    }

    /// Runs the command; what it ended with and what it said.
    pub(super) async fn moves(&self, from: &str, to: &str, more: &[&str]) -> (i32, String) {
        let mut command = self.command(from, to, more);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.expect("it was waited for").expect("the binary runs");
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code().unwrap_or(-1), told)
    }

    /// Begins it, and kills it after a while.
    pub(super) async fn cut_off(&self, from: &str, to: &str, after: Duration) {
        let mut command = self.command(from, to, &[]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut begun = command.spawn().expect("the binary runs");
        tokio::time::sleep(after).await;
        begun.kill().expect("it runs, or has ended");
        begun.wait().expect("it has ended");
    }

    fn command(&self, from: &str, to: &str, more: &[&str]) -> Command {
        let file = self.folder.path().join("vetrina.toml");
        let text = format!(
            "data_dir = \"{}\"\n[[sites]]\ntracker_id = {TRACKER_ID:?}\nprivate_key = {PRIVATE_KEY:?}\n{}takeover_after_ms = 500\n{}",
            self.data_dir().display(),
            self.cluster.section(),
            self.sections,
        );
        std::fs::write(&file, text).expect("a writable folder");
        let mut command = vetrina(&["move", "--config", &file.to_string_lossy()]);
        command.args(["--from", from, "--to", to]).args(more);
        command.envs(self.variables.iter().cloned());
        command
    }
}

/// All of it, as `form=import` tells it.
pub(super) async fn exported(server: &TestServer) -> Vec<Value> {
    let path = "/v1/content_export?form=import";
    let page = server.site().signed("GET", path, "{}").await.status(200);
    let page = page.json();
    assert_eq!(page["links"], json!([]), "one page");
    page["objects"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalog_is_moved_to_a_cluster_beside_its_server_and_back() {
    let Some(shop) = Shop::new() else {
        return;
    };
    let embedded = shop.embedded().await;
    let nested = json!({"identity": "c1", "type": "category", "fields": {"title": "Socks"}});
    let objects = (0..60).map(|at| {
        let name = format!("/p{at}");
        product(&name)
            .field("price_amount", at)
            .generation(if at % 2 == 0 { "g1" } else { "g2" })
            .nested(nested.clone())
    });
    embedded.site().replace(objects).await.ok();
    let (code, told) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("61 objects, 61 written"), "{told}");
    assert!(told.contains("not finished"), "{told}");
    // What comes meanwhile comes along.
    embedded.site().replace([product("/late")]).await.ok();
    embedded
        .site()
        .patch([json!({"identity": "/p1", "fields": {"color": "red"}})])
        .await
        .status(200);
    embedded
        .site()
        .delete([("product", "/p2")])
        .await
        .status(200);
    let expected = exported(&embedded).await;
    embedded.stop().await;
    let (code, told) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("2 written, 1 deleted"), "{told}");
    assert!(told.contains("the same, 61 objects"), "{told}");
    let cluster = shop.cluster.server().await;
    assert_eq!(exported(&cluster).await, expected);
    // And back, to a folder that has none of it.
    std::fs::remove_dir_all(shop.data_dir()).expect("it is there");
    cluster
        .site()
        .replace([product("/in_the_cluster")])
        .await
        .ok();
    let (code, told) = shop.moves("opensearch", "embedded", &[]).await;
    assert_eq!(code, 3, "{told}");
    cluster.site().replace([product("/later")]).await.ok();
    let expected = exported(&cluster).await;
    let (code, told) = shop.moves("opensearch", "embedded", &["--finish"]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the same, 63 objects"), "{told}");
    // Nobody writes there any more.
    let refused = cluster.site().replace([product("/lost")]).await.status(503);
    assert_eq!(refused.header("retry-after"), Some("60"));
    let embedded = shop.embedded().await;
    assert_eq!(exported(&embedded).await, expected);
}
