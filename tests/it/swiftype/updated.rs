//! `updated_at`: of engines and document types the last write to them, of documents the last one that
//! changed them, which searches filter and sort by (docs/reference/10-swiftype.md §3).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rstest::rstest;
use serde_json::{Value, json};
use vetrina::domain::{Clock, Timestamp};

use super::{Client, ENGINE, Found, KEY, Type, document};
use crate::support::{TRACKER_ID, TestServer, product};

/// A server whose time goes on when it is told to. It begins near that of the tests, which sign
/// requests.
struct Timed {
    server: TestServer,
    client: Client,
    folder: tempfile::TempDir,
    now_ms: Arc<AtomicI64>,
}

impl Timed {
    async fn start() -> Self {
        let now_ms = Clock::system().now().as_millis();
        let now_ms = Arc::new(AtomicI64::new(now_ms - now_ms % 1_000));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Self::serve(&folder, &now_ms).await;
        Self {
            client: Client::of(&server),
            server,
            folder,
            now_ms,
        }
    }

    async fn serve(folder: &tempfile::TempDir, now_ms: &Arc<AtomicI64>) -> TestServer {
        let now = Arc::clone(now_ms);
        let clock = Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)));
        let builder = TestServer::builder()
            .set("swiftype.api_keys", format!("[{KEY:?}]"))
            .set("swiftype.engines", format!("[{ENGINE:?}]"));
        builder.data_dir(folder.path()).clock(clock).start().await
    }

    async fn restart(self) -> Self {
        let Self {
            server,
            folder,
            now_ms,
            ..
        } = self;
        server.stop().await;
        let server = Self::serve(&folder, &now_ms).await;
        Self {
            client: Client::of(&server),
            server,
            folder,
            now_ms,
        }
    }

    /// Lets some time pass, and says what time it is then.
    fn pass(&self, millis: i64) -> String {
        let now = self.now_ms.fetch_add(millis, Ordering::SeqCst) + millis;
        let now = Timestamp::from_millis(now);
        now.to_string().replace("+00:00", "Z")
    }

    async fn of(&self, path: &str) -> String {
        let body = self.client.get(path).await.status(200).json();
        let updated_at = body["updated_at"].as_str();
        updated_at.expect("a time").to_owned()
    }

    /// Of the engine, its books and its films.
    async fn all(&self) -> [String; 3] {
        let engine = format!("/engines/{ENGINE}");
        [
            self.of(&engine).await,
            self.of(&format!("{engine}/document_types/books")).await,
            self.of(&format!("{engine}/document_types/films")).await,
        ]
    }
}

/// Method and path below the documents of a type, and a body.
type Write = (&'static str, &'static str, fn() -> Value);

fn book(id: &str, title: &str) -> Value {
    document(id, &[("title", json!(title), "string")])
}

#[tokio::test]
async fn a_batch_that_makes_its_type_is_a_write_and_one_that_makes_none_is_not() {
    let timed = Timed::start().await;
    let engine = format!("/engines/{ENGINE}");
    timed.client.make_type("films").await;
    let before = timed.of(&engine).await;
    timed.pass(2_000);
    let twice = document(
        "1",
        &[("a", "x".into(), "enum"), ("a", 1.into(), "integer")],
    );
    let path = format!("{engine}/document_types/books/documents/async_bulk_create_or_update");
    for refused in [json!({"fields": []}), twice] {
        let body = json!({"documents": [refused]});
        timed.client.post(&path, body).await.status(404);
    }
    assert_eq!(timed.of(&engine).await, before);
    let now = timed.pass(2_000);
    let body = json!({"documents": [book("1", "one")]});
    timed.client.post(&path, body).await.status(202);
    assert_eq!(timed.all().await, [now.clone(), now, before]);
    let timed = timed.restart().await;
    assert_eq!(timed.all().await[0], timed.all().await[1]);
}

