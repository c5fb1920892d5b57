//! Small requests over large stored objects, from somebody who may write: what a change reads is no part of its
//! body, and is bounded all the same.

use serde_json::{Value, json};

use crate::support::{
    Answer, Figures, Launch, ServerProcess, SiteClient, TRACKER_ID, eventually, get, product,
};
use crate::swiftype::KEY;

const MIB: usize = 1 << 20;

/// Objects, each of which takes three MiB once it is read.
const OBJECTS: usize = 75;
const BLANKS: usize = 100_000;

/// What reading all of them together would take at least.
const TOGETHER: usize = OBJECTS * 3 * MIB;

/// What may grow with what is asked, and how far.
const SETTINGS: [(&str, usize); 3] = [
    ("LIMITS__WRITE_QUEUE_BYTES", 16 * MIB),
    ("STORAGE__PAGE_CACHE_BYTES", 16 * MIB),
    ("STORAGE__INDEX_MEMORY_BYTES", 32 * MIB),
];

/// For what waits for the index or is remembered of searches (32 MiB), or is an answer (32 MiB in the tests of
/// those), and for one object as it was, as it will be and as it is written.
const BESIDE_SETTINGS: usize = 90 * MIB;

/// What may be held at a time.
const HELD: usize = SETTINGS[0].1 + SETTINGS[1].1 + SETTINGS[2].1 + BESIDE_SETTINGS;

fn identity(number: usize) -> String {
    format!("large-{number}")
}

/// Empty texts are stored and returned, and cost the index nothing.
fn large(number: usize, object_type: &str) -> String {
    let blanks = format!("[{}\"\"]", "\"\",".repeat(BLANKS - 1));
    let (identity, key) = (identity(number), "fields");
    format!(
        r#"{{"identity":"{identity}","type":"{object_type}","{key}":{{"title":"Large","_a":{blanks}}}}}"#
    )
}

fn limited(folder: &std::path::Path) -> Launch {
    let launch = Launch::new(folder);
    SETTINGS.iter().fold(launch, |launch, (name, bytes)| {
        launch.setting(name, &bytes.to_string())
    })
}

