//! Against a server that throttles, hangs up, refuses whole requests or answers late, and with files
//! that cannot be read.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use vetrina::auth::{SecretKey, digest, string_to_sign};

use super::{DEMO, folder, gzip, import, lines, written};
use crate::support::{PRIVATE_KEY, Reply, Request, ScriptedServer, TRACKER_ID};

/// Accepts a batch as the reference says it.
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
