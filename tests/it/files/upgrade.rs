//! The file of the program is replaced while it runs, as an upgrade does it: documents are read as before.

use super::{file, in_state};
use crate::support::{FileHost, Launch, plain};

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_read_by_a_program_whose_file_was_replaced() {
    let host = FileHost::start(|request, stream| {
        plain(stream, &format!("The hinge of {}", &request.target[1..]))
    });
    let home = tempfile::tempdir().expect("a temporary folder");
    let program = home.path().join("vetrina");
    std::fs::copy(env!("CARGO_BIN_EXE_vetrina"), &program).expect("a copy");
    let start = format!("shift; exec '{}' \"$@\"", program.display());
    let server = Launch::new(&home.path().join("data"))
        .setting("FILES__ENABLED", "true")
        .setting("FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .setting("FILES__ALLOW_PORTS", &format!("[{}]", host.port()))
        .within(&["sh", "-c", &start])
        .start();
    server.ready().await;
    let site = server.site();
    site.replace([file("before", host.url("/before"))])
        .await
        .ok();
    in_state(&site, "before", "fetched").await;
    // The new one is moved over the old one, which runs on without a name. It is no reader of documents.
    let new = home.path().join("new");
    std::fs::copy("/bin/false", &new).expect("a program");
    std::fs::rename(&new, &program).expect("the other is replaced");
    site.replace([file("after", host.url("/after"))]).await.ok();
    let hit = in_state(&site, "after", "fetched").await;
    assert_eq!(
        hit["attributes"]["content"],
        serde_json::json!(["The hinge of after"])
    );
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}
