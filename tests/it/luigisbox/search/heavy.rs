//! Searches that cost much (docs/reference/05-search.md §10): one that asks for too much is told so, one that
//! nobody waits for ends, and whoever sends them does not keep others from searching.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::support::{Answer, Figures, TRACKER_ID, TestServer, ask_with, eventually, product};

const OBJECTS: usize = 1_500;
/// In all trees of a search.
const LEAVES: usize = 490;
/// Each with a facet that leaves it out.
const FIELDS: usize = 8;

/// How often to look whether a search runs that may be done before.
const LOOKS: usize = 100;

/// More than twice what a page of a shop of this size takes, and half of what the trees do.
const LITTLE_WORK: usize = 300_000;

const ATTACKER: [(&str, &str); 1] = [("x-forwarded-for", "192.0.2.1")];
const SHOPPER: [(&str, &str); 1] = [("x-forwarded-for", "192.0.2.2")];

const SHOPPING: &str =
    "q=shoe&f[]=field0:value1&f[]=price_amount:10|900&facets=field0,field1,price_amount";

async fn server(settings: &[(&str, usize)]) -> TestServer {
    let mut server = TestServer::builder().set("trusted_proxies", "[\"127.0.0.1\"]");
    for (key, value) in settings {
        server = server.set(&format!("limits.{key}"), value);
    }
    let server = server.start().await;
    let objects = (0..OBJECTS).map(|number| {
        let object = product(&format!("p{number}")).title("Shoe of leather");
        let object = object
            .field("price", format!("{}.00 EUR", number % 1_000))
            .field("geo_location", json!({"lat": 48.1, "lon": number % 90}));
        (0..FIELDS).fold(object, |object, field| {
            object.field(&format!("field{field}"), format!("value{}", number % 7))
        })
    });
    let objects: Vec<_> = objects.collect();
    for batch in objects.chunks(500) {
        server.site().replace(batch.iter().cloned()).await.ok();
    }
    server
}

fn filters() -> String {
    let leaves = (0..LEAVES)
        .map(|number| json!({"filter": format!("price_amount:{number}|{}", 2_000 + number)}));
    json!({"filters": {"product": {"or": leaves.collect::<Vec<_>>()}}}).to_string()
}

/// A tree of ranges, and facets each of which has a filter of its own.
fn heavy_parameters() -> String {
    let mut parameters = "q=shoe".to_owned();
    for field in 0..FIELDS {
        write!(
            parameters,
            "&f[]=field{field}:value1&f[]=field{field}:value2"
        )
        .expect("a string takes everything");
    }
    let facets: Vec<String> = (0..FIELDS).map(|field| format!("field{field}")).collect();
    format!("{parameters}&facets={}", facets.join(","))
}

async fn search(server: &TestServer, headers: &[(&str, &str)], parameters: &str) -> Answer {
    let base = server.base();
    let url = format!("{base}/search?tracker_id={TRACKER_ID}&{parameters}");
    crate::support::ask("GET", &url, headers).await
}

async fn heavy_search(base: &str, headers: &[(&str, &str)]) -> Answer {
    let parameters = heavy_parameters();
    let url = format!("{base}/search?tracker_id={TRACKER_ID}&{parameters}");
    ask_with("POST", &url, headers, filters()).await
}

async fn figures(server: &TestServer) -> Figures {
    Figures::read(&server.get("/metrics").await.ok().text())
}

fn running(figures: &Figures) -> f64 {
    figures.value("vetrina_searches_running", &[])
}

fn abandoned(figures: &Figures) -> f64 {
    figures.value("vetrina_searches_abandoned_total", &[])
}

#[tokio::test]
async fn a_search_that_asks_for_too_much_is_400_and_honest_ones_beside_it_are_answered() {
    let server = server(&[("search_work_max", LITTLE_WORK)]).await;
    for _ in 0..5 {
        let refused = heavy_search(&server.base(), &ATTACKER).await.status(400);
        let words = "Search too complex: use fewer filters, facets, words or types";
        assert_eq!(refused.json(), json!({"error": words}));
        assert!(refused.header("retry-after").is_none());
        let found = search(&server, &SHOPPER, SHOPPING).await.ok().json();
        assert_eq!(found["results"]["facets"].as_array().map(Vec::len), Some(3));
    }
}