/// A server that has the objects and has read none of them.
async fn with_large(folder: &std::path::Path, object_type: &str) -> ServerProcess {
    let start = || {
        // A test machine may be slow; that is not what is tested.
        let launch = limited(folder).setting("LIMITS__WRITE_TIMEOUT_MS", "120000");
        launch.start()
    };
    let server = start();
    server.ready().await;
    for number in 0..OBJECTS {
        let body = format!(r#"{{"objects":[{}]}}"#, large(number, object_type));
        let written = server.site().signed("POST", "/v1/content", body).await;
        assert_eq!(written.status, 201, "{}", written.text());
    }
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let server = start();
    server.ready().await;
    server
}

#[track_caller]
fn assert_held(server: &ServerProcess, fresh: usize) {
    let grown = server.peak_memory().saturating_sub(fresh);
    assert!(grown <= HELD, "{} of {} MiB", grown / MIB, HELD / MIB);
}

async fn colored(site: &SiteClient, color: &str) {
    eventually("all to be found", async || {
        let query = format!("f[]=color:{color}&size=1&hit_fields=title");
        let found = site.search(&query).await;
        (found.total() == OBJECTS as u64).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_of_parts_read_is_bounded() {
    const { assert!(TOGETHER > HELD) };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = with_large(folder.path(), "product").await;
    let (site, fresh) = (server.site(), server.peak_memory());
    let patches = (0..OBJECTS)
        .map(|number| json!({"identity": identity(number), "fields": {"color": "red"}}));
    let patches = json!({ "objects": patches.collect::<Vec<_>>() }).to_string();
    let answer = site.signed("PATCH", "/v1/content", patches).await;
    let answer = answer.status(200).json();
    assert_eq!(answer["ok_count"], OBJECTS);
    colored(&site, "red").await;
    assert_held(&server, fresh);
}

/// Without waiting for the index.
async fn send(site: &SiteClient, objects: impl IntoIterator<Item = Value>) -> Answer {
    let objects: Vec<Value> = objects.into_iter().collect();
    let body = json!({ "objects": objects }).to_string();
    site.signed("POST", "/v1/content", body).await
}

/// A title that differs changes what is mentioned.
fn mentioning(identity: &str, numbers: impl Iterator<Item = usize>, title: &str) -> Value {
    let mention =
        |number| json!({"identity": self::identity(number), "type": "category", "title": title});
    let mentions: Vec<Value> = numbers.map(mention).collect();
    product(identity).key("nested", json!(mentions)).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_mentions_change_is_bounded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = with_large(folder.path(), "category").await;
    let (site, fresh) = (server.site(), server.peak_memory());
    let each = (0..OBJECTS).map(|n| mentioning(&format!("p{n}"), n..=n, "Other"));
    let written = send(&site, each).await.status(201).json();
    assert_eq!(written["ok_count"], OBJECTS);
    assert_held(&server, fresh);

    // In one object that is planned whole, it is too much.
    let all = send(&site, [mentioning("all", 0..OBJECTS, "Third")]).await;
    let all = all.status(400).json();
    let words = "must not change so many large objects by mentioning them; send those as objects of their own";
    assert_eq!(
        all["errors"]["all"]["caused_by"],
        json!({"nested": [words]})
    );
    assert_held(&server, fresh);
}

/// What answers may take in the tests below.
const ANSWERS: usize = 32 * MIB;

async fn with_large_answers(folder: &std::path::Path) -> ServerProcess {
    drop(with_large(folder, "product").await);
    let launch = limited(folder)
        .setting("LIMITS__ANSWERS_BYTES_MAX", &ANSWERS.to_string())
        .setting("LIMITS__SEARCH_TIMEOUT_MS", "60000")
        .setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]"));
    let server = launch.start();
    server.ready().await;
    server
}

#[track_caller]
fn assert_no_room(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.json(), json!({"error": "Service unavailable"}));
}

async fn waiting_bytes(server: &ServerProcess) -> f64 {
    let page = get(&format!("{}/metrics", server.base())).await.text();
    Figures::read(&page).value("vetrina_http_answers_bytes", &[])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_answer_is_made_of_finds_room_before_it_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = with_large_answers(folder.path()).await;
    let (site, fresh) = (server.site(), server.peak_memory());
    let all = format!("q=Large&size={OBJECTS}");
    assert_no_room(&site.search_answer(&all).await);
    let base = server.base();
    let documents = format!(
        "{base}/api/v1/engines/{TRACKER_ID}/document_types/product/documents?auth_token={KEY}"
    );
    assert_no_room(&get(&format!("{documents}&per_page={OBJECTS}")).await);
    let search = format!("{base}/api/v1/engines/{TRACKER_ID}/search?auth_token={KEY}&q=Large");
    let (search, per_page) = (format!("{search}&document_types[]=product"), OBJECTS);
    assert_no_room(&get(&format!("{search}&per_page={per_page}")).await);
    let grown = server.peak_memory().saturating_sub(fresh);
    assert!(grown <= HELD, "{} of {} MiB", grown / MIB, HELD / MIB);

    // What is not shown takes no room, and few of them fit.
    let found = site.search(&format!("{all}&hit_fields=title")).await;
    assert_eq!(found.identities().len(), OBJECTS);
    let fetched = format!("{search}&per_page={per_page}&fetch_fields[product][]=title");
    let fetched = get(&fetched).await.status(200).json();
    assert_eq!(fetched["record_count"], OBJECTS);
    assert_eq!(site.search("q=Large&size=2").await.identities().len(), 2);
    get(&format!("{documents}&per_page=2")).await.status(200);
    let grown = server.peak_memory().saturating_sub(fresh);
    assert!(grown <= HELD, "{} of {} MiB", grown / MIB, HELD / MIB);
    eventually("all room free again", async || {
        (waiting_bytes(&server).await == 0.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_larger_than_the_budget_is_answered_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = Launch::new(folder.path());
    let launch = launch.setting("LIMITS__ANSWERS_BYTES_MAX", &(2 * MIB).to_string());
    let server = launch.start();
    server.ready().await;
    let site = server.site();
    let shown = large(1, "product").replace("_a", "a");
    let body = format!(r#"{{"objects":[{shown},{}]}}"#, large(2, "product"));
    let written = site.signed("POST", "/v1/content?wait_for=visible", body);
    assert_eq!(written.await.status, 201);
    let alone = site.search(&format!("f[]=identity:{}", identity(1))).await;
    let values = alone.hit(&identity(1))["attributes"]["a"]
        .as_array()
        .map(Vec::len);
    assert_eq!(values, Some(BLANKS));
    assert_no_room(&site.search_answer("q=Large").await);
}
