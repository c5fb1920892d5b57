//! What clients can ask for, before and after a catalog is moved: whatever it is, the answer is the same.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::changes::next_page;
use super::moves::{Shop, exported};
use crate::browse;
use crate::support::{TRACKER_ID, TestServer, product};
use crate::swiftype::{Client, KEY, document, list};

/// A server on the folder, or on the cluster.
pub(super) async fn serve(shop: &Shop, backend: &str) -> TestServer {
    let mut builder = TestServer::builder()
        .set("backend", format!("{backend:?}"))
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set_for_site("commit_keeps_refused", "true")
        .data_dir(&shop.data_dir())
        .sections(&shop.cluster.section())
        .sections(&shop.sections);
    for (name, value) in &shop.variables {
        builder = builder.variable(name, value);
    }
    builder.start().await
}

/// A path below the engine that the site is.
fn engine(path: &str) -> String {
    format!("/engines/{TRACKER_ID}{path}")
}

/// One that is made over the API.
const FILMS: &str = "/engines/films";

/// What was answered before, and may still be asked about.
#[derive(Default)]
struct Asked {
    receipts: Vec<Value>,
    jobs: Vec<u64>,
}

/// Documents that are written for later; their receipts.
async fn submit(client: &Client, engine: &str, of: &str, documents: Value) -> Vec<Value> {
    let path = format!("{engine}/document_types/{of}/documents/async_bulk_create_or_update.json");
    let body = json!({ "documents": documents });
    let answer = client.post(&path, body).await.status(202);
    let receipts = answer.json()["document_receipts"].clone();
    client.settled(&receipts).await;
    list(&receipts).to_vec()
}

/// Everything that is asked for.
async fn told(server: &TestServer, asked: &Asked) -> Value {
    let (site, client) = (server.site(), Client::of(server));
    let hits = site.search("size=100").await;
    let hits = hits
        .hits()
        .iter()
        .map(|hit| json!([hit["url"], hit["updated_at"]]));
    let mut hits: Vec<Value> = hits.collect();
    hits.sort_by_key(ToString::to_string);
    assert!(hits.iter().all(|hit| hit[1].is_string()), "{hits:?}");
    let mut jobs = Vec::new();
    for number in &asked.jobs {
        jobs.push(site.job(*number).await.status(200).json());
    }
    let mut ids: Vec<&Value> = asked
        .receipts
        .iter()
        .map(|receipt| &receipt["id"])
        .collect();
    ids.dedup();
    let receipts = client
        .post("/document_receipts.json", json!({ "ids": ids }))
        .await;
    let mut receipts = receipts.status(200).json();
    for receipt in receipts.as_array_mut().expect("a list") {
        // They name the server.
        receipt["links"].take();
    }
    let page = server
        .get(&format!("/browse/sites/{TRACKER_ID}/refused"))
        .await;
    let names = ["/p3", "/p8", "1.5"];
    let page = browse::read(&page.status(200));
    let refused: Vec<bool> = names.iter().map(|name| page.contains(name)).collect();
    let mut told = json!({
        "objects": exported(server).await,
        "hits": hits,
        "jobs": jobs,
        "receipts": receipts,
        "refused": refused,
        "engines": client.get("/engines.json").await.status(200).json(),
    });
    for engine in [&engine(""), FILMS] {
        let get = async |path: String| {
            let path = format!("{engine}{path}");
            client.get(&path).await.status(200).json()
        };
        let types = get("/document_types.json".to_owned()).await;
        for of in list(&types) {
            let path = format!("/document_types/{}", of["slug"].as_str().expect("a slug"));
            for path in [
                format!("{path}.json"),
                format!("{path}/documents.json?per_page=100"),
                format!("{path}/analytics/clicks.json"),
            ] {
                told[format!("{engine}{path}")] = get(path.clone()).await;
            }
        }
        told[format!("{engine}/types")] = types;
        told[format!("{engine}/clicks")] = get("/analytics/clicks.json".to_owned()).await;
    }
    told
}

/// What differs, so that it can be read.
#[track_caller]
fn assert_same(now: &Value, before: &Value) {
    for (name, before) in before.as_object().expect("an object") {
        assert_eq!(&now[name], before, "{name}");
    }
}

