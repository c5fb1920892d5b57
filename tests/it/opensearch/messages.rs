//! What commands say whose configuration names a cluster. Most of it needs none.

use std::path::Path;

use serde_json::json;

use crate::support::{Reply, ScriptedServer, SearchCluster, TestServer, get, product, vetrina};

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

fn configuration(folder: &Path, section: &str) -> String {
    let text = format!(
        "backend = \"opensearch\"\ndata_dir = {:?}\n[[sites]]\ntracker_id = \"1234-5678\"\n\
         private_key = \"0123456789abcdef\"\n{section}",
        folder.join("data").to_string_lossy()
    );
    let file = folder.join("vetrina.toml");
    std::fs::write(&file, text).expect("a writable folder");
    file.to_string_lossy().into_owned()
}

fn at(node: &str) -> String {
    format!("[opensearch]\nnodes = [{node:?}]\n")
}

/// How it ends, and all that it prints.
async fn run(args: &[&str]) -> (bool, String) {
    let mut command = vetrina(args);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it was waited for").expect("the binary runs");
    let (out, err) = (output.stdout, output.stderr);
    let told = [out, err].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    (output.status.success(), told)
}

#[tokio::test]
async fn commands_for_a_data_folder_say_what_to_do_with_a_cluster() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = configuration(folder.path(), &at(NOBODY));
    let file = folder.path().join("a.tar");
    let file = file.to_string_lossy();
    let of = |words: &'static str| ["in a cluster", words];
    for (command, words) in [
        (&["check"][..], of("vetrina doctor")),
        (&["backup", &file], of("snapshots of the cluster")),
        (&["attributes"], of("catalog browser")),
        (&["events", "report"], of("catalog browser")),
    ] {
        let args = [command, &["--config", &config]].concat();
        let (is_well, told) = run(&args).await;
        assert!(!is_well, "{command:?}: {told}");
        for words in words {
            assert!(told.contains(words), "{command:?}: {told}");
        }
        assert!(!told.contains("no sites in"), "{command:?}: {told}");
    }
    // Of a folder that is named the configuration says nothing.
    let data = folder.path().to_string_lossy();
    let (_, told) = run(&["check", "--config", &config, "--data-dir", &data]).await;
    assert!(told.contains("no sites in"), "{told}");
}

#[tokio::test]
async fn commands_for_a_cluster_that_cannot_be_reached_say_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = configuration(folder.path(), &at(NOBODY));
    for command in [
        &["move", "--from", "embedded", "--to", "opensearch"][..],
        &["move", "--from", "opensearch", "--to", "embedded"],
        &["rebuild"],
    ] {
        let args = [command, &["--config", &config]].concat();
        let (is_well, told) = run(&args).await;
        assert!(!is_well, "{command:?}: {told}");
        for words in [
            "no node of the cluster can be reached",
            "127.0.0.1:9",
            "refused",
        ] {
            assert!(told.contains(words), "{command:?}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_than_opensearch_is_told_as_such() {
    let page = |status, body: &str| Reply::Answer {
        status,
        headers: "Content-Type: text/html\r\n",
        body: body.to_owned(),
    };
    let elastic = json!({
        "name": "node", "version": { "number": "8.15.0", "build_flavor": "default" },
        "tagline": "You Know, for Search",
    });
    let others = [
        ScriptedServer::start(move |_, _| page(200, "<h1>It works!</h1>")),
        ScriptedServer::start(move |_, _| page(405, "Method Not Allowed")),
        ScriptedServer::start(move |_, _| Reply::json(200, &elastic)),
    ];
    for other in others {
        let server = TestServer::builder()
            .set("backend", "\"opensearch\"")
            .sections(&at(&other.url()))
            .start_unready()
            .await;
        let reason = crate::support::eventually("a reason", async || {
            let told = get(&format!("{}/health/ready", server.base())).await.json();
            let reason = told["problems"][0]["reason"].as_str()?;
            Some(reason.to_owned())
        })
        .await;
        assert!(reason.contains("is no OpenSearch"), "{reason}");
        let refused = server.site().replace([product("/a")]).await.status(503);
        let refused = refused.json();
        assert_eq!(refused["error"], "Service unavailable");
        let details = refused["details"].as_str().expect("words");
        assert!(details.contains("no cluster"), "{details}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = configuration(folder.path(), &at(&other.url()));
        for command in [
            &["doctor"][..],
            &["move", "--from", "embedded", "--to", "opensearch"],
        ] {
            let args = [command, &["--config", &config]].concat();
            let (is_well, told) = run(&args).await;
            assert!(!is_well && told.contains("is no OpenSearch"), "{told}");
        }
        let methods = other.requests().into_iter().map(|one| one.method);
        assert!(methods.eq(std::iter::repeat_n("GET", other.requests().len())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rebuild_makes_an_index_in_a_cluster_again() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    server.site().replace([product("/a")]).await.ok();
    let index = async || {
        let told = cluster
            .get(&format!("/_alias/{}cat-1234-5678", cluster.prefix))
            .await
            .json();
        told.as_object().expect("indices").keys().next().cloned()
    };
    let before = index().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = configuration(folder.path(), &cluster.section());
    let (is_well, told) = run(&["rebuild", "--config", &config]).await;
    assert!(is_well, "{told}");
    assert!(told.contains("1234-5678: index made again"), "{told}");
    assert_ne!(index().await, before);
    assert_eq!(server.site().search("").await.total(), 1);
    let (is_well, told) = run(&["rebuild", "--config", &config, "--site", "9-9"]).await;
    assert!(!is_well && told.contains("no such site"), "{told}");
}
