//! `vetrina import` as a shop runs it: the binary, a file, and a server that is healthy, or
//! scripted to be anything but.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use vetrina::auth::{SecretKey, digest, string_to_sign};

use crate::support::{
    PRIVATE_KEY, Reply, Request, ScriptedServer, SiteClient, TRACKER_ID, TestServer, eventually,
    vetrina,
};

/// The catalog that `serve --demo` loads.
const DEMO: &str = include_str!("../../src/cli/demo.ndjson");

/// What stands in it, nested objects included.
const TYPES: [&str; 6] = [
    "product", "category", "brand", "variant", "article", "store",
];

/// What an import said and how it ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

async fn import(url: &str, file: &Path, options: &[&str]) -> Ran {
    import_with_input(url, file, options, Vec::new()).await
}

async fn import_with_input(url: &str, file: &Path, options: &[&str], input: Vec<u8>) -> Ran {
    let mut command = vetrina(&["import", "--url", url, "--tracker", TRACKER_ID]);
    command
        .arg(file)
        .args(options)
        .env("VETRINA_KEY", PRIVATE_KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = move || {
        let mut child = command.spawn().expect("the binary runs");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        // An import that reads a file does not read this.
        let _ = stdin.write_all(&input);
        drop(stdin);
        child
            .wait_with_output()
            .expect("the process was started here")
    };
    let output = tokio::task::spawn_blocking(run).await;
    output.expect("the process was waited for").into()
}

fn written(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a writable test folder");
    path
}

fn lines(objects: &[Value]) -> String {
    let lines: Vec<_> = objects.iter().map(Value::to_string).collect();
    lines.join("\n")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A healthy server, its address and a client that searches it.
async fn healthy() -> (TestServer, String, SiteClient) {
    let server = TestServer::start().await;
    let (url, site) = (server.base(), server.site());
    (server, url, site)
}

async fn count(site: &SiteClient, object_type: &str) -> u64 {
    let query = format!("f[]=type:{object_type}&size=0");
    site.search(&query).await.total()
}

/// What was imported can be found a moment later.
async fn becomes(site: &SiteClient, object_type: &str, expected: u64) {
    let what = format!("{expected} of type {object_type}");
    eventually(&what, async || {
        (count(site, object_type).await == expected).then_some(())
    })
    .await;
}

/// Distinct identities of a type, standalone and nested, as a plain scan of the file finds them.
fn distinct(file: &str, object_type: &str) -> u64 {
    fn collect(entry: &Value, object_type: &str, found: &mut std::collections::HashSet<String>) {
        if entry["type"] == object_type {
            found.insert(entry["identity"].to_string());
        }
        let inside = [&entry["nested"], &entry["fields"]["ancestors"]];
        for inner in inside.into_iter().filter_map(Value::as_array).flatten() {
            collect(inner, object_type, found);
        }
    }
    let mut found = std::collections::HashSet::new();
    for line in file.lines() {
        collect(
            &serde_json::from_str(line).expect("a JSON line"),
            object_type,
            &mut found,
        );
    }
    found.len() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_of_the_demo_file_arrives_plain_packed_and_piped() {
    let folder = folder();
    for (name, content, options) in [
        ("demo.ndjson", DEMO.as_bytes().to_vec(), &[][..]),
        ("packed", gzip(DEMO.as_bytes()), &["--compress"]),
        ("-", gzip(DEMO.as_bytes()), &["--batch", "7"]),
    ] {
        let (_server, url, site) = healthy().await;
        let ran = if name == "-" {
            import_with_input(&url, Path::new("-"), options, content).await
        } else {
            import(&url, &written(&folder, name, &content), options).await
        };
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains("133 accepted, 0 rejected"), "{ran:?}");
        for object_type in TYPES {
            let expected = distinct(DEMO, object_type);
            assert!(expected > 0, "{object_type}");
            becomes(&site, object_type, expected).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_changes_no_object() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let file = written(&folder, "demo.ndjson", DEMO.as_bytes());
    let mut times = Vec::new();
    for _ in 0..2 {
        assert_eq!(
            import(&url, &file, &["--connections", "1"]).await.code,
            Some(0)
        );
        becomes(&site, "product", distinct(DEMO, "product")).await;
        let found = site
            .search("size=200&f[]=type:product&f[]=type:category&f[]=type:brand")
            .await;
        let mut seen: Vec<(String, String)> = found
            .hits()
            .iter()
            .map(|hit| (hit["url"].to_string(), hit["updated_at"].to_string()))
            .collect();
        seen.sort_unstable();
        times.push(seen);
        // `updated_at` has whole seconds: the second import must not fall into the first one's.
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    assert!(times[0].len() > 100);
    assert_eq!(times[0], times[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_committed_type_by_type() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let whole = written(&folder, "whole.ndjson", DEMO.as_bytes());
    let half: String = DEMO.split_inclusive('\n').step_by(2).collect();
    let half_file = written(&folder, "half.ndjson", half.as_bytes());
    assert_eq!(
        import(&url, &whole, &["--generation", "A"]).await.code,
        Some(0)
    );

    let ran = import(&url, &half_file, &["--generation", "B", "--commit"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for object_type in TYPES {
        let (before, after) = (distinct(DEMO, object_type), distinct(&half, object_type));
        let line = format!("committed {object_type}: {} deleted", before - after);
        assert!(ran.stdout.contains(&line), "{line} in {ran:?}");
        assert_eq!(count(&site, object_type).await, after, "{object_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_objects_are_printed_with_line_and_reason_and_prevent_the_commit() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let good = |name: &str| json!({"identity":name,"type":"product","fields":{"title":name}});
    site.replace([good("older")]).await.ok();
    let content = format!(
        "{}\n{{\"identity\":\n[1]\n\n{}\n{}\n{}\n",
        good("a"),
        json!({"identity":"untitled","type":"product","fields":{}}),
        json!({"type":"product","fields":{"title":"nameless"}}),
        good("b"),
    );
    let file = written(&folder, "mixed.ndjson", content.as_bytes());
    let options = ["--connections", "1", "--generation", "B", "--commit"];
    let ran = import(&url, &file, &options).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("2 accepted, 4 rejected"), "{ran:?}");
    for expected in [
        "line 2: is not valid JSON",
        "line 3: is not a JSON object",
        r#"line 5: untitled: malformed_input: incorrect object format: {"title":["must be filled"]}"#,
        r#"line 6: object #2: malformed_input: incorrect object format: {"identity":["is missing"]}"#,
        "not committed",
    ] {
        assert!(
            ran.stderr.contains(expected),
            "{expected} in {}",
            ran.stderr
        );
    }
    becomes(&site, "product", 3).await;

    let anyway = ["--generation", "B", "--commit", "--commit-anyway"];
    let ran = import(&url, &file, &anyway).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains("committed product: 1 deleted"),
        "{ran:?}"
    );
    assert_eq!(count(&site, "product").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_extraction_nested_objects_stay_inside() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let file = written(&folder, "demo.ndjson", DEMO.as_bytes());
    let ran = import(
        &url,
        &file,
        &["--no-extract", "--generation", "A", "--commit"],
    )
    .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stdout.contains("committed category"), "{ran:?}");
    becomes(&site, "product", distinct(DEMO, "product")).await;
    assert_eq!(count(&site, "category").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_ends_the_import_at_once() {
    let (folder, (_server, url, _site)) = (folder(), healthy().await);
    let file = written(&folder, "demo.ndjson", DEMO.as_bytes());
    let ran = import(&url, &file, &["--key", "wrong", "--connections", "1"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("signature_mismatch"), "{ran:?}");
    assert!(ran.stdout.contains("0 accepted"), "{ran:?}");
}

/// Accepts a batch as the contract says it.
fn accept(request: &Request) -> Reply {
    let count = request.json()["objects"].as_array().map_or(0, Vec::len);
    Reply::json(201, &json!({"ok_count":count,"errors_count":0,"errors":{}}))
}

fn is_signed(request: &Request) -> bool {
    let [content_type, date] = ["content-type", "date"].map(|name| request.header(name));
    let path = request.target.split('?').next().unwrap_or_default();
    let signed = string_to_sign(
        &request.method,
        content_type.as_bytes(),
        date.as_bytes(),
        path.as_bytes(),
    );
    let digest = digest(&SecretKey::new(PRIVATE_KEY), &signed);
    request
        .header("authorization")
        .ends_with(&format!(" {TRACKER_ID}:{digest}"))
}

#[tokio::test]
async fn passing_failures_are_retried_and_every_try_is_signed() {
    let server = ScriptedServer::start(|number, request| match number {
        0 => Reply::Answer {
            status: 429,
            headers: "Retry-After: 1\r\n",
            body: "{}".into(),
        },
        1 => Reply::Answer {
            status: 503,
            headers: "Retry-After: 0\r\n",
            body: String::new(),
        },
        2 => Reply::HangUp,
        _ => accept(request),
    });
    let folder = folder();
    let file = written(
        &folder,
        "one.ndjson",
        lines(&[json!({"identity":"a"})]).as_bytes(),
    );
    let ran = import(&server.url(), &file, &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.contains("1 accepted, 0 rejected, 3 retries"),
        "{ran:?}"
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(is_signed));
    assert!(
        requests
            .iter()
            .all(|request| request.body == requests[0].body)
    );
    // The server asked for a second before the second try, so its date is another one.
    assert_ne!(requests[0].header("date"), requests[1].header("date"));
}

#[tokio::test]
async fn a_server_that_never_recovers_ends_the_import() {
    let server = ScriptedServer::start(|_, _| Reply::HangUp);
    let folder = folder();
    let file = written(
        &folder,
        "one.ndjson",
        lines(&[json!({"identity":"a"})]).as_bytes(),
    );
    let ran = import(&server.url(), &file, &["--tries", "2"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("gave up after 2 tries"), "{ran:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn one_object_that_spoils_its_request_does_not_take_others_along() {
    let refusal = json!({"type":"malformed_input","reason":"incorrect parameters provided",
        "caused_by":{"body":["is nested too deep"]}});
    let server = ScriptedServer::start(move |_, request| {
        let objects = request.json()["objects"].take();
        let spoiled = |object: &Value| object["identity"] == "spoiler";
        if objects
            .as_array()
            .is_some_and(|objects| objects.iter().any(spoiled))
        {
            Reply::json(400, &refusal)
        } else {
            accept(request)
        }
    });
    let mut objects: Vec<_> = (0..20)
        .map(|n| json!({"identity": format!("p{n}")}))
        .collect();
    objects.insert(13, json!({"identity":"spoiler"}));
    let folder = folder();
    let file = written(&folder, "mixed.ndjson", lines(&objects).as_bytes());
    let ran = import(&server.url(), &file, &["--connections", "1"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("20 accepted, 1 rejected"), "{ran:?}");
    assert!(ran.stderr.contains("line 14: spoiler:"), "{ran:?}");
    assert!(ran.stderr.contains("is nested too deep"), "{ran:?}");
}

#[tokio::test]
async fn with_many_connections_the_last_line_of_an_identity_still_wins() {
    let server = ScriptedServer::start(|number, request| {
        // Every other answer is late, so that connections overtake each other.
        if number % 2 == 0 {
            std::thread::sleep(Duration::from_millis(15));
        }
        accept(request)
    });
    let objects: Vec<_> = (0..300)
        .map(|n| json!({"identity": format!("p{}", n % 7), "fields": {"revision": n}}))
        .collect();
    let folder = folder();
    let file = written(&folder, "again.ndjson", lines(&objects).as_bytes());
    let ran = import(
        &server.url(),
        &file,
        &["--connections", "8", "--batch", "5"],
    )
    .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut last = std::collections::HashMap::new();
    for request in server.requests() {
        for object in request.json()["objects"].as_array().expect("objects") {
            let revision = object["fields"]["revision"].as_u64();
            let before = last.insert(object["identity"].to_string(), revision);
            assert!(
                before.flatten() < revision,
                "{object} came after a later line"
            );
        }
    }
    assert_eq!(last.len(), 7);
}

#[tokio::test]
async fn a_missing_or_broken_file_is_told() {
    let server = ScriptedServer::start(|_, request| accept(request));
    let ran = import(&server.url(), Path::new("/nonexistent.ndjson"), &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("cannot open `/nonexistent.ndjson`"),
        "{ran:?}"
    );

    let mut cut = gzip(DEMO.as_bytes());
    cut.truncate(cut.len() / 2);
    let folder = folder();
    let file = written(&folder, "cut.ndjson.gz", &cut);
    let ran = import(&server.url(), &file, &["--generation", "A", "--commit"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("cannot read on after line"), "{ran:?}");
    let is_commit = |request: &Request| request.target.contains("commit");
    assert!(!server.requests().iter().any(is_commit));
}
