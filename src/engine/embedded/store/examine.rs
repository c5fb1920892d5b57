//! A look at a whole store, page by page and head by head. Invariant: it changes nothing, and rests as long as it
//! works.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connection::open_for_reading;
use super::{StoreError, head_row};

/// Page cache of an examination, in bytes: every page is looked at once.
const CACHE_BYTES: u64 = 2 << 20;

/// Steps of `SQLite` between two moments of rest: some milliseconds of work.
const STEPS: i32 = 10_000;

/// Longest rest at a time, so that it ends soon when it has to.
const REST_MAX: Duration = Duration::from_millis(200);

/// Findings that are told.
const FINDINGS_MAX: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Examined {
    /// Where pages do not fit together, or an index does not fit its table.
    pub of_pages: Vec<String>,
    /// Values that their columns cannot have: each of one row, which is left out when it is read.
    pub of_rows: Vec<String>,
    /// Places of heads that were not what was written when they were looked at.
    pub unfit_heads: Vec<u64>,
}

/// Looks at all of it, until it is told to stop; then it is an error.
pub(in crate::engine::embedded) fn examine(
    site_folder: &Path,
    is_stopped: impl Fn() -> bool + Send + 'static,
) -> Result<Examined, StoreError> {
    let mut store = open_for_reading(site_folder, CACHE_BYTES)?;
    let mut worked_since = Instant::now();
    let rest = move || {
        thread::sleep(worked_since.elapsed().min(REST_MAX));
        worked_since = Instant::now();
        is_stopped()
    };
    store.progress_handler(STEPS, Some(rest))?;
    let mut examined = Examined::default();
    for finding in findings(&store, FINDINGS_MAX)? {
        if is_of_a_row(&finding) {
            examined.of_rows.push(finding);
        } else {
            examined.of_pages.push(finding);
        }
    }
    if examined.of_pages.is_empty() {
        examined.unfit_heads = head_row::unfit(&store)?;
    }
    Ok(examined)
}

/// What `SQLite` says is wrong with the file, at most so much.
pub(in crate::engine::embedded) fn findings(
    store: &Connection,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let mut statement = store.prepare(&format!("PRAGMA integrity_check({limit})"))?;
    let findings = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut findings = findings.collect::<Result<Vec<_>, _>>()?;
    findings.retain(|finding| finding != "ok");
    Ok(findings)
}

/// Rows of these tables are compared with their checksums whenever they are read.
fn is_of_a_row(finding: &str) -> bool {
    ["heads", "versions", "log"]
        .iter()
        .any(|table| finding.contains(&format!(" value in {table}.")))
}
