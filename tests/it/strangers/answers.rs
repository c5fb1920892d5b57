//! Answers that nobody takes: they wait within a budget, and beyond it the answer is 503.

use h2::client::Builder;
use tokio::net::TcpStream;

use super::beside;
use crate::support::{Figures, Launch, RawConnection, ServerProcess, TRACKER_ID, eventually, get};

const MIB: usize = 1 << 20;

const SETTINGS: [(&str, usize); 3] = [
    ("LIMITS__ANSWERS_BYTES_MAX", 64 * MIB),
    ("STORAGE__PAGE_CACHE_BYTES", 16 * MIB),
    ("STORAGE__INDEX_MEMORY_BYTES", 32 * MIB),
];

/// For everything else: the program, the objects of the searches that run (eight at once, each a tenth
/// of this) and those remembered from others, buffers of connections. All answers at once would be
/// several times that.
const BESIDE_SETTINGS: usize = 240 * MIB;

const OBJECTS: usize = 100;

/// Asks for an answer of ten megabytes.
fn all_of_them() -> String {
    format!("/search?tracker_id={TRACKER_ID}&q=large&size={OBJECTS}")
}

async fn with_large_objects(folder: &std::path::Path) -> ServerProcess {
    let mut launch = Launch::new(folder);
    for (name, bytes) in SETTINGS {
        launch = launch.setting(name, &bytes.to_string());
    }
    // A test machine may be slow; that is not what is tested.
    let server = launch.setting("LIMITS__SEARCH_TIMEOUT_MS", "60000").start();
    server.ready().await;
    let site = server.site();
    for batch in 0..OBJECTS / 20 {
        let objects = (0..20).map(|number| {
            serde_json::json!({
                "identity": format!("large-{batch}-{number}"),
                "type": "product",
                "fields": {"title": "Large", "text": format!("{batch}{number} ").repeat(25_000)},
            })
        });
        site.replace(objects).await.ok();
    }
    server
}

fn assert_bounded(server: &ServerProcess) {
    let allowed = SETTINGS.map(|(_, bytes)| bytes).iter().sum::<usize>() + BESIDE_SETTINGS;
    let peak = server.peak_memory();
    assert!(peak <= allowed, "{} of {} MiB", peak / MIB, allowed / MIB);
}

async fn waiting_bytes(server: &ServerProcess) -> f64 {
    let page = get(&format!("{}/metrics", server.base())).await.text();
    Figures::read(&page).value("vetrina_http_answers_bytes", &[])
}

/// HTTP/2 lets a client ask for as much as it likes and take nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_http_2_clients_do_not_take_are_bounded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = with_large_objects(folder.path()).await;
    let address = server.base().replace("http://", "");
    let attack = async {
        let (mut held, mut connections) = (Vec::new(), Vec::new());
        let mut refused = 0;
        for _ in 0..4 {
            let stream = TcpStream::connect(&address).await.expect("a connection");
            let mut builder = Builder::new();
            builder.initial_window_size(0);
            let shaken = builder.handshake::<_, bytes::Bytes>(stream).await;
            let (mut requests, connection) = shaken.expect("HTTP/2");
            tokio::spawn(connection);
            let mut answers = Vec::new();
            for _ in 0..16 {
                let url = format!("http://test{}", all_of_them());
                let request = http::Request::get(url).body(()).expect("a request");
                requests = requests.ready().await.expect("an open connection");
                answers.push(requests.send_request(request, true).expect("a stream").0);
            }
            for answer in answers {
                let answer = answer.await.expect("a head");
                if answer.status() == 503 {
                    refused += 1;
                    let wait = answer.headers().get("retry-after");
                    assert_eq!(wait.map(http::HeaderValue::as_bytes), Some(&b"1"[..]));
                } else {
                    assert_eq!(answer.status(), 200);
                }
                held.push(answer);
            }
            connections.push(requests);
        }
        refused
    };
    let refused = beside(attack, &server.site(), 5).await;
    assert!(refused > 32, "{refused}");
    assert_bounded(&server);
    eventually("all room free again", async || {
        (waiting_bytes(&server).await == 0.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_http_1_clients_do_not_take_are_bounded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = with_large_objects(folder.path()).await;
    let address = server.base().replace("http://", "");
    let attack = async {
        let mut held = Vec::new();
        for _ in 0..100 {
            let mut connection = RawConnection::open(&address).await;
            let request = format!("GET {} HTTP/1.1\r\nhost: test\r\n\r\n", all_of_them());
            connection.send(request).await;
            held.push(connection);
        }
        // Each has its answer, or as much of it as fits, before the next look.
        eventually("answers that wait", async || {
            (waiting_bytes(&server).await > (32 * MIB) as f64).then_some(())
        })
        .await;
        held
    };
    let held = beside(attack, &server.site(), 5).await;
    assert_bounded(&server);
    drop(held);
    eventually("all room free again", async || {
        (waiting_bytes(&server).await == 0.0).then_some(())
    })
    .await;
}

/// Who signs is no stranger; what is only read is bounded all the same, and what is written is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_that_nobody_takes_are_bounded() {
    const PATH: &str = "/v1/content_export";
    const CONNECTIONS_MAX: usize = 60;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = with_large_objects(folder.path()).await;
    let (site, address) = (server.site(), server.base().replace("http://", ""));
    let mut held = Vec::new();
    // How many it takes depends on what buffers of the system take in of each.
    let refused = loop {
        assert!(held.len() < CONNECTIONS_MAX, "every export finds room");
        let mut request = format!("GET {PATH} HTTP/1.1\r\nhost: test\r\n");
        for (name, value) in site.headers("GET", PATH) {
            request.extend([name, ": ", value.as_ref(), "\r\n"]);
        }
        let mut connection = RawConnection::open(&address).await;
        connection.send(format!("{request}\r\n")).await;
        held.push(connection);
        let answer = site.signed("GET", PATH, "").await;
        if answer.status != 200 {
            break answer.status(503);
        }
    };
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(waiting_bytes(&server).await <= SETTINGS[0].1 as f64);
    site.replace([crate::support::product("beside")]).await.ok();
    site.search_answer("q=beside").await.status(200);
    drop(held);
    eventually("an export again", async || {
        let answer = site.signed("GET", PATH, "").await;
        (answer.status == 200).then_some(())
    })
    .await;
}
