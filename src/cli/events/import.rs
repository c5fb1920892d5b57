//! `vetrina events import`: sends past events to a running server. Invariant: every line that is not blank is
//! counted, or printed with its number and the reason; exit code 0 says that all were.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{Method, StatusCode};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use super::line::{self, Format, Read};
use crate::auth::SecretKey;
use crate::cli::Failure;
use crate::cli::remote::{Call, Remote, RemoteOptions, RetryPolicy};
use crate::domain::{Event, TrackerId};

/// Longest line, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// A body is sent with this much in it, in bytes, or so many events.
const BODY_BYTES: usize = 512 << 10;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// One event or line of an order a line; `-` reads standard input
    file: PathBuf,

    /// Form of the file; told by its ending if not said
    #[arg(long)]
    format: Option<Format>,

    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:7700")]
    url: Url,

    /// Tracker id of the site, its public key
    #[arg(long, value_name = "ID", value_parser = crate::cli::remote::tracker_id)]
    tracker: TrackerId,

    /// Private key of the site
    #[arg(long, env = "VETRINA_KEY", hide_env_values = true)]
    key: String,

    /// Events a request
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    batch: u16,

    /// How often one request is sent before giving up
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
}

#[derive(Default)]
struct Totals {
    counted: u64,
    repeated: u64,
    refused: u64,
}

/// What the server says to one request.
#[derive(Deserialize)]
struct Report {
    ok_count: u64,
    repeated_count: u64,
    #[serde(default)]
    errors: HashMap<String, Value>,
}

/// Whether all lines were counted, now or before.
pub(super) fn run(args: &Args) -> Result<bool, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let totals = runtime.block_on(import(args))?;
    println!(
        "{} events counted, {} were counted before, {} refused",
        totals.counted, totals.repeated, totals.refused
    );
    Ok(totals.refused == 0)
}

async fn import(args: &Args) -> Result<Totals, Failure> {
    let format = args.format.unwrap_or_else(|| format_of(&args.file));
    let remote = Remote::new(RemoteOptions {
        url: args.url.clone(),
        tracker: args.tracker.clone(),
        key: SecretKey::new(&args.key),
        connections: 1,
        policy: RetryPolicy::with_tries(args.tries),
    })?;
    let mut lines = open(&args.file)?;
    let mut sending = Sending {
        remote,
        waiting: Vec::new(),
        bytes: 0,
        totals: Totals::default(),
    };
    let mut order = Order::default();
    let (mut number, mut bytes) = (0, Vec::new());
    loop {
        bytes.clear();
        number += 1;
        let mut limited = (&mut lines).take(LINE_BYTES_MAX);
        if limited.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        if bytes.len() as u64 == LINE_BYTES_MAX {
            return Err(format!("line {number} is longer than {LINE_BYTES_MAX} bytes").into());
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        match line::read(format, text) {
            Ok(read) => {
                if let Some(complete) = order.take_in(number, read) {
                    sending.add(complete, usize::from(args.batch)).await?;
                }
            }
            Err(why) => sending.totals.refuse(number.into(), &why),
        }
    }
    if let Some(complete) = order.0.take() {
        sending.add(complete, usize::from(args.batch)).await?;
    }
    sending.send().await?;
    Ok(sending.totals)
}

/// Where an event stands in the file: its first line and its last.
#[derive(Clone, Copy)]
struct Place {
    first: u64,
    last: u64,
}

impl From<u64> for Place {
    fn from(line: u64) -> Self {
        Self {
            first: line,
            last: line,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "line {}", self.first)
        } else {
            write!(f, "lines {} to {}", self.first, self.last)
        }
    }
}

/// An event that may not be complete yet: lines of one order that follow each other are one purchase, so that what
/// was bought together is known to be.
#[derive(Default)]
struct Order(Option<(Place, Read)>);

impl Order {
    /// Takes in what a line says; what is complete with it.
    fn take_in(&mut self, number: u64, read: Read) -> Option<(Place, Read)> {
        if let Some((place, open)) = &mut self.0
            && open.order.is_some()
            && open.order == read.order
            && let (Some(items), Some(more)) = (
                open.event["items"].as_array_mut(),
                read.event["items"].as_array(),
            )
            && items.len() + more.len() <= Event::LINES_MAX
        {
            items.extend(more.iter().cloned());
            place.last = number;
            return None;
        }
        self.0.replace((number.into(), read))
    }
}

struct Sending {
    remote: Remote,
    /// Where events stand, and the events as JSON.
    waiting: Vec<(Place, String)>,
    bytes: usize,
    totals: Totals,
}

impl Sending {
    async fn add(&mut self, (place, read): (Place, Read), batch: usize) -> Result<(), Failure> {
        let event = read.event.to_string();
        self.bytes += event.len();
        self.waiting.push((place, event));
        if self.waiting.len() >= batch || self.bytes >= BODY_BYTES {
            self.send().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        let events: Vec<&str> = waiting.iter().map(|(_, event)| event.as_str()).collect();
        let call = Call {
            method: Method::POST,
            url: self.remote.address("/v1/events/import"),
            body: Bytes::from(format!("[{}]", events.join(","))),
            encoding: None,
        };
        let answer = self.remote.send(&call).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.into_refusal().into());
        }
        let report: Report = answer.json()?;
        self.totals.counted += report.ok_count;
        self.totals.repeated += report.repeated_count;
        let mut errors: Vec<(usize, Value)> = report
            .errors
            .into_iter()
            .filter_map(|(at, why)| Some((at.parse().ok()?, why)))
            .collect();
        errors.sort_by_key(|(at, _)| *at);
        for (at, why) in errors {
            let place = waiting.get(at).map_or(0.into(), |(place, _)| *place);
            let why = why.as_str().unwrap_or("refused");
            self.totals.refuse(place, why);
        }
        Ok(())
    }
}

impl Totals {
    fn refuse(&mut self, place: Place, why: &str) {
        self.refused += 1;
        eprintln!("{place}: {why}");
    }
}

fn format_of(file: &Path) -> Format {
    let is_csv = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if is_csv { Format::Csv } else { Format::Ndjson }
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(file)?)))
}