/// The same search, on the same catalog, where it may do more.
#[tokio::test]
async fn a_heavy_search_within_the_budget_is_answered_and_right() {
    let server = server(&[]).await;
    let found = heavy_search(&server.base(), &ATTACKER).await.ok().json();
    let results = &found["results"];
    // Numbers that leave a rest of 1 or 2 when divided by 7: every attribute says the same.
    let of = |rest: usize| (0..OBJECTS).filter(|number| number % 7 == rest).count();
    assert_eq!(results["total_hits"], of(1) + of(2));
    let facets = results["facets"].as_array().expect("facets");
    assert_eq!(facets.len(), FIELDS);
    for facet in facets {
        let values = json!([
            {"value": "value1", "hits_count": of(1)},
            {"value": "value2", "hits_count": of(2)},
        ]);
        assert_eq!(facet["values"], values);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_whose_client_is_gone_ends_over_http_1() {
    let server = server(&[]).await;
    let base = server.base();
    eventually("a search that was given up", async || {
        let base = base.clone();
        let search = tokio::spawn(async move { heavy_search(&base, &ATTACKER).await });
        while running(&figures(&server).await) < 1.0 && !search.is_finished() {
            tokio::task::yield_now().await;
        }
        // Which closes its connection.
        search.abort();
        let figures = nothing_runs(&server).await;
        (abandoned(&figures) >= 1.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_whose_stream_is_reset_ends_over_http_2() {
    let server = server(&[]).await;
    let base = server.base();
    let authority = base.trim_start_matches("http://");
    let stream = tokio::net::TcpStream::connect(authority).await;
    let opened = h2::client::handshake(stream.expect("the server accepts")).await;
    let (requests, connection) = opened.expect("the server speaks HTTP/2");
    let connection = tokio::spawn(connection);
    eventually("a search that was given up", async || {
        let parameters = heavy_parameters().replace('|', "%7C");
        let uri = format!("{base}/search?tracker_id={TRACKER_ID}&{parameters}");
        let request = http::Request::post(uri).body(()).expect("a valid request");
        let mut requests = requests.clone().ready().await.expect("it goes on");
        let (answer, mut body) = requests.send_request(request, false).expect("it goes on");
        body.send_data(Bytes::from(filters()), true)
            .expect("it goes on");
        for _ in 0..LOOKS {
            if running(&figures(&server).await) >= 1.0 {
                break;
            }
        }
        drop((answer, body));
        let figures = nothing_runs(&server).await;
        (abandoned(&figures) >= 1.0).then_some(())
    })
    .await;
    connection.abort();
}

/// Its client was told that it timed out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_timed_out_ends() {
    let server = server(&[("search_timeout_ms", 20)]).await;
    eventually("a search that timed out", async || {
        let answer = heavy_search(&server.base(), &ATTACKER).await;
        assert!([200, 408].contains(&answer.status), "{}", answer.text());
        let figures = nothing_runs(&server).await;
        (answer.status == 408 && abandoned(&figures) >= 1.0).then_some(())
    })
    .await;
}

async fn nothing_runs(server: &TestServer) -> Figures {
    eventually("an end of all searches", async || {
        let figures = figures(server).await;
        let waiting = figures.value("vetrina_searches_waiting", &[]);
        (running(&figures) + waiting == 0.0).then_some(figures)
    })
    .await
}

/// With two places and room for four that wait, one client asks for eight searches at once, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_does_not_keep_others_from_searching() {
    let limits = [("searches_concurrent_max", 2), ("search_queue_max", 4)];
    let server = server(&limits).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let attack: Vec<_> = (0..8)
        .map(|_| tokio::spawn(search_until(server.base(), Arc::clone(&is_over))))
        .collect();
    eventually("a full queue", async || {
        let waiting = figures(&server)
            .await
            .value("vetrina_searches_waiting", &[]);
        (waiting >= 4.0).then_some(())
    })
    .await;
    for _ in 0..10 {
        search(&server, &SHOPPER, SHOPPING).await.ok();
    }
    is_over.store(true, Ordering::Relaxed);
    for searches in attack {
        searches.await.expect("every search is answered");
    }
    nothing_runs(&server).await;
}

/// Heavy searches one after the other, so that it does not matter how long one takes.
async fn search_until(base: String, is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::Relaxed) {
        let answer = heavy_search(&base, &ATTACKER).await;
        assert!([200, 503].contains(&answer.status), "{}", answer.text());
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
