//! The binary: arguments in, exit code out. No logic.

use std::process::ExitCode;

/// Many threads allocate and free objects of all sizes; the system's allocator keeps too much of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vetrina::cli::run()
}
