//! Lines for whoever runs a command. Invariant: a reader that stops reading ends the command, not with a panic.

use std::io::{self, Write as _};

use super::Failure;

pub(super) fn print_lines(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let print = || -> io::Result<()> {
        let mut out = io::stdout().lock();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    };
    print().map_err(|error| format!("cannot write to standard output: {error}").into())
}