#[tokio::test]
async fn engines_and_types_tell_their_last_write() {
    let timed = Timed::start().await;
    let books = timed.client.make_type("books").await;
    let later = timed.pass(2_000);
    timed.client.make_type("films").await;
    let [engine, of_books, of_films] = timed.all().await;
    assert_eq!([&engine, &of_films], [&later, &later]);
    assert!(of_books < later);

    let writes: [Write; 9] = [
        ("POST", "", || json!({"document": book("1", "one")})),
        (
            "POST",
            "/create_or_update",
            || json!({"document": book("1", "other")}),
        ),
        (
            "PUT",
            "/1/update_fields",
            || json!({"fields": {"title": "third"}}),
        ),
        (
            "POST",
            "/bulk_create",
            || json!({"documents": [book("2", "two"), book("3", "three")]}),
        ),
        (
            "PUT",
            "/bulk_update",
            || json!({"documents": [{"external_id": "2", "fields": {"title": "2"}}]}),
        ),
        (
            "POST",
            "/async_bulk_create_or_update",
            || json!({"documents": [book("4", "four")]}),
        ),
        // The same document but for the type of a field that has no value yet.
        ("POST", "/create_or_update", || {
            json!({"document": document("3", &[
                ("title", json!("three"), "string"), ("pages", Value::Null, "integer")])})
        }),
        ("DELETE", "/1", || json!({})),
        ("POST", "/bulk_destroy", || json!({"documents": ["2"]})),
    ];
    for (method, path, body) in writes {
        let now = timed.pass(2_000);
        let answer = books.call(method, path, body()).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.status);
        let expected = [now.clone(), now, later.clone()];
        assert_eq!(timed.all().await, expected, "{method} {path}");
    }

    let last = timed.all().await;
    timed.pass(2_000);
    for (method, path, body) in [
        // Nothing changes.
        (
            "POST",
            "/create_or_update",
            json!({"document": book("3", "three")}),
        ),
        // Refused, or not there.
        ("POST", "", json!({"document": book("3", "three")})),
        (
            "POST",
            "/create_or_update",
            json!({"document": document("5", &[("title", json!(1), "integer")])}),
        ),
        ("PUT", "/9/update_fields", json!({"fields": {"title": "x"}})),
        ("DELETE", "/9", json!({})),
        ("GET", "", json!({})),
    ] {
        books.call(method, path, body).await;
        assert_eq!(timed.all().await, last, "{method} {path}");
    }
    let timed = timed.restart().await;
    assert_eq!(timed.all().await, last, "after a restart");

    // The engine outlives the type; one of the same name is a new one.
    let now = timed.pass(2_000);
    let of_type = format!("/engines/{ENGINE}/document_types/books");
    timed.client.delete(&of_type).await.status(204);
    assert_eq!(timed.of(&format!("/engines/{ENGINE}")).await, now);
    let now = timed.pass(2_000);
    timed.client.make_type("books").await;
    assert_eq!(timed.all().await, [now.clone(), now, later]);
}

#[tokio::test]
async fn writes_of_the_primary_api_count_too() {
    let timed = Timed::start().await;
    let site = timed.server.site();
    let engine = format!("/engines/{TRACKER_ID}");
    let both = async || {
        let of_type = format!("{engine}/document_types/product");
        [timed.of(&engine).await, timed.of(&of_type).await]
    };
    let now = timed.pass(1_000);
    let nightly = |id| product(id).title("Sock").generation("1");
    site.replace([nightly("p1"), nightly("p2"), nightly("p3")])
        .await
        .ok();
    assert_eq!(both().await, [now.clone(), now]);
    let now = timed.pass(1_000);
    site.delete([("product", "p1")]).await.ok();
    assert_eq!(both().await, [now.clone(), now]);
    let now = timed.pass(1_000);
    site.replace([nightly("p2").generation("2")]).await.ok();
    // Which upload an object is of is no part of it.
    assert!(both().await.iter().all(|updated_at| *updated_at < now));
    site.commit("product", "2").await.ok();
    assert_eq!(both().await, [now.clone(), now]);
}

/// Three books, written two and a half seconds one after the other, the first one changed last; and
/// when each was written.
async fn written_in_turn() -> (Timed, Type, [String; 3]) {
    let timed = Timed::start().await;
    let books = timed.client.make_type("books").await;
    timed.pass(4_000);
    books.index(json!([book("1", "first")])).await;
    let mut seconds = Vec::new();
    for id in ["2", "3", "1"] {
        seconds.push(timed.pass(2_500));
        books.index(json!([book(id, "written")])).await;
    }
    let [two, three, one] = seconds.try_into().expect("three");
    (timed, books, [one, two, three])
}

#[tokio::test]
async fn documents_are_sorted_by_their_last_write() {
    let (timed, books, _) = written_in_turn().await;
    let search = async |direction: &str| {
        let options = json!({"sort_field": {"books": "updated_at"},
            "sort_direction": {"books": direction}});
        books.search(options).await.good().ids("books")
    };
    assert_eq!(search("asc").await, ["2", "3", "1"]);
    assert_eq!(search("desc").await, ["1", "3", "2"]);
    // Those of one second too.
    timed.pass(10);
    books.index(json!([book("2", "again")])).await;
    assert_eq!(search("desc").await, ["2", "1", "3"]);
    let timed = timed.restart().await;
    let path = format!("/engines/{ENGINE}/document_types/books/search");
    let query = "sort_field[books]=updated_at&sort_direction[books]=desc";
    let found = timed.client.get(&format!("{path}?{query}")).await.json();
    assert_eq!(Found(found).good().ids("books"), ["2", "1", "3"]);
}

