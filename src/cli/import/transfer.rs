//! The way from file to server: one reading thread, one task a connection, one place that counts.
//! Invariant: at most `connections × (2 + 1)` batches are in memory, and an error anywhere ends the
//! others after the batch they are at.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::ImportError;
use super::batch::{Batch, Lanes};
use super::client::{BatchAnswer, BatchReport, Client};
use super::element::{Element, TypesSeen};
use super::lines::{Line, Lines, ReadSoFar, open};
use super::progress::Progress;
use crate::cli::remote::RemoteError;

/// Batches that wait for a connection while it is busy.
const LANE_BATCHES_MAX: usize = 1;
/// Results that wait to be counted.
const EVENTS_MAX: usize = 64;

/// What to send, and in how many ways at a time.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) generation: Option<String>,
    pub(super) connections: usize,
    pub(super) batch_objects_max: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    /// Objects that were accepted with a warning, as far as the server told.
    pub(super) warned: u64,
}

pub(super) struct Transferred {
    pub(super) totals: Totals,
    pub(super) elapsed: Duration,
    /// The types that were sent, or why not everything was.
    pub(super) outcome: Result<TypesSeen, ImportError>,
}

/// Something to count, and what to print of it.
#[derive(Debug, Default)]
struct Event {
    accepted: u64,
    rejected: u64,
    warned: u64,
    lines: Vec<String>,
    /// Printed as long as there are few.
    warnings: Vec<String>,
}

/// Most warnings that are printed: a whole catalog may have one an object, and all say the same.
const WARNINGS_MAX: usize = 20;

/// Sends the whole file. Returns when every line was answered, or after the first error that concerns
/// more than single objects.
pub(super) async fn transfer(client: &Arc<Client>, source: Source) -> Transferred {
    let read_so_far = ReadSoFar::default();
    let mut totals = Totals::default();
    let (input, size) = match open(&source.path, &read_so_far) {
        Ok(opened) => opened,
        Err(error) => {
            return Transferred {
                totals,
                elapsed: Duration::ZERO,
                outcome: Err(ImportError::Open {
                    path: source.path,
                    source: error,
                }),
            };
        }
    };
    let mut progress = Progress::start(read_so_far, size);
    let (events, mut received) = mpsc::channel(EVENTS_MAX);
    let mut senders = JoinSet::new();
    let connections: Vec<_> = (0..source.connections)
        .map(|_| {
            let (lane, batches) = mpsc::channel(LANE_BATCHES_MAX);
            senders.spawn(send_all(Arc::clone(client), batches, events.clone()));
            lane
        })
        .collect();
    let reader = tokio::task::spawn_blocking(move || {
        read_all(Lines::new(input), &source, &connections, &events)
    });

    let mut warnings_left = WARNINGS_MAX;
    while let Some(event) = received.recv().await {
        totals.accepted += event.accepted;
        totals.rejected += event.rejected;
        totals.warned += event.warned;
        let warnings = event.warnings.iter().take(warnings_left);
        for line in event.lines.iter().chain(warnings) {
            progress.print(line);
        }
        warnings_left = warnings_left.saturating_sub(event.warnings.len());
        progress.update(totals.accepted, totals.rejected);
    }
    Transferred {
        totals,
        elapsed: progress.finish(),
        outcome: outcome(reader, senders).await,
    }
}

/// The first error of a connection goes before one of the reader, which it may have caused.
async fn outcome(
    reader: tokio::task::JoinHandle<Result<TypesSeen, ImportError>>,
    mut senders: JoinSet<Result<(), RemoteError>>,
) -> Result<TypesSeen, ImportError> {
    let read = reader.await?;
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    read
}

/// Blocks while all connections are busy; ends early, without an error of its own, when one is gone.
fn read_all(
    lines: Lines<impl std::io::BufRead>,
    source: &Source,
    connections: &[mpsc::Sender<Batch>],
    events: &mpsc::Sender<Event>,
) -> Result<TypesSeen, ImportError> {
    let mut types = TypesSeen::default();
    let mut open_batches = Lanes::new(connections.len(), source.batch_objects_max);
    let mut last_line = 0;
    for line in lines {
        let Line { number, text } = line.map_err(|source| ImportError::Read {
            line: last_line,
            source,
        })?;
        last_line = number;
        let element = text.and_then(|text| {
            Element::read(number, &text, source.generation.as_deref(), &mut types)
        });
        match element {
            Ok(element) => open_batches.push(element),
            Err(reason) => {
                let event = Event {
                    rejected: 1,
                    lines: vec![format!("line {number}: {reason}")],
                    ..Event::default()
                };
                if events.blocking_send(event).is_err() {
                    return Ok(types);
                }
            }
        }
        while let Some((lane, batch)) = open_batches.pop_full() {
            if connections[lane].blocking_send(batch).is_err() {
                return Ok(types);
            }
        }
    }
    for (lane, batch) in open_batches.finish() {
        if connections[lane].blocking_send(batch).is_err() {
            break;
        }
    }
    Ok(types)
}

