//! The binary: arguments in, exit code out. No logic.

use std::process::ExitCode;

/// Many threads allocate and free objects of all sizes; the system's allocator keeps too much of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(unsafe_code, reason = "the crate of the allocator has no name for it")]
mod allocator {
    unsafe extern "C" {
        /// Gives the system back what is free; with `force` at once.
        pub(super) safe fn mi_collect(force: bool);
    }
}

fn main() -> ExitCode {
    vetrina::cli::run(|| allocator::mi_collect(true))
}