#[rstest]
#[case::from("from", 2, &["1", "3"])]
#[case::to("to", 2, &["2", "3"])]
#[case::exactly("at", 2, &["3"])]
#[case::not("not", 2, &["1", "2"])]
#[case::legacy("legacy", 0, &["1"])]
#[tokio::test]
async fn documents_are_filtered_by_the_second_of_their_last_write(
    #[case] form: &str,
    #[case] of: usize,
    #[case] expected: &[&str],
) {
    let (_timed, books, seconds) = written_in_turn().await;
    // Written half a second later than this says.
    let at = &seconds[of];
    let filter = match form {
        "from" => json!({"type": "range", "from": at}),
        "to" => json!({"type": "range", "to": at}),
        "not" => json!(format!("!{at}")),
        "legacy" => json!(format!("[{at} TO *]")),
        _ => json!(at),
    };
    let options = json!({"filters": {"books": {"updated_at": filter}}});
    let found = books.search(options).await.good();
    assert_eq!(found.ids("books"), expected);
    for record in super::list(&found.0["records"]["books"]) {
        let id = record["external_id"].as_str().expect("an id");
        let place: usize = id.parse().expect("a number");
        assert_eq!(record["updated_at"], seconds[place - 1]);
    }
}

#[tokio::test]
async fn last_writes_are_counted_by_the_second() {
    let (timed, books, seconds) = written_in_turn().await;
    timed.pass(100);
    books.index(json!([book("4", "written")])).await;
    let options = json!({"q": "written", "facets": {"books": ["updated_at"]}});
    let found = books.search(options).await.good();
    let [one, two, three] = seconds;
    assert_eq!(
        found.0["info"]["books"]["facets"]["updated_at"],
        json!({one: 2, two: 1, three: 1})
    );
    // It is no field that somebody may have, and none that is told before there is one.
    let sent = document("5", &[("updated_at", json!("2012-02-16"), "date")]);
    let refused = books.call("POST", "", json!({"document": sent})).await;
    refused.status(400);
    let empty = timed.client.make_type("empty").await;
    let options = json!({"sort_field": {"empty": "updated_at"}});
    assert_eq!(empty.search(options).await.good().ids("empty"), [""; 0]);
    let path = format!("/engines/{ENGINE}/document_types/empty");
    let mapping = timed.client.get(&path).await.json();
    assert_eq!(mapping["field_mapping"], json!({}));
}

/// Objects of a shop have the attribute they were sent with.
#[tokio::test]
async fn what_shops_call_so_is_theirs() {
    let timed = Timed::start().await;
    let site = timed.server.site();
    let sock = |id: &str, updated_at: &str| {
        let sock = product(id).title("Sock");
        sock.field("updated_at", updated_at)
    };
    site.replace([sock("p1", "2020-01-01"), sock("p2", "2021-01-01")])
        .await
        .ok();
    let path = format!("/engines/{TRACKER_ID}/document_types/product");
    let books = format!("/engines/{TRACKER_ID}/document_types");
    let name = json!({"document_type": {"name": "books"}});
    timed.client.post(&books, name).await.status(200);
    let put = json!({"documents": [book("1", "One")]});
    let path_of_batch = format!("{books}/books/documents/async_bulk_create_or_update");
    let put = timed.client.post(&path_of_batch, put);
    let receipts = put.await.status(202).json()["document_receipts"].clone();
    timed.client.settled(&receipts).await;
    let range = json!({"type": "range", "to": "2020-06-01"});
    let find = async |of: &str, path: &str| {
        let options = json!({"filters": {of: {"updated_at": range}}});
        let answer = timed.client.post(&format!("{path}/search"), options).await;
        Found(answer.status(200).json()).good().ids(of)
    };
    assert_eq!(find("product", &path).await, ["p1"]);
    assert_eq!(find("books", &format!("{books}/books")).await, [""; 0]);
    let listed = site.search("f[]=updated_at:|2020-06-01").await;
    assert_eq!(listed.identities(), ["p1"]);
}

#[tokio::test]
async fn shops_give_the_name_a_type_of_their_own_after_documents_too() {
    let timed = Timed::start().await;
    let types = format!("/engines/{TRACKER_ID}/document_types");
    let name = json!({"document_type": {"name": "books"}});
    timed.client.post(&types, name).await.status(200);
    let site = timed.server.site();
    let sock = product("p1")
        .title("Sock")
        .field("updated_at", 1_700_000_000);
    site.replace([sock]).await.ok();
    let listed = site.search("f[]=updated_at:1600000000|").await;
    assert_eq!(listed.identities(), ["p1"]);
}
