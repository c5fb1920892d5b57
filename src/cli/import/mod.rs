//! `vetrina import`: sends the objects of a file to a running server, as a shop would.
//! Invariant: every non-blank line ends up counted as accepted, or printed with its number and the
//! reason; exit code 0 says that all were accepted, 1 that some were not, 2 that the run ended early.
//!
//! One thread reads; each connection is a task that sends its batches one after the other; what became
//! of them flows back over one bounded channel. Lines with the same identity take the same connection,
//! so the last one wins, as in the file. What is *nested* has no such home: a file whose objects
//! contradict each other about a category wants `--connections 1`.

mod batch;
mod client;
mod element;
mod lines;
mod progress;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use self::client::{Client, ClientOptions, CommitAnswer};
use self::element::TypesSeen;
use self::progress::rate;
use self::transfer::{Source, Totals, transfer};
use super::remote::{RemoteError, RemoteOptions, RetryPolicy};
use super::with_causes;
use crate::auth::SecretKey;
use crate::domain::TrackerId;

/// Some objects were not accepted, or some commit was refused.
const EXIT_REJECTED: u8 = 1;
/// The run could not start or not go on.
const EXIT_FAILED: u8 = 2;

/// Send the objects of a file to a running server.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(super) struct Args {
    /// One JSON object a line, plain or gzip; `-` reads standard input
    file: PathBuf,

    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:7700")]
    url: Url,

    /// Tracker id of the site, its public key
    #[arg(long, value_name = "ID", value_parser = super::remote::tracker_id)]
    tracker: TrackerId,

    /// Private key of the site
    #[arg(long, env = "VETRINA_KEY", hide_env_values = true)]
    key: String,

    /// Mark every object with this generation, whatever the file says
    #[arg(long, value_name = "MARKER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    generation: Option<String>,

    /// Afterwards delete, type by type, what does not carry the generation; skipped when any object
    /// was rejected
    #[arg(long, requires = "generation")]
    commit: bool,

    /// Commit even when objects were rejected
    #[arg(long, requires = "commit")]
    commit_anyway: bool,

    /// Send exactly the objects of the file: nothing is taken out of `nested`
    #[arg(long)]
    no_extract: bool,

    /// Requests under way at a time; 4, and 1 with `--no-extract`, which keeps the order of an
    /// export. Objects of one identity keep the order of the file; what is nested in different
    /// objects keeps it only with 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    connections: Option<u16>,

    /// Objects a request
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    batch: u16,

    /// Send gzip request bodies
    #[arg(long)]
    compress: bool,

    /// How often one request is sent before giving up
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
}

impl Args {
    fn connections(&self) -> usize {
        let default = if self.no_extract { 1 } else { 4 };
        self.connections.map_or(default, usize::from)
    }
}

#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error("cannot open `{}`", path.display())]
    Open {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot read on after line {line}")]
    Read { line: u64, source: std::io::Error },
    #[error(transparent)]
    Client(#[from] RemoteError),
    #[error(
        "the file names more than {} types: not committed",
        TypesSeen::TYPES_MAX
    )]
    TooManyTypes,
    #[error("cannot start")]
    Runtime(#[source] std::io::Error),
    #[error("a part of the import ended unexpectedly")]
    Ended(#[from] tokio::task::JoinError),
}

/// Runs the import and prints what became of it: rejected objects and progress to standard error,
/// the summary to standard output.
pub(super) fn run(args: &Args) -> ExitCode {
    // The work is waiting for answers; reading the file has a thread of its own.
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ImportError::Runtime)
        .and_then(|runtime| runtime.block_on(import(args)));
    match outcome {
        Ok(Verdict::AllAccepted) => ExitCode::SUCCESS,
        Ok(Verdict::SomeRejected) => ExitCode::from(EXIT_REJECTED),
        Err(error) => {
            eprintln!("vetrina: {}", with_causes(&error));
            ExitCode::from(EXIT_FAILED)
        }
    }
}

enum Verdict {
    AllAccepted,
    SomeRejected,
}

async fn import(args: &Args) -> Result<Verdict, ImportError> {
    let client = Arc::new(Client::new(ClientOptions {
        remote: RemoteOptions {
            url: args.url.clone(),
            tracker: args.tracker.clone(),
            key: SecretKey::new(&args.key),
            connections: args.connections(),
            policy: RetryPolicy::with_tries(args.tries),
        },
        compress: args.compress,
        extract: !args.no_extract,
    })?);
    let source = Source {
        path: args.file.clone(),
        generation: args.generation.clone(),
        connections: args.connections(),
        batch_objects_max: usize::from(args.batch),
    };
    let done = transfer(&client, source).await;
    print_summary(&done.totals, done.elapsed, client.retries());
    let types = done.outcome?;

    let all_accepted = done.totals.rejected == 0;
    let committed = match &args.generation {
        Some(generation) if args.commit && (all_accepted || args.commit_anyway) => {
            if types.overflowed {
                return Err(ImportError::TooManyTypes);
            }
            commit(&client, &types.to_commit(!args.no_extract), generation).await?
        }
        _ => {
            if args.commit {
                eprintln!(
                    "not committed: objects were rejected; --commit-anyway commits all the same"
                );
            }
            true
        }
    };
    Ok(if all_accepted && committed {
        Verdict::AllAccepted
    } else {
        Verdict::SomeRejected
    })
}

/// Commits each type in turn; `false` when one was refused.
async fn commit(client: &Client, types: &[&str], generation: &str) -> Result<bool, RemoteError> {
    let mut all_done = true;
    for &object_type in types {
        match client.commit(object_type, generation).await? {
            CommitAnswer::Deleted(count) => println!("committed {object_type}: {count} deleted"),
            CommitAnswer::Refused(reason) => {
                all_done = false;
                eprintln!("commit of {object_type} was refused: {reason}");
            }
        }
    }
    Ok(all_done)
}

fn print_summary(totals: &Totals, elapsed: Duration, retries: u64) {
    let Totals {
        accepted,
        rejected,
        warned,
    } = *totals;
    if warned > 0 {
        println!(
            "{warned} objects have values that do not fit the type of their attribute; kept as text"
        );
    }
    println!(
        "{} objects in {:.1} s, {:.0} objects/s: {accepted} accepted, {rejected} rejected, {retries} retries",
        accepted + rejected,
        elapsed.as_secs_f64(),
        rate(accepted + rejected, elapsed),
    );
}

#[cfg(test)]
mod tests;
