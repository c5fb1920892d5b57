//! Work of a server that ends, and another one that goes on with it.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{
    Figures, Launch, SearchCluster, ServerProcess, SiteClient, ask_with, eventually, get, object,
};

const OBJECTS: usize = 6_000;

/// A server that gives others up after this.
fn launch(cluster: &SearchCluster, folder: &std::path::Path, takeover_ms: u64) -> Launch {
    let launch = cluster.launch(folder);
    launch.setting("OPENSEARCH__TAKEOVER_AFTER_MS", &takeover_ms.to_string())
}

async fn fill(site: &SiteClient) {
    for part in 0..OBJECTS / 500 {
        let objects = (0..500).map(|at| object("product", &format!("/{part}/{at}")));
        let objects = objects.map(|object| object.field("color", "red"));
        site.replace(objects).await.ok();
    }
}

/// A job that goes on for seconds, and is at work.
async fn begun(server: &ServerProcess) -> u64 {
    let site = server.site();
    let number = site
        .start_update(json!({"color": "red"}), json!({"color": "blue"}))
        .await;
    let url = format!("{}/metrics", server.base());
    eventually("a job that runs", async || {
        let figures = Figures::read(&get(&url).await.text());
        let labels = [("site", "1234-5678"), ("state", "running")];
        (figures.value("vetrina_jobs", &labels) > 0.5).then_some(())
    })
    .await;
    number
}

/// Has the index of the usual site made again, by the button of the catalog browser.
async fn press(base: &str) {
    let page = get(&format!("{base}/browse/sites/1234-5678/act?do=rebuild")).await;
    let page = page.status(200).text();
    let (_, key) = page
        .split_once("name=\"form_key\" value=\"")
        .expect("a form");
    let key = key.split('"').next().expect("it ends");
    let form = format!("do=rebuild&form_key={key}");
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let url = format!("{base}/browse/sites/1234-5678/act");
    ask_with("POST", &url, &headers, form).await.status(200);
}

/// How long it takes until the job is done, and that all of it is.
async fn done(heir: &ServerProcess, number: u64, since: Instant) -> Duration {
    let job = heir.site().ended_job(number).await;
    let took = since.elapsed();
    assert_eq!(job["status"], "complete", "{job}");
    assert_eq!(changed(heir).await, OBJECTS as u64);
    took
}

/// Objects that the job has changed, as searches see them.
async fn changed(server: &ServerProcess) -> u64 {
    let found = server.site().search("f[]=color:blue&size=0").await;
    found.total()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_server_is_ended_is_gone_on_with_at_once() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Longer than this test waits for anything.
    let start = |name: &str| launch(&cluster, &folder.path().join(name), 300_000).start();
    let (heir, ends) = (start("heir"), start("ends"));
    heir.ready().await;
    ends.ready().await;
    fill(&ends.site()).await;
    let number = begun(&ends).await;
    let (status, log) = ends.stop();
    let ended = Instant::now();
    assert!(status.success(), "{log}");
    let job = heir.site().job(number).await.status(200).json();
    assert_eq!(
        job["status"], "in progress",
        "it was too fast to say anything"
    );
    eventually("the heir", async || {
        let log = heir.log_so_far();
        log.contains("left by its server").then_some(())
    })
    .await;
    let taken = ended.elapsed();
    assert!(taken < Duration::from_secs(4), "{taken:?}");
    let took = done(&heir, number, ended).await;
    eprintln!("taken over {taken:?} after the end of its server, done after {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_server_is_killed_is_waited_for_once() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let patience = Duration::from_secs(12);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = |name: &str| {
        let takeover_ms = patience.as_millis() as u64;
        launch(&cluster, &folder.path().join(name), takeover_ms).start()
    };
    let (heir, dies) = (start("heir"), start("dies"));
    heir.ready().await;
    dies.ready().await;
    fill(&dies.site()).await;
    let number = begun(&dies).await;
    dies.kill();
    let killed = Instant::now();
    // Behind what the last step has changed and searches do not see yet.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = changed(&heir).await;
    eventually("the heir", async || {
        let log = heir.log_so_far();
        log.contains("stood still and is taken over").then_some(())
    })
    .await;
    let taken = killed.elapsed();
    assert!(taken >= patience, "{taken:?}");
    eventually("a step", async || {
        (changed(&heir).await > before).then_some(())
    })
    .await;
    let took = killed.elapsed();
    eprintln!("taken over {taken:?} after the kill, gone on with after {took:?}");
    // Once more for the lease was the bug.
    assert!(took < 2 * patience, "{took:?}");
    done(&heir, number, killed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_a_server_makes_which_is_ended_is_made_by_another_one_at_once() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = |name: &str| {
        let launch = launch(&cluster, &folder.path().join(name), 300_000);
        launch.setting("BROWSE__ACTIONS", "[\"rebuild\"]").start()
    };
    let (heir, ends) = (start("heir"), start("ends"));
    heir.ready().await;
    ends.ready().await;
    fill(&ends.site()).await;
    press(ends.base()).await;
    let (status, log) = ends.stop();
    let ended = Instant::now();
    assert!(status.success(), "{log}");
    assert!(
        !log.contains("another index serves"),
        "it was too fast to say anything"
    );
    eventually("the other index", async || {
        let log = heir.log_so_far();
        log.contains("another index serves").then_some(())
    })
    .await;
    eprintln!(
        "it serves {:?} after the end of its server",
        ended.elapsed()
    );
}
