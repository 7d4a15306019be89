//! The program `boards`: hands the arguments to the command line and returns its exit code.

use std::process::ExitCode;

/// Rendering makes and drops many small texts on all threads at once, which this allocator is quick at. It asks for no huge
/// pages: most builds are of few pages, and would clear far more memory than they use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    boards::cli::run(std::env::args_os())
}
