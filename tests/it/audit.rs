//! Calls that delete have a line of their own in the log, also where the log says little else.

use serde_json::{Value, json};

use crate::support::{Launch, ServerProcess, product};
use crate::swiftype::{Client, KEY};

fn launch(folder: &std::path::Path, level: &str) -> Launch {
    Launch::new(folder)
        .setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]"))
        .setting("LOG__FORMAT", "json")
        .setting("LOG__LEVEL", level)
}

/// The lines of the audit: call, site, objects, and all of each.
fn audit(log: &str) -> Vec<(String, String, Option<u64>, Value)> {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let lines = lines.filter(|line: &Value| line["target"] == "audit");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = lines.map(|line| {
        let (call, site) = (text(&line["call"]), text(&line["site.tracker_id"]));
        (call, site, line["deleted"].as_u64(), line)
    });
    told.collect()
}

async fn delete_everything(server: &ServerProcess) {
    let site = server.site();
    let old = ["1", "2", "3"].map(|identity| product(identity).generation("X"));
    site.replace(old).await.ok();
    site.replace([product("3").generation("Y")]).await.ok();
    site.delete([("product", "1")]).await.ok();
    // Nothing is gone, and nothing is told.
    site.delete([("product", "nobody")]).await.status(400);
    let tried = "/v1/content/commit?type=product&generation=Y&dry_run=true";
    site.signed("POST", tried, "").await.status(200);
    let forced = "/v1/content/commit?type=product&generation=Y&force=1";
    site.signed("POST", forced, "").await.status(201);
    let client = Client::new(server.base(), KEY);
    let named = json!({"engine": {"name": "books"}});
    client.post("/engines.json", named).await.status(200);
    let named = json!({"document_type": {"name": "book"}});
    client
        .post("/engines/books/document_types.json", named)
        .await
        .status(200);
    let path = "/engines/books/document_types/book";
    let document = json!({"document": {"external_id": "b1", "fields": []}});
    client
        .post(&format!("{path}/documents.json"), document)
        .await
        .status(200);
    client
        .delete(&format!("{path}/documents/b1.json"))
        .await
        .status(204);
    client.delete(&format!("{path}.json")).await.status(204);
    client.delete("/engines/books.json").await.status(204);
    site.signed("DELETE", "/v1/events/clients/c1", "")
        .await
        .status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_deleted_on_request_is_told_at_every_level() {
    for level in ["info", "error"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = launch(folder.path(), level).start();
        server.ready().await;
        delete_everything(&server).await;
        let (status, log) = server.stop();
        assert!(status.success(), "{log}");
        let told = audit(&log);
        let calls: Vec<_> = (told.iter())
            .map(|(call, site, deleted, _)| (call.as_str(), site.as_str(), *deleted))
            .collect();
        let shop = crate::support::TRACKER_ID;
        let expected = [
            ("delete", shop, Some(1)),
            ("commit", shop, Some(1)),
            ("delete", "books", Some(1)),
            ("delete_type", "books", None),
            ("remove_engine", "books", None),
            ("forget_client", shop, None),
        ];
        assert_eq!(calls, expected, "{level}: {log}");
        let commit = &told[1].3;
        assert_eq!(commit["object_type"], "product");
        assert_eq!(commit["generation"], "Y");
        assert_eq!(commit["is_forced"], true);
        if level == "info" {
            assert!(commit["span"]["http.request_id"].is_string(), "{commit}");
        }
        assert!(!log.contains("\"identity\""), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_the_audit_in_the_level_decides() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = launch(folder.path(), "info,audit=off").start();
    server.ready().await;
    server.site().replace([product("1")]).await.ok();
    server.site().delete([("product", "1")]).await.ok();
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(audit(&log).is_empty(), "{log}");
}
