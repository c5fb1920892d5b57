//! Bodies that take many times their size once they are read, from somebody who may write: what does not fit is
//! refused before it is read, and others are served meanwhile.

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Launch, ServerProcess, SiteClient, TRACKER_ID, ask_with, product};
use crate::swiftype::KEY;

const MIB: usize = 1 << 20;

/// What may grow with what clients send, and how far.
const SETTINGS: [(&str, usize); 6] = [
    ("LIMITS__BODIES_BYTES_MAX", 96 * MIB),
    ("LIMITS__UNPROVEN_BODIES_BYTES_MAX", 16 * MIB),
    ("LIMITS__WRITE_QUEUE_BYTES", 16 * MIB),
    ("LIMITS__ANSWERS_BYTES_MAX", 32 * MIB),
    ("STORAGE__PAGE_CACHE_BYTES", 16 * MIB),
    ("STORAGE__INDEX_MEMORY_BYTES", 32 * MIB),
];

/// For everything else: the program, its threads, buffers of connections, what is being written.
const BESIDE_SETTINGS: usize = 100 * MIB;

const NEIGHBOUR: (&str, &str) = ("9999-1", "another key");

const CLIENTS: usize = 24;

fn start(folder: &std::path::Path) -> ServerProcess {
    let launch = SETTINGS
        .iter()
        .fold(Launch::new(folder), |launch, (name, bytes)| {
            launch.setting(name, &bytes.to_string())
        });
    launch
        .setting("SITES__1__TRACKER_ID", NEIGHBOUR.0)
        .setting("SITES__1__PRIVATE_KEY", NEIGHBOUR.1)
        .setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]"))
        .start()
}

