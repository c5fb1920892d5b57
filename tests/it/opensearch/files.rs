//! Files of a catalog that lies in a cluster: fetched by one server or another, and found by what they say.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::moves::Shop;
use crate::files::changes::{Late, refetch};
use crate::files::{file, in_state, meets, section};
use crate::support::{
    Figures, FileHost, Gate, SearchCluster, ServerProcess, SiteClient, TRACKER_ID, TestServer,
    answer, eventually, get, object, plain,
};

async fn fetching(cluster: &SearchCluster, hosts: &[&FileHost]) -> TestServer {
    { cluster.builder().sections(&section(hosts, "")) }
        .start()
        .await
}

/// Waits until the words are found in these objects and no others.
async fn found(site: &SiteClient, words: &str, expected: &[&str]) {
    eventually(&format!("`{words}` in {expected:?}"), async || {
        (meets(site, words).await == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_found_by_its_text_whatever_is_done_to_its_object() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let version = Arc::new(AtomicUsize::new(0));
    let host = FileHost::start({
        let version = Arc::clone(&version);
        move |request, stream| {
            if request.target != "/manual" {
                return plain(stream, &format!("Oil for {}", &request.target[1..]));
            }
            let (text, tag) = match version.load(Ordering::SeqCst) {
                0 => ("Mount the hinge first.", "\"a\""),
                _ => ("Mount the door first.", "\"b\""),
            };
            if request.header("if-none-match") == tag {
                return answer(stream, 304, "", b"");
            }
            let headers = format!("Content-Type: text/plain\r\nETag: {tag}\r\n");
            answer(stream, 200, &headers, text.as_bytes())
        }
    });
    let server = fetching(&cluster, &[&host]).await;
    let site = server.site();
    let sent = || file("manual", host.url("/manual")).title("Manual");
    let answer = site.replace([sent()]).await.status(201).json();
    assert_eq!(answer["warnings"], json!(null));
    let hit = in_state(&site, "manual", "fetched").await;
    assert_eq!(hit["type"], "file");
    assert_eq!(
        hit["attributes"]["content"],
        json!(["Mount the hinge first."])
    );
    found(&site, "hinge", &["manual"]).await;
    // What says nothing of its place leaves its text alone, and asks nobody.
    site.patch([json!({"identity": "manual", "fields": {"color": "red"}})])
        .await
        .ok();
    found(&site, "hinge red", &["manual"]).await;
    site.replace([sent().field("color", "blue")]).await.ok();
    found(&site, "hinge blue", &["manual"]).await;
    assert_eq!(host.requests().len(), 1);
    // Asked for again: as it was, and then another one.
    refetch(&site, "manual").await;
    eventually("a second request", async || {
        (host.requests().len() == 2).then_some(())
    })
    .await;
    assert_eq!(host.requests()[1].header("if-none-match"), "\"a\"");
    in_state(&site, "manual", "fetched").await;
    version.store(1, Ordering::SeqCst);
    refetch(&site, "manual").await;
    found(&site, "door", &["manual"]).await;
    assert!(meets(&site, "hinge").await.is_empty());
    // Another place.
    site.patch([json!({"identity": "manual", "fields": {"url": host.url("/chain")}})])
        .await
        .ok();
    found(&site, "chain", &["manual"]).await;
    assert!(meets(&site, "door").await.is_empty());
    // An object that is no file has nothing of it; one that is gone neither.
    let other = file("other", host.url("/lock"));
    site.replace([other]).await.ok();
    found(&site, "lock", &["other"]).await;
    let plain = object("file", "manual").field("url", host.url("/chain"));
    site.replace([plain]).await.ok();
    found(&site, "oil", &["other"]).await;
    site.delete([("_file", "other")]).await.status(200);
    found(&site, "oil", &[]).await;
    // Nothing is left to be fetched.
    server.stop().await;
    let asked = host.requests().len();
    let server = fetching(&cluster, &[&host]).await;
    server.site().replace([object("product", "p")]).await.ok();
    server.at_rest().await;
    assert_eq!(host.requests().len(), asked);
    server.stop().await;
}

/// Late or not at all, what was fetched finds what the object is by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_late_is_written_to_what_still_asks_for_it_and_nowhere_else() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let late = Late::new();
    let server = cluster.builder().sections(&late.section()).start().await;
    // Another server, which fetches nothing, writes beside it.
    let writer = cluster.server().await;
    late.comes(&server, &writer.site()).await;
    server.stop().await;
}

const HOSTS: usize = 16;
const PER_HOST: usize = 5;

/// The real program, before this cluster, fetching from these hosts.
fn launch(
    cluster: &SearchCluster,
    hosts: &[FileHost],
    data_dir: &std::path::Path,
) -> ServerProcess {
    let ports: Vec<u16> = hosts.iter().map(FileHost::port).collect();
    let server = cluster.launch(data_dir);
    server
        .setting("FILES__ENABLED", "true")
        .setting("FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .setting("FILES__ALLOW_PORTS", &format!("{ports:?}"))
        .setting("FILES__FIRST_RETRY_S", "1")
        .start()
}

/// Waits until so many servers share the work, each known to the others.
async fn sharing(cluster: &SearchCluster, servers: usize) {
    let path = format!("/{}ctl/_doc/fetchers", cluster.prefix);
    eventually("servers that share the work", async || {
        let told = cluster.get(&path).await.json();
        let beats = told["_source"]["beats"].as_object()?.clone();
        let all = beats
            .values()
            .all(|beat| beat.as_u64().is_some_and(|beat| beat >= 3));
        (beats.len() == servers && all).then_some(())
    })
    .await;
}

async fn figures(server: &ServerProcess) -> Figures {
    let url = format!("{}/metrics", server.base());
    Figures::read(&get(&url).await.text())
}

fn requests(hosts: &[FileHost]) -> usize {
    hosts.iter().map(|host| host.requests().len()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_the_work_and_one_goes_on_with_what_a_killed_one_has_begun() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let gate = Gate::default();
    let host = |_| {
        let gate = gate.clone();
        FileHost::start(move |request, stream| {
            if request.target.starts_with("/slow") {
                gate.pass();
            }
            plain(stream, &format!("The hinge of {}", &request.target[1..]))
        })
    };
    let hosts: Vec<FileHost> = (0..HOSTS).map(host).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [heir, dies] =
        ["heir", "dies"].map(|name| launch(&cluster, &hosts, &folder.path().join(name)));
    heir.ready().await;
    dies.ready().await;
    sharing(&cluster, 2).await;
    let all = |kind: &str| -> Vec<Value> {
        let of = |host: usize, at: usize| {
            let url = hosts[host].url(&format!("/{kind}/{at}"));
            Value::from(file(&format!("{kind}{host}-{at}"), url))
        };
        let hosts = (0..HOSTS).flat_map(|host| (0..PER_HOST).map(move |at| (host, at)));
        hosts.map(|(host, at)| of(host, at)).collect()
    };
    let fetched = async || {
        let found = heir.site().search("f[]=file_state:fetched&size=1").await;
        found.total() as usize
    };
    heir.site().replace(all("quick")).await.ok();
    eventually("all of them", async || {
        (fetched().await == HOSTS * PER_HOST).then_some(())
    })
    .await;
    assert_eq!(
        requests(&hosts),
        HOSTS * PER_HOST,
        "each was fetched by one"
    );
    let of = async |server: &ServerProcess| {
        let figures = figures(server).await;
        figures.value("vetrina_file_fetches_total", &[("outcome", "fetched")]) as usize
    };
    let shares = (of(&heir).await, of(&dies).await);
    assert_eq!(shares.0 + shares.1, HOSTS * PER_HOST);
    assert!(shares.0 > 0 && shares.1 > 0, "{shares:?}");
    // In the middle of downloads: as many as each has places for.
    heir.site().replace(all("slow")).await.ok();
    let places = 2 * 4;
    eventually("downloads of both", async || {
        (requests(&hosts) == HOSTS * PER_HOST + places).then_some(())
    })
    .await;
    dies.kill();
    gate.open();
    eventually("all of them", async || {
        (fetched().await == 2 * HOSTS * PER_HOST).then_some(())
    })
    .await;
    let words = ["slow", "quick"];
    eventually("the figures", async || {
        let figures = figures(&heir).await;
        let labels = [("site", TRACKER_ID), ("state", "fetched")];
        (figures.value("vetrina_files", &labels) as usize == 2 * HOSTS * PER_HOST).then_some(())
    })
    .await;
    for word in words {
        let found = heir
            .site()
            .search(&format!("q={word}+hinge&size=200"))
            .await;
        let names: BTreeSet<String> = found.identities().into_iter().collect();
        assert_eq!(names.len(), HOSTS * PER_HOST, "{word}");
    }
    let (status, log) = heir.stop();
    assert!(status.success(), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_catalog_that_is_moved_are_fetched_again_there() {
    let Some(shop) = Shop::new() else {
        return;
    };
    let host = FileHost::start(|request, stream| {
        plain(stream, &format!("hinge {}", &request.target[1..]))
    });
    let embedded = TestServer::builder()
        .data_dir(&shop.data_dir())
        .sections(&section(&[&host], ""))
        .start()
        .await;
    let site = embedded.site();
    let sent = file("manual", host.url("/one")).field("content", "by hand");
    site.replace([Value::from(sent), object("product", "p").into()])
        .await
        .ok();
    in_state(&site, "manual", "fetched").await;
    embedded.stop().await;
    let (code, told) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{told}");
    let cluster = fetching(&shop.cluster, &[&host]).await;
    let site = cluster.site();
    in_state(&site, "manual", "fetched").await;
    found(&site, "hinge one", &["manual"]).await;
    assert_eq!(host.requests().len(), 2);
    // And back: what the one has fetched is no reason to move it again.
    let (code, told) = shop.moves("opensearch", "embedded", &["--finish"]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("2 objects, 0 written"), "{told}");
    cluster.stop().await;
}
