//! What fetching files costs, and how long searches take beside it:
//!
//! `cargo bench --bench files -- [FILES] [KILOBYTES]`
//!
//! A server on loopback gives FILES (1,000) texts of KILOBYTES (100) each, of words as they are used. Searches over the
//! demo catalog come at fixed moments, first on a server at rest, then while the files are fetched. Another program than that of
//! this build is measured where `VETRINA_BENCH_PROGRAM` names it.

mod measure;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use measure::beside::{BATCH_OBJECTS, described, fill, searches_at_rest, searches_during};
use measure::catalog::Catalog;
use measure::server::Server;
use measure::table::{bytes, per_second, row};

const OBJECTS: usize = 20_000;
const FILES: usize = 1_000;
const KILOBYTES: usize = 100;
/// Between two looks at what is fetched.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Longest wait for all files.
const PATIENCE: Duration = Duration::from_secs(600);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut given = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok());
    let files = given.next().unwrap_or(FILES);
    let length = given.next().unwrap_or(KILOBYTES) * 1_000;
    let (port, text_of) = serve(length)?;
    let ports = format!("[{port}]");
    let environment = [
        ("VETRINA_FILES__ENABLED", "true"),
        ("VETRINA_FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]"),
        ("VETRINA_FILES__ALLOW_PORTS", ports.as_str()),
    ];
    let server = Arc::new(Server::start_with(&environment).await?);
    let catalog = Catalog::demo().multiplied_to(OBJECTS)?;
    println!(
        "\n## {files} files of {}, {} objects beside",
        bytes(text_of as u64),
        catalog.len()
    );
    fill(&server, &catalog).await?;
    searches_at_rest(&server).await?;
    row("memory, before", &[bytes(server.memory_peak()?)]);
    let cpu_before = server.cpu()?;
    let (fetched, latencies) = searches_during(&server, fetch(&server, files, port)).await?;
    let took = fetched?;
    let cpu = server.cpu()?.saturating_sub(cpu_before);
    row(
        "fetched",
        &[
            per_second(files, took),
            format!(
                "{:.1} ms CPU a file, searches included",
                cpu.as_secs_f64() * 1e3 / files as f64
            ),
        ],
    );
    row("  searches beside it", &[described(&latencies)]);
    row("memory, peak", &[bytes(server.memory_peak()?)]);
    Ok(())
}

/// Sends all of them and waits until the last can be found by its text.
async fn fetch(server: &Server, files: usize, port: u16) -> Result<Duration> {
    let began = Instant::now();
    let sender = server.sender();
    let one = |n: usize| {
        let url = format!("http://127.0.0.1:{port}/{n}");
        json!({"identity": format!("file-{n}"), "type": "_file", "fields": {"title": format!("File {n}"), "url": url}})
    };
    let all: Vec<Value> = (0..files).map(one).collect();
    for batch in all.chunks(BATCH_OBJECTS) {
        let body = json!({"objects": batch}).to_string();
        sender.post(Bytes::from(body), false).await?;
    }
    while began.elapsed() < PATIENCE {
        let query = "?tracker_id=1234-5678&f[]=file_state:fetched&size=1&hit_fields=title";
        let found = sender.call("GET", "/search", query, Bytes::new()).await?;
        let found: Value = serde_json::from_slice(&found)?;
        if found["results"]["total_hits"] == files {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("the files are not fetched".into())
}

/// Answers every request with a text of its own; where, and how long they are.
fn serve(length: usize) -> Result<(u16, usize)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    // Ends with the program.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, length));
        }
    });
    Ok((port, length))
}

fn answer(stream: TcpStream, length: usize) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut asked = 0_usize;
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        if let Some(path) = line.strip_prefix("GET /") {
            let number = path
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            asked = number.unwrap_or_default();
        }
        if line == "\r\n" {
            let text = text(asked, length);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
                text.len()
            );
            let stream = reader.get_mut();
            if stream.write_all(head.as_bytes()).is_err()
                || stream.write_all(text.as_bytes()).is_err()
            {
                return;
            }
        }
        line.clear();
    }
}

/// Words of which a few are in every sentence and most are rare, as in languages.
fn text(seed: usize, length: usize) -> String {
    const WORDS: usize = 20_000;
    let mut state = seed as u64 + 1;
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let spread = (state >> 33) as f64 / f64::from(1_u32 << 31);
        let word = (spread * spread * spread * WORDS as f64) as usize;
        // Writing to memory does not fail.
        let _ = write!(text, "word{word} ");
        if state >> 60 == 0 {
            text.push_str("end.\n");
        }
    }
    text.truncate(length);
    text
}
