//! A cluster that takes what is sent and never answers, as one does whose process was stopped: who asks this server is not kept
//! waiting for it.

use std::time::{Duration, Instant};

use super::line::Line;
use crate::support::{Answer, Figures, SearchCluster, TestServer, eventually, product};

const SITE: [(&str, &str); 1] = [("site", "1234-5678")];

async fn before(cluster: &SearchCluster, line: &Line) -> TestServer {
    TestServer::builder()
        .set("backend", "\"opensearch\"")
        .set("limits.search_timeout_ms", 1_000)
        .sections(&cluster.section_at(&line.url()))
        .start()
        .await
}

/// With how long it took.
async fn timed(server: &TestServer, path: &str) -> (Answer, Duration) {
    let began = Instant::now();
    let answer = server.get(path).await;
    (answer, began.elapsed())
}

async fn figures(server: &TestServer) -> Figures {
    let (page, took) = timed(server, "/metrics").await;
    assert!(took < Duration::from_millis(900), "{took:?}");
    Figures::read(&page.status(200).text())
}

fn up(figures: &Figures) -> f64 {
    figures
        .all("vetrina_cluster_up")
        .iter()
        .map(|(_, up)| up)
        .sum()
}

async fn is_ready(server: &TestServer) -> bool {
    server.get("/health/ready").await.status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_told_at_once_and_with_their_age_while_a_cluster_does_not_answer() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    let server = before(&cluster, &line).await;
    let objects = [product("/a"), product("/b")];
    server.site().replace(objects).await.ok();
    let documents = |figures: &Figures| figures.find("vetrina_index_documents", &SITE);
    eventually("the documents", async || {
        let figures = Figures::read(&server.get("/metrics").await.text());
        (documents(&figures) == Some(2.0)).then_some(())
    })
    .await;
    line.stall().await;
    let figures_now = figures(&server).await;
    assert_eq!(documents(&figures_now), Some(2.0), "as they were last");
    while is_ready(&server).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let figures_later = figures(&server).await;
    assert_eq!(documents(&figures_later), Some(2.0));
    assert!(up(&figures_later) < 0.5);
    let age = |of: &Figures| of.value("vetrina_cluster_figures_age_seconds", &[]);
    assert!(
        age(&figures_later) > age(&figures_now) && age(&figures_later) > 1.0,
        "{} {}",
        age(&figures_now),
        age(&figures_later)
    );
    line.cut().await;
    line.mend().await;
    eventually("new figures", async || {
        let figures = Figures::read(&server.get("/metrics").await.text());
        (up(&figures) > 0.5 && age(&figures) < 1.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_does_not_answer_is_known_within_seconds() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    let server = before(&cluster, &line).await;
    server.site().replace([product("/a")]).await.ok();
    line.stall().await;
    let began = Instant::now();
    while is_ready(&server).await {
        assert!(began.elapsed() < Duration::from_secs(20), "never");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(8), "{took:?}");
    let problem = server.get("/health/ready").await.json()["problems"][0]["reason"].to_string();
    assert!(problem.contains("did not answer"), "{problem}");
    // From here on nobody waits for it.
    let (refused, took) = timed(&server, "/search?tracker_id=1234-5678&q=a").await;
    let refused = refused.status(503).json();
    assert_eq!(refused["error"], "Service unavailable");
    assert_eq!(refused["details"], "the cluster does not answer");
    assert!(took < Duration::from_millis(500), "{took:?}");
    line.cut().await;
    line.mend().await;
    let began = Instant::now();
    while !is_ready(&server).await {
        assert!(began.elapsed() < Duration::from_secs(8), "it is back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_say_that_a_cluster_does_not_answer_and_are_not_waited_for() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    let server = before(&cluster, &line).await;
    server.site().replace([product("/a")]).await.ok();
    line.stall().await;
    // At once, and when it is known.
    for round in 0..2 {
        for page in [
            "/browse/sites/1234-5678",
            "/browse/sites/1234-5678/activity",
            "/browse/sites/1234-5678/refused",
            "/browse/sites/1234-5678/type?name=product",
            "/browse/sites/1234-5678/search?q=a",
            "/browse/sites/1234-5678/object?identity=/a",
        ] {
            let (answer, took) = timed(&server, page).await;
            assert!(took < Duration::from_secs(3), "{page}: {took:?}");
            assert_eq!(answer.status, 503, "{page} {round}: {}", answer.text());
            assert!(answer.header("retry-after").is_some(), "{page}");
            let words = answer.text();
            assert!(words.contains("the cluster d"), "{page}: {words}");
            assert!(!words.contains("127.0.0.1"), "{page}: {words}");
        }
        let (list, took) = timed(&server, "/browse").await;
        list.status(200);
        assert!(took < Duration::from_millis(900), "{took:?}");
        while is_ready(&server).await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Started before it, a server says so, and not that it is ready; and ends at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_serve_nothing_says_so_and_ends_at_once() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let mut line = Line::to(&cluster.url).await;
    line.stall().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nodes = format!("[{:?}]", line.url());
    let launch = cluster.launch(folder.path());
    let server = launch.setting("OPENSEARCH__NODES", &nodes).start();
    eventually("the log", async || {
        let log = server.log_so_far();
        log.contains("no site can be served yet").then_some(())
    })
    .await;
    let began = Instant::now();
    let (status, log) = server.stop();
    let took = began.elapsed();
    assert!(status.success(), "{log}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(log.contains("closed without the cluster"), "{log}");
    assert!(!log.contains("indexing goes on"), "{log}");
    assert!(!log.contains("\"ready\""), "{log}");
}
