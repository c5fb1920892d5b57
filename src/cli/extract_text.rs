//! `vetrina extract-text`: reads one document for the server, which starts it. Invariant: it is of no use to people, so
//! no help tells of it.

use clap::Args as Arguments;

use super::Failure;
use crate::files::extract::{Request, answer_standard_input};

#[derive(Arguments)]
pub(super) struct Args {
    /// The process that waits for the answer.
    #[arg(long)]
    parent: u32,
    #[arg(long)]
    cpu_s: u64,
    #[arg(long)]
    memory_bytes: u64,
    #[arg(long)]
    text_bytes_max: usize,
    #[arg(long)]
    media_type: Option<String>,
    #[arg(long)]
    file_name: Option<String>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    Ok(answer_standard_input(&Request {
        parent: args.parent,
        cpu_s: args.cpu_s,
        memory_bytes: args.memory_bytes,
        text_bytes_max: args.text_bytes_max,
        media_type: args.media_type,
        file_name: args.file_name,
    })?)
}