async fn send_all(
    client: Arc<Client>,
    mut batches: mpsc::Receiver<Batch>,
    events: mpsc::Sender<Event>,
) -> Result<(), RemoteError> {
    while let Some(batch) = batches.recv().await {
        send(&client, batch, &events).await?;
    }
    Ok(())
}

/// Sends a batch; one that is refused whole is halved until the objects at fault stand alone.
async fn send(
    client: &Client,
    batch: Batch,
    events: &mpsc::Sender<Event>,
) -> Result<(), RemoteError> {
    // The next part to send is the last one, so that the order of the file is kept.
    let mut parts = vec![batch];
    while let Some(part) = parts.pop() {
        let event = match client.post(&part).await? {
            BatchAnswer::Report(report) => described(&part, &report),
            BatchAnswer::RefusedWhole { text } => match part.halves() {
                Ok((first, second)) => {
                    parts.push(second);
                    parts.push(first);
                    continue;
                }
                Err(single) => refused_alone(&single, &text),
            },
        };
        if events.send(event).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn described(batch: &Batch, report: &BatchReport) -> Event {
    let lines = report.errors.iter().map(|(key, entry)| {
        let lines = batch.lines_of(key);
        format!("{}{key}: {}", place(&lines), reason(entry))
    });
    let warnings = report.warnings.iter().take(WARNINGS_MAX);
    let warnings = warnings.map(|(key, messages)| {
        let lines = batch.lines_of(key);
        format!("{}{key}: {}", place(&lines), joined(messages))
    });
    Event {
        accepted: report.ok_count,
        rejected: report.errors_count.max(report.errors.len() as u64),
        warned: report.warnings.len() as u64,
        lines: lines.collect(),
        warnings: warnings.collect(),
    }
}

fn refused_alone(batch: &Batch, text: &str) -> Event {
    let lines = batch.elements().iter().map(|element| {
        let name = element.identity.as_deref().unwrap_or("object");
        format!("{}{name}: {text}", place(&[element.line]))
    });
    Event {
        accepted: 0,
        rejected: batch.len() as u64,
        lines: lines.collect(),
        ..Event::default()
    }
}

fn place(lines: &[u64]) -> String {
    match lines {
        [] => String::new(),
        [line] => format!("line {line}: "),
        several => {
            let numbers: Vec<_> = several.iter().map(u64::to_string).collect();
            format!("lines {}: ", numbers.join(" or "))
        }
    }
}

/// The warnings of one object in one line.
fn joined(messages: &Value) -> String {
    let list = messages.as_array().map_or(&[][..], Vec::as_slice);
    let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    if texts.is_empty() {
        return messages.to_string();
    }
    texts.join("; ")
}

/// An error entry in one line (docs/reference/02-content.md §7).
fn reason(entry: &Value) -> String {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let known = [text("type"), text("reason")];
    let mut words: Vec<String> = known.into_iter().flatten().map(str::to_owned).collect();
    match entry.get("caused_by") {
        Some(cause) => words.push(cause.to_string()),
        None if words.is_empty() => words.push(entry.to_string()),
        None => {}
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn error_entries_read_as_one_line() {
        let malformed = json!({"type":"malformed_input","reason":"incorrect object format",
            "caused_by":{"title":["must be filled"]}});
        assert_eq!(
            reason(&malformed),
            r#"malformed_input: incorrect object format: {"title":["must be filled"]}"#
        );
        let unknown = json!({"type":"not_found","reason":"Identity not in catalog"});
        assert_eq!(reason(&unknown), "not_found: Identity not in catalog");
        assert_eq!(reason(&json!(["odd"])), r#"["odd"]"#);
    }

    #[test]
    fn places_name_every_line_that_may_be_meant() {
        assert_eq!(place(&[]), "");
        assert_eq!(place(&[3]), "line 3: ");
        assert_eq!(place(&[3, 9]), "lines 3 or 9: ");
    }
}
