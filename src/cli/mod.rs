//! The command line: one file a subcommand. Invariant: this is the only place that loads the
//! configuration; everything below is handed values.

mod attributes;
mod backup;
mod check;
mod cluster;
mod data_folder;
mod demo;
mod doctor;
mod events;
mod export;
mod extract_text;
mod import;
mod moving;
mod open_files;
mod output;
mod rebuild;
mod remote;
mod restore;
mod serve;
mod sign;
#[cfg(feature = "postgres")]
mod source;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "vetrina", version, about, long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Args),
    /// Send the objects of a file to a running server
    Import(import::Args),
    /// Past events of visitors: send them to a running server; report what was searched for in vain
    #[command(subcommand)]
    Events(events::Command),
    /// Read a document for the server that started this
    #[command(hide = true)]
    ExtractText(extract_text::Args),
    /// Write every object of a running server to standard output
    Export(export::Args),
    /// Print the headers of a signed request, or a whole curl command
    Sign(sign::Args),
    /// Verify stores and indexes of a data folder against each other
    Check(check::Args),
    /// Look whether machine, configuration and data folder will do; ends with 0 (well), 1 (a warning) or 2 (a fault)
    Doctor(doctor::Args),
    /// Copy sites into one file, also beside a running server
    Backup(backup::Args),
    /// Put sites of a backup back, the server being stopped
    Restore(restore::Args),
    /// Copy catalogs from one backend to the other, beside running servers; ends with 3 while there is more to do
    Move(moving::Args),
    /// List the names of attributes a site has, and who uses them up
    Attributes(attributes::Args),
    /// Make indexes again from their stores, and free names of attributes that no object has; in a cluster beside servers
    Rebuild(rebuild::Args),
    /// Sources of the product sync: check them, install what auto-indexing needs
    #[cfg(feature = "postgres")]
    Source(source::Args),
}

/// What a subcommand fails with; told to the person, with its causes.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs what the arguments of the process ask for. A server that has started asks the allocator to give back the memory that
/// the start alone took.
pub fn run(give_back_memory: fn()) -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Doctor(args) => match doctor::run(&args) {
            Ok(code) => return code,
            Err(failure) => Err(failure),
        },
        Command::Move(args) => match moving::run(&args) {
            Ok(code) => return code,
            Err(failure) => Err(failure),
        },
        Command::Serve(args) => serve::run(args, give_back_memory),
        Command::Import(args) => return import::run(&args),
        Command::Events(command) => return events::run(&command),
        Command::Export(args) => export::run(args),
        Command::ExtractText(args) => extract_text::run(args),
        Command::Sign(args) => sign::run(args),
        Command::Check(args) => check::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Attributes(args) => attributes::run(&args),
        Command::Rebuild(args) => rebuild::run(&args),
        #[cfg(feature = "postgres")]
        Command::Source(args) => source::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("vetrina: {}", with_causes(failure.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn with_causes(failure: &(dyn std::error::Error + 'static)) -> String {
    let mut words = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
}
