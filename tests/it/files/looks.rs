//! What people see of files: the page of the object, that of the site, a reload.

use serde_json::json;

use super::{fetching, file, in_state, section};
use crate::browse::read;
use crate::support::{FileHost, Launch, ServerProcess, TestServer, answer, eventually, plain};

async fn html(server: &TestServer, path: &str) -> String {
    let path = format!("/browse/sites/1234-5678/{path}");
    server.get(&path).await.status(200).text()
}

async fn page(server: &TestServer, path: &str) -> String {
    let path = format!("/browse/sites/1234-5678/{path}");
    read(&server.get(&path).await.status(200))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_tell_how_files_are_and_searches_do_not_tell_why() {
    let host = FileHost::start(|request, stream| match request.target.as_str() {
        "/missing" => answer(stream, 410, "", b""),
        _ => plain(stream, "Mount the hinge first."),
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    assert!(
        page(&server, "activity")
            .await
            .contains("No object was sent as a file")
    );
    site.replace([
        file("good", host.url("/good")),
        file("missing", host.url("/missing")),
    ])
    .await
    .ok();
    in_state(&site, "good", "fetched").await;
    let hit = in_state(&site, "missing", "failed").await;
    assert!(!hit.to_string().contains("410"), "{hit}");
    let activity = page(&server, "activity").await;
    // On a narrow screen the table has no head.
    let narrow = html(&server, "activity").await;
    assert!(narrow.contains("data-head=\"Bytes\">22<"), "{narrow}");
    for told in ["the server answered 410 Gone", "/missing", "22", "Fetched"] {
        assert!(activity.contains(told), "{told}: {activity}");
    }
    let object = page(&server, "object?identity=missing").await;
    assert!(object.contains("the server answered 410 Gone"), "{object}");
    let object = page(&server, "object?identity=good").await;
    assert!(
        object.contains("22 bytes") && object.contains("_file"),
        "{object}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_text_the_beginning_is_shown_and_the_rest_can_be_opened() {
    let text: Vec<String> = (0..4_000).map(|n| format!("word{n}")).collect();
    let text = text.join(" ");
    let host = FileHost::start({
        let text = text.clone();
        move |request, stream| match request.target.as_str() {
            "/short" => plain(stream, "Mount the hinge first."),
            _ => plain(stream, &text),
        }
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let long = file("long", host.url("/long")).field("about", text.as_str());
    site.replace([long, file("short", host.url("/short"))])
        .await
        .ok();
    for name in ["long", "short"] {
        in_state(&site, name, "fetched").await;
    }
    let object = html(&server, "object?identity=long").await;
    // What was sent as much as what was found, each once shown and once to be opened.
    assert_eq!(
        object
            .matches("<summary>All 34\u{a0}889 characters</summary>")
            .count(),
        2,
        "{object}"
    );
    for (word, times) in [("word0 ", 5), ("word3999<", 2)] {
        assert_eq!(object.matches(word).count(), times, "{word}");
    }
    let object = html(&server, "object?identity=short").await;
    assert!(!object.contains(" characters</summary>"), "{object}");
    server.stop().await;
}

fn write_config(home: &std::path::Path, text: &str) -> std::path::PathBuf {
    let file = home.join("vetrina.toml");
    let site = "[[sites]]\ntracker_id = \"1234-5678\"\nprivate_key = \"secret\"\n";
    std::fs::write(&file, format!("{site}{text}")).expect("a new file");
    file
}

/// Who may be asked is changed while the server runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_changes_what_may_be_asked() {
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let home = tempfile::tempdir().expect("a temporary folder");
    let narrow = section(&[&host], "").replace("127.0.0.0/8", "10.0.0.0/8");
    let config = write_config(home.path(), &narrow);
    let server = Launch::without_site(&home.path().join("data"))
        .arg("--config")
        .arg(&config.to_string_lossy())
        .start();
    server.ready().await;
    let site = server.site();
    site.replace([file("manual", host.url("/"))]).await.ok();
    in_state(&site, "manual", "failed").await;
    assert_eq!(host.connections(), 0);
    write_config(home.path(), &section(&[&host], ""));
    server.reload();
    let asked = async |server: &ServerProcess| {
        let body = json!({"objects": [{"identity": "manual"}]}).to_string();
        let path = "/v1/content?refetch_files=true";
        server.site().signed("PATCH", path, body).await.status(200);
    };
    eventually("the file", async || {
        asked(&server).await;
        let found = site.search("hinge").await.total();
        (found == 1).then_some(())
    })
    .await;
    server.stop();
}
