//! Without `[files] enabled` nothing is fetched, and who sends a file is told.

use serde_json::json;

use super::{fetching, file, in_state, meets};
use crate::support::{FileHost, TestServer, object, plain};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_sent_while_nothing_is_fetched_is_told_so_and_found_by_the_rest() {
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let server = TestServer::start().await;
    let site = server.site();
    let sent = [
        file("manual", host.url("/m.txt")).title("Manual of the door"),
        object("file", "plain"),
    ];
    let answer = site.replace(sent.clone()).await.status(201).json();
    assert_eq!(answer["ok_count"], 2);
    let warnings = answer["warnings"].as_object().expect("a warning");
    assert_eq!(warnings.keys().collect::<Vec<_>>(), ["manual"]);
    let told = warnings["manual"][0].as_str().expect("words");
    assert!(
        told.contains("fetches no files") && told.contains("[files] enabled"),
        "{told}"
    );
    // Each time, also when nothing has changed.
    let again = site.replace(sent).await.status(201).json();
    assert_eq!(again["warnings"], answer["warnings"]);
    let found = site.search("door").await;
    let hit = found.hit("manual");
    assert_eq!(hit["type"], "file");
    assert_eq!(hit["attributes"]["file_state"], json!(null));
    assert_eq!(host.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_meanwhile_is_fetched_once_that_is_on() {
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let home = tempfile::tempdir().expect("a temporary folder");
    let off = TestServer::builder().data_dir(home.path()).start().await;
    off.site()
        .replace([file("manual", host.url("/m.txt"))])
        .await
        .ok();
    off.stop().await;
    let on = fetching(&[&host], "").data_dir(home.path()).start().await;
    in_state(&on.site(), "manual", "fetched").await;
    assert_eq!(meets(&on.site(), "hinge").await, ["manual"]);
    on.stop().await;
    // What is there stays when it is off again.
    let off = TestServer::builder().data_dir(home.path()).start().await;
    let site = off.site();
    assert_eq!(meets(&site, "hinge").await, ["manual"]);
    site.replace([file("manual", host.url("/m.txt"))])
        .await
        .ok();
    assert_eq!(meets(&site, "hinge").await, ["manual"]);
    assert_eq!(host.requests().len(), 1);
    off.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_names_nothing_to_fetch_is_told_so() {
    let host = FileHost::start(|_, stream| plain(stream, "text"));
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let sent = [
        object("_file", "without"),
        file("relative", "/manual.pdf"),
        file("ftp", "ftp://example.com/manual.pdf"),
        file("good", host.url("/")),
    ];
    let answer = site.replace(sent).await.status(201).json();
    let warnings = answer["warnings"].as_object().expect("warnings");
    assert_eq!(
        warnings.keys().collect::<Vec<_>>(),
        ["ftp", "relative", "without"]
    );
    in_state(&site, "good", "fetched").await;
    assert_eq!(site.search("f[]=type:file&size=9").await.total(), 4);
    server.stop().await;
}
