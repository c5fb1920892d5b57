//! `vetrina events`: past events of visitors, so that a shop starts with its history, and the report of what was
//! searched for in vain.

mod import;
mod line;
mod report;

use std::process::ExitCode;

use clap::Subcommand;

use super::with_causes;

/// Something was wrong with some lines, or with a site.
const EXIT_SOME: u8 = 1;
/// The run could not start or not go on.
const EXIT_FAILED: u8 = 2;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Send past events and transactions of a file to a running server
    Import(import::Args),
    /// Print the queries of the last 30 days that found nothing, and those nobody clicked on anything of
    Report(report::Args),
}

pub(super) fn run(command: &Command) -> ExitCode {
    let done = match command {
        Command::Import(args) => import::run(args),
        Command::Report(args) => report::run(args).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_SOME),
        Err(failure) => {
            eprintln!("vetrina: {}", with_causes(failure.as_ref()));
            ExitCode::from(EXIT_FAILED)
        }
    }
}
