//! The program `boards`: hands the arguments to the command line and returns its exit code.

use std::process::ExitCode;

/// Rendering makes and drops many small texts on all threads at once, which this allocator is quick at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    boards::cli::run(std::env::args_os())
}
