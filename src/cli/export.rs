//! `vetrina export`: every object of a site to standard output, one a line, complete: hidden
//! attributes, generations, schedules. `vetrina import --no-extract` makes the same catalog of it.
//! Invariant: exit code 0 says that the last page was written; a line is never written in part of a
//! page that failed.

use std::io::{BufWriter, IsTerminal, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, StatusCode};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Failure;
use super::remote::{Call, Remote, RemoteError, RemoteOptions, RetryPolicy, tracker_id};
use crate::auth::SecretKey;
use crate::domain::TrackerId;

const PATH: &str = "/v1/content_export";

/// Objects a page, the most there are (docs/reference/02-content.md §9).
const PAGE_OBJECTS: &str = "500";

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Write every object of a running server to standard output.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:7700")]
    url: Url,

    /// Tracker id of the site, its public key
    #[arg(long, value_name = "ID", value_parser = tracker_id)]
    tracker: TrackerId,

    /// Private key of the site
    #[arg(long, env = "VETRINA_KEY", hide_env_values = true)]
    key: String,

    /// Only objects of these types, separated by commas
    #[arg(long, value_name = "LIST")]
    types: Option<String>,

    /// How often one request is sent before giving up
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
}

#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error("cannot write to standard output")]
    Write(#[from] std::io::Error),
    #[error("the link to the next page cannot be followed: {0}")]
    Link(String),
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let written = runtime.block_on(export(args))?;
    eprintln!("{written} objects exported");
    Ok(())
}

async fn export(args: Args) -> Result<u64, ExportError> {
    let remote = Remote::new(RemoteOptions {
        url: args.url,
        tracker: args.tracker,
        key: SecretKey::new(&args.key),
        connections: 1,
        policy: RetryPolicy::with_tries(args.tries),
    })?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut url = first_page(&remote, args.types.as_deref());
    let mut progress: Option<Progress> = None;
    let mut written = 0;
    loop {
        let call = Call {
            method: Method::GET,
            url,
            body: Bytes::new(),
            encoding: None,
        };
        let answer = remote.send(&call).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.into_refusal().into());
        }
        let page: Page<'_> =
            serde_json::from_slice(answer.body()).map_err(|_| RemoteError::Unreadable {
                text: answer.text(),
            })?;
        for object in &page.objects {
            writeln!(out, "{object}")?;
        }
        written += page.objects.len() as u64;
        progress
            .get_or_insert_with(|| Progress::start(page.total))
            .update(written);
        let Some(next) = page.links.iter().find(|link| link.rel == "next") else {
            break;
        };
        url = page_after(&remote, &next.href)?;
    }
    out.flush()?;
    drop(progress);
    Ok(written)
}

#[derive(Deserialize)]
struct Page<'a> {
    total: u64,
    #[serde(borrow)]
    objects: Vec<&'a RawValue>,
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: String,
    href: String,
}

fn first_page(remote: &Remote, types: Option<&str>) -> Url {
    let mut url = remote.address(PATH);
    url.query_pairs_mut()
        .append_pair("form", "import")
        .append_pair("size", PAGE_OBJECTS);
    if let Some(types) = types {
        url.query_pairs_mut().append_pair("requested_types", types);
    }
    url
}

/// Only the cursor is taken from a link: the server may not know the address it is reached at.
fn page_after(remote: &Remote, href: &str) -> Result<Url, ExportError> {
    let link = || ExportError::Link(href.to_owned());
    let parsed = Url::parse(href).map_err(|_| link())?;
    let cursor = parsed.query_pairs().find(|(name, _)| name == "cursor");
    let (_, cursor) = cursor.ok_or_else(link)?;
    let mut url = remote.address(PATH);
    url.query_pairs_mut().append_pair("cursor", &cursor);
    Ok(url)
}

/// A bar on a terminal, a line now and then elsewhere; on standard error.
enum Progress {
    Bar(ProgressBar),
    Lines { total: u64, last: Instant },
}

impl Progress {
    fn start(total: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            let last = Instant::now();
            return Self::Lines { total, last };
        }
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len}  {per_sec}  {eta}");
        Self::Bar(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    fn update(&mut self, written: u64) {
        match self {
            Self::Bar(bar) => bar.set_position(written),
            Self::Lines { total, last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                eprintln!("{written} of {total} objects");
            }
            Self::Lines { .. } => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
