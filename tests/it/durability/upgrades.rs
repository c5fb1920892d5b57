//! Data folders that earlier versions left behind. Invariant: a start of this version keeps every object,
//! and every attribute keeps its type; only what searches find may become more.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Home;
use crate::support::{
    Chance, Launch, ServerProcess, SiteClient, TRACKER_ID, get, product, vetrina,
};

/// Puts a folder of `fixtures/` in the place of the site's data.
fn lay_out(home: &Home, fixture: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("tests/it/fixtures").join(fixture);
    let index = home.index();
    std::fs::create_dir_all(&index).expect("a new folder");
    for entry in std::fs::read_dir(folder.join("index")).expect("the fixture has an index") {
        let entry = entry.expect("a readable folder");
        std::fs::copy(entry.path(), index.join(entry.file_name())).expect("a copy");
    }
    let site = index.parent().expect("the index lies in the site's folder");
    std::fs::write(site.join("store.db"), unpacked(&folder.join("store.db.gz"))).expect("a copy");
}

fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).expect("the fixture has a store");
    let mut bytes = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(file);
    decoder.read_to_end(&mut bytes).expect("a packed store");
    bytes
}

async fn kind_of(site: &SiteClient, attribute: &str) -> Value {
    let answer = site.search(&format!("facets={attribute}&size=0")).await;
    answer.json()["results"]["facets"][0]["type"].clone()
}

/// Made by the version that refused what did not fit, of four items.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_layout_5_is_made_again_and_mixed_attributes_with_it() {
    let home = Home::new();
    lay_out(&home, "layout_5");
    let check = vetrina(&["check", "--data-dir"])
        .arg(home.folder.path())
        .output();
    let said = check.expect("the binary runs").stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(
        said.contains("layout"),
        "the fixture has an index of its time: {said}"
    );

    let server = home.start().await;
    let site = server.site();
    let found = site.search("f[]=type:item&sort=title:asc").await;
    assert_eq!(found.identities(), ["4", "1", "3", "2"]);
    assert_eq!(
        found.hit("3")["attributes"]["special"],
        json!([{"grams": 5}])
    );
    assert_eq!(site.search("f[]=category:Fans").await.identities(), ["4"]);
    for (attribute, kind) in [
        ("airflow", "float"),
        ("code", "text"),
        ("since", "date"),
        ("flag", "boolean"),
        ("special.grams", "float"),
        ("color", "text"),
    ] {
        assert_eq!(kind_of(&site, attribute).await, kind, "{attribute}");
    }
    // Numbers and dates that were texts alone.
    let found = site.search("f[]=type:item&sort=code:asc").await;
    assert_eq!(found.identities(), ["4", "2", "3", "1"]);
    assert_eq!(site.search("f[]=code:6|").await.identities(), ["2"]);
    // What was refused is taken now.
    let odd = product("5")
        .field("airflow", "57 CFM")
        .field("since", "soon");
    site.replace([odd]).await.status(201);
    assert_eq!(site.search("f[]=since:soon").await.identities(), ["5"]);
    assert_eq!(site.search("f[]=airflow:50|200").await.total(), 2);
    home.end(server, "upgraded");
}

fn format_of(home: &Home) -> i64 {
    let site = home.index();
    let store = site.with_file_name("store.db");
    let store = rusqlite::Connection::open(store).expect("a store");
    let read = store.query_row("SELECT format FROM meta", [], |row| row.get(0));
    read.expect("a format")
}

fn check(home: &Home) -> Output {
    let mut check = vetrina(&["check", "--data-dir"]);
    let output = check.arg(home.folder.path()).output();
    output.expect("the binary runs")
}

/// What the store of the fixture holds: two items of a generation, a category nested in one, a job that ended.
async fn assert_all_of_format_1_is_there(server: &ServerProcess) {
    let site = server.site();
    let path = "/v1/content_export?form=import";
    let exported = site.signed("GET", path, Vec::new()).await.status(200);
    let objects = exported.json()["objects"].clone();
    let mut told: Vec<String> = (objects.as_array().expect("a list").iter())
        .map(|one| format!("{} {} {}", one["type"], one["identity"], one["generation"]))
        .collect();
    told.sort();
    let expected = [
        r#""category" "c1" "g1""#,
        r#""item" "1" "g1""#,
        r#""item" "2" "g1""#,
    ];
    assert_eq!(told, expected);
    let found = site.search("f[]=mark:x").await;
    assert_eq!(found.total(), 2, "what the job wrote");
    assert_eq!(
        found.hit("1")["attributes"]["special"],
        json!([{"grams": 5}])
    );
    assert_eq!(found.hit("2")["attributes"]["price_amount"], 2.9);
    let job = site
        .signed("GET", "/v1/update_by_query?job_id=1", Vec::new())
        .await;
    assert_eq!(job.status(200).json()["updates_count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_format_1_is_upgraded_whole_or_not_at_all() {
    let home = Home::new();
    lay_out(&home, "format_1");
    assert_eq!(format_of(&home), 1);
    assert!(check(&home).status.success(), "it is as good as any");
    let mut chance = Chance::new();
    for _ in 0..6 {
        let kill_at = Instant::now() + Duration::from_millis(chance.below(120));
        Launch::new(home.folder.path()).start_and_kill(|| Instant::now() >= kill_at);
        let (format, checked) = (format_of(&home), check(&home));
        assert!([1, 2].contains(&format), "format {format}, {chance:?}");
        assert!(checked.status.success(), "{checked:?}, {chance:?}");
    }
    let server = home.start().await;
    assert_eq!(format_of(&home), 2);
    assert_all_of_format_1_is_there(&server).await;
    server.site().replace([product("new")]).await.ok();
    home.end(server, "upgraded");
}

/// A server of before keeps what one of today left, and touches nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_later_version_is_refused_by_every_command_and_left_alone() {
    let home = Home::new();
    lay_out(&home, "format_1");
    let store = home.index().with_file_name("store.db");
    let later = rusqlite::Connection::open(&store).expect("a store");
    later
        .execute("UPDATE meta SET format = 99", [])
        .expect("a table");
    drop(later);
    let before = std::fs::read(&store).expect("a store");
    let words = "format 99; this program reads formats up to";
    let server = Launch::new(home.folder.path())
        .setting("SITES__1__TRACKER_ID", "other")
        .setting("SITES__1__PRIVATE_KEY", "key")
        .start();
    server.ready().await;
    let ready = format!("{}/health/ready?site={TRACKER_ID}", server.base());
    let told = get(&ready).await.status(503).text();
    assert!(told.contains(words), "{told}");
    server.site().replace([product("p1")]).await.status(503);
    // One site's store is no other site's concern.
    let other = SiteClient::new(server.base(), "other", "key");
    other.replace([product("p1")]).await.ok();
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let file = home.folder.path().join("backup");
    for command in ["check", "backup"] {
        let mut run = vetrina(&[command, "--site", TRACKER_ID, "--data-dir"]);
        run.arg(home.folder.path());
        if command == "backup" {
            run.arg(&file);
        }
        let output = run.output().expect("the binary runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && told.contains(words),
            "{command}: {told}"
        );
    }
    assert!(std::fs::read(&store).expect("a store") == before);
}