/// Objects of one shape, as many as fit a body.
fn filled(bytes: usize, object: impl Fn(usize) -> String) -> String {
    let mut body = String::from(r#"{"objects":["#);
    let mut number = 0;
    loop {
        let next = object(number);
        if body.len() + next.len() + 3 > bytes {
            break;
        }
        if number > 0 {
            body.push(',');
        }
        body.push_str(&next);
        number += 1;
    }
    body + "]}"
}

fn with_attribute(bytes: usize, value: &str) -> String {
    filled(bytes, |n| {
        format!(r#"{{"identity":"p{n}","type":"product","fields":{{"title":"T","_a":{value}}}}}"#)
    })
}

/// The shapes of issue reports, the largest bodies there are and some that fit one by one.
fn heavy_bodies() -> Vec<String> {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(50), "}".repeat(50));
    let zeros = |times: usize| format!("[{}0]", "0,".repeat(times));
    let fields: Vec<String> = (0..900).map(|at| format!(r#""_f{at}":"x""#)).collect();
    let fields = fields.join(",");
    let wide =
        |n| format!(r#"{{"identity":"w{n}","type":"product","fields":{{"title":"T",{fields}}}}}"#);
    let tiny = |n| format!(r#"{{"identity":"t{n}","type":"p","fields":{{"title":"x"}}}}"#);
    let nested = |n: usize| {
        let above: Vec<String> = (0..32)
            .map(|at| format!(r#"{{"title":"{n}-{at}"}}"#))
            .collect();
        let above = above.join(",");
        let nested = format!(r#"{{"title":"x","type":"c","ancestors":[{above}]}}"#);
        format!(r#"{{"identity":"n{n}","type":"p","fields":{{"title":"x"}},"nested":[{nested}]}}"#)
    };
    let mut bodies = Vec::new();
    for bytes in [5 * MIB, MIB] {
        bodies.push(with_attribute(bytes, &deep));
        bodies.push(with_attribute(bytes, &zeros(bytes / 2 - 100)));
        bodies.push(filled(bytes, wide));
    }
    bodies.push(filled(5 * MIB, tiny));
    bodies.push(filled(MIB / 4, tiny));
    bodies.push(filled(5 * MIB, nested));
    bodies.push(filled(5 * MIB, |_| "{}".to_owned()));
    bodies
}

/// What a shop of its own does meanwhile: batches as real integrations send them, and searches.
async fn honest(site: &SiteClient, round: usize) {
    let object = |number: usize| {
        let title = format!("Honest {number}");
        let about = "to carry around ".repeat(60);
        product(&format!("h{round}-{number}"))
            .title(&title)
            .field("about", about)
    };
    let written = site.replace((0..100).map(object)).await;
    assert_eq!(written.status, 201, "{}", written.text());
    let found = site.search_answer("q=honest").await;
    assert_eq!(found.status, 200, "{}", found.text());
    let found = site.search_post(
        "q=honest",
        r#"{"body":{"filters":{"product":{"and":["title:x"]}}}}"#,
    );
    let found = found.await;
    assert!(!matches!(found.status, 429 | 503), "{}", found.text());
}

fn assert_bounded(server: &ServerProcess) {
    let allowed = SETTINGS.map(|(_, bytes)| bytes).iter().sum::<usize>() + BESIDE_SETTINGS;
    let peak = server.peak_memory();
    assert!(peak <= allowed, "{} of {} MiB", peak / MIB, allowed / MIB);
}

/// They took gigabytes when their memory was thought to be five times their size.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_take_many_times_their_size_are_bounded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path());
    server.ready().await;
    let bodies = heavy_bodies();
    let mut clients = JoinSet::new();
    for (number, body) in bodies
        .iter()
        .cycle()
        .take(CLIENTS.max(2 * bodies.len()))
        .enumerate()
    {
        let (site, body) = (server.site(), body.clone());
        let method = if number % 3 == 2 { "PATCH" } else { "POST" };
        clients.spawn(async move { site.signed(method, "/v1/content", body).await });
    }
    let neighbour = SiteClient::new(server.base(), NEIGHBOUR.0, NEIGHBOUR.1);
    let (mut heavy, mut round) = (0, 0);
    while !clients.is_empty() || round < 3 {
        honest(&neighbour, round).await;
        round += 1;
        while let Some(answer) = clients.try_join_next() {
            let answer = answer.expect("every client is answered");
            match answer.status {
                429 => assert!(answer.header("retry-after").is_some()),
                413 => heavy += usize::from(answer.text().contains("fits in memory")),
                // Applied, or each object refused for itself.
                201 | 200 | 400 | 408 => {}
                status => panic!("{status} {}", answer.text()),
            }
        }
    }
    assert_bounded(&server);
    assert!(heavy > 0, "all of it fits: this tests nothing");
}

/// A client that goes leaves what was made of its body for as long as it is worked on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_clients_that_go_are_bounded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path());
    server.ready().await;
    let body = with_attribute(MIB, &format!("[{}0]", "0,".repeat(90)));
    let neighbour = SiteClient::new(server.base(), NEIGHBOUR.0, NEIGHBOUR.1);
    for round in 0..8 {
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (site, body) = (server.site(), body.clone());
            clients.spawn(async move { site.signed("POST", "/v1/content", body).await.status });
        }
        honest(&neighbour, round).await;
        clients.shutdown().await;
    }
    assert_bounded(&server);
}

/// What is refused for its weight is refused in the words of its API.
#[tokio::test]
async fn what_never_fits_is_told_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path());
    server.ready().await;
    let deep = format!("{}1{}", r#"{"a":"#.repeat(50), "}".repeat(50));
    let body = with_attribute(5 * MIB, &deep);
    for method in ["POST", "PATCH", "DELETE"] {
        let refused = server
            .site()
            .signed(method, "/v1/content", body.clone())
            .await;
        assert_eq!(refused.status, 413, "{}", refused.text());
        assert_eq!(
            refused.json(),
            json!({
                "type": "payload_too_large",
                "reason": "body holds more than fits in memory: send it in smaller parts",
            })
        );
    }
    let filters = format!("[{}]", vec![deep.as_str(); 3_000].join(","));
    let refused = server.site().search_post("q=x", filters).await;
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert_eq!(
        refused.json(),
        json!({"error": "Body holds more than fits in memory"})
    );

    let path = format!("/api/v1/engines/{TRACKER_ID}/document_types");
    let made = json!({"auth_token": KEY, "document_type": {"name": "books"}}).to_string();
    let made = ask_with("POST", &format!("{}{path}", server.base()), &[], made).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let url = format!(
        "{}{path}/books/documents/bulk_create_or_update",
        server.base()
    );
    let field = format!(r#"{{"name":"a","type":"string","value":{deep}}}"#);
    let fields = vec![field.as_str(); 25_000].join(",");
    let documents = format!(r#""documents":[{{"external_id":"1","fields":[{fields}]}}]"#);
    for body in [
        format!(r#"{{"auth_token":"{KEY}",{documents}}}"#),
        format!(r#"{{{documents},"auth_token":"{KEY}"}}"#),
    ] {
        let refused = ask_with("POST", &url, &[], body).await;
        assert_eq!(refused.status, 413, "{}", refused.text());
        let words = "Request holds more than fits in memory: send it in smaller parts";
        assert_eq!(refused.json(), json!({ "error": words }));
    }
}
