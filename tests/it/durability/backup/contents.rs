//! What is in a backup: all of a site that is not made from the rest.

use serde_json::json;

use super::super::{Home, invented, products};
use super::{Shelf, back_up, check, done, names_in, run, site_folder};
use crate::support::{
    Launch, PRIVATE_KEY, ServerProcess, TRACKER_ID, ask_with, eventually, get, product, vetrina,
};
use crate::swiftype::{Client, KEY};

fn launch(home: &Home) -> Launch {
    Launch::new(home.folder.path()).setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]"))
}

async fn start(home: &Home) -> ServerProcess {
    let server = launch(home).start();
    server.ready().await;
    server
}

/// Every object with all that no search returns.
async fn export(server: &ServerProcess) -> String {
    let mut command = vetrina(&["export", "--tracker", TRACKER_ID, "--url", server.base()]);
    command.env("VETRINA_KEY", PRIVATE_KEY);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it was waited for").expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

async fn top_items(server: &ServerProcess) -> String {
    let path = format!("/v1/top_items?tracker_id={TRACKER_ID}&type=product:5");
    get(&format!("{}{path}", server.base())).await.text()
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_generations_jobs_events_engines_and_receipts_come_back() {
    let home = Home::new();
    let server = start(&home).await;
    let site = server.site();
    site.replace(invented(300)).await.ok();
    let marked = json!({"objects": [{"identity": "g1", "type": "gift", "generation": "7",
                                     "fields": {"title": "Gift", "_margin": 3}}]});
    site.signed("POST", "/v1/content?wait_for=visible", marked.to_string())
        .await
        .status(201);
    let update = json!({"search": {"types": ["product"], "partial": {"fields": {"weight": 7}}},
                        "update": {"fields": {"mark": "x"}}});
    let job = site
        .signed("PATCH", "/v1/update_by_query", update.to_string())
        .await;
    let job = job.status(200).json()["status_url"].clone();
    let job = job.as_str().expect("an address").to_owned();
    let job = &job[job.find("/v1/").expect("a path")..];
    let job_status = async |server: &ServerProcess| {
        server
            .site()
            .signed("GET", job, Vec::new())
            .await
            .status(200)
            .json()
    };
    eventually("the end of the job", async || {
        (job_status(&server).await["status"] == "complete").then_some(())
    })
    .await;
    let click = json!({"id": "e1", "tracker_id": TRACKER_ID, "client_id": "c1", "type": "click",
                       "action": {"type": "click", "resource_identifier": "p5"}});
    let json = [("Content-Type", "application/json")];
    let events = format!("{}/v1/events", server.base());
    ask_with("POST", &events, &json, click.to_string())
        .await
        .status(204);
    let client = Client::new(server.base(), KEY);
    client
        .post("/engines.json", json!({"engine": {"name": "books"}}))
        .await
        .status(200);
    let types = "/engines/books/document_types.json";
    client
        .post(types, json!({"document_type": {"name": "book"}}))
        .await
        .status(200);
    let document = json!({"documents": [{"external_id": "b1", "fields": [
        {"name": "title", "value": "Dune", "type": "string"}]}]});
    let bulk = "/engines/books/document_types/book/documents/async_bulk_create_or_update.json";
    let receipts =
        client.post(bulk, document).await.status(202).json()["document_receipts"].clone();
    // Links name the server that was asked.
    let settled = async |client: &Client, base: &str| {
        let receipts = client.settled(&receipts).await;
        json!(receipts).to_string().replace(base, "")
    };
    let receipts_before = settled(&client, server.base()).await;
    let before = (
        export(&server).await,
        job_status(&server).await,
        top_items(&server).await,
    );
    assert!(before.2.contains("p5"), "{}", before.2);

    let shelf = Shelf::new();
    let file = shelf.file("all.backup");
    let told = back_up(&home, &file);
    assert_eq!(told.lines().count(), 2, "{told}");
    home.end(server, "backed up");

    let restored = Home::new();
    let told = done(&run("restore", restored.folder.path(), &file, &[]));
    assert_eq!(told.lines().count(), 2, "{told}");
    // Before anything was made of it, too.
    let checked = check(restored.folder.path());
    assert!(checked.contains("no index yet"), "{checked}");
    let server = start(&restored).await;
    let after = (
        export(&server).await,
        job_status(&server).await,
        top_items(&server).await,
    );
    assert_eq!(after, before);
    let client = Client::new(server.base(), KEY);
    assert_eq!(settled(&client, server.base()).await, receipts_before);
    let found = client
        .get("/engines/books/document_types/book/documents/b1.json")
        .await;
    assert_eq!(found.status(200).json()["title"], "Dune");
    // A restored site is a site like any other.
    server.site().replace([product("new")]).await.ok();
    let key = |line: &str| line.contains("\"7\"");
    assert!(after.0.lines().any(key), "the generation is in the export");
    restored.end(server, "restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_takes_the_place_of_another_whole() {
    let (home, shelf) = (Home::new(), Shelf::new());
    let server = home.start().await;
    server.site().replace(invented(20)).await.ok();
    let file = shelf.file("before");
    back_up(&home, &file);
    // What the backup does not have, in store and index.
    server
        .site()
        .replace((0..30).map(|n| product(&format!("later{n}"))))
        .await
        .ok();
    server.site().delete([("product", "p1")]).await.ok();
    home.end(server, "went on");
    let told = done(&run("restore", home.folder.path(), &file, &["--replace"]));
    assert!(
        told.starts_with(&format!("{TRACKER_ID}: restored, ")),
        "{told}"
    );
    assert_eq!(names_in(&home.folder.path().join("sites")), [TRACKER_ID]);
    let left = names_in(&site_folder(&home));
    assert!(
        left.iter().all(|name| name.starts_with("store.db")),
        "{left:?}"
    );
    check(home.folder.path());
    let server = home.start().await;
    assert_eq!(products(&server.site()).await, 20);
    // Numbers that were given out once are given out again, and mean what they mean now.
    server
        .site()
        .replace((0..30).map(|n| product(&format!("again{n}"))))
        .await
        .ok();
    assert_eq!(products(&server.site()).await, 50);
    home.end(server, "gone on from the backup");
}
