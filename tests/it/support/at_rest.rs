//! What a server holds when nobody asks anything of it: nothing. Asked of `/metrics`, for every gauge that
//! goes up when something is taken and down when it is given back. Invariant: a leak fails the test that
//! made it, and names itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Figures, PATIENCE};

/// Gauges that are zero at rest, for all their labels.
const HELD: [&str; 15] = [
    "vetrina_write_queue_requests",
    "vetrina_write_queue_bytes",
    "vetrina_index_queue_groups",
    "vetrina_index_queue_operations",
    "vetrina_batches_preparing",
    "vetrina_searches_running",
    "vetrina_searches_waiting",
    "vetrina_throttle_places_taken",
    "vetrina_throttle_places_waiting",
    "vetrina_http_bodies_bytes",
    "vetrina_http_answers_bytes",
    "vetrina_receipts_pending",
    "vetrina_event_queue_requests",
    "vetrina_event_queue_bytes",
    "vetrina_files_running",
];

/// Waits until the server at `address` holds nothing; fails the test, naming what it holds, when that
/// does not come. Blocks.
pub(crate) fn assert_at_rest(address: &str, token: Option<&str>) {
    let began = Instant::now();
    loop {
        let Some(page) = page(address, token) else {
            // It has ended, or reads its page to others only.
            return;
        };
        let held = held(&Figures::read(&page), address);
        if held.is_empty() {
            return;
        }
        let waited = began.elapsed();
        assert!(waited < PATIENCE, "an idle server holds on to {held:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn held(figures: &Figures, address: &str) -> Vec<String> {
    let mut held: Vec<String> = HELD
        .iter()
        .flat_map(|name| figures.all(name))
        .filter(|(_, value)| *value != 0.0)
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    for (name, value) in figures.all("vetrina_jobs") {
        let is_open = name.contains("\"queued\"") || name.contains("\"running\"");
        if is_open && value != 0.0 {
            held.push(format!("{name} {value}"));
        }
    }
    // The one that asks.
    let running = figures.value("vetrina_http_requests_running", &[]);
    if running > 1.0 {
        held.push(format!("vetrina_http_requests_running {running}"));
    }
    let connections = figures.value("vetrina_http_connections", &[]);
    if let Some(open) = open_connections(address)
        && connections > open as f64
    {
        held.push(format!(
            "vetrina_http_connections {connections} of {open} there are"
        ));
    }
    held
}

/// The page of figures; `None` when nobody answers or the answer is no.
fn page(address: &str, token: Option<&str>) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let token = token.unwrap_or_default();
    let head = format!("GET /metrics HTTP/1.1\r\nHost: rest\r\n{token}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, page) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200 ").then(|| page.to_owned())
}

/// Connections that the system has to the port, whether idle or not; clients of tests keep some.
fn open_connections(address: &str) -> Option<usize> {
    /// States in which a connection has been accepted and not closed on both sides.
    const CLOSED: [&str; 3] = ["0A", "06", "07"];
    let (_, port) = address.rsplit_once(':')?;
    let port = format!(":{:04X}", port.parse::<u16>().ok()?);
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let is_open = |line: &&str| {
        let mut cells = line.split_whitespace().skip(1);
        let is_ours = cells.next().is_some_and(|local| local.ends_with(&port));
        is_ours && cells.nth(1).is_some_and(|state| !CLOSED.contains(&state))
    };
    // The asking one may be closed by now.
    Some(table.lines().skip(1).filter(is_open).count() + 1)
}
