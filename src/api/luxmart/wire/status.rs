//! Answers about syncs (docs/reference/11-product-sync.md §1).

use serde::Serialize;

use crate::domain::Timestamp;
use crate::sync::{AutoMode, Phase, RowError, SourceStatus, Started, Status};

/// What a client is told that started a sync; texts only, `message` first.
#[derive(Serialize)]
pub(in super::super) struct Start<'a> {
    message: &'static str,
    sync_id: &'a str,
    status: &'static str,
}

impl<'a> From<&'a Started> for Start<'a> {
    fn from(started: &'a Started) -> Self {
        let (message, sync_id) = match started {
            Started::New { sync_id } => (
                "Product sync started. This may take a few minutes.",
                sync_id,
            ),
            Started::AlreadyRunning { sync_id } => ("Product sync is already running.", sync_id),
        };
        Self {
            message,
            sync_id,
            status: "running",
        }
    }
}

#[derive(Serialize)]
pub(in super::super) struct Cancelled {
    message: &'static str,
}

impl From<bool> for Cancelled {
    fn from(is_cancelled: bool) -> Self {
        let message = if is_cancelled {
            "Product sync is being cancelled."
        } else {
            "No product sync is running."
        };
        Self { message }
    }
}

#[derive(Serialize)]
pub(in super::super) struct Report {
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    name: String,
    sync_id: Option<String>,
    status: &'static str,
    phase: Option<&'static str>,
    generation: Option<String>,
    total: u64,
    indexed: u64,
    skipped: u64,
    failed: u64,
    deleted: u64,
    started_at: Option<String>,
    finished_at: Option<String>,
    duration_ms: Option<i64>,
    last_success_at: Option<String>,
    last_error: Option<String>,
    errors: Vec<RowFailure>,
    auto_indexing: AutoIndexing,
    numbers: Numbers,
}

#[derive(Serialize)]
struct RowFailure {
    key: String,
    reason: String,
}

#[derive(Serialize)]
struct AutoIndexing {
    /// `null` until the database was asked.
    mode: Option<&'static str>,
    lag_seconds: f64,
    pending: u64,
}

/// Since the server started.
#[derive(Serialize)]
struct Numbers {
    rows_read: u64,
    rows_written: u64,
    rows_failed: u64,
    pages: u64,
    page_ms: u64,
    page_ms_mean: u64,
    page_ms_max: u64,
}

impl From<Vec<SourceStatus>> for Report {
    fn from(sources: Vec<SourceStatus>) -> Self {
        Self {
            sources: sources.into_iter().map(Source::from).collect(),
        }
    }
}

impl From<SourceStatus> for Source {
    fn from(source: SourceStatus) -> Self {
        let instant = |ms: Option<i64>| ms.map(|ms| Timestamp::from_millis(ms).to_string());
        let numbers = source.numbers;
        Self {
            phase: (source.status == Status::Running).then(|| phase_name(source.phase)),
            status: status_name(source.status),
            name: source.name,
            sync_id: source.sync_id,
            generation: source.generation,
            total: source.total,
            indexed: source.indexed,
            skipped: source.skipped,
            failed: source.failed,
            deleted: source.deleted,
            started_at: instant(source.started_at_ms),
            finished_at: instant(source.finished_at_ms),
            duration_ms: source.duration_ms,
            last_success_at: instant(source.last_success_at_ms),
            last_error: source.last_error,
            errors: source.errors.into_iter().map(RowFailure::from).collect(),
            auto_indexing: AutoIndexing {
                mode: source.mode.map(mode_name),
                lag_seconds: (source.lag_seconds * 1_000.0).round() / 1_000.0,
                pending: source.pending,
            },
            numbers: Numbers {
                rows_read: numbers.rows_read,
                rows_written: numbers.rows_written,
                rows_failed: numbers.rows_failed,
                pages: numbers.pages,
                page_ms: numbers.last_page_ms,
                page_ms_mean: numbers.pages_ms.checked_div(numbers.pages).unwrap_or(0),
                page_ms_max: numbers.slowest_page_ms,
            },
        }
    }
}

impl From<RowError> for RowFailure {
    fn from(error: RowError) -> Self {
        Self {
            key: error.key,
            reason: error.reason,
        }
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Idle => "idle",
        Status::Running => "running",
        Status::Complete => "complete",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
        Status::Interrupted => "interrupted",
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Counting => "counting",
        Phase::Reading => "reading",
        Phase::Committing => "committing",
    }
}

fn mode_name(mode: AutoMode) -> &'static str {
    match mode {
        AutoMode::Outbox => "outbox",
        AutoMode::Watermark => "watermark",
        AutoMode::Compare => "compare",
        AutoMode::Off => "off",
    }
}
