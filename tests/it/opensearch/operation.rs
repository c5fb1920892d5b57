//! A cluster that cannot be used: what clients and operators are told, and that it passes by itself.

use std::time::Duration;

use serde_json::json;

use super::changes::{assert_as_embedded, meanwhile, store_shirts};
use super::line::Line;
use crate::support::{Answer, Figures, SearchCluster, TestServer, eventually, product, vetrina};

fn comes_again(answer: &Answer) {
    let wait = answer.header("retry-after").expect("a time to come again");
    assert!(wait.parse::<u32>().expect("seconds") > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_cannot_be_reached_is_told_and_used_again_when_it_can() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    let server = TestServer::builder()
        .set("backend", "\"opensearch\"")
        .sections(&cluster.section_at(&line.url()))
        .start()
        .await;
    server.site().replace([product("/a")]).await.ok();
    line.cut().await;
    let unready = eventually("what the server says of itself", async || {
        let answer = server.get("/health/ready").await;
        (answer.json()["status"] == "unready").then_some(answer)
    })
    .await;
    comes_again(&unready);
    let reason = unready.json()["problems"][0]["reason"].to_string();
    assert!(
        reason.contains("no node of the cluster can be reached"),
        "{reason}"
    );
    let refused = server.site().replace([product("/b")]).await.status(503);
    comes_again(&refused);
    line.mend().await;
    eventually("the cluster", async || {
        let answer = server.get("/health/ready").await;
        (answer.json()["status"] == "ready").then_some(())
    })
    .await;
    server.site().replace([product("/b")]).await.ok();
}

/// The bug: whoever searched was told 408, as if the search were to blame, and not when to come again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_does_not_answer_is_told_and_not_that_a_request_took_too_long() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    let server = TestServer::builder()
        .set("backend", "\"opensearch\"")
        .set("limits.search_timeout_ms", 1_000)
        .set("limits.write_timeout_ms", 5_000)
        .sections(&cluster.section_at(&line.url()))
        .start()
        .await;
    server.site().replace([product("/a")]).await.ok();
    line.stall().await;
    let found = server.site().search_answer("&q=shirt").await;
    comes_again(&found.status(503));
    let refused = server.site().replace([product("/b")]).await.status(503);
    comes_again(&refused);
    // Of what is only read nothing is in doubt.
    let site = server.site();
    let exported = site.signed("GET", "/v1/content_export", Vec::new()).await;
    let exported = exported.status(503);
    comes_again(&exported);
    assert!(!exported.text().contains("doubt"), "{}", exported.text());
    line.cut().await;
    line.mend().await;
    eventually("the cluster", async || {
        let answer = server.site().replace([product("/b")]).await;
        (answer.status == 201).then_some(())
    })
    .await;
    server.site().search_answer("&q=shirt").await.ok();
}

/// In the middle of what it writes, again and again; another server goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_cut_off_while_it_writes_loses_nothing() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    let server = async |url: &str| {
        let section = cluster.section_at(url);
        TestServer::builder()
            .set("backend", "\"opensearch\"")
            .sections(&format!("{section}takeover_after_ms = 500\n"))
            .start()
            .await
    };
    let servers = [server(&cluster.url).await, server(&line.url()).await];
    store_shirts(&servers[0].site()).await;
    let writers = meanwhile(&servers, async {
        for _ in 0..3 {
            line.cut().await;
            tokio::time::sleep(Duration::from_millis(700)).await;
            line.mend().await;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    })
    .await;
    assert_as_embedded(&servers[1].site(), &writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalog_that_takes_no_writes_says_why_and_is_written_again_when_it_does() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    server.site().replace([product("/a")]).await.ok();
    // As a cluster does whose disks are full.
    cluster.block(json!(true)).await;
    let refused = server.site().replace([product("/b")]).await.status(503);
    comes_again(&refused);
    let reason = eventually("what the server says of the site", async || {
        let answer = server.get("/health/ready?site=1234-5678").await.json();
        (answer["status"] == "unready").then(|| answer["problems"][0]["reason"].to_string())
    })
    .await;
    assert!(reason.contains("watermark"), "{reason}");
    let all = server.get("/health/ready").await.status(200).json();
    assert_eq!(all["serving"], 1, "it can be read");
    cluster.block(json!(null)).await;
    eventually("the site", async || {
        let answer = server.get("/health/ready?site=1234-5678").await;
        (answer.json()["status"] == "ready").then_some(())
    })
    .await;
    server.site().replace([product("/b")]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_speak_of_the_cluster() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    server
        .site()
        .replace([product("/a"), product("/b")])
        .await
        .ok();
    let version = cluster.get("/").await.json()["version"]["number"].clone();
    let version = version.as_str().expect("a version");
    let figures = eventually("the documents", async || {
        let figures = Figures::read(&server.get("/metrics").await.text());
        let documents = figures.value("vetrina_index_documents", &[("site", "1234-5678")]);
        (documents >= 2.0).then_some(figures)
    })
    .await;
    assert_eq!(
        figures.find("vetrina_cluster_up", &[("version", version)]),
        Some(1.0)
    );
    assert!(figures.value("vetrina_cluster_nodes", &[]) > 0.0);
    let used = figures.value("vetrina_cluster_disk_used_ratio", &[]);
    assert!(used > 0.0 && used < 1.0, "{used}");
    assert!(figures.value("vetrina_attribute_names", &[("site", "1234-5678")]) > 0.0);
    // Whoever searches has events followed.
    server.site().search("shirt").await;
    eventually("the events", async || {
        let figures = Figures::read(&server.get("/metrics").await.text());
        let name = "vetrina_cluster_events_age_seconds";
        let age = figures.find(name, &[("site", "1234-5678")])?;
        (age < 5.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_speaks_of_the_cluster() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    server.site().replace([product("/a")]).await.ok();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let consult = async |section: String, line: &str| {
        let text = format!(
            "backend = \"opensearch\"\n[[sites]]\ntracker_id = \"1234-5678\"\nprivate_key = \"0123456789abcdef\"\n{section}"
        );
        let file = folder.path().join("vetrina.toml");
        std::fs::write(&file, text).expect("a writable folder");
        let mut command = vetrina(&["doctor", "--config", &file.to_string_lossy()]);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.expect("it was waited for").expect("the binary runs");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            told.lines().any(|told| told.contains(line)),
            "{line}\n{told}"
        );
    };
    consult(cluster.section(), "ok       cluster: OpenSearch 2.").await;
    consult(
        cluster.section(),
        "site: 1234-5678: can be used; documents: 1",
    )
    .await;
    let nobody = cluster.section_at("http://127.0.0.1:9");
    consult(
        nobody,
        "FAULT    cluster: no node of the cluster can be reached",
    )
    .await;
}