/// Of one document, by whatever names it.
async fn click(client: &Client, id: &str) {
    let path = engine("/document_types/books/analytics/log_clickthrough.json");
    let clicked = client.post(&path, json!({"q": "lion", "id": id})).await;
    clicked.status(200);
}

fn book(id: &str, pages: u64) -> Value {
    let title = json!(format!("Book {id}"));
    document(
        id,
        &[
            ("title", title, "string"),
            ("pages", json!(pages), "integer"),
        ],
    )
}

/// Objects, documents, jobs, what was refused of them and what was clicked on.
async fn fill(server: &TestServer, asked: &mut Asked) {
    let (site, client) = (server.site(), Client::of(server));
    // The name has one type here and another one there.
    let first = product("/p0").field("pages", "many").generation("g1");
    site.replace([first]).await.ok();
    let objects = (1..30).map(|at| {
        let name = format!("/p{at}");
        product(&name).field("size", at).generation("g2")
    });
    site.replace(objects).await.ok();
    let of_type = |name: &str| json!({"document_type": {"name": name}});
    client
        .post("/engines.json", json!({"engine": {"name": "films"}}))
        .await
        .status(200);
    for (engine, name) in [
        (&*engine(""), "books"),
        (&*engine(""), "songs"),
        (FILMS, "films"),
    ] {
        let path = format!("{engine}/document_types.json");
        client.post(&path, of_type(name)).await.status(200);
    }
    let books = json!([
        book("1", 10),
        book("2", 20),
        book("3", 30),
        document("1.5", &[("pages", json!("x"), "integer")])
    ]);
    asked
        .receipts
        .extend(submit(&client, &engine(""), "books", books).await);
    let film = document("1", &[("seen_at", json!("2026-01-02"), "date")]);
    asked
        .receipts
        .extend(submit(&client, FILMS, "films", json!([film])).await);
    client
        .delete(&engine("/document_types/books/documents/2.json"))
        .await
        .status(204);
    click(&client, "1").await;
    click(&client, "3").await;
    let refused =
        json!({"identity": "/p3", "type": "product", "generation": "g3", "fields": {"title": ""}});
    site.replace([refused]).await.status(400);
    let number = site
        .start_update(json!({"size": 8}), json!({"title": ""}))
        .await;
    site.ended_job(number).await;
    asked.jobs.push(number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_asked_for_is_the_same_after_a_move_and_back() {
    let Some(shop) = Shop::new() else {
        return;
    };
    let mut asked = Asked::default();
    let embedded = serve(&shop, "embedded").await;
    fill(&embedded, &mut asked).await;
    // Times are told in seconds.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 3, "{words}");
    let client = Client::of(&embedded);
    let changed = json!([book("4", 40), book("1", 11)]);
    asked
        .receipts
        .extend(submit(&client, &engine(""), "books", changed).await);
    embedded
        .site()
        .delete([("product", "/p7")])
        .await
        .status(200);
    embedded
        .site()
        .replace([product("/p7").generation("g2")])
        .await
        .ok();
    let before = told(&embedded, &asked).await;
    embedded.stop().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{words}");
    let cluster = serve(&shop, "opensearch").await;
    assert_same(&told(&cluster, &asked).await, &before);
    // What is new there comes last, and has an id that nothing had.
    let client = Client::of(&cluster);
    let new = json!([book("5", 50)]);
    asked
        .receipts
        .extend(submit(&client, &engine(""), "books", new).await);
    let of_type = json!({"document_type": {"name": "plays"}});
    let path = engine("/document_types.json");
    client.post(&path, of_type).await.status(200);
    let play = document("1", &[("title", json!("Play"), "string")]);
    let given = submit(&client, &engine(""), "plays", json!([play])).await;
    asked.receipts.extend(given);
    let site = cluster.site();
    let number = site.start_update(json!({"size": 9}), json!({"color": "red"}));
    let number = number.await;
    site.ended_job(number).await;
    assert!(number > asked.jobs[0]);
    asked.jobs.push(number);
    click(&client, "5").await;
    site.replace([product("/new").generation("g3")]).await.ok();
    // Its newest upload was refused before the move.
    site.replace([product("/p4").generation("g3")]).await.ok();
    site.commit("product", "g3").await.status(201);
    let names: Vec<Value> = exported(&cluster)
        .await
        .into_iter()
        .map(|one| one["identity"].clone())
        .collect();
    assert!(names.contains(&json!("/p3")), "{names:?}");
    assert!(!names.contains(&json!("/p5")), "{names:?}");
    let before = told(&cluster, &asked).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let (code, words) = shop.moves("opensearch", "embedded", &[]).await;
    assert_eq!(code, 3, "{words}");
    let (code, words) = shop.moves("opensearch", "embedded", &["--finish"]).await;
    assert_eq!(code, 0, "{words}");
    cluster.stop().await;
    let embedded = serve(&shop, "embedded").await;
    assert_same(&told(&embedded, &asked).await, &before);
    let books = engine("/document_types/books/documents.json?per_page=100");
    let ids = |told: &Value| {
        let ids = list(&told[&books]).iter().map(|one| one["id"].to_string());
        ids.collect::<BTreeSet<String>>()
    };
    let known = ids(&before);
    let client = Client::of(&embedded);
    asked
        .receipts
        .extend(submit(&client, &engine(""), "books", json!([book("6", 60)])).await);
    let last = told(&embedded, &asked).await;
    let now = ids(&last);
    assert_eq!(now.difference(&known).count(), 1, "{now:?} {known:?}");
    // To a folder that has nothing of it, once more.
    embedded.stop().await;
    let (code, words) = shop.moves("embedded", "opensearch", &[]).await;
    assert_eq!(code, 0, "{words}");
    std::fs::remove_dir_all(shop.data_dir()).expect("it is there");
    let (code, words) = shop.moves("opensearch", "embedded", &["--finish"]).await;
    assert_eq!(code, 0, "{words}");
    let embedded = serve(&shop, "embedded").await;
    let again = told(&embedded, &asked).await;
    assert_same(&again, &last);
}

/// Changes of a moment, so that each finds something else.
async fn change(server: &TestServer, round: usize) {
    let site = server.site();
    let objects = (0..20).map(|at| product(&format!("/{round}/{at}")).field("round", round));
    site.replace(objects).await.ok();
    let again = format!("/p{}", round * 7);
    site.delete([("product", again.as_str())]).await.status(200);
    site.replace([product(&again).field("round", round)])
        .await
        .ok();
    let books = json!([book(&round.to_string(), 1), book("1", round as u64)]);
    submit(&Client::of(server), &engine(""), "books", books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_is_cut_off_again_and_again_beside_a_server_that_writes_ends_right() {
    let Some(shop) = Shop::new() else {
        return;
    };
    let mut asked = Asked::default();
    let server = serve(&shop, "embedded").await;
    fill(&server, &mut asked).await;
    for part in 0..4 {
        let objects = (0..400).map(|at| product(&format!("/more/{part}/{at}")));
        server.site().replace(objects).await.ok();
    }
    let mut server = Some(server);
    for (from, to, more) in [
        ("embedded", "opensearch", &[][..]),
        ("opensearch", "embedded", &["--finish"][..]),
    ] {
        let serving = server.take().expect("it serves");
        for (round, after) in [150, 400, 900, 1_500].into_iter().enumerate() {
            let ((), ()) = tokio::join!(
                shop.cut_off(from, to, Duration::from_millis(after)),
                change(&serving, round + more.len()),
            );
        }
        let (before, objects) = (ids_of(&serving).await, exported_whole(&serving).await);
        serving.stop().await;
        let (code, words) = shop.moves(from, to, more).await;
        assert_eq!(code, 0, "{words}");
        let next = serve(&shop, to).await;
        assert_eq!(ids_of(&next).await, before);
        assert_eq!(exported_whole(&next).await, objects);
        server = Some(next);
    }
}

async fn ids_of(server: &TestServer) -> Value {
    let path = engine("/document_types/books/documents.json?per_page=100");
    Client::of(server).get(&path).await.status(200).json()
}

/// Every page.
async fn exported_whole(server: &TestServer) -> Vec<Value> {
    let mut path = "/v1/content_export?form=import".to_owned();
    let mut all = Vec::new();
    loop {
        let page = server
            .site()
            .signed("GET", &path, "{}")
            .await
            .status(200)
            .json();
        all.extend(list(&page["objects"]).iter().cloned());
        let Some(next) = next_page(&page) else {
            return all;
        };
        path = next;
    }
}
